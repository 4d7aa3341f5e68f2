"""News over the socket, the same to everybody who listens."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time

import pytest

import makebelieve as mb
from makebelieve.studio.live import ROOM, Hub, Watcher


def until(socket, wanted, seconds=60):
    """Collect messages until one is as wanted."""
    found, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        found.append(json.loads(socket.recv(timeout=seconds)))
        if wanted(found[-1]):
            return found
    raise AssertionError(found[-3:])


def finished(name):
    return lambda m: (
        m["type"] == "run" and (m["run"]["name"], m["run"]["state"]) == (name, "finished")
    )


def test_first_message_is_the_whole(page):
    with page.socket("/api/live") as socket:
        whole = json.loads(socket.recv(timeout=20))
    assert whole.pop("type") == "studio"
    assert whole == page.get("/api/studio").value


def test_run_of_the_command_line_is_seen_by_two_pages(page, home):
    with page.socket("/api/live") as one, page.socket("/api/live") as other:
        subprocess.run(
            [sys.executable, "-m", "makebelieve", "train", "vae", "ring", "--examples", "6000",
             "--out", str(home / "runs" / "outside"), "--quiet"],
            env={**os.environ, "MAKEBELIEVE_HOME": str(home)}, check=True, capture_output=True,
        )  # fmt: skip
        heard = [until(socket, finished("outside")) for socket in (one, other)]
        for messages in heard:
            assert messages[0]["type"] == "studio"
            lines = [line for m in messages if m["type"] == "run" for line in m["log"]]
            own = (home / "runs" / "outside" / "log.jsonl").read_text().splitlines()
            assert lines == [json.loads(line) for line in own]
        page.delete("/api/runs/outside")
        for socket in (one, other):
            assert until(socket, lambda m: m["type"] == "gone")[-1]["run"] == "outside"


def test_job_and_samples_are_told(page):
    with page.socket("/api/live") as socket:
        job = page.post(
            "/api/jobs", {"model": "vae", "source": "ring", "settings": {"examples": 3000}}
        ).value
        waiting = {"job", "run"}

        def both(message):
            if message["type"] == "job" and message["job"]["state"] == "finished":
                waiting.discard("job")
            if finished(job["run"])(message):
                waiting.discard("run")
            return not waiting

        messages = until(socket, both)
        states = [m["job"]["state"] for m in messages if m["type"] == "job"]
        assert states[0] in ("queued", "running")
        assert "running" in states
        files = [m["file"] for m in messages if m["type"] == "sample" and m["run"] == job["run"]]
        assert files
        assert page.get(f"/api/runs/{job['run']}/files/samples/{files[-1]}").status == 200


def test_dropped_socket_comes_back_to_the_whole(page):
    with page.socket("/api/live") as socket:
        socket.recv(timeout=20)
        socket.socket.close()
    with page.socket("/api/live") as socket:
        assert json.loads(socket.recv(timeout=20))["type"] == "studio"


def test_page_that_lags_behind_is_sent_away():
    async def scene():
        hub = Hub()
        slow, quick = hub.join(), hub.join()
        for number in range(ROOM + 10):
            hub.tell({"type": "x", "n": number})
            if quick.qsize():
                quick.get_nowait()
        assert hub.queues == {quick}
        assert slow.qsize() == ROOM
        last = [slow.get_nowait() for _ in range(ROOM)][-1]
        assert last is None

    asyncio.run(scene())


def test_watcher_says_only_what_is_new(tmp_path, monkeypatch):
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path))
    watcher = Watcher()
    watcher.begin()
    assert watcher.look() == []
    run = mb.train("vae", "ring", out=tmp_path / "runs" / "a", quiet=True, examples=2048)
    (first, *more) = watcher.look()
    assert first["type"] == "run"
    assert [line["seen"] for line in first["log"]] == [line["seen"] for line in run.log]
    assert {m["type"] for m in more} == {"sample"}
    assert watcher.look() == []
    with (run.path / "findings.jsonl").open("a") as file:
        file.write('{"step": 1, "seen": 2, "code": "X1", "sentence": "X1 odd: so"}\n{"torn')
    assert [m["type"] for m in watcher.look()] == ["run", "finding"]
    mb.resume(run, quiet=True, examples=4096)
    lines = [line for m in watcher.look() if m["type"] == "run" for line in m["log"]]
    assert {line["seen"] for line in lines} & {3072, 4096}


def test_watcher_sees_that_a_trainer_was_killed(tmp_path, monkeypatch):
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path))
    trainer = subprocess.Popen(
        [sys.executable, "-m", "makebelieve", "train", "vae", "ring", "--examples", "9000000",
         "--out", str(tmp_path / "runs" / "a"), "--quiet"],
        env={**os.environ, "MAKEBELIEVE_HOME": str(tmp_path)},
    )  # fmt: skip
    watcher, states = Watcher(), []
    try:
        end = time.monotonic() + 60
        while "stopped" not in states and time.monotonic() < end:
            states += [m["run"]["state"] for m in watcher.look() if m["type"] == "run"]
            if states and states[-1] == "running":
                trainer.kill()
                trainer.wait()
            time.sleep(0.1)
    finally:
        trainer.kill()
        trainer.wait()
    assert states[-1] == "stopped"


@pytest.mark.parametrize("text", ["hello", "{}"])
def test_what_a_page_says_here_is_not_heard(page, text):
    with page.socket("/api/live") as socket:
        socket.recv(timeout=20)
        socket.send(text)
        assert page.get("/api/studio").status == 200
