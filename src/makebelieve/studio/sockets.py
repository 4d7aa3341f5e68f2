"""The two sockets: questions to models, and news of everything."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect

from makebelieve.studio.messages import sayable

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from makebelieve.studio.studio import Studio

__all__ = ["MOST", "live", "paint"]

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


async def live(socket: WebSocket) -> None:
    """Tell a page how everything stands, and from then on what is new."""
    studio: Studio = socket.app.state.studio
    await socket.accept()
    queue, whole = await studio.listen()
    # A page says nothing here; listening shows that it is gone.
    gone = asyncio.create_task(_silence(socket))
    try:
        await socket.send_text(json.dumps(sayable(whole), ensure_ascii=False, allow_nan=False))
        while True:
            news = asyncio.create_task(queue.get())
            await asyncio.wait({gone, news}, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                news.cancel()
                return
            text = news.result()
            if text is None:
                await socket.close(1013, "this page is too far behind: it comes back by itself")
                return
            await socket.send_text(text)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        studio.hub.leave(queue)
        gone.cancel()


async def _silence(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, KeyError, RuntimeError):
        while True:
            await socket.receive_text()
