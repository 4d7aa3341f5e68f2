"""Where runs live when nobody says otherwise: list, find, rename, delete."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from makebelieve.errors import InputError
from makebelieve.recipe import nearest
from makebelieve.runs.folder import hold

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["delete", "fresh", "home", "is_run", "names", "rename", "resolve"]

NAME = re.compile(r"[\w][\w. +-]{0,99}")


def home() -> Path:
    """Return the folder for everything that is kept: `MAKEBELIEVE_HOME` or the platform's."""
    named = os.environ.get("MAKEBELIEVE_HOME")
    return Path(named) if named else Path(platformdirs.user_data_dir("makebelieve"))


def store() -> Path:
    """Return the folder of the runs."""
    return home() / "runs"


def is_run(folder: Path) -> bool:
    """Say whether a folder is a run."""
    return (folder / "recipe.json").is_file()


def names() -> list[str]:
    """Return the names of the runs in the store, oldest first."""
    return [folder.name for folder in sorted(_folders(), key=_age)]


def _folders() -> Iterator[Path]:
    if store().is_dir():
        for folder in store().iterdir():
            # What is hidden is being imported or deleted, or was when it was killed.
            if not folder.name.startswith(".") and is_run(folder):
                yield folder


def _age(folder: Path) -> tuple[float, str]:
    return (folder / "recipe.json").stat().st_mtime, folder.name


def resolve(run: str | Path) -> Path:
    """Find a run by its folder or by its name in the store.

    Raises:
        InputError: there is none; the nearest name is given.
    """
    folder = Path(run)
    if is_run(folder):
        return folder
    if NAME.fullmatch(str(run)) and is_run(store() / str(run)):
        return store() / str(run)
    if folder.exists():
        raise InputError(f"{run} is not a run: it has no recipe.json")
    known = names()
    listed = f"; runs: {', '.join(known[-5:])}" if known else "; there are no runs yet"
    raise InputError(f"there is no run {str(run)!r}{nearest(str(run), known) or listed}")


def fresh(stem: str) -> Path:
    """Make a new folder in the store, named stem-1, stem-2 or the like."""
    store().mkdir(parents=True, exist_ok=True)
    clean = re.sub(r"[^\w.+-]+", "-", stem).strip("-.")[:60] or "run"
    number = 1
    while True:
        folder = store() / f"{clean}-{number}"
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def rename(run: str | Path, name: str) -> Path:
    """Give a run of the store another name.

    Raises:
        InputError: the name cannot be used or is taken, or the run is being trained.
    """
    folder = resolve(run)
    if not NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot name a run: use letters, digits, spaces and . _ + - (at most 100)"
        )
    target = folder.with_name(name)
    if target.exists():
        raise InputError(f"there is already a run {name!r}")
    with hold(folder):
        folder.rename(target)
    return target


def delete(run: str | Path) -> Path:
    """Delete a run and everything in it.

    Raises:
        InputError: there is no such run, or it is being trained.
    """
    folder = resolve(run)
    with hold(folder):
        # Renamed first: what is left after a kill is no longer a run.
        doomed = folder.with_name(f".deleted-{folder.name}")
        folder.rename(doomed)
        shutil.rmtree(doomed)
    return folder
