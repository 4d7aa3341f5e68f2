"""The command, the files and the runs."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from makebelieve.cli import COMMANDS, cli, main
from makebelieve.models import MODELS, find
from makebelieve.models.model import Encodes, Generates, Judges
from makebelieve.studio import static
from makebelieve.studio.messages import CAPABILITIES


def test_server_process_has_no_pytorch():
    code = (
        "import sys, makebelieve.studio.serve as s\n"
        "s.build('t', frozenset())\n"
        "print({'torch', 'lightning_fabric', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_address_is_the_last_line_and_the_end_is_quiet(home_of_its_own, begin):
    with begin(home_of_its_own, "--no-train") as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", server.url)
        note = home_of_its_own / "studio.json"
        assert note.stat().st_mode & 0o077 == 0
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.01)
        said = server.stop(signal.SIGINT)  # twice, by somebody impatient
        assert server.process.returncode == 0
        assert "trainings that were under way go on" in said
        assert "Traceback" not in said
        assert note.read_text() == ""
    # An open page finds the studio again: the key stays, for its owner's eyes only.
    key = home_of_its_own / "studio.key"
    assert key.stat().st_mode & 0o077 == 0
    key.chmod(0o644)
    with begin(home_of_its_own, "--no-train") as again:
        assert again.page.token == server.page.token == key.read_text()
        assert key.stat().st_mode & 0o077 == 0


@pytest.fixture
def home_of_its_own(tmp_path):
    return tmp_path


def test_second_studio_on_a_home_names_the_first(server, home, capsys, monkeypatch):
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(home))
    assert main(["studio", "--no-open", "--port", "0"]) == 2
    assert server.url in capsys.readouterr().err


def test_taken_port_leads_to_the_next(tmp_path, begin):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with begin(tmp_path, "--no-train", "--port", str(port)) as server:
            other = int(server.page.host.rpartition(":")[2])
            assert port < other < port + 50
            assert f"port {port} is taken" in server.stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org"])
def test_other_hosts_are_refused(host, capsys):
    assert main(["studio", "--host", host]) == 2
    assert "ssh -L" in capsys.readouterr().err


def test_missing_extra_is_one_sentence(tmp_path):
    code = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from makebelieve.cli import main; sys.exit(main(['studio', '--no-open']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'makebelieve[studio]'" in done.stderr


def test_command_is_in_the_table():
    assert "studio" in COMMANDS
    assert "Ctrl-C" in CliRunner().invoke(cli, ["studio", "--help"]).output


@pytest.mark.parametrize(
    "path", ["/", "/lesson/imagine", "/practice/cards", "/workshop/runs/x", "/cheat-sheet"]
)
def test_every_place_answers_with_the_page(page, path):
    answer = page.get(path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.value == (static.FOLDER / "index.html").read_bytes()


def test_files_have_their_type_and_are_not_sent_twice(page):
    answer = page.get("/static/main.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    again = page.get("/static/main.js", If_None_Match=answer.headers["etag"])
    assert again.status == 304
    assert again.value == b""


def test_every_static_file_can_be_served(page):
    for path in static.FOLDER.rglob("*"):
        if path.is_file() and path.name != "SHA256SUMS" and path.suffix != ".LICENSE":
            assert path.suffix in static.TYPES, path


def test_capabilities_are_those_of_the_models():
    assert set(CAPABILITIES) == set(MODELS)
    for name, able in CAPABILITIES.items():
        model = find(name)
        has = {
            "judge": hasattr(model, "logits"),
            "sample": hasattr(model, "sample"),
            "encode": hasattr(model, "encode"),
            "decode": hasattr(model, "sample"),
        }
        assert set(able) == {what for what, is_so in has.items() if is_so}
    assert all(hasattr(p, "__protocol_attrs__") or p for p in (Encodes, Generates, Judges))


def test_studio_says_how_all_stands(page, home):
    found = page.get("/api/studio").value
    assert found["home"] == str(home)
    assert {run["name"] for run in found["runs"]} >= {"vae", "ae", "gan", "judge", "points"}
    assert [lesson["id"] for lesson in found["lessons"]] == ["imagine"]


def test_lesson(page):
    found = page.get("/api/lessons/imagine")
    assert found.status == 200
    assert found.value["id"] == "imagine"
    assert page.get("/api/lessons/none").status == 404


def test_run_says_everything_of_itself(page, home):
    found = page.get("/api/runs/vae").value
    assert found["state"] == "finished"
    assert found["share"] == 1.0
    assert (found["model"], found["source"], found["latent_dim"]) == ("vae", "avatars", 2)
    assert found["shape"] == [3, 16, 16]
    assert found["seen"] == found["total"] == 1024
    assert found["recipe"]["model"]["name"] == "vae"
    assert found["states"] == [512, 1024]
    assert found["log"][-1]["seen"] == 1024
    (first, *_) = found["samples"]
    assert found["sample"] == found["samples"][-1]["file"]
    sheet = page.get(f"/api/runs/vae/files/samples/{first['file']}")
    assert sheet.headers["content-type"] == "image/png"
    assert sheet.value == (home / "runs" / "vae" / "samples" / first["file"]).read_bytes()


def test_damaged_run_is_said_and_spoils_nothing(page, home):
    broken = home / "runs" / "broken"
    broken.mkdir()
    (broken / "recipe.json").write_text("{")
    try:
        found = {run["name"]: run for run in page.get("/api/runs").value}
        assert found["broken"]["state"] == "unreadable"
        assert found["vae"]["state"] == "finished"
        assert page.get("/api/runs/broken").value["reason"]
    finally:
        (broken / "recipe.json").unlink()
        broken.rmdir()


def test_number_that_json_cannot_say_is_null(page, home):
    log = home / "runs" / "ae" / "log.jsonl"
    before = log.read_text()
    try:
        log.write_text(before + json.dumps({"step": 1, "seen": 512, "x": float("nan")}) + "\n")
        assert page.get("/api/runs/ae").value["log"][-1]["x"] is None
    finally:
        log.write_text(before)
