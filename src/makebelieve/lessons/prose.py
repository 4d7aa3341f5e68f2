"""Markdown to HTML that is safe to show: no author's HTML, no pictures, no foreign schemes."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NewType

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Block", "Line", "block", "line", "links", "words"]

Line = NewType("Line", str)
"""Markdown within a paragraph: emphasis, code and links."""

Block = NewType("Block", str)
"""Markdown of paragraphs, lists, headings and tables."""

WORDS = re.compile(r"[\w’'-]*\w")
ALLOWED = re.compile(r"https://|/|#")


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    reader.disable("image")
    reader.validateLink = lambda url: ALLOWED.match(url) is not None  # type: ignore[method-assign]
    return reader


def block(text: str, link: Callable[[str], str] = str) -> str:
    """Turn Markdown into HTML.

    Args:
        text: paragraphs, lists, headings, tables.
        link: from where a link leads in the Markdown to where it leads on the page.

    Example:
        >>> block("A *judge* <b>decides</b>.")
        '<p>A <em>judge</em> &lt;b&gt;decides&lt;/b&gt;.</p>'
    """
    return _rendered(_reader().parse(text), link).strip()


def line(text: str, link: Callable[[str], str] = str) -> str:
    """Turn Markdown within a paragraph into HTML.

    Example:
        >>> line("[the map](#the-smooth-map)", link=lambda to: "/lesson/imagine" + to)
        '<a href="/lesson/imagine#the-smooth-map">the map</a>'
    """
    return _rendered(_reader().parseInline(text), link).strip()


def links(text: str) -> Iterator[str]:
    """Yield where the links of Markdown lead.

    Example:
        >>> list(links("[here](#there) and [out](https://example.org/)"))
        ['#there', 'https://example.org/']
    """
    for token in _flat(_reader().parse(text)):
        if token.type == "link_open":
            yield str(token.attrGet("href"))


def words(text: str) -> int:
    """Count the words that a reader reads.

    Example:
        >>> words("A *judge* looks at `x` and [decides](#there).")
        7
    """
    said = (t.content for t in _flat(_reader().parse(text)) if t.type in {"text", "code_inline"})
    return sum(len(WORDS.findall(part)) for part in said)


def _flat(tokens: list[Any]) -> Iterator[Any]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _rendered(tokens: list[Any], link: Callable[[str], str]) -> str:
    for token in _flat(tokens):
        if token.type == "link_open":
            href = link(str(token.attrGet("href")))
            token.attrSet("href", href)
            if href.startswith("https:"):
                token.attrSet("rel", "noreferrer")
        # Alignment would become a style attribute, which the page's policy refuses.
        token.attrs.pop("style", None)
    reader = _reader()
    return str(reader.renderer.render(tokens, reader.options, {}))
