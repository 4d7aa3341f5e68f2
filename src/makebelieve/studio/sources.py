"""What there is to learn from: the embedded data, and what was dropped into the studio."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import makebelieve
from makebelieve.data.embedded import EMBEDDED
from makebelieve.studio import tools, uploads
from makebelieve.studio.messages import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.studio.tools import Tools

__all__ = ["Sources"]

LOOKING = "makebelieve.studio.looking"


class Sources:
    """Descriptions of sources, worked out by a guarded process and kept.

    Args:
        home: where they are kept.
        tools: runs the process.
    """

    def __init__(self, home: Path, tools: Tools) -> None:
        self.home, self.tools = home, tools
        self.cache = home / "cache" / "sources"

    async def all(self) -> list[dict[str, Any]]:
        """List the embedded sources and the uploaded ones."""
        own = await asyncio.to_thread(uploads.listed, self.home)
        wanted = [*EMBEDDED, *map(str, own)]
        missing = [source for source in wanted if not self._card(source).is_file()]
        if missing:
            await self.tools.once("cards", tuple(missing), lambda: self._make(missing))
        return [self._read(source) for source in wanted if self._card(source).is_file()]

    async def _make(self, sources: list[str]) -> None:
        self.cache.mkdir(parents=True, exist_ok=True)
        words = [word for source in sources for word in (source, str(self._card(source)))]
        await tools.run(LOOKING, "cards", *words)

    def _card(self, source: str) -> Path:
        name = f"{makebelieve.__version__} {source}"
        return self.cache / f"{hashlib.blake2b(name.encode(), digest_size=10).hexdigest()}.json"

    def _read(self, source: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._card(source).read_text(encoding="utf-8"))
        uploaded = source not in EMBEDDED
        title = uploads.title(self.home, source) if uploaded else source
        preview = f"/api/data/preview?source={quote(source, safe='')}"
        return found | {
            "source": source, "title": title, "uploaded": uploaded, "preview": preview
        }  # fmt: skip

    def preview(self, source: str) -> Path:
        """Return the picture of a source.

        Raises:
            Refused: it is none that was listed.
        """
        path = self._card(source).with_suffix(".png")
        if not path.is_file():
            raise Refused(404, "There is no picture of this source.")
        return path

    async def describe(self, source: str) -> Any:
        """Return the whole description of any source.

        Raises:
            Refused: it cannot be loaded; the sentence says why.
        """
        if not source:
            raise Refused(400, "Say which source is asked about: ?source=...")

        async def work() -> Any:
            return json.loads(await tools.run(LOOKING, "describe", source))

        # A folder may have changed since: it is looked at again for every visit of ten seconds.
        stamp = None if source in EMBEDDED else int(asyncio.get_running_loop().time() / 10)
        return await self.tools.once(("describe", source), stamp, work)
