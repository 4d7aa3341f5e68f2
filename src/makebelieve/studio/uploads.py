"""Pictures that a person drops into the page: taken in pieces, within limits, or not at all."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect

from makebelieve.studio import tools
from makebelieve.studio.forms import Data, End, Form, Part
from makebelieve.studio.messages import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["listed", "receive", "sweep", "title"]

LOOKING = "makebelieve.studio.looking"
BYTES = "MAKEBELIEVE_UPLOAD_BYTES"
MOST_BYTES = 2 << 30
MOST_FILES = 200_000
MOST_NAME = 1_000  # bytes of the folder's name in the form


def most() -> int:
    """Return how many bytes an upload may have."""
    named = os.environ.get(BYTES, "")
    return int(named) if named.isdecimal() else MOST_BYTES


def place(home: Path) -> Path:
    """Return the folder of the uploads."""
    return home / "uploads"


def sweep(home: Path) -> None:
    """Remove what an upload left behind that was killed."""
    if not place(home).is_dir():
        return
    for left in place(home).glob(".new-*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
            continue
        shutil.rmtree(place(home) / left.name.removeprefix(".new-"), ignore_errors=True)
        left.unlink(missing_ok=True)


def listed(home: Path) -> list[Path]:
    """Return the sources that were uploaded, oldest first."""
    notes = place(home).glob(".source-*")
    found = []
    for note in sorted(notes, key=lambda path: path.stat().st_mtime):
        try:
            source = Path(json.loads(note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue
        if source.exists():
            found.append(source)
    return found


def title(home: Path, source: str) -> str:
    """Return what a person calls an upload."""
    inside = Path(source).relative_to(place(home))
    return inside.parts[0]


async def receive(request: Request, home: Path) -> dict[str, Any]:
    """Take an upload: fields `name` and `files`.

    Returns:
        {"source", "description"}.

    Raises:
        Refused: it is too much, not a form, or holds nothing that can be learned from.
    """
    allowed = most()
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > allowed + (64 << 20):
        raise Refused(413, _too_much(allowed))
    folder = place(home)
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".new-{secrets.token_hex(6)}"
    part.mkdir()
    try:
        name = await Taking(part, allowed).take(request)
        await tools.run(LOOKING, "unpack", str(part), str(allowed), str(MOST_FILES))
        return await _described(part, _free(folder, name))
    except ClientDisconnect:
        raise Refused(400, "The page went away before all was sent; nothing was kept.") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


async def _described(part: Path, target: Path) -> dict[str, Any]:
    """Move an upload to its place, and keep it if something can be learned from it."""
    mark = target.with_name(f".new-{target.name}")
    mark.touch()
    note = target.with_name(f".source-{target.name}")
    try:
        part.rename(target)
        found: dict[str, Any] = json.loads(await tools.run(LOOKING, "take", str(target)))
        note.write_text(json.dumps(found["source"]), encoding="utf-8")
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        note.unlink(missing_ok=True)
        raise
    finally:
        mark.unlink(missing_ok=True)
    return found


def _free(folder: Path, name: str) -> Path:
    clean = re.sub(r"[^\w.+-]+", "-", name).strip("-.")[:60] or "pictures"
    number, found = 1, folder / clean
    while found.exists():
        number += 1
        found = folder / f"{clean}-{number}"
    return found


def _too_much(allowed: int) -> str:
    return (
        f"The studio takes {allowed / (1 << 30):.3g} GB at once and this is more: train on the "
        "folder where it lies, by its path."
    )


class Taking:
    """Writes the files of a form as they come.

    Args:
        folder: where to.
        allowed: how many bytes all of them may have.
    """

    def __init__(self, folder: Path, allowed: int) -> None:
        self.folder, self.left, self.allowed = folder, allowed, allowed
        self.files = 0
        self.name = bytearray()
        self._file: IO[bytes] | None = None
        self._named = False

    async def take(self, request: Request) -> str:
        """Write everything, and return the name that the form gives."""
        form = Form(request.headers.get("content-type", ""))
        try:
            async for piece in request.stream():
                for event in form.feed(piece):
                    self._hear(event)
        finally:
            if self._file is not None:
                self._file.close()
        if not form.over:
            raise Refused(400, "The form ended before its end; nothing was kept.")
        if not self.files:
            raise Refused(400, "There were no files in it.")
        return self.name.decode("utf-8", "replace") or "pictures"

    def _hear(self, event: Part | Data | End) -> None:
        match event:
            case Part(field="name", file=None):
                self._named = True
            case Part(field="files", file=str() as file):
                self._begin(file)
            case Part():
                raise Refused(400, "The form has the fields `name` and `files`, and no other.")
            case Data(piece):
                self._write(piece)
            case End():
                self._named = False
                if self._file is not None:
                    self._file.close()
                    self._file = None

    def _begin(self, name: str) -> None:
        path = PurePosixPath(name.replace("\\", "/"))
        self.files += 1
        if self.files > MOST_FILES:
            raise Refused(413, f"The studio takes {MOST_FILES:,} files at once and this is more.")
        odd = path.is_absolute() or not path.parts or ".." in path.parts or "\0" in name
        if odd or len(path.parts) > 32 or any(len(part.encode()) > 200 for part in path.parts):
            raise Refused(
                400, f"A file is called {name[:80]!r}, which would lie outside its folder."
            )
        if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
            return  # what a system keeps beside the files
        target = self.folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._file = target.open("xb")
        except (FileExistsError, NotADirectoryError):
            raise Refused(400, f"Two files are called {name[:80]!r}.") from None

    def _write(self, piece: bytes) -> None:
        if self._named:
            self.name += piece
            if len(self.name) > MOST_NAME:
                raise Refused(400, "The name of the folder is too long.")
            return
        self.left -= len(piece)
        if self.left < 0:
            raise Refused(413, _too_much(self.allowed))
        if self._file is not None:
            self._file.write(piece)
