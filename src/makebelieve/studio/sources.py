"""What there is to learn from: the embedded data, and what was dropped into the studio."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import makebelieve
from makebelieve.data.embedded import EMBEDDED
from makebelieve.recipe import option
from makebelieve.studio import tools, uploads
from makebelieve.studio.messages import Refused

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.studio.tools import Tools

__all__ = ["Sources"]

LOOKING = "makebelieve.studio.looking"
LABELS = "data.labels"
PATIENCE = 20.0  # seconds in which data are tried before they are ordered


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

    async def check(self, source: str, model: str, settings: dict[str, Any]) -> None:
        """Try whether the data load as an order wants them, and whether the model suits them.

        Args:
            source: what to learn from.
            model: "judge", "autoencoder", "vae" or "gan".
            settings: recipe keys by path.

        Raises:
            Refused: they cannot be used so.
        """
        given = {k: v for k, v in settings.items() if k.startswith(("data.", "model."))}
        if source in EMBEDDED and not given:
            return
        try:
            words = ("check", source, model, json.dumps(given))
            await tools.run(LOOKING, *words, seconds=PATIENCE)
        except Refused as refusal:
            # What takes longer, or more memory, is tried by the training itself.
            if refusal.status == 400:
                raise Refused(400, refusal.why, _blamed(refusal.why, given)) from None


def _blamed(why: str, given: dict[str, Any]) -> str:
    """Return the setting that a sentence speaks of: it names or quotes it, or its option."""
    named = [path for path in given if path in why]
    own = {path: value for path, value in given.items() if path.startswith("data.")}
    quoted = [path for path, value in own.items() if repr(value) in why or option(path) in why]
    return next(iter(named + quoted), LABELS if option(LABELS) in why else "")
