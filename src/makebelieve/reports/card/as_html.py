"""Blocks as HTML."""

from __future__ import annotations

import base64
import io
import re
from functools import singledispatch
from typing import TYPE_CHECKING

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
    Item,
    Items,
    Picture,
    Section,
    Stack,
    Table,
    Words,
)
from makebelieve.reports.markup import Markup, tag
from makebelieve.reports.sections import section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

__all__ = ["headline", "html", "source"]


def source(image: Image.Image, *, crisp: bool) -> str:
    """Return an image as a data URI: without loss where each pixel is to be seen."""
    data = io.BytesIO()
    image.save(data, "WEBP", lossless=crisp, quality=100 if crisp else 85, method=4)
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode()


def headline(title: str, level: int, model: str = "", badge: Markup | None = None) -> Markup:
    """Return a heading, with the mark of a model and a badge where there are such."""
    words = tag("span", title, class_=f"model {model}") if model else title
    return tag(f"h{min(level, 6)}", badge, " " if badge else None, words)


@singledispatch
def html(block: Block, level: int = 3) -> Markup:
    """Return a block as HTML.

    Args:
        block: what to show.
        level: of the next heading inside it.
    """
    raise NotImplementedError(type(block).__name__)


def _all(blocks: Sequence[Block], level: int) -> list[Markup]:
    return [html(block, level) for block in blocks]


@html.register
def _(block: Words, level: int = 3) -> Markup:  # noqa: ARG001
    return tag("p", block.text, class_=block.kind or None)


@html.register
def _(block: Command, level: int = 3) -> Markup:  # noqa: ARG001
    # Lines break between words only: an option torn at its hyphens cannot be read.
    words = [tag("span", w, class_="w") if w.strip() else w for w in re.split(r"(\s+)", block.text)]
    return tag("pre", tag("code", words))


@html.register
def _(block: Picture, level: int = 3) -> Markup:
    image = _image(block.image, block.alt, crisp=block.crisp)
    kind = "wide" if block.wide else "sheet"
    return tag(
        "figure",
        headline(block.title, level, block.model) if block.title else None,
        image,
        tag("figcaption", block.caption) if block.caption else None,
        class_=f"{kind} on-{block.ground}" if block.ground else kind,
    )


def _image(image: Image.Image, alt: str, *, crisp: bool) -> Markup:
    return tag(
        "img", src=source(image, crisp=crisp), width=image.width, height=image.height, alt=alt,
        class_="px" if crisp else None,
    )  # fmt: skip


@html.register
def _(block: Drawing, level: int = 3) -> Markup:
    caption = [block.caption, " "] if block.caption else []
    return tag(
        "figure",
        headline(block.title, level),
        block.svg,
        tag("figcaption", *caption, tag("span", block.summary, class_="number")),
        class_=f"model-{block.model}" if block.model else None,
    )


@html.register
def _(block: Table, level: int = 3) -> Markup:  # noqa: ARG001
    def kind(column: int) -> str | None:
        return "words" if column in block.words else None

    def role(name: str) -> str | None:
        # Laid out as anything but a table, it would be none for some screen readers.
        return name if block.stacked else None

    head = [
        tag("th", title, scope="col", class_=kind(i), role=role("columnheader"))
        for i, title in enumerate(block.head)
    ]
    rows = []
    for first, *rest in block.rows:
        named = tag("th", _cell(first), scope="row", class_=kind(0), role=role("rowheader"))
        cells = [
            tag("td", _cell(cell), class_=kind(i), role=role("cell"),
                data_head=block.head[i] if block.stacked else None)
            for i, cell in enumerate(rest, 1)
        ]  # fmt: skip
        rows.append(tag("tr", named, cells, role=role("row")))
    table = tag(
        "table",
        tag("caption", block.caption),
        tag("thead", tag("tr", head, role=role("row")), role=role("rowgroup")),
        tag("tbody", rows, role=role("rowgroup")),
        class_=" ".join(filter(None, [block.kind, "stacked" if block.stacked else ""])) or None,
        role=role("table"),
    )
    return tag("div", table, class_="table", tabindex="0", role="group", aria_label=block.caption)


def _cell(cell: str | Both) -> str | Markup:
    return cell.markup if isinstance(cell, Both) else cell


@html.register
def _(block: Facts, level: int = 3) -> Markup:  # noqa: ARG001
    pairs = [tag("div", tag("dt", name), tag("dd", value)) for name, value in block.pairs]
    return tag("dl", pairs, class_="versions")


@html.register
def _(block: Items, level: int = 3) -> Markup:  # noqa: ARG001
    return tag("ul", [tag("li", line) for line in block.lines], class_=block.kind)


@html.register
def _(block: Gallery, level: int = 3) -> Markup:
    items = [tag("li", _item(item, crisp=block.crisp)) for item in block.items]
    return tag(
        "figure",
        headline(block.title, level) if block.title else None,
        tag("ul", items, class_=f"gallery of-{block.name.split('-')[-1]}"),
        tag("figcaption", block.caption),
    )


def _item(item: Item, *, crisp: bool) -> list[Markup]:
    pairs = zip(item.images, item.alts, strict=True)
    images = [_image(image, alt, crisp=crisp) for image, alt in pairs]
    lines = [tag("span", line, class_="number") for line in item.lines]
    return [tag("div", images, class_=f"shown of-{len(images)}"), *lines]


@html.register
def _(block: Folded, level: int = 3) -> Markup:
    return tag("details", tag("summary", block.summary), _all(block.blocks, level))


@html.register
def _(block: Group, level: int = 3) -> Markup:
    badge = tag("span", block.badge, class_="badge") if block.badge else None
    return tag(
        "div",
        headline(block.title, level, block.model, badge),
        _all(block.blocks, level + 1),
        class_=" ".join(filter(None, ["group", block.kind])),
    )


@html.register
def _(block: Beside, level: int = 3) -> Markup:
    kind = f"runs of-{len(block.blocks)}" if block.kind == "runs" else block.kind
    return tag("div", _all(block.blocks, level), class_=kind)


@html.register
def _(block: Stack, level: int = 3) -> Markup:
    return tag("div", _all(block.blocks, level))


@html.register
def _(block: Section, level: int = 3) -> Markup:
    return section(block.name, block.title, _all(block.blocks, level))
