"""Tables of text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["clock", "short", "table"]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out rows under a head, each column as wide as it must be.

    Example:
        >>> print(table(("name", "n"), [("a", "1"), ("longer", "2")]))
        name    n
        a       1
        longer  2
    """
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def short(value: object) -> str:
    """Write a value in a few characters.

    Example:
        >>> [short(v) for v in (None, True, 0.123456, 2_000_000, 1e-05, "x")]
        ['auto', 'true', '0.1235', '2,000,000', '1e-05', 'x']
    """
    match value:
        case None:
            return "auto"
        case bool():
            return str(value).lower()
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.4g}"
    return str(value)


def clock(seconds: float) -> str:
    """Write a duration.

    Example:
        >>> clock(75), clock(3675)
        ('1:15', '1:01:15')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
