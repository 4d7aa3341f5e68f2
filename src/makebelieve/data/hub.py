"""Data sets of the Hugging Face hub, through the `datasets` package (extra `hub`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from makebelieve.data.archives import words
from makebelieve.data.columns import SPLIT_NAMES, default_label, to_column
from makebelieve.data.files import Files
from makebelieve.data.found import Found
from makebelieve.data.options import shown
from makebelieve.data.spec import Column
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PREFIX", "read_hub"]

PREFIX = "hub:"


def read_hub(source: str) -> Found:
    """Load a data set by its id, with every split it has.

    Args:
        source: hub:OWNER/NAME, or hub:OWNER/NAME:CONFIGURATION. What is downloaded is kept by
            `datasets`, which can also read a local folder of parquet files.

    Raises:
        InputError: `datasets` is not installed, there is no such data set, or no pictures in it.
    """
    owner, _, configuration = source.removeprefix(PREFIX).partition(":")
    if not owner:
        raise InputError("hub: needs the id of a data set, such as hub:ylecun/mnist.")
    datasets = import_datasets()
    parts = ordered(download(datasets, owner, configuration or None))
    features = parts[0][1].features
    column = picture_column(features, datasets, source)
    tables = [table.cast_column(column, datasets.Image(decode=False)) for _, table in parts]
    pictures = [table.select_columns([column]) for table in tables]
    starts = np.cumsum([0, *(len(table) for table in tables)])

    def file(row: int) -> bytes:
        part = int(np.searchsorted(starts, row, side="right")) - 1
        return content(pictures[part][row - int(starts[part])][column])

    files = Files(int(starts[-1]), file)
    columns = label_columns(tables, features, column, datasets)
    codes = [code for code, _ in parts]
    split = np.repeat(np.array(codes, np.uint8), np.diff(starts)) if 0 in codes[:1] else None
    return Found(
        shown(source),
        int(starts[-1]),
        files.look,
        files.pieces,
        lambda: [getattr(table, "_fingerprint", None) for table in tables],
        columns,
        default_label(columns),
        split if len(parts) > 1 else None,
        [f"{source}, {table.split}, row {row}" for table in tables for row in range(len(table))],
        about=f"{owner} from the Hugging Face hub",
    )


def import_datasets() -> Any:
    """Import the package that only this file needs.

    Raises:
        InputError: it is not installed.
    """
    try:
        import datasets  # an extra, and slow
    except ImportError as error:
        raise InputError(
            "hub: needs the package datasets: pip install 'makebelieve[hub]'."
        ) from error
    return datasets


def download(datasets: Any, owner: str, configuration: str | None) -> dict[str, Any]:
    """Fetch (or find in the cache) every split.

    Raises:
        InputError: in one sentence, whatever went wrong.
    """
    datasets.disable_progress_bars()
    try:
        loaded: dict[str, Any] = dict(datasets.load_dataset(owner, configuration))
    except Exception as error:
        first = re.split(r"[\n.](?:\s|$)", str(error).strip(), maxsplit=1)[0]
        raise InputError(
            f"hub:{owner} cannot be loaded ({first or type(error).__name__}); check the id on "
            "huggingface.co/datasets, and that this machine is online."
        ) from error
    return loaded


def ordered(splits: dict[str, Any]) -> list[tuple[int, Any]]:
    """Return the splits that have a standard name, by their codes; else all as one.

    Extra splits such as "unsupervised" or "extra" are left out where there is a "train".
    """
    known = [(SPLIT_NAMES[name], table) for name, table in splits.items() if name in SPLIT_NAMES]
    if known:
        return sorted(known, key=lambda pair: pair[0])
    return [(0, table) for table in splits.values()]


def picture_column(features: Any, datasets: Any, source: str) -> str:
    """Return the first column of pictures.

    Raises:
        InputError: there is none.
    """
    for name, feature in features.items():
        if isinstance(feature, datasets.Image):
            return str(name)
    raise InputError(
        f"{source} holds no pictures (its columns are {', '.join(features)}); choose a data set "
        "with an image column."
    )


def content(cell: Any) -> bytes:
    """Return the bytes of a picture that was not decoded; empty where there is none."""
    if not cell:
        return b""
    if cell.get("bytes"):
        return bytes(cell["bytes"])
    return Path(cell["path"]).read_bytes() if cell.get("path") else b""


def label_columns(
    tables: Sequence[Any], features: Any, pictures: str, datasets: Any
) -> dict[str, Column]:
    """Turn every column of single values into a labelled property."""
    columns = {}
    for name, feature in features.items():
        if name == pictures:
            continue
        if isinstance(feature, datasets.ClassLabel):
            values = [np.asarray(table.with_format("numpy")[name][:]) for table in tables]
            columns[name] = Column(tuple(feature.names), np.concatenate(values).astype(np.int64))
        elif isinstance(feature, datasets.Value):
            cells = [cell for table in tables for cell in table[name][:]]
            columns[name] = to_column(
                [None if c is None else words(np.array([c]))[0] for c in cells]
            )
    return columns
