"""HTML that cannot be broken by what it shows: every text is escaped, except markup."""

from __future__ import annotations

import html
from importlib.resources import files
from typing import Any

__all__ = ["POLICY", "Markup", "join", "style", "tag"]

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Nothing may be fetched, whatever a browser thinks of the page."""


VOID = {"br", "img", "input", "link", "meta", "source"}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def join(*children: Any) -> Markup:
    """Put children one after the other; lists are opened, None is left out, text is escaped.

    Example:
        >>> join("1 < 2", None, [Markup("<br>")])
        '1 &lt; 2<br>'
    """
    found = []
    for child in children:
        if isinstance(child, Markup):
            found.append(str(child))
        elif isinstance(child, (list, tuple)):
            found.append(str(join(*child)))
        elif child is not None:
            found.append(html.escape(str(child)))
    return Markup("".join(found))


def tag(name: str, /, *children: Any, **attributes: Any) -> Markup:
    """Return an element.

    Args:
        name: of the element.
        children: text, markup, or lists of them.
        attributes: `class_` is class, `aria_label` is aria-label; None and False are left out.

    Example:
        >>> tag("p", "a & b", class_="x")
        '<p class="x">a &amp; b</p>'
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    opened = f"<{name}{written}>"
    return Markup(opened if name in VOID else f"{opened}{join(*children)}</{name}>")


def _attribute(key: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'


def style() -> Markup:
    """Return the style sheets of all pages as an element."""
    here = files("makebelieve.reports")
    sheets = (here / "page.css", here / "card" / "card.css")
    return tag("style", Markup("".join(sheet.read_text(encoding="utf-8") for sheet in sheets)))
