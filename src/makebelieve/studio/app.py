"""The studio as one application: which address is answered by what."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from makebelieve import lessons
from makebelieve.errors import InputError
from makebelieve.studio import jobs, runs, sockets, static, uploads
from makebelieve.studio.messages import CAPABILITIES, Refused, answer, sentence, unpacked
from makebelieve.studio.presets import PRESETS
from makebelieve.studio.security import Guard, report_policy
from makebelieve.studio.studio import Studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

__all__ = ["build"]

MOST_JSON = 1 << 20  # bytes of an order


def build(token: str, hosts: frozenset[str], *, train: bool = True) -> ASGIApp:
    """Return the application.

    Args:
        token: the key.
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
            key = {"key": error.key} if error.key else {}
            return answer({"error": error.why, **key}, error.status)
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


async def lesson_file(request: Request) -> Response:
    """Answer with a picture or recording of a lesson."""
    where = request.path_params
    try:
        path = lessons.file(where["id"], where["path"].replace("\0", "/"))
    except InputError as error:
        raise Refused(404, sentence(error)) from None
    return static.kept(request, path, static.TYPES.get(path.suffix, "application/octet-stream"))


async def train_lesson(request: Request) -> Response:
    """Begin what the lesson has not trained yet."""
    return answer({"training": of(request).train(request.path_params["id"])})


async def contest(request: Request) -> Response:
    """Answer with a recorded contest."""
    preset = request.query_params.get("preset", "even")
    if preset not in PRESETS:
        raise Refused(404, f"There is no contest {preset[:60]!r} (contests: {', '.join(PRESETS)}).")
    path = of(request).home / "contest" / f"{preset}.json"
    if not path.is_file():
        raise Refused(404, "This contest is still being recorded.")
    return static.kept(request, path)


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


def _stamp(name: str) -> object:
    """Return what changes when a run has learned more."""
    folder = runs.find(name)
    return (folder / "states").stat().st_mtime_ns if (folder / "states").is_dir() else None


async def diagnosis(request: Request) -> Response:
    """Say what went wrong with a run."""
    name = request.path_params["name"]
    return answer(await of(request).tools.diagnosis(name, _stamp(name)))


async def report(request: Request) -> Response:
    """Answer with the report card of a run, a page of its own."""
    name = request.path_params["name"]
    whole = await of(request).tools.report(name, _stamp(name))
    return HTMLResponse(whole, headers={
        "Content-Security-Policy": report_policy(whole), "Cache-Control": "no-store",
        "X-Frame-Options": "SAMEORIGIN",
    })  # fmt: skip


async def resume_run(request: Request) -> Response:
    """Go on with a run."""
    order, name = await body(request), request.path_params["name"]
    runs.find(name)
    job = jobs.resuming(name, settings_of(order))
    return answer({"job": of(request).order(job)})


async def export_run(request: Request) -> Response:
    """Write a run as files for others."""
    name = request.path_params["name"]
    runs.find(name)
    return answer({"job": of(request).order(jobs.exporting(name))})


async def exported(request: Request) -> Response:
    """Answer with what was exported last, as a zip."""
    name = request.path_params["name"]
    path = await asyncio.to_thread(of(request).jobs.exported, name)
    said = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.zip"}
    return FileResponse(path, media_type="application/zip", headers=said)


async def draw_run(request: Request) -> Response:
    """Answer with a strip of pictures: a morph or an edit, as the painter's asks take it."""
    order = await body(request)
    what = request.url.path.rpartition("/")[2]
    name = request.path_params["name"]
    runs.find(name)
    studio = of(request)
    question = {**order, "run": name, "ask": what, "as": "png", "id": None}
    header, payload = unpacked(await studio.painter.ask(question, request))
    if not header["ok"]:
        raise Refused(400, header["error"])
    return Response(payload, media_type="image/png", headers={"Cache-Control": "no-store"})


# Settings, data and jobs


