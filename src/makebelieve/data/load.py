"""One entry point for every source of examples, and the table of what is a source."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from makebelieve.data.archives import read_npy, read_npz
from makebelieve.data.arrays import Arrays, array_block, read_array
from makebelieve.data.assemble import assemble
from makebelieve.data.columns import choose_labels
from makebelieve.data.embedded import EMBEDDED
from makebelieve.data.folder import PICTURE_SUFFIXES, read_folder
from makebelieve.data.found import Found
from makebelieve.data.hub import PREFIX, read_hub
from makebelieve.data.idx import is_idx, is_mnist_folder, read_idx, read_mnist_folder
from makebelieve.data.options import Fit, Options, shown
from makebelieve.data.spec import Dataset
from makebelieve.data.splitting import fingerprint
from makebelieve.data.table import read_table
from makebelieve.errors import InputError
from makebelieve.recipe import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SOURCES", "Source", "load"]


@dataclass(frozen=True)
class Source:
    """One kind of source.

    Args:
        name: what it is called in the documentation.
        example: what a person writes.
        recognises: whether a source's text is of this kind.
        read: finds the pictures (or has a whole data set ready).
        line: one line for the documentation.
        local: whether the source is a path.
    """

    name: str
    example: str
    recognises: Callable[[str], bool]
    read: Callable[[str], Found | Dataset]
    line: str
    local: bool = True


def by_suffix(*suffixes: str) -> Callable[[str], bool]:
    """Recognise files by how their names end."""
    return lambda source: source.lower().endswith(suffixes) and not Path(source).is_dir()


def by_path(read: Callable[[Path], Found]) -> Callable[[str], Found]:
    """Check that a file is there before it is read."""

    def checked(source: str) -> Found:
        path = to_path(source)
        if not path.exists():
            raise InputError(not_there(source))
        return read(path)

    return checked


def to_path(source: str) -> Path:
    """Return a source's path, with ~ as the home folder."""
    return Path(source).expanduser()


SOURCES: tuple[Source, ...] = (
    Source(
        "embedded",
        "avatars",
        EMBEDDED.__contains__,
        lambda source: EMBEDDED[source](),
        "data that comes with the package",
        local=False,
    ),
    Source(
        "hub",
        "hub:ylecun/mnist",
        lambda source: source.startswith(PREFIX),
        read_hub,
        "a data set of the Hugging Face hub, by its id",
        local=False,
    ),
    Source(
        "mnist",
        "path/to/fashion-mnist",
        lambda source: is_mnist_folder(to_path(source)),
        by_path(read_mnist_folder),
        "a folder with the four IDX files of MNIST",
    ),
    Source(
        "folder",
        "path/to/pictures",
        lambda source: to_path(source).is_dir(),
        by_path(read_folder),
        "a folder of pictures; sub-folders are the labels",
    ),
    Source(
        "npz",
        "pictures.npz",
        by_suffix(".npz"),
        by_path(read_npz),
        "an archive of arrays: x, and y for labels",
    ),
    Source("npy", "pictures.npy", by_suffix(".npy"), by_path(read_npy), "one array of pictures"),
    Source(
        "idx",
        "train-images-idx3-ubyte.gz",
        lambda source: is_idx(Path(source)),
        by_path(read_idx),
        "an IDX file, plain or compressed, with its labels beside it",
    ),
    Source(
        "table",
        "pictures.csv",
        by_suffix(".csv", ".tsv", ".tab"),
        by_path(read_table),
        "a CSV or TSV table of paths; every other column is a property",
    ),
)
"""Every kind of source; the first that recognises a text reads it."""


