"""The studio's own files: plain, read from disk, and checked by the browser before each use."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

from makebelieve.studio.messages import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["FOLDER", "TYPES", "file", "page"]

FOLDER = Path(__file__).parent / "static"

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/plain; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""What is served, and as what; Python's own table differs from machine to machine."""


def file(request: Request, path: str) -> Response:
    """Answer with one of the studio's files.

    Raises:
        Refused: there is none of this name inside the folder.
    """
    found = (FOLDER / path.replace("\0", "/")).resolve()
    inside = FOLDER.resolve() in found.parents
    if not inside or not found.is_file() or found.suffix not in TYPES:
        raise Refused(404, "The studio has no such file.")
    return kept(request, found)


def kept(request: Request, path: Path, kind: str | None = None) -> Response:
    """Answer with a file, or with 304 where the browser has it already."""
    facts = path.stat()
    tag = _tag(str(path), facts.st_mtime_ns, facts.st_size)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    body = path.read_bytes()
    return Response(body, headers=headers, media_type=kind or TYPES[path.suffix])


def page(request: Request) -> Response:
    """Answer with the one page that draws all others."""
    return kept(request, FOLDER / "index.html")


@lru_cache(512)
def _tag(path: str, changed: int, size: int) -> str:
    return f'"{hashlib.blake2b(f"{path} {changed} {size}".encode(), digest_size=8).hexdigest()}"'
