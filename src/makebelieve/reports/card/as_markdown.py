"""Blocks as Markdown: the same words and numbers, pictures as files or as their descriptions."""

from __future__ import annotations

import re
from functools import singledispatch
from typing import TYPE_CHECKING

from makebelieve.data.pictures import PAPER
from makebelieve.reports.card.blocks import (
    Beside,
    Block,
    Both,
    Command,
    Drawing,
    Facts,
    Folded,
    Gallery,
    Group,
    Items,
    Picture,
    Section,
    Stack,
    Table,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL import Image

__all__ = ["images", "markdown", "plain"]


def plain(text: str) -> str:
    r"""Write text so that nothing in it is taken for Markdown or HTML.

    Example:
        >>> plain("a <b> *c*")
        'a \\<b\\> \\*c\\*'
    """
    return re.sub(r"([\\`*_\[\]<>|&])", r"\\\1", " ".join(text.split()))


@singledispatch
def markdown(block: Block, level: int = 3, folder: str = "") -> str:
    """Return a block as Markdown.

    Args:
        block: what to show.
        level: of the next heading inside it.
        folder: where the pictures are; "" to describe them instead.
    """
    raise NotImplementedError(type(block).__name__)


def _all(blocks: Sequence[Block], level: int, folder: str) -> str:
    return "\n\n".join(filter(None, (markdown(block, level, folder) for block in blocks)))


def _heading(title: str, level: int, badge: str = "") -> str:
    return f"{'#' * min(level, 6)} {f'{badge}: ' if badge else ''}{plain(title)}"


@markdown.register
def _(block: Words, level: int = 3, folder: str = "") -> str:  # noqa: ARG001
    return f"**{plain(block.text)}**" if block.kind == "strong" else plain(block.text)


@markdown.register
def _(block: Command, level: int = 3, folder: str = "") -> str:  # noqa: ARG001
    longest = max([2, *map(len, re.findall("`+", block.text))])
    fence = "`" * (longest + 1)
    return f"{fence}sh\n{block.text}\n{fence}"


@markdown.register
def _(block: Picture, level: int = 3, folder: str = "") -> str:
    title = _heading(block.title, level) if block.title else ""
    return _joined(title, _shown(block.name, block.alt, folder), plain(block.caption))


def _shown(name: str, alt: str, folder: str) -> str:
    return f"![{plain(alt)}]({folder}/{name}.png)" if folder else f"(Picture: {plain(alt)})"


def _joined(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


@markdown.register
def _(block: Drawing, level: int = 3, folder: str = "") -> str:  # noqa: ARG001
    return _joined(_heading(block.title, level), plain(f"{block.caption} {block.summary}"))


@markdown.register
def _(block: Table, level: int = 3, folder: str = "") -> str:  # noqa: ARG001
    marks = ["---" if i in block.words or not i else "---:" for i in range(len(block.head))]
    rows = [block.head, marks, *block.rows]
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return _joined(plain(block.caption) + ":", "\n".join(lines))


def _cell(cell: str | Both) -> str:
    return plain(cell.text if isinstance(cell, Both) else cell)


@markdown.register
def _(block: Facts, level: int = 3, folder: str = "") -> str:  # noqa: ARG001
    return "\n".join(f"- {plain(name)}: {plain(value)}" for name, value in block.pairs)


@markdown.register
def _(block: Items, level: int = 3, folder: str = "") -> str:  # noqa: ARG001
    return "\n".join(f"- {plain(line)}" for line in block.lines)


@markdown.register
def _(block: Gallery, level: int = 3, folder: str = "") -> str:
    title = _heading(block.title, level) if block.title else ""
    lines = []
    for number, item in enumerate(block.items):
        names = [f"{block.name}-{number}-{i}" for i in range(len(item.images))]
        shown = [_shown(n, alt, folder) for n, alt in zip(names, item.alts, strict=True)]
        lines.append(f"- {' '.join(shown)} {plain('; '.join(item.lines))}")
    return _joined(title, "\n".join(lines), plain(block.caption))


@markdown.register
def _(block: Folded, level: int = 3, folder: str = "") -> str:
    return _joined(f"**{plain(block.summary)}**", _all(block.blocks, level, folder))


@markdown.register
def _(block: Group, level: int = 3, folder: str = "") -> str:
    heading = _heading(block.title, level, block.badge)
    return _joined(heading, _all(block.blocks, level + 1, folder))


@markdown.register
def _(block: Beside, level: int = 3, folder: str = "") -> str:
    return _all(block.blocks, level, folder)


@markdown.register
def _(block: Stack, level: int = 3, folder: str = "") -> str:
    return _all(block.blocks, level, folder)


@markdown.register
def _(block: Section, level: int = 3, folder: str = "") -> str:
    return _joined(_heading(block.title, level - 1), _all(block.blocks, level, folder))


def images(block: Block) -> Iterator[tuple[str, Image.Image]]:
    """Yield the name and the picture of each file that the Markdown shows, on white."""
    match block:
        case Picture():
            yield block.name, _on_white(block.image, crisp=block.crisp)
        case Gallery():
            for number, item in enumerate(block.items):
                for i, image in enumerate(item.images):
                    yield f"{block.name}-{number}-{i}", _on_white(image, crisp=block.crisp)
        case Section() | Group() | Folded() | Beside() | Stack():
            for part in block.blocks:
                yield from images(part)


def _on_white(image: Image.Image, *, crisp: bool) -> Image.Image:
    from PIL import Image as Images

    sheet = Images.new("RGB", image.size, PAPER)
    sheet.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    # Markdown has no way to enlarge a picture: two pixels for one, so that it can be seen.
    return (
        sheet.resize((2 * sheet.width, 2 * sheet.height), Images.Resampling.NEAREST)
        if crisp
        else sheet
    )
