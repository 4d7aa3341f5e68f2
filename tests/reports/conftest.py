"""Runs of every model, and what reads a page as a browser and a screen reader would."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

import makebelieve as mb

if TYPE_CHECKING:
    from collections.abc import Callable

    from makebelieve.runs.run import Run


class Page(HTMLParser):
    """Collects what a page holds, and checks that every element is closed in order."""

    VOID = frozenset({"br", "img", "input", "link", "meta", "source"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source = text
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    def all(self, *names: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of these names."""
        return [attributes for tag, attributes in self.tags if tag in names]

    def check(self) -> None:
        """Check what holds for every page that we write."""
        bare = re.sub(r"data:image/webp;base64,[\w+/=]+", "", self.source)
        assert not re.search(r"https?:|//|@import|<script", bare)
        assert not any(name.startswith("on") for _, a in self.tags for name in a)
        links = [a[k] for _, a in self.tags for k in ("href", "src", "srcset") if k in a]
        assert all(str(link).startswith(("data:image/", "#")) for link in links)
        ids = [a["id"] for _, a in self.tags if "id" in a]
        assert len(ids) == len(set(ids))
        targets = {str(link)[1:] for link in links if str(link).startswith("#")}
        assert targets <= set(ids)
        for image in self.all("img"):
            assert image["alt"] is not None and image["width"] and image["height"]
        assert all(cell.get("scope") in {"col", "row"} for cell in self.all("th"))
        assert len(self.all("caption")) == len(self.all("table"))
        levels = [int(tag[1]) for tag, _ in self.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1 and levels.count(1) == 1
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
        for landmark in ("header", "main", "footer", "nav"):
            assert len(self.all(landmark)) == 1, landmark
        assert self.all("meta")[1]["http-equiv"] == "Content-Security-Policy"


@pytest.fixture(scope="session")
def page() -> Callable[[str], Page]:
    """Give what reads a page, and checks it."""

    def read(text: str) -> Page:
        found = Page(text)
        found.check()
        return found

    return read


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Run]:
    """Train any model for a second or less, each once."""
    made: dict[object, Run] = {}

    def get(model: str, source: str = "digits", **settings: object) -> Run:
        key = (model, source, *settings.items())
        if key not in made:
            out = tmp_path_factory.mktemp("runs") / f"{model}-{source}-{len(made)}"
            made[key] = mb.train(model, source, out=out, quiet=True, examples=1500, **settings)
        return made[key]

    return get
