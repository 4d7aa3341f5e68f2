"""A real studio in a process of its own, and a page that talks to it over real sockets."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from websockets.sync.client import connect

START = 60  # seconds that a studio may take on a busy machine


class Page:
    """What a browser does: keeps the cookie, says where it is from."""

    def __init__(self, url):
        found = urlsplit(url)
        self.url, self.host = url, found.netloc
        self.token = found.query.removeprefix("token=")
        self.cookie = f"makebelieve-{found.port}={self.token}"
        self._ids = itertools.count(1)

    def ask(self, method, path, body=None, **headers):
        """Send one request; headers given as None are left out."""
        usual = {"Cookie": self.cookie, "Sec-Fetch-Site": "same-origin"}
        if method != "GET":
            usual |= {"Origin": f"http://{self.host}", "X-Studio": "1"}
        given = {k.replace("_", "-"): v for k, v in headers.items()}
        wanted = {k: v for k, v in (usual | given).items() if v is not None}
        line = http.client.HTTPConnection(self.host, timeout=120)
        try:
            data = json.dumps(body).encode() if isinstance(body, dict) else body
            line.request(method, path, data, wanted)
            answer = line.getresponse()
            whole = answer.read()
        finally:
            line.close()
        kind = answer.getheader("content-type") or ""
        value = json.loads(whole) if "json" in kind and whole else whole
        return SimpleNamespace(status=answer.status, headers=answer.headers, value=value)

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, body or {}, **headers)

    def delete(self, path, **headers):
        return self.ask("DELETE", path, **headers)

    def socket(self, path, **headers):
        usual = {"Cookie": self.cookie}
        origin = headers.pop("Origin", f"http://{self.host}")
        named = headers.pop("Host", self.host)
        address, _, port = self.host.rpartition(":")
        given = {k.replace("_", "-"): v for k, v in headers.items()}
        wanted = {k: v for k, v in (usual | given).items() if v is not None}
        return connect(
            f"ws://{named}{path}", additional_headers=wanted, origin=origin, max_size=None,
            open_timeout=30, sock=socket.create_connection((address, int(port))),
        )  # fmt: skip

    def paint(self, socket, run, ask, **what):
        """Ask one thing and wait for its answer."""
        return self.answers(socket, {"run": run, "ask": ask, **what})[0]

    def answers(self, socket, *asks):
        """Ask several things at once and return the answers in the order of the asks."""
        ids = [next(self._ids) for _ in asks]
        for number, ask in zip(ids, asks, strict=True):
            socket.send(json.dumps({"id": number, **ask}))
        found = {}
        while len(found) < len(ids):
            header, payload = unpacked(socket.recv(timeout=90))
            found[header["id"]] = SimpleNamespace(**header, payload=payload, header=header)
        return [found[number] for number in ids]

    def until(self, path, ready, seconds=90):
        """Ask again until an answer is as wanted."""
        end = time.monotonic() + seconds
        while True:
            value = self.get(path).value
            if ready(value):
                return value
            assert time.monotonic() < end, value
            time.sleep(0.1)


def unpacked(message):
    size = int.from_bytes(message[:4], "little")
    return json.loads(message[4 : 4 + size]), message[4 + size :]


class Server:
    """A studio that was started from the command line."""

    def __init__(self, home, *arguments, **environment):
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-m", "makebelieve", "studio", "--no-open", "--port", "0", *arguments],
            env=os.environ | {"MAKEBELIEVE_HOME": str(home), "OMP_NUM_THREADS": "1"} | environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://"), self.process.stderr.read()
        self.page = Page(self.url)

    def stop(self, number=signal.SIGINT):
        """End it and return what it said on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        return said


@contextlib.contextmanager
def studio(home, *arguments, **environment):
    server = Server(home, *arguments, **environment)
    try:
        yield server
    finally:
        said = server.stop(signal.SIGKILL if server.process.poll() is None else signal.SIGINT)
        assert "Traceback" not in said, said


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A home with small runs of every model; it is copied, never changed."""
    import makebelieve as mb

    home = tmp_path_factory.mktemp("trained")
    runs = {
        "vae": ("vae", "avatars", {"latent_dim": 2, "examples": 1024, "checkpoint": 512}),
        "ae": ("autoencoder", "avatars", {"latent_dim": 4, "examples": 512}),
        "gan": ("gan", "avatars", {"examples": 512}),
        "judge": ("judge", "avatars", {"examples": 512}),
        "points": ("gan", "ring", {"examples": 512}),
    }
    for name, (model, source, settings) in runs.items():
        mb.train(
            model, source, out=home / "runs" / name, quiet=True, threads=1, batch=64, **settings
        )
    return home


@pytest.fixture(scope="module")
def home(trained, tmp_path_factory):
    """A home of this module's own."""
    target = tmp_path_factory.mktemp("home")
    shutil.copytree(trained, target, dirs_exist_ok=True)
    return target


@pytest.fixture(scope="module")
def server(home):
    with studio(home, "--no-train") as running:
        yield running


@pytest.fixture(scope="module")
def page(server):
    return server.page


@pytest.fixture(scope="session")
def begin():
    """What starts another studio: `with begin(home) as server`."""
    return studio


@pytest.fixture
def painting(page):
    """A socket to the painter."""
    with page.socket("/api/paint") as socket:
        yield socket
