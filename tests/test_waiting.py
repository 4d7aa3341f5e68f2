"""How long threads wait depends on whether others are at work, unless somebody has said it."""

import os
import subprocess
import sys

import pytest

from makebelieve import waiting


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0.10 0.20 0.30 1/85 123\n", 1),
        ("2.0 1.0 1.0 3/86 9", 3),
        ("", None),
        ("1 2 3 x/4 5", None),
    ],
)
def test_who_runs_is_read(tmp_path, text, count):
    facts = tmp_path / "loadavg"
    facts.write_text(text)
    assert waiting.working(facts) == count
    assert waiting.working(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("running", "before", "after"),
    [(1, None, None), (2, None, "1000"), (None, None, "1000"), (2, "7", "7"), (1, "7", "7")],
)
def test_alone_threads_may_spin(monkeypatch, running, before, after):
    monkeypatch.delenv(waiting.TURNS, raising=False)
    if before:
        monkeypatch.setenv(waiting.TURNS, before)
    monkeypatch.setattr(waiting, "working", lambda: running)
    waiting.share_if_others_work()
    assert os.environ.get(waiting.TURNS) == after


def test_it_is_settled_before_pytorch_is_there():
    """With somebody else at work; it is read when PyTorch is imported, and never again."""
    busy = "print('busy', flush=True)\nwhile True: pass"
    other = subprocess.Popen([sys.executable, "-c", busy], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "busy\n"
        lines = ("import makebelieve, os, sys; print(os.environ['GOMP_SPINCOUNT'], "
                 "'torch' in sys.modules)")  # fmt: skip
        kept = {k: v for k, v in os.environ.items() if k != waiting.TURNS}
        said = subprocess.check_output([sys.executable, "-c", lines], env=kept, text=True)
    finally:
        other.kill()
        other.communicate()
    assert said.split() == ["1000", "False"]
