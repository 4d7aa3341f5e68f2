"""A folder that is whole or absent."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from typing import TYPE_CHECKING

from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import IO

__all__ = ["check_free", "write_whole"]


def check_free(folder: Path) -> None:
    """Refuse a place that is taken, or whose parent cannot be used.

    Raises:
        InputError: it is a file, or a folder that is not empty.
    """
    try:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise InputError(f"{folder} is there already and is not a folder: choose another")
        if folder.is_dir() and any(folder.iterdir()):
            raise InputError(f"{folder} is not empty: choose another folder, or empty it")
    except OSError as error:
        raise InputError(f"{folder} cannot be the folder: {error.strerror}") from None


def write_whole(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder whole or not at all.

    It is written beside its place, under a hidden name, and then moved; what a kill left there is
    cleared away by the next attempt.

    Args:
        folder: its place; an empty folder there is replaced.
        files: contents by relative path.

    Raises:
        InputError: the place is taken, or another process is writing there.
    """
    check_free(folder)
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.part")
    with _alone(part) as lock:
        for name, content in files.items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        lock.unlink()
        try:
            part.rename(folder)
        except OSError:
            check_free(folder)
            raise


@contextlib.contextmanager
def _alone(part: Path) -> Iterator[Path]:
    """Make a folder for this process only; it is gone afterwards, unless it was moved."""
    part.mkdir(exist_ok=True)
    lock = part / ".lock"
    with lock.open("a") as file:
        _hold(file, part)
        for left in part.iterdir():  # by a kill
            if left != lock:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        try:
            yield lock
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _hold(file: IO[str], part: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        place = part.with_name(part.name[1:].removesuffix(".part"))
        raise InputError(f"{place} is being written by another process: wait for it") from None
