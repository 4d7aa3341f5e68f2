"""The server's life: a port, a key, one studio a home, and a clean end."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from typing import IO, TYPE_CHECKING

import uvicorn

from makebelieve.errors import InputError
from makebelieve.runs import store
from makebelieve.studio import sockets
from makebelieve.studio.app import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["serve"]

LOOPBACK = {"127.0.0.1": socket.AF_INET, "localhost": socket.AF_INET, "::1": socket.AF_INET6}
PORTS = 50  # that are tried, one after the other


def serve(host: str, port: int, *, opened: bool, train: bool) -> None:
    """Serve the studio until Ctrl-C.

    Args:
        host: a name of this machine for itself.
        port: the first to try; 0 for any that is free.
        opened: open the browser.
        train: begin the lesson's trainings at once.

    Raises:
        InputError: another host, no free port, or a studio that runs already.
    """
    if host not in LOOPBACK:
        raise InputError(
            f"the studio answers this machine alone, so --host {host} is refused: from another "
            f"machine, go through ssh -L {port or 8321}:127.0.0.1:{port or 8321}"
        )
    with only_one() as note:
        bound = bind(host, port)
        number = bound.getsockname()[1]
        token = key()
        shown = "[::1]" if host == "::1" else host
        url = f"http://{shown}:{number}/?token={token}"
        if port not in (0, number):
            say(f"port {port} is taken, so the studio is at {number}")
        note.seek(0)
        note.truncate()
        json.dump({"url": url, "pid": os.getpid()}, note)
        note.flush()
        names = ("127.0.0.1", "localhost", "[::1]")
        app = build(token, frozenset(f"{name}:{number}" for name in names), train=train)
        server = Server(
            uvicorn.Config(
                app, ws_max_size=sockets.MOST, ws_max_queue=16, access_log=False,
                log_level="warning", server_header=False, date_header=False,
                proxy_headers=False, timeout_graceful_shutdown=2, ws_per_message_deflate=False,
                lifespan="on",
            ),
            url,
            opened=opened,
        )  # fmt: skip
        server.run(sockets=[bound])
        say("the studio has ended; trainings that were under way go on, and the next start of the "
            "studio finds them")  # fmt: skip


def key() -> str:
    """Return the key of this home, the same at every start: open pages find their studio again.

    To have another one, delete the file.
    """
    path = store.home() / "studio.key"
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="ascii") as file:
        os.fchmod(file.fileno(), 0o600)  # of a file that was there before
        found = file.read()
        if not re.fullmatch(r"[\w-]{32}", found):
            found = secrets.token_urlsafe(24)
            file.seek(0)
            file.truncate()
            file.write(found)
    return found


def say(line: str) -> None:
    """Write a line for the person at the terminal."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


@contextlib.contextmanager
def only_one() -> Iterator[IO[str]]:
    """Hold the home's place for the one studio, as a file that says where it is.

    Raises:
        InputError: another studio has it; its address is given.
    """
    home = store.home()
    home.mkdir(parents=True, exist_ok=True)
    path = home / "studio.json"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # it holds the key
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)  # of a file that was there before
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(_running(file.read())) from None
        try:
            yield file
        finally:
            file.seek(0)
            file.truncate()


def _running(note: str) -> str:
    try:
        url = json.loads(note)["url"]
    except (ValueError, KeyError, TypeError):
        return "a studio is starting on this home already: wait a moment, then look at its terminal"
    return f"a studio runs on this home already: open {url}"


def bind(host: str, port: int) -> socket.socket:
    """Return a socket on the first free port.

    Raises:
        InputError: none is free.
    """
    address = "::1" if host == "::1" else "127.0.0.1"
    last = min(port + PORTS, 65_536) if port else 1
    for number in range(port, last):
        bound = socket.socket(LOOPBACK[host], socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((address, number))
        except OSError:
            bound.close()
            continue
        return bound
    raise InputError(f"no port from {port} to {last - 1} is free: give another with --port")


class Server(uvicorn.Server):
    """A server that says where it is once it answers, and ends quietly.

    Args:
        config: of uvicorn.
        url: where it is, with its key.
        opened: open the browser.
    """

    def __init__(self, config: uvicorn.Config, url: str, *, opened: bool) -> None:
        super().__init__(config)
        self.url, self.opened = url, opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        if self.should_exit:
            return
        say("the studio is at the address below; Ctrl-C ends it")
        print(self.url, flush=True)  # noqa: T201
        if self.opened:
            threading.Thread(target=webbrowser.open, args=(self.url,), daemon=True).start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End; an impatient second Ctrl-C changes nothing, for the end is a matter of a second."""
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let Ctrl-C and a polite kill end the server; uvicorn would raise them again."""
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
