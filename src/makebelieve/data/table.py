"""A table (CSV or TSV) of picture paths and what is known of each picture."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from makebelieve.data.columns import default_label, split_codes, to_column
from makebelieve.data.files import Files, file_identity
from makebelieve.data.folder import PICTURE_SUFFIXES
from makebelieve.data.found import Found
from makebelieve.data.options import shown
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_table"]

PATH_NAMES = (
    "path",
    "file",
    "filename",
    "file_name",
    "filepath",
    "file_path",
    "image",
    "image_path",
    "picture",
    "img",
)

Rows = list[list[str]]


def read_table(path: Path) -> Found:
    """Find the pictures that a table names.

    Args:
        path: a CSV or TSV file with a header. One column holds the paths, relative to the
            table's own folder: the one named path, file, filename, image or picture, else the
            first whose cells end like picture files. `split` gives the split. Every other column
            becomes a labelled property.

    Raises:
        InputError: it is no table, or no column holds paths; the sentence names the row.
    """
    name = shown(path)
    header, rows = read_cells(path, name)
    at = path_column(header, rows, name)
    files = [row[at].strip() for row in rows]
    if "" in files:
        raise InputError(
            f"{name}, row {files.index('') + 2} has no path in the column {header[at]!r}; fill it "
            "in or remove the row."
        )
    columns, split = {}, None
    for index, title in enumerate(header):
        values = [row[index].strip() for row in rows]
        if title.lower() == "split" and index != at:
            places = [f"{name}, row {number}," for number in range(2, len(rows) + 2)]
            split = split_codes(values, places)
        elif index != at:
            columns[title] = to_column(values)
    paths = [path.parent / file for file in files]
    source = Files(len(paths), paths.__getitem__)
    return Found(
        name,
        len(paths),
        source.look,
        source.pieces,
        lambda: [file_identity(each) for each in (path, *paths)],
        columns,
        default_label(columns),
        split,
        [shown(each) for each in paths],
        about="pictures of your own",
    )


def read_cells(path: Path, name: str) -> tuple[list[str], Rows]:
    """Return the header and the rows, every row as long as the header.

    Raises:
        InputError: it cannot be read, or a row is longer or shorter than the header.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"{name} cannot be read ({(error.strerror or 'error').lower()})."
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(
            f"{name}, line {line} is not UTF-8 text; save the table as UTF-8."
        ) from error
    try:
        cells = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter(path, text)))
    except csv.Error as error:
        raise InputError(f"{name} cannot be read as a table ({error}).") from error
    cells = [row for row in cells if any(cell.strip() for cell in row)]
    if len(cells) < 2:
        raise InputError(
            f"{name} is {'empty' if not cells else 'a header without rows'}; write one header row "
            "(such as path,label) and then one row a picture."
        )
    header = [title.strip() for title in cells[0]]
    check_header(header, name)
    for number, row in enumerate(cells[1:], start=2):
        if len(row) != len(header):
            raise InputError(
                f"{name}, row {number} has {len(row)} cells, but the header has {len(header)}; "
                "put cells with commas into quotes."
            )
    return header, cells[1:]


def delimiter(path: Path, text: str) -> str:
    """Return what separates the cells: a tab, a semicolon or a comma."""
    if path.suffix.lower() in {".tsv", ".tab"}:
        return "\t"
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def check_header(header: list[str], name: str) -> None:
    """Refuse columns without a name or with the same one."""
    for index, title in enumerate(header):
        if not title:
            raise InputError(f"{name}, column {index + 1} has no name; give every column one.")
        if title in header[:index]:
            raise InputError(f"{name} has two columns named {title!r}; rename one.")


def path_column(header: list[str], rows: Rows, name: str) -> int:
    """Return the number of the column with the paths.

    Raises:
        InputError: there is none.
    """
    lower = [title.lower() for title in header]
    for word in PATH_NAMES:
        if word in lower:
            return lower.index(word)
    if any(is_picture(title) for title in header):
        raise InputError(
            f"{name} begins with a picture instead of a header; add a first row such as path,label."
        )
    for index, cell in enumerate(rows[0]):
        if is_picture(cell.strip()):
            return index
    raise InputError(
        f"{name} has no column of picture paths (it has {', '.join(header)}); call that column "
        "path."
    )


def is_picture(text: str) -> bool:
    """Say whether a cell ends like the name of a picture file."""
    return text.lower().endswith(tuple(PICTURE_SUFFIXES))
