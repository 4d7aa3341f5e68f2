"""What a report is made of: written once, shown as HTML and as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from makebelieve.reports.markup import Markup

__all__ = [
    "Beside",
    "Block",
    "Both",
    "Command",
    "Drawing",
    "Facts",
    "Folded",
    "Gallery",
    "Group",
    "Item",
    "Items",
    "Picture",
    "Section",
    "Stack",
    "Table",
    "Words",
    "renamed",
]


class Block:
    """A part of a report."""


@dataclass(frozen=True)
class Words(Block):
    """A paragraph.

    Args:
        text: plain text.
        kind: "" or a class of the style sheet: "note", "warning", "strong".
    """

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Command(Block):
    """Lines for a terminal, to be copied."""

    text: str


@dataclass(frozen=True)
class Picture(Block):
    """A picture in a figure.

    Args:
        name: of its file, without an ending.
        image: what is shown.
        alt: what is seen, for those who cannot see it.
        caption: below it.
        crisp: whether each pixel is to be seen when it is enlarged.
        wide: whether it may take the whole width.
        title: above it.
        model: whose it is, for the mark beside the title.
        ground: what is white around the drawing: "chart" or "rows" of pictures; "" for nothing.
    """

    name: str
    image: Image.Image
    alt: str
    caption: str = ""
    crisp: bool = True
    wide: bool = False
    title: str = ""
    model: str = ""
    ground: str = ""


@dataclass(frozen=True)
class Drawing(Block):
    """A chart in a figure.

    Args:
        svg: the chart.
        title: above it.
        summary: what can be read from it, with numbers.
        caption: what it means.
        model: whose it is.
    """

    svg: Markup
    title: str
    summary: str
    caption: str = ""
    model: str = ""


@dataclass(frozen=True)
class Both:
    """A cell of a table that is drawn: as text, and as markup that says the same."""

    text: str
    markup: Markup


Cell = str | Both


@dataclass(frozen=True)
class Table(Block):
    """Rows under headings; the first cell of each row is its heading.

    Args:
        caption: what it shows.
        head: the headings of the columns.
        rows: as many cells each.
        words: the columns that hold words and not numbers.
        kind: a class of the style sheet.
        stacked: whether each row becomes a small list of its own where there is no room beside.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    words: frozenset[int] = frozenset()
    kind: str = ""
    stacked: bool = False


@dataclass(frozen=True)
class Facts(Block):
    """Names and values."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Items(Block):
    """A list of lines."""

    lines: Sequence[str]
    kind: str = "plain"


@dataclass(frozen=True)
class Item:
    """Pictures side by side, and the lines below them."""

    images: Sequence[Image.Image]
    alts: Sequence[str]
    lines: Sequence[str]


@dataclass(frozen=True)
class Gallery(Block):
    """Small pictures with words below each, in one figure.

    Args:
        name: of its file.
        items: in order.
        caption: below all.
        title: above.
        crisp: whether each pixel is to be seen.
    """

    name: str
    items: Sequence[Item]
    caption: str
    title: str = ""
    crisp: bool = True


@dataclass(frozen=True)
class Folded(Block):
    """What is shown when asked for."""

    summary: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Group(Block):
    """Blocks under a small heading.

    Args:
        title: the heading.
        blocks: what it is about.
        model: whose it is, for the mark beside the heading.
        kind: a class of the style sheet.
        badge: a word before the heading, such as a verdict.
    """

    title: str
    blocks: Sequence[Block]
    model: str = ""
    kind: str = ""
    badge: str = ""


@dataclass(frozen=True)
class Beside(Block):
    """Blocks side by side where there is room.

    Args:
        blocks: from left to right.
        kind: "pair" for two of a size, "lots" for several, "charts", "told" for words and what
            shows them, or "runs" for one column a run.
    """

    blocks: Sequence[Block]
    kind: str = "pair"


@dataclass(frozen=True)
class Stack(Block):
    """Blocks one below the other, as one of those that stand beside each other."""

    blocks: Sequence[Block]


@dataclass(frozen=True)
class Section(Block):
    """A part with a heading that can be linked to."""

    name: str
    title: str
    blocks: Sequence[Block]


def renamed(block: Block, prefix: str) -> Block:
    """Return a block whose pictures have names of their own, beside those of another run."""
    match block:
        case Picture() | Gallery():
            return replace(block, name=prefix + block.name)
        case Section() | Group() | Folded() | Beside() | Stack():
            return replace(block, blocks=[renamed(part, prefix) for part in block.blocks])
    return block
