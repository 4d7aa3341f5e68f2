"""The diagnose command: words for people, JSON for scripts, an exit code when asked."""

from __future__ import annotations

import json

import pytest


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
