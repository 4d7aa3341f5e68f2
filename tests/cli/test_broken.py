"""What ends a command badly: one sentence and a code; a traceback where it is our fault."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys

import click
import pytest

from makebelieve.cli import cli, main
from makebelieve.cli.patience import patient
from makebelieve.errors import InputError, TrainingError

CASES = [
    (InputError("a.png is odd"), 2, "error: a.png is odd\n"),
    (TrainingError("step 3: kl was not finite"), 3, "error: step 3: kl was not finite\n"),
    (KeyboardInterrupt(), 130, "interrupted\n"),
    (click.Abort(), 130, "interrupted\n"),
    (
        OSError(errno.ENOSPC, "No space left on device", "/data/x.part"),
        2,
        "error: /data/x.part: no space left on device; free some space, or choose a folder on "
        "another disk\n",
    ),
    (
        PermissionError(errno.EACCES, "Permission denied", "/data"),
        2,
        "error: /data: permission denied; choose a place that you may use\n",
    ),
    (
        RuntimeError("I/O error: No space left on device (os error 28)"),
        2,
        "error: no space left on device; free some space, or choose a folder on another disk\n",
    ),
]


@pytest.mark.parametrize(("error", "code", "said"), CASES)
def test_errors_become_codes(monkeypatch, capsys, error, code: int, said: str) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(cli, "main", fail)
    assert main([]) == code
    assert capsys.readouterr().err == said


def test_debug_shows_the_traceback(monkeypatch, capsys) -> None:
    monkeypatch.setenv("MAKEBELIEVE_DEBUG", "1")
    assert main(["runs", "show", "nowhere"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: there is no run 'nowhere'")
    assert "Traceback" in said


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), OSError(errno.EBADF, "x")])
def test_our_own_faults_keep_their_traceback(monkeypatch, error: Exception) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(cli, "main", fail)
    with pytest.raises(type(error)):
        main([])


def test_ctrl_c_waits_for_imports_and_is_not_lost() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), patient():
        signal.raise_signal(signal.SIGINT)
        done.append("imported")
    assert done == ["imported"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_reader_that_goes_away() -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "makebelieve", "recipe", "vae"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), said) == (1, b"")
