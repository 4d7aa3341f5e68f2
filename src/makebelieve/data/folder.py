"""A folder of pictures: sub-folders are labels, or train, validation and test."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import numpy as np

from makebelieve.data.columns import SPLIT_NAMES, to_column
from makebelieve.data.files import Files, file_identity
from makebelieve.data.found import Found
from makebelieve.data.options import counted, shown
from makebelieve.data.spec import Column, Skipped
from makebelieve.errors import InputError

__all__ = ["PICTURE_SUFFIXES", "find_pictures", "read_folder"]

PICTURE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp", ".tif", ".tiff"}
)

NOT_READ = {".heic", ".heif", ".avif", ".svg", ".raw", ".cr2", ".nef", ".dng", ".psd", ".jxl"}
"""Pictures to a person, but not to us."""


@dataclass
class Listing:
    """What a folder holds.

    Args:
        pictures: paths relative to the folder, sorted.
        ignored: how many other files there are, by suffix (or name).
        bad: folders that could not be opened.
    """

    pictures: list[PurePath] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    bad: list[Skipped] = field(default_factory=list)


def read_folder(folder: Path) -> Found:
    """Find the pictures of a folder and of all folders in it.

    Args:
        folder: sub-folders are the labels (column "folder"); the whole path within, where it is
            deeper, is the column "subfolder". Two or more sub-folders named train, validation
            (or val) and test are the split instead, and labels are looked for inside them.

    Raises:
        InputError: it cannot be opened, or holds no pictures.
    """
    name = shown(folder)
    listing = find_pictures(folder)
    if not listing.pictures:
        raise InputError(nothing_found(name, listing))
    paths = listing.pictures
    inner, split = split_of_folders(without_wrappers([p.parts for p in paths]), name)
    columns = label_columns(without_wrappers(inner))
    files = Files(len(paths), lambda row: folder / paths[row])
    return Found(
        name,
        len(paths),
        files.look,
        files.pieces,
        lambda: [file_identity(folder / path) for path in paths],
        columns,
        "folder" if "folder" in columns else None,
        split,
        [shown(folder / path) for path in paths],
        tuple(listing.bad),
        ignored_note(listing),
        about="pictures of your own",
    )


def find_pictures(folder: Path) -> Listing:
    """List all picture files below a folder, sorted by path; hidden ones are ignored."""
    listing, seen = Listing(), set[tuple[int, int]]()
    waiting = [PurePath()]
    while waiting:
        inside = waiting.pop()
        try:
            facts = (folder / inside).stat()
            if (facts.st_dev, facts.st_ino) in seen:
                continue  # A link to a folder that was visited, perhaps its own parent.
            seen.add((facts.st_dev, facts.st_ino))
            with os.scandir(folder / inside) as entries:
                for entry in entries:
                    sort_entry(entry, inside / entry.name, listing, waiting)
        except OSError as error:
            listing.bad.append(Skipped(shown(folder / inside), why_closed(error)))
    listing.pictures.sort(key=lambda path: path.parts)
    listing.bad.sort(key=lambda skipped: skipped.path)
    return listing


def sort_entry(
    entry: os.DirEntry[str], path: PurePath, listing: Listing, waiting: list[PurePath]
) -> None:
    """Put one entry of a folder where it belongs."""
    if entry.name.startswith(".") or entry.name == "__MACOSX":
        listing.ignored[entry.name] += 1
    elif is_folder(entry):
        waiting.append(path)
    elif path.suffix.lower() in PICTURE_SUFFIXES:
        listing.pictures.append(path)
    else:
        known = entry.name in {"Thumbs.db", "desktop.ini"} or not path.suffix
        listing.ignored[entry.name if known else path.suffix.lower()] += 1


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Say whether an entry is a folder, or a link to one; a link in circles is not."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def why_closed(error: OSError) -> str:
    """Say why a folder could not be opened."""
    if isinstance(error, PermissionError):
        return "its permissions do not let us open it"
    return f"it cannot be opened ({(error.strerror or 'error').lower()})"


def nothing_found(name: str, listing: Listing) -> str:
    """Say that there are no pictures, and what is there instead."""
    if listing.bad:
        return f"{listing.bad[0].path} cannot be used because {listing.bad[0].reason}."
    if not listing.ignored:
        return f"{name} is an empty folder; put pictures (PNG, JPEG, WebP, GIF, BMP) into it."
    what = kinds(listing.ignored)
    if any(kind in NOT_READ for kind in listing.ignored):
        return (
            f"{name} holds no pictures that can be read, only {what}; convert them to PNG or JPEG."
        )
    return f"{name} holds no pictures (PNG, JPEG, WebP, GIF, BMP), only other files: {what}."


def kinds(ignored: Counter[str], most: int = 4) -> str:
    """List the commonest kinds of ignored files.

    Example:
        >>> kinds(Counter({".txt": 2, "Thumbs.db": 1}))
        '2 .txt, 1 Thumbs.db'
    """
    ordered = sorted(ignored.items(), key=lambda item: (-item[1], item[0]))
    listed = [f"{count:,} {shown(kind)}" for kind, count in ordered[:most]]
    more = sum(count for _, count in ordered[most:])
    return ", ".join([*listed, f"{more:,} more"] if more else listed)


def ignored_note(listing: Listing) -> tuple[str, ...]:
    """Say how many files were passed over."""
    if not listing.ignored:
        return ()
    total = listing.ignored.total()
    verb = "is not a picture and was" if total == 1 else "are not pictures and were"
    unread = sorted(set(listing.ignored) & NOT_READ)
    tip = f" Convert {' and '.join(unread)} to PNG or JPEG to use them." if unread else ""
    return (f"{counted(total, 'file')} {verb} ignored ({kinds(listing.ignored)}).{tip}",)


def without_wrappers(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Take off folders that hold nothing but one folder of folders, as archives often have.

    Example:
        >>> without_wrappers([("cats", "tabby", "1.png"), ("cats", "black", "2.png")])
        [('tabby', '1.png'), ('black', '2.png')]
    """
    while min(map(len, paths)) > 2 and len({parts[0] for parts in paths}) == 1:
        paths = [parts[1:] for parts in paths]
    return paths


def split_of_folders(
    paths: list[tuple[str, ...]], name: str
) -> tuple[list[tuple[str, ...]], np.ndarray | None]:
    """Take the split from the topmost folders, where these are named for one.

    Returns:
        The paths inside the split's folders, and the (n,) codes; or the paths and None.

    Raises:
        InputError: there is a split, but nothing in it is for training.
    """
    tops = {parts[0] if len(parts) > 1 else "" for parts in paths}
    words = {top.lower() for top in tops}
    if len(tops) < 2 or not words <= set(SPLIT_NAMES):
        return paths, None
    codes = np.array([SPLIT_NAMES[parts[0].lower()] for parts in paths], np.uint8)
    if not (codes == 0).any():
        raise InputError(
            f"{name} has the folders {' and '.join(sorted(tops))}, but no folder named train; "
            "add one, or rename the folders if they are labels."
        )
    return [parts[1:] for parts in paths], codes


def label_columns(paths: list[tuple[str, ...]]) -> dict[str, Column]:
    """Name the labels by the folders: the first level, and the whole path where it is deeper."""
    first = [parts[0] if len(parts) > 1 else None for parts in paths]
    if not any(first):
        return {}
    columns = {"folder": to_column([f and shown(f) for f in first])}
    if any(len(parts) > 2 for parts in paths):
        whole = ["/".join(map(shown, parts[:-1])) or None for parts in paths]
        columns["subfolder"] = to_column(whole)
    return columns
