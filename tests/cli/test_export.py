"""The commands export and import: folders for others, and what they print."""

from __future__ import annotations

import json

import numpy as np
import pytest


def test_there_and_back(call, home, tmp_path):
    out = tmp_path / "faces"
    code, printed, err = call("export", "faces", "--out", out)
    assert (code, printed, err) == (0, f"{out}\n", "")
    code, printed, err = call("import", out, "--name", "again")
    assert (code, printed, err) == (0, f"{home / 'runs' / 'again'}\n", "")
    for name in ("faces", "again"):
        assert call("sample", name, "--n", 9, "--out", tmp_path / f"{name}.npy")[0] == 0
    before, after = (np.load(tmp_path / f"{name}.npy") for name in ("faces", "again"))
    assert np.array_equal(before, after)
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert "## Findings\n\n" in readme and "| verdict |" in readme
    assert "lower bound of log p(x), in nats: high" in readme
    assert "CC BY 4.0" in readme


def test_what_an_import_can_do(call, home, tmp_path, picture):
    for name in ("faces", "critic"):
        export = ("export", name, "--out", tmp_path / name, "--no-onnx", "--no-findings")
        assert call(*export)[0] == 0
        assert call("import", tmp_path / name, "--name", f"new {name}")[0] == 0
    out = tmp_path / "out.png"
    for arguments in (
        ("reconstruct", "new faces", picture, "--out", out),
        ("reconstruct", "new faces", "--out", out),
        ("morph", "new faces", "--out", out),
        ("judge", "new critic", picture),
        ("measure", "new faces", "--n", 60, "--only", "elbo"),
        ("runs", "show", "new faces"),
        ("runs", "list"),
        ("runs", "compare", "faces", "new faces"),
        ("diagnose", "new faces", "--n", 60),
    ):
        code, _, err = call(*arguments)
        assert (code, err) == (0, ""), arguments
    code, _, err = call("resume", "new faces", "--examples", "1k")
    assert code == 2
    assert "error: new faces was imported" in err


def test_json(call, home, tmp_path):
    out = tmp_path / "critic"
    code, printed, err = call("export", "critic", "--out", out, "--no-findings", "--json")
    assert (code, err) == (0, "")
    facts = json.loads(printed)
    assert facts["folder"] == str(out)
    assert facts["parts"]["judge"]["parity"]["difference"]["probabilities"] < 1e-4
    assert facts["findings"] is None
    assert set(facts["files"]) >= {"model.safetensors", "judge.onnx"}
    code, printed, err = call("import", out, "--json")
    first, last = printed.splitlines()
    found = json.loads(first)
    assert found["run"] == last == str(home / "runs" / "critic-1")
    assert (found["name"], found["model"]) == ("critic-1", "judge")


def test_one_part(call, home, tmp_path):
    out = tmp_path / "faces"
    arguments = ("export", "faces", "--out", out, "--part", "decoder", "--no-findings")
    assert call(*arguments)[0] == 0
    assert [p.name for p in out.glob("*.onnx")] == ["decoder.onnx"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "nobody", "--out", "x"), "there is no run 'nobody'"),
        (("export", "faces"), "missing option '--out'"),
        (("export", "faces", "--out", "."), "is not empty: choose another folder"),
        (("export", "faces", "--out", "x", "--no-findings", "--part", "jugde"), "has no part"),
        (("import", "nowhere"), "there is no folder nowhere"),
        (("import", "."), "has no card.json"),
    ],
)
def test_mistakes_are_one_sentence(call, home, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "x").exists()
