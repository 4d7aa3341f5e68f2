"""Forms with files (multipart/form-data, RFC 7578), read piece by piece and never held whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from makebelieve.studio.messages import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Data", "End", "Form", "Part"]

MOST_HEAD = 16_384  # bytes of a part's headers
BROKEN = "This is not a form with files, or it is damaged."


@dataclass(frozen=True)
class Part:
    """A part begins: the field's name, and the file's where it is one."""

    field: str
    file: str | None


@dataclass(frozen=True)
class Data:
    """Some of a part's bytes."""

    piece: bytes


@dataclass(frozen=True)
class End:
    """A part is over."""


class Form:
    r"""Takes the bytes of a form, and tells what is in them.

    Args:
        kind: the request's Content-Type.

    Raises:
        Refused: it is no such form.

    Example:
        >>> form = Form("multipart/form-data; boundary=x")
        >>> body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nhello\r\n--x--\r\n'
        >>> list(form.feed(body)), form.over
        ([Part(field='a', file=None), Data(piece=b'hello'), End()], True)
    """

    def __init__(self, kind: str) -> None:
        found = re.fullmatch(
            r'multipart/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70})).*',
            kind, re.IGNORECASE,
        )  # fmt: skip
        if found is None:
            raise Refused(400, BROKEN)
        self.mark = b"\r\n--" + (found[1] or found[2]).encode("latin-1", "replace")
        self.over = False
        self._waiting = b"\r\n"  # the first mark stands at the very beginning
        self._state = "before"

    def feed(self, piece: bytes) -> Iterator[Part | Data | End]:
        """Take some bytes and tell what they hold."""
        self._waiting += piece
        step = {"before": self._before, "mark": self._mark, "head": self._head, "body": self._body}
        while not self.over:
            state, waiting = self._state, len(self._waiting)
            yield from step[state]()
            if (state, waiting) == (self._state, len(self._waiting)):
                return  # no further without more bytes

    def _before(self) -> Iterator[Part | Data | End]:
        at = self._waiting.find(self.mark)
        if at >= 0:
            self._waiting, self._state = self._waiting[at + len(self.mark) :], "mark"
        elif len(self._waiting) > MOST_HEAD:
            raise Refused(400, BROKEN)
        yield from ()

    def _mark(self) -> Iterator[Part | Data | End]:
        if self._waiting.startswith(b"--"):
            self.over = True
        elif self._waiting.startswith(b"\r\n"):
            self._waiting, self._state = self._waiting[2:], "head"
        elif len(self._waiting) >= 2:
            raise Refused(400, BROKEN)
        yield from ()

    def _head(self) -> Iterator[Part | Data | End]:
        head, end, rest = self._waiting.partition(b"\r\n\r\n")
        if not end:
            if len(self._waiting) > MOST_HEAD:
                raise Refused(400, BROKEN)
            return
        self._waiting, self._state = rest, "body"
        yield _part(head.decode("utf-8", "replace"))

    def _body(self) -> Iterator[Part | Data | End]:
        at = self._waiting.find(self.mark)
        # What may be the beginning of a mark waits for its end.
        sure = at if at >= 0 else max(0, len(self._waiting) - len(self.mark) + 1)
        piece, self._waiting = self._waiting[:sure], self._waiting[sure:]
        if piece:
            yield Data(piece)
        if at >= 0:
            self._waiting, self._state = self._waiting[len(self.mark) :], "mark"
            yield End()


def _part(head: str) -> Part:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            words = dict(re.findall(r';\s*(\w+\*?)="([^"]*)"', value))
            if "name" in words:
                file = words.get("filename")
                # Browsers write a quote in a name as %22, and line ends likewise.
                plain = None if file is None else re.sub(
                    r"%(22|0D|0A)", lambda m: unquote_to_bytes(m[0]).decode(), file
                )  # fmt: skip
                return Part(words["name"], plain)
    raise Refused(400, BROKEN)