def load(
    source: str | os.PathLike[str] | np.ndarray | Dataset,
    *,
    size: int | None = None,
    channels: int | None = None,
    labels: str | None = None,
    fit: Fit = "crop",
    skip_bad: bool = False,
) -> Dataset:
    """Load examples from anywhere: the same words work on the command line.

    Args:
        source: the name of embedded data, a path, hub:OWNER/NAME, an array (n, h, w), (n, h, w,
            c) or (n, c, h, w), or a data set to be resized.
        size: height and width in pixels; None: the source's own, or what suits it (at most 64).
        channels: 1 for grey, 3 for colour; None: grey only where every picture is.
        labels: the column that holds the labels; "none" for none; None: the source's own.
        fit: how oblong pictures become square: "crop", "pad" or "stretch".
        skip_bad: leave out files that cannot be used and list them in `skipped`.

    Raises:
        InputError: anything that is wrong with the source, in one sentence.

    Example:
        >>> load(np.zeros((20, 28, 28), np.uint8)).spec
        Spec(kind='pictures', shape=(1, 28, 28), classes=())
    """
    options = Options(size, channels, labels, fit, skip_bad)
    if isinstance(source, Dataset):
        origin = source.origin and {**source.origin, **options.asked()}
        return replace(refit(source, options), origin=origin)
    if isinstance(source, np.ndarray):
        return assemble(read_array(source), options)
    text = os.fspath(source)
    found = recognise(text).read(text)
    whole = refit(found, options) if isinstance(found, Dataset) else assemble(found, options)
    return replace(whole, origin={"source": text, **options.asked()})


def recognise(text: str) -> Source:
    """Return the kind of a source.

    Raises:
        InputError: it is none that we know.
    """
    if not text:
        raise InputError(f"The source is empty; name one of {', '.join(EMBEDDED)}, or give a path.")
    try:
        for kind in SOURCES:
            if kind.recognises(text):
                return kind
        there = to_path(text).exists()
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{shown_text(text)} is not a path that can be opened.") from error
    raise InputError(not_ours(text) if there else not_there(text))


def shown_text(text: str) -> str:
    """Write a source so that it can be printed, however odd."""
    safe = ascii(text) if "\0" in text else shown(text)
    return safe if len(safe) <= 120 else f"{safe[:60]}…{safe[-40:]}"


def not_ours(text: str) -> str:
    """Say that a file is there, but of no kind that is read."""
    path = to_path(text)
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return f"{shown(text)} is a single picture; give the folder that holds many of them."
    return (
        f"{shown(text)} is no kind of file that can be loaded; give a folder of pictures, or a "
        "file ending in .npz, .npy, -ubyte, -ubyte.gz (IDX), .csv or .tsv."
    )


def not_there(text: str) -> str:
    """Say that nothing has this name, and what may have been meant."""
    path = to_path(text)
    if path.is_symlink():
        return f"{shown_text(text)} is a link that leads nowhere; give the folder or file itself."
    names = list(EMBEDDED)
    hint = nearest(text, names)
    if not hint and path.parent.is_dir():
        try:
            hint = nearest(path.name, [entry.name for entry in path.parent.iterdir()])
        except OSError:
            hint = ""
    return (
        f"There is no data set, file or folder called {shown_text(text)} (embedded are "
        f"{', '.join(names)}){hint or '; check the spelling, or give the whole path.'}"
    )


def refit(dataset: Dataset, options: Options) -> Dataset:
    """Give a data set that is already loaded another size, channels or labels.

    Raises:
        InputError: points have neither size nor channels, or there is no such column.
    """
    label = choose_labels(options.labels, dataset.columns, dataset.label_column, dataset.name)
    spec = dataset.spec
    wanted = (options.size or spec.size, options.channels or spec.channels)
    if options.size is None and options.channels is None:
        return dataset if label == dataset.label_column else dataset.labelled_by(label)
    if spec.kind == "points":
        raise InputError(
            f"{dataset.name} holds points, not pictures, and so has no size in pixels and no "
            "channels; leave out --pixels and --channels."
        )
    if wanted == (spec.size, spec.channels):
        return dataset.labelled_by(label)
    return resized(dataset, wanted, options).labelled_by(label)


def resized(dataset: Dataset, wanted: tuple[int, int], options: Options) -> Dataset:
    """Resize and recolour; the split stays as it was."""
    source = Arrays([array_block(dataset.name, dataset.examples)])
    found = Found(
        dataset.name,
        source.count,
        source.look,
        source.pieces,
        lambda: fingerprint(dataset.examples),
        dataset.columns,
        dataset.label_column,
        dataset.split,
        dataset.names,
        dataset.skipped,
        dataset.notes,
        dataset.about,
    )
    size, channels = wanted
    chosen = Options(size, channels, "none", options.fit, skip_bad=True)
    return assemble(found, chosen)
