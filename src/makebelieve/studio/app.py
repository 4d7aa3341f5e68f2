"""The studio as one application: which address is answered by what."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route, WebSocketRoute

from makebelieve.errors import InputError
from makebelieve.studio import runs, sockets, static
from makebelieve.studio.messages import Refused, answer, sentence
from makebelieve.studio.security import Guard
from makebelieve.studio.studio import Studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

__all__ = ["build"]

MOST_JSON = 1 << 20  # bytes of an order


def build(token: str, hosts: frozenset[str], *, train: bool = True) -> ASGIApp:
    """Return the application.

    Args:
        token: the key of this start.
        hosts: what a request may call us, with the port.
        train: begin the lesson's trainings at once.
    """
    studio = Studio()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.studio = studio
        await studio.begin(train=train)
        yield
        await studio.end()

    handled = (Refused, InputError, OSError, HTTPException, Exception)
    app = Starlette(
        routes=ROUTES, lifespan=lifespan, exception_handlers=dict.fromkeys(handled, failed)
    )
    return Guard(app, token, hosts)


async def failed(request: Request, error: Exception) -> Response:  # noqa: ARG001
    """Answer with one sentence, whatever went wrong."""
    match error:
        case Refused():
            return answer({"error": error.why}, error.status)
        case InputError():
            return answer({"error": sentence(error)}, 400)
        case HTTPException():
            words = {
                404: "There is nothing at this address.",
                405: "This address is asked otherwise.",
            }
            why = words.get(error.status_code, sentence(error.detail))
            return answer({"error": why}, error.status_code)
        case OSError():
            why = f"the system said no: {(error.strerror or 'error').lower()}"
            return answer({"error": sentence(why)}, 500)
    why = f"The studio made a mistake of its own ({type(error).__name__}); the terminal says more."
    return answer({"error": why}, 500)


async def body(request: Request, most: int = MOST_JSON) -> dict[str, Any]:
    """Return the JSON object that a request carries.

    Raises:
        Refused: it is too long, or no JSON object.
    """
    whole = bytearray()
    async for part in request.stream():
        whole += part
        if len(whole) > most:
            raise Refused(413, f"An order to the studio has at most {most:,} bytes.")
    try:
        found = json.loads(whole or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(400, "An order to the studio is one JSON object.")
    return found


def of(request: Request) -> Studio:
    """Return the studio that a request is for."""
    studio: Studio = request.app.state.studio
    return studio


# Pages and files


async def page(request: Request) -> Response:
    """Answer with the page; what it shows depends on its address."""
    return static.page(request)


async def own_file(request: Request) -> Response:
    """Answer with one of the studio's files."""
    return static.file(request, request.path_params["path"])


async def nothing(request: Request) -> Response:  # noqa: ARG001
    """Say that there is no such address."""
    raise Refused(404, "There is nothing at this address.")


# The studio and the lesson


async def state(request: Request) -> Response:
    """Say how everything stands."""
    return answer(await of(request).state())


async def lesson(request: Request) -> Response:
    """Answer with a lesson."""
    return answer(await asyncio.to_thread(of(request).lesson, request.path_params["id"]))


# Runs


async def all_runs(request: Request) -> Response:  # noqa: ARG001
    """List the runs."""
    return answer(await asyncio.to_thread(runs.summaries))


async def one_run(request: Request) -> Response:
    """Show one run."""
    return answer(await asyncio.to_thread(runs.details, request.path_params["name"]))


async def sample_file(request: Request) -> Response:
    """Answer with a sheet of samples."""
    path = runs.sample_file(request.path_params["name"], request.path_params["file"])
    return static.kept(request, path)


async def rename_run(request: Request) -> Response:
    """Give a run another name."""
    order, name = await body(request), request.path_params["name"]
    to = await asyncio.to_thread(runs.renamed, name, order.get("to"))
    return answer(await asyncio.to_thread(runs.one, to))


async def delete_run(request: Request) -> Response:
    """Delete a run and everything in it."""
    await asyncio.to_thread(runs.deleted, request.path_params["name"])
    return answer({"deleted": request.path_params["name"]})


async def rewind_run(request: Request) -> Response:
    """Make a new run of an earlier checkpoint."""
    order, name = await body(request), request.path_params["name"]
    made = await asyncio.to_thread(runs.rewind, name, order.get("seen"))
    return answer(await asyncio.to_thread(runs.one, made))


def _api(path: str, does: Callable[[Request], Awaitable[Response]], method: str = "GET") -> Route:
    return Route(f"/api/{path}", does, methods=[method])


ROUTES = [
    _api("studio", state),
    _api("lessons/{id}", lesson),
    _api("runs", all_runs),
    _api("runs/{name}", one_run),
    _api("runs/{name}", delete_run, "DELETE"),
    _api("runs/{name}/rename", rename_run, "POST"),
    _api("runs/{name}/rewind", rewind_run, "POST"),
    _api("runs/{name}/files/samples/{file}", sample_file),
    WebSocketRoute("/api/paint", sockets.paint),
    Mount("/api", routes=[Route("/{path:path}", nothing)]),
    Route("/static/{path:path}", own_file),
    Route("/{path:path}", page),
]
"""Every address of the studio."""
