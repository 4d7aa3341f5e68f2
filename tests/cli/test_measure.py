"""The measure command: a table for people, JSON for scripts, any other tool's pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from makebelieve.data import load, pictures


def test_a_run_is_measured(call, home):
    code, out, err = call("measure", "faces", "--n", 100, "--only", "fd-pixels", "--only", "elbo")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split()[:5] == ["score", "value", "±", "real", "off"]
    assert [line.split()[0] for line in lines[1:3]] == ["fd-pixels", "elbo"]
    assert "100 examples" in out
    assert "say little" in out


def test_everything_as_json(call, home):
    code, out, err = call("measure", "faces", "--n", 60, "--judge", "critic", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["run"] == "faces"
    assert {"fd-random-conv", "fd-judge", "auth-pct", "elbo"} <= set(found["scores"])
    fd = found["scores"]["fd-pixels"]
    assert set(fd) >= {"value", "spread", "null", "null_spread", "n", "split", "extractor", "seed",
                       "version", "better", "excess"}  # fmt: skip


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_pictures_of_another_tool(call, tmp_path, kind):
    data = load("digits")
    made = np.asarray(data.examples[data.rows("train")[:80]])
    if kind == "folder":
        target = tmp_path / "fakes"
        target.mkdir()
        for i, picture in enumerate(made):
            pictures.save(pictures.to_image(picture), target / f"{i}.png")
    else:
        target = tmp_path / "fakes.npz"
        np.savez(target, x=made)
    code, out, err = call("measure", target, "--against", "digits", "--json")
    assert (code, err) == (0, "")
    scores = json.loads(out)["scores"]
    assert {"fd-random-conv", "precision-pixels", "auth-pct", "spectrum-ratio"} <= set(scores)
    assert scores["fd-pixels"]["n"] == 80
    assert scores["auth-pct"]["value"] < 20  # they are training pictures


def test_mistakes_are_one_sentence(call, home, tmp_path):
    for arguments, said in (
        (["measure", "nobody"], "there is no run 'nobody'"),
        (["measure", tmp_path], "say with --against"),
        (["measure", "critic", "--only", "elbo"], "it needs bound"),
        (["measure", "faces", "--only", "fdd"], "there is no measure 'fdd'"),
        (["measure", "faces", "--judge", "faces"], "cannot name classes"),
    ):
        code, out, err = call(*arguments)
        assert (code, out) == (2, "")
        assert said in err
        assert err.count("\n") == 1