def settings_of(order: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of an order.

    Raises:
        Refused: they are not an object.
    """
    found = order.get("settings")
    found = {} if found is None else found
    if not isinstance(found, dict):
        raise Refused(400, "`settings` is an object: keys of the recipe, and their values.")
    return found


async def settings(request: Request) -> Response:
    """List what can be set for a model."""
    return answer(await of(request).tools.settings(request.path_params["model"]))


async def all_data(request: Request) -> Response:
    """List what there is to learn from."""
    return answer(await of(request).sources.all())


async def describe_data(request: Request) -> Response:
    """Describe a source."""
    return answer(await of(request).sources.describe(request.query_params.get("source", "")))


async def preview_data(request: Request) -> Response:
    """Answer with a picture of a source."""
    path = of(request).sources.preview(request.query_params.get("source", ""))
    return static.kept(request, path)


async def upload(request: Request) -> Response:
    """Take pictures."""
    return answer(await uploads.receive(request, of(request).home))


async def new_job(request: Request) -> Response:
    """Train a model."""
    order = await body(request)
    if order.get("kind", "train") != "train":
        raise Refused(400, "A job of this kind is not ordered here.")
    model, source, name = order.get("model"), order.get("source"), order.get("name")
    if model not in CAPABILITIES:
        raise Refused(400, f"`model` is one of {', '.join(CAPABILITIES)}.")
    if not isinstance(source, str) or not 0 < len(source) <= 4_000 or "\0" in source:
        raise Refused(400, "`source` says what to learn from.")
    if not isinstance(name, str | None):
        raise Refused(400, "`name` is a text.")
    studio = of(request)
    chosen = await studio.tools.checked(model, settings_of(order))
    if str(studio.home / "uploads") in source:
        chosen = {"data.skip_bad": True} | chosen  # its description lists them
    await studio.sources.check(source, model, chosen)
    return answer(studio.order(jobs.training(model, source, chosen, name)))


async def stop_job(request: Request) -> Response:
    """End a job, or pause it: a training keeps a checkpoint."""
    how = request.url.path.rpartition("/")[2]
    return answer(of(request).jobs.stop(request.path_params["id"], how).to_dict())


def _api(path: str, does: Callable[[Request], Awaitable[Response]], method: str = "GET") -> Route:
    return Route(f"/api/{path}", does, methods=[method])


ROUTES = [
    _api("studio", state),
    _api("lessons/{id}", lesson),
    _api("lessons/{id}/train", train_lesson, "POST"),
    _api("lessons/{id}/files/{path:path}", lesson_file),
    _api("contest", contest),
    _api("recipes/{model}", settings),
    _api("data", all_data),
    _api("data/describe", describe_data),
    _api("data/preview", preview_data),
    _api("uploads", upload, "POST"),
    _api("jobs", new_job, "POST"),
    _api("jobs/{id}/stop", stop_job, "POST"),
    _api("jobs/{id}/pause", stop_job, "POST"),
    _api("runs", all_runs),
    _api("runs/{name}", one_run),
    _api("runs/{name}", delete_run, "DELETE"),
    _api("runs/{name}/rename", rename_run, "POST"),
    _api("runs/{name}/rewind", rewind_run, "POST"),
    _api("runs/{name}/resume", resume_run, "POST"),
    _api("runs/{name}/diagnosis", diagnosis),
    _api("runs/{name}/report", report),
    _api("runs/{name}/export", exported),
    _api("runs/{name}/export", export_run, "POST"),
    _api("runs/{name}/morph", draw_run, "POST"),
    _api("runs/{name}/edit", draw_run, "POST"),
    _api("runs/{name}/files/samples/{file}", sample_file),
    WebSocketRoute("/api/live", sockets.live),
    WebSocketRoute("/api/paint", sockets.paint),
    Mount("/api", routes=[Route("/{path:path}", nothing)]),
    Route("/static/{path:path}", own_file),
    Route("/{path:path}", page),
]
"""Every address of the studio."""
