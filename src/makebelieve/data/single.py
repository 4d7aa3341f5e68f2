"""Picture files that a person names one by one, as a run wants them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.data.decode import Unusable, decode, quiet
from makebelieve.data.options import shown
from makebelieve.errors import InputError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from makebelieve.data.options import Fit
    from makebelieve.data.spec import Spec

__all__ = ["read_picture", "read_pictures"]


def read_picture(path: str | os.PathLike[str], spec: Spec, fit: Fit = "crop") -> np.ndarray:
    """Read one picture file to the size and channels of a spec.

    Args:
        path: PNG, JPEG, WebP, GIF (first frame), BMP or TIFF.
        spec: what is wanted.
        fit: how an oblong picture becomes square.

    Returns:
        (height, width, channels) uint8.

    Raises:
        InputError: it cannot be used, with the reason; or the spec is not one of pictures.
    """
    if spec.kind != "pictures":
        raise InputError(
            f"{shown(path)} cannot be used because the run was trained on points, not on pictures"
        )
    try:
        with quiet():
            return decode(Path(path), spec.size, spec.channels, fit).picture
    except Unusable as why:
        raise InputError(f"{shown(path)} cannot be used because {why}") from None


def read_pictures(
    paths: Iterable[str | os.PathLike[str]], spec: Spec, fit: Fit = "crop"
) -> np.ndarray:
    """Read picture files to the size and channels of a spec.

    Returns:
        (n, height, width, channels) uint8.

    Raises:
        InputError: the first that cannot be used, with the reason.
    """
    read = [read_picture(path, spec, fit) for path in paths]
    return np.array(read, np.uint8).reshape(-1, *spec.shape[1:], spec.channels)
