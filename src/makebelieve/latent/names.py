"""From words such as "glasses", "smile" or "hair=long" to a property and one of its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from makebelieve.data.spec import Column
from makebelieve.errors import InputError
from makebelieve.recipe import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from makebelieve.data.spec import Dataset

__all__ = ["Property", "labelled_columns", "properties", "property_of"]

YES = ("yes", "true", "1", "with", "on")
NO = ("no", "false", "0", "without", "none", "off")


@dataclass(frozen=True)
class Property:
    """One value of one labelled column, such as glasses = yes.

    Args:
        name: as a person says it: the column alone where it is a matter of yes or no.
        column: the column's name.
        value: the value that counts as "with".
    """

    name: str
    column: str
    value: str


def labelled_columns(data: Dataset) -> dict[str, Column]:
    """Return every labelled column of a data set by name; bare labels are the column "label"."""
    columns = dict(data.columns)
    if not columns and data.labels is not None:
        columns = {data.label_column or "label": Column(data.spec.classes, data.labels)}
    return columns


def properties(data: Dataset) -> dict[str, Column]:
    """Return the columns that tell examples apart.

    Raises:
        InputError: there is none.
    """
    columns = {n: column for n, column in labelled_columns(data).items() if len(column.values) > 1}
    if not columns:
        raise InputError(
            f"{data.name} has no labels to learn a direction from: put the pictures of each kind "
            "in a sub-folder of its own, or add a column to the table"
        )
    return columns


def yes_of(column: Column) -> str | None:
    """Return the value that means yes, where a column is a matter of yes or no."""
    if len(column.values) != 2:
        return None
    low = [value.lower() for value in column.values]
    for yes, no in ((0, 1), (1, 0)):
        if low[yes] in YES and low[no] in NO:
            return column.values[yes]
    return None


def property_of(word: str, columns: Mapping[str, Column]) -> Property:
    """Find what a word means: a column of yes and no, a value, or column=value.

    Args:
        word: such as "glasses", "smile" or "hair=long".
        columns: what there is.

    Raises:
        InputError: it means nothing, or more than one thing.

    Example:
        >>> import numpy as np
        >>> codes = np.zeros(3, np.int64)
        >>> columns = {"hat": Column(("no", "yes"), codes), "hair": Column(("long", "grey"), codes)}
        >>> property_of("hat", columns).value, property_of("long", columns).name
        ('yes', 'hair=long')
    """
    column, separator, value = word.partition("=")
    if column in columns:
        return _of_column(column, value if separator else None, columns[column])
    owners = [name for name, c in columns.items() if word in c.values]
    if len(owners) == 1:
        return Property(f"{owners[0]}={word}", owners[0], word)
    if owners:
        ways = [f"{name}={word}" for name in owners]
        raise InputError(
            f"{word!r} is a value of {len(owners)} columns: write {', '.join(ways[:-1])} or "
            f"{ways[-1]}"
        )
    known = [*columns, *(value for c in columns.values() for value in c.values)]
    raise InputError(f"no label says {word!r}{nearest(word, known)} (labels: {', '.join(columns)})")


def _of_column(name: str, value: str | None, column: Column) -> Property:
    yes = yes_of(column)
    if value is None:
        if yes is None:
            raise InputError(
                f"{name} is not a matter of yes or no: say which value, such as "
                f"{name}={column.values[-1]} (values: {', '.join(column.values)})"
            )
        return Property(name, name, yes)
    if value not in column.values:
        raise InputError(
            f"{name} is never {value!r}{nearest(value, column.values)} "
            f"(values: {', '.join(column.values)})"
        )
    return Property(name if value == yes else f"{name}={value}", name, value)
