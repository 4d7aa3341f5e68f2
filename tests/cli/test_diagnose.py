"""The diagnose command: words for people, JSON for scripts, an exit code when asked."""

from __future__ import annotations

import json
import shlex

import numpy as np
import pytest

import makebelieve as mb
from makebelieve.data.pictures import png_bytes, to_image


def test_a_run_is_diagnosed(call, home):
    code, out, err = call("diagnose", "faces", "--n", 60)
    assert (code, err) == (0, "")
    assert out.startswith("faces ")
    assert "Fine: " in out


def test_json_has_what_the_documentation_says(call, home):
    code, out, _ = call("diagnose", "critic", "--n", 60, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["run"] == "critic"
    assert found["sentence"].endswith(".")
    wanted = {"code", "name", "verdict", "measured", "threshold", "remedy", "evidence"}
    assert all(wanted <= set(f) for f in found["findings"])
    assert {f["verdict"] for f in found["findings"]} <= {
        "fine",
        "warning",
        "failure",
        "cannot-tell",
    }


def test_the_exit_code_only_when_asked(call, home):
    _, out, _ = call("diagnose", "critic", "--n", 60, "--json")
    verdicts = {f["verdict"] for f in json.loads(out)["findings"]}
    assert verdicts & {"failure", "warning"}, "a judge is always sure of noise"
    assert call("diagnose", "critic", "--n", 60, "--fail-on", "warning")[0] == 4
    expected = 4 if "failure" in verdicts else 0
    assert call("diagnose", "critic", "--n", 60, "--fail-on", "failure")[0] == expected


@pytest.mark.parametrize("words", [("nothing",), ("faces", "--judge", "nothing")])
def test_a_run_that_is_not_there(call, home, words):
    code, _, err = call("diagnose", *words)
    assert code == 2
    assert "nothing" in err
    assert "Traceback" not in err


@pytest.fixture
def fifty(tmp_path):
    """A person's folder of fifty pictures."""
    faces, whole = mb.load("avatars").examples, tmp_path / "my pictures"
    whole.mkdir()
    for row in np.random.default_rng(2).choice(len(faces), 50, replace=False):
        (whole / f"{row}.png").write_bytes(png_bytes(to_image(faces[row])))
    return whole


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("T3", "vae FIFTY"),
        ("C1", "vae avatars --beta 50"),
        ("D2", "gan avatars --discriminator-rate 10"),
    ],
)
def test_a_newcomer_is_told_and_the_printed_command_clears_it(call, tmp_path, fifty, code, words):
    def looked(out, *words):
        assert call("train", *words, "--quiet", "--threads", 1, "--out", out)[0] == 0
        findings = json.loads(call("diagnose", out, "--json")[1])["findings"]
        return next(f for f in findings if f["code"] == code)

    sick = looked(tmp_path / "sick", *(fifty if w == "FIFTY" else w for w in words.split()))
    assert sick["verdict"] in {"warning", "failure"}
    assert sick["evidence"]
    command = shlex.split(sick["remedy"])
    assert command[:2] == ["makebelieve", "train"]
    assert looked(tmp_path / "well", *command[2:])["verdict"] == "fine"
