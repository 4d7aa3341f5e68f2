"""The two sockets: questions to models, and news of everything."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from makebelieve.studio.studio import Studio

__all__ = ["MOST", "paint"]

MOST = 4 << 20  # bytes of one message from a page; the server closes what is longer
AT_ONCE = 128  # answers of one page that may be under way


async def paint(socket: WebSocket) -> None:
    """Answer a page's questions to models, each when it is ready."""
    studio: Studio = socket.app.state.studio
    await socket.accept()
    under_way: set[asyncio.Task[None]] = set()

    async def give(answer: asyncio.Future[bytes]) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, asyncio.CancelledError):
            await socket.send_bytes(await answer)

    try:
        while True:
            question = json.loads(await socket.receive_text())
            if not isinstance(question, dict) or len(under_way) >= AT_ONCE:
                await socket.close(1008, "a question is one JSON object, and 128 at most wait")
                return
            task = asyncio.create_task(give(studio.painter.ask(question, socket)))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
    except (WebSocketDisconnect, KeyError):
        pass
    except ValueError:
        await socket.close(1003, "a question is one JSON object")
    finally:
        studio.painter.leave(socket)
        for task in under_way:
            task.cancel()
