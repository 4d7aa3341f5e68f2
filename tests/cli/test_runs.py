"""runs list, show, compare, rename and delete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import makebelieve as mb

if TYPE_CHECKING:
    from pathlib import Path


def test_list(call, home: Path) -> None:
    code, stdout, _ = call("runs", "list")
    head, *lines = stdout.splitlines()
    assert code == 0
    assert head.split()[:4] == ["name", "model", "data", "state"]
    assert {line.split()[0] for line in lines} == {"faces", "critic"}
    assert "finished" in lines[0]
    listed = {run["name"]: run for run in json.loads(call("runs", "list", "--json")[1])}
    assert listed["critic"]["model"] == "judge"
    assert listed["critic"]["result"] == mb.Run("critic").result


def test_list_of_nothing(call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path / "empty"))
    code, stdout, stderr = call("runs", "list")
    assert (code, stdout) == (0, "")
    assert stderr.startswith("no runs yet in ")
    assert call("runs", "list", "--json")[1] == "[]\n"


def test_list_survives_a_damaged_run(call, home: Path) -> None:
    (home / "runs" / "faces" / "about.json").write_text("{")
    (home / "runs" / "critic" / "recipe.json").write_text('{"version": 99}')
    code, stdout, _ = call("runs", "list")
    assert code == 0
    assert stdout.count("unreadable") == 2
    reasons = [run["reason"] for run in json.loads(call("runs", "list", "--json")[1])]
    assert any("has version 99" in reason for reason in reasons)
    code, _, stderr = call("runs", "show", "critic")
    assert code == 2
    assert "has version 99 and this makebelieve reads version 1" in stderr


def test_a_killed_run_is_stopped(call, home: Path) -> None:
    status = home / "runs" / "faces" / "status.json"
    status.write_text(status.read_text().replace("finished", "running"))
    (run,) = [r for r in json.loads(call("runs", "list", "--json")[1]) if r["name"] == "faces"]
    assert run["state"] == mb.Run("faces").status["state"] == "stopped"


def test_show(call, home: Path) -> None:
    code, stdout, _ = call("runs", "show", "faces")
    assert code == 0
    for part in ("faces: vae", "digits: 1×8×8 pictures", "negative elbo", "model.beta", "states/"):
        assert part in stdout
    found = json.loads(call("runs", "show", "faces", "--json")[1])
    assert found["recipe"]["training.batch"] == 64
    assert "log.jsonl" in {file["path"] for file in found["files"]}


def test_compare(call, home: Path) -> None:
    code, stdout, _ = call("runs", "compare", "faces", "critic")
    assert code == 0
    assert "model.latent_dim" in stdout
    assert "training.batch" not in stdout  # the same in both
    assert "note:" not in stdout
    code, stdout, _ = call("runs", "compare", "faces", "faces")
    assert "the same" in stdout


def test_compare_says_when_data_differ(call, home: Path, trained) -> None:
    code, stdout, _ = call("runs", "compare", "faces", trained("ring"))
    assert code == 0
    assert "note: the data differ" in stdout
    found = json.loads(call("runs", "compare", "faces", trained("ring"), "--json")[1])
    assert found["differences"]["data.source"] == ["digits", "ring"]
    # Points are scored by another likelihood than pictures, and that is said as well.
    assert [note.split(" differ")[0] for note in found["notes"]] == ["the data", "the likelihoods"]
    code, _, stderr = call("runs", "compare", "faces")
    assert (code, "two runs or more" in stderr) == (2, True)


def test_rename(call, home: Path) -> None:
    code, stdout, _ = call("runs", "rename", "faces", "people")
    assert (code, stdout) == (0, f"{home / 'runs' / 'people'}\n")
    assert mb.Run("people").recipe.model == "vae"
    code, _, stderr = call("runs", "rename", "people", "critic")
    assert (code, stderr) == (2, "error: there is already a run 'critic'\n")
    code, _, stderr = call("runs", "rename", "people", "../x")
    assert code == 2
    assert "cannot name a run" in stderr
    code, _, stderr = call("runs", "rename", "faces", "x")
    assert code == 2
    assert "there is no run 'faces'" in stderr


def test_delete_needs_yes_where_nobody_can_answer(call, home: Path, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    code, _, stderr = call("runs", "delete", "faces")
    assert code == 2
    assert "deleting faces cannot be undone: add --yes to do it" in stderr
    assert (home / "runs" / "faces").is_dir()
    code, stdout, _ = call("runs", "delete", "faces", "critic", "--yes", "--json")
    assert code == 0
    assert json.loads(stdout) == [str(home / "runs" / name) for name in ("faces", "critic")]
    assert not list((home / "runs").glob("*/recipe.json"))


@pytest.mark.parametrize(("answer", "code", "there"), [("n", 130, True), ("y", 0, False)])
def test_delete_asks(call, home: Path, monkeypatch, answer: str, code: int, there: bool) -> None:
    import io

    stdin = io.StringIO(answer + "\n")
    stdin.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", stdin)
    assert call("runs", "delete", "faces")[0] == code
    assert (home / "runs" / "faces").is_dir() is there


def test_unknown_sub_command(call) -> None:
    code, _, stderr = call("runs", "lst")
    assert code == 2
    assert "lst" in stderr
    assert "runs --help" in stderr


def test_recipe_lists_every_key(call) -> None:
    code, stdout, _ = call("recipe", "gan", "--json")
    keys = {key["key"]: key for key in json.loads(stdout)}
    assert code == 0
    assert keys["model.loss"]["choices"][0] == "relativistic"
    assert keys["data.size"]["option"] == "--pixels"
    text = call("recipe", "gan")[1]
    for path, key in keys.items():
        assert path == "data.source" or key["option"] in text
        assert key["doc"]
    assert "None" not in text
    code, _, stderr = call("recipe", "gna")
    assert code == 2
    assert "did you mean gan?" in stderr


def test_recipe_as_toml_is_a_recipe(call, tmp_path: Path) -> None:
    from makebelieve.recipe import read_toml

    file = tmp_path / "my.toml"
    file.write_text(call("recipe", "vae", "--toml")[1])
    assert read_toml(file) == {"model.name": "vae"}
    every = [
        line[2:] if " = " in line and "…" not in line and ":" not in line else line
        for line in file.read_text().splitlines()
    ]
    file.write_text("\n".join(every))
    assert read_toml(file)["model.beta"] == 1.0
