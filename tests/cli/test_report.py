"""The report command: where it writes, what it prints, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_it_writes_three_files_into_the_run(call, home):
    code, out, err = call("report", "faces", "--n", 60)
    assert code == 0
    path = Path(out.strip())
    assert path == home / "runs" / "faces" / "report" / "report.html"
    assert sorted(p.name for p in path.parent.glob("report.*")) == [
        "report.html", "report.json", "report.md",
    ]  # fmt: skip
    assert "faces" in err
    assert json.loads((path.parent / "report.json").read_text())["runs"][0]["run"] == "faces"


@pytest.mark.parametrize("ending", ["html", "md", "json"])
def test_one_file_where_it_is_asked_for(call, home, tmp_path, ending):
    target = tmp_path / f"card.{ending}"
    code, out, _ = call("report", "critic", "--n", 60, "--out", target)
    assert (code, out.strip()) == (0, str(target))
    assert target.stat().st_size > 1000


def test_several_runs_with_json_before_the_path(call, home, tmp_path):
    code, out, err = call("report", "critic", "faces", "--n", 60, "--out", tmp_path / "both",
                          "--format", "html", "--json")  # fmt: skip
    assert (code, err) == (0, "")
    line, path = out.splitlines()
    assert [run["run"] for run in json.loads(line)["runs"]] == ["critic", "faces"]
    assert [p.name for p in (tmp_path / "both").iterdir()] == ["report.html"]
    assert Path(path).is_file()


def test_mistakes_are_one_sentence(call, home, tmp_path):
    (tmp_path / "file").write_text("")
    for arguments, said in (
        (["faces", "critic"], "several runs have no folder in common"),
        (["nobody"], "there is no run 'nobody'"),
        (["faces", "--out", tmp_path / "file"], "is there and no folder"),
        (["faces", "--out", tmp_path / "a.html", "--format", "json"], "leave one out"),
        (["faces", "--out", tmp_path / "no" / "a.html"], "is not there"),
        (["faces", "--judge", "faces"], "cannot name classes"),
    ):
        code, out, err = call("report", *arguments)
        assert (code, out) == (2, ""), arguments
        assert said in err, err
        assert err.count("\n") == 1
