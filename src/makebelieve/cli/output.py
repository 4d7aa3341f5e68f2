"""Where a command writes what a model made: one picture, one file a picture, or plain numbers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.data import pictures
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from makebelieve.data.spec import Spec

__all__ = ["Target", "target_of", "write_arrays", "write_folder"]

NUMBERS = (".npy", ".npz", ".csv")


class Target:
    """What --out asks for.

    Args:
        path: where to write.
        kind: "picture", "animation", "numbers" or "folder".
    """

    def __init__(self, path: Path, kind: str) -> None:
        self.path, self.kind = path, kind


def target_of(out: Path, spec: Spec, *, folder: bool = False, animation: bool = False) -> Target:
    """Say what --out asks for by its ending, before any work is done.

    Args:
        out: what the user said.
        spec: what will be written.
        folder: whether a folder can be meant.
        animation: whether .gif and .webp are animations.

    Raises:
        InputError: an ending of no kind that can be written, or a folder that is not there.
    """
    suffix = out.suffix.lower()
    _check_place(out, suffix)
    if folder and (out.is_dir() or not suffix[1:].isalpha()):
        if spec.kind == "points":
            raise InputError(f"points are written into one file, not into a folder such as {out}")
        return Target(out, "folder")
    if out.is_dir():
        raise InputError(f"{out} is a folder: give --out a file in it, such as {out / 'out.png'}")
    if animation and suffix in pictures.MOVING:
        return Target(out, "animation")
    if suffix in NUMBERS and not (suffix == ".csv" and spec.kind == "pictures"):
        return Target(out, "numbers")
    if suffix in pictures.STILL:
        return Target(out, "picture")
    raise InputError(_unknown_ending(out, spec, folder=folder))


def _check_place(out: Path, suffix: str) -> None:
    parent = out.parent
    if suffix and not parent.is_dir():
        raise InputError(f"the folder {parent} for --out is not there: make it, or choose another")


def _unknown_ending(out: Path, spec: Spec, *, folder: bool) -> str:
    numbers = NUMBERS if spec.kind == "points" else NUMBERS[:2]
    known = ", ".join([*pictures.STILL, *numbers])
    ending = f"ends in {out.suffix}" if out.suffix else "has no ending"
    rest = "; or name a folder, without an ending" if folder and spec.kind == "pictures" else ""
    return f"--out {out} {ending}, and what can be written ends in {known}{rest}"


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays whole or not at all; the first alone where the ending has room for one."""
    first = next(iter(arrays.values()))
    data = io.BytesIO()
    match path.suffix.lower():
        case ".npz":
            np.savez_compressed(data, **arrays)  # type: ignore[arg-type]
        case ".npy":
            np.save(data, first, allow_pickle=False)
        case _:
            rows = "".join(f"{x:.9g},{y:.9g}\n" for x, y in first.tolist())
            data.write(f"x,y\n{rows}".encode())
    pictures.write(data.getvalue(), path)


def write_folder(folder: Path, count: int, picture: Callable[[], np.ndarray]) -> None:
    """Write one numbered PNG for each picture, over nothing that is already there.

    Args:
        folder: made when it is not there.
        count: how many pictures there will be.
        picture: makes them, (count, height, width, channels), once their names are known free.

    Raises:
        InputError: a file of that name is already there, or the folder cannot be made.
    """
    width = max(3, len(str(count - 1)))
    paths = [folder / f"{number:0{width}d}.png" for number in range(count)]
    for path in paths:
        if path.exists():
            raise InputError(
                f"{path} is already there and would be overwritten: choose another folder"
            )
    made = picture()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = (error.strerror or "error").lower()
        raise InputError(f"the folder {folder} cannot be made ({why})") from None
    for path, one in zip(paths, made, strict=True):
        pictures.save(pictures.to_image(one), path)
