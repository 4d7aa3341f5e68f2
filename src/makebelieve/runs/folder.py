"""Plain files that are whole or absent: JSON documents, and logs that are cut back on resume."""

from __future__ import annotations

import fcntl
import json
import time
from typing import TYPE_CHECKING, Any

from makebelieve.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

__all__ = ["Log", "held", "hold", "read_json", "write_json", "write_text"]


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def write_json(path: Path, values: Any) -> None:
    """Write plain values as JSON, whole or not at all."""
    write_text(path, json.dumps(values, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON document.

    Raises:
        InputError: it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing: {path.parent} is not a whole run") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None


class Log:
    """An append-only file of JSON lines, each with the step that it belongs to.

    Args:
        path: the file; it is made when it is not there.
        step: lines of later steps, and a last line that was torn off, are cut away.
    """

    def __init__(self, path: Path, step: int) -> None:
        kept = [line for line in self.read(path) if line["step"] <= step]
        write_text(path, "".join(self._line(values) for values in kept))
        self._file: IO[str] = path.open("a", encoding="utf-8")

    def append(self, values: dict[str, Any]) -> None:
        """Add one line; it is in the file when this returns."""
        self._file.write(self._line(values))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @staticmethod
    def _line(values: dict[str, Any]) -> str:
        return json.dumps(values) + "\n"

    @staticmethod
    def read(path: Path) -> list[dict[str, Any]]:
        """Return the whole lines of a log; [] when there is none."""
        if not path.exists():
            return []
        *whole, torn = path.read_text(encoding="utf-8").split("\n")
        del torn  # what follows the last line's end was cut short by a kill, or is empty
        lines = []
        for number, text in enumerate(whole, 1):
            try:
                lines.append(json.loads(text))
            except ValueError:
                raise InputError(
                    f"line {number} of {path} is damaged: delete that line, or bring the file "
                    "back from a copy"
                ) from None
        return lines


PATIENCE = 0.2
"""Seconds that a trainer waits for the lock: whoever only looks whether it is held has it for
less than one in a thousand of them."""


def hold(folder: Path) -> IO[str]:
    """Hold a run's lock until the file is closed or the process ends, however it ends.

    Raises:
        InputError: another process is training in this run.
    """
    file = (folder / "lock").open("a")
    end = time.monotonic() + PATIENCE
    while not _locked(file):
        if time.monotonic() > end:
            file.close()
            raise InputError(
                f"{folder} is being trained by another process: wait for it, or stop it with Ctrl-C"
            )
        time.sleep(0.01)
    return file


def held(folder: Path) -> bool:
    """Say whether a process is training in this run."""
    try:
        with (folder / "lock").open("a") as file:
            return not _locked(file)
    except OSError:
        return False  # somebody else's folder: nothing is trained from here


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
