"""What the lesson has trained while it is read, and the recorded contest."""

from __future__ import annotations

import base64
import json
import shutil

import numpy as np
import pytest

import makebelieve as mb
from makebelieve import lessons
from makebelieve.cli import main
from makebelieve.models import find
from makebelieve.recipe import build
from makebelieve.runs.run import noise
from makebelieve.studio import contest
from makebelieve.studio.jobs import Job, Jobs
from makebelieve.studio.presets import PRESETS, command
from makebelieve.studio.trainings import Trainings
from makebelieve.training.state import read_tensors

RUNS = """
[judge]
model = "judge"
source = "digits"
about = "tells digits apart"
settings = {examples = 256}

[vae-2]
model = "vae"
source = "digits"
about = "a smooth map"
settings = {latent_dim = 2, examples = 256}
"""

# Contests as short as these trainings, and in every process that the studio starts.
SHORT = "import makebelieve.studio.presets as p\np.EXAMPLES = 640\n"


@pytest.fixture
def school(tmp_path):
    """A home, and the lesson with small trainings."""
    folder = tmp_path / "lessons" / "imagine"
    shutil.copytree(lessons.find("imagine"), folder)
    (folder / "runs.toml").write_text(RUNS)
    lesson = folder / "lesson.toml"
    lesson.write_text(lesson.read_text())
    short = tmp_path / "short"
    short.mkdir()
    (short / "sitecustomize.py").write_text(SHORT)
    home = tmp_path / "home"
    home.mkdir()
    return home, {"MAKEBELIEVE_LESSONS": str(folder.parent), "PYTHONPATH": str(short)}


def all_done(state):
    return state["training"] and all(t["state"] == "finished" for t in state["training"].values())


@pytest.mark.slow
def test_studio_trains_the_lesson_by_itself(school, begin):
    home, environment = school
    with begin(home, **environment) as server:
        page = server.page
        with page.socket("/api/live") as socket:
            first = json.loads(socket.recv(timeout=20))
            assert list(first["training"])[:3] == ["judge", "vae-2", "contest"]
            said = {}
            while not all(said.get(key) == "finished" for key in first["training"]):
                message = json.loads(socket.recv(timeout=90))
                if message["type"] == "training":
                    assert message["state"] != "failed", message
                    said[message["key"]] = message["state"]
        state = page.until("/api/studio", all_done)
        assert state["training"]["judge"]["run"] == "lesson-judge"
        assert mb.Run(home / "runs" / "lesson-vae-2").status["seen"] == 256
        assert page.get("/api/contest").value["preset"] == "even"
        assert page.get("/api/contest?preset=classic").value["preset"] == "classic"
        assert page.get("/api/contest?preset=none").status == 404
        # What is there is not trained again.
        jobs = len(state["jobs"])
        assert page.post("/api/lessons/imagine/train").status == 200
        assert len(page.get("/api/studio").value["jobs"]) == jobs
        assert page.post("/api/lessons/none/train").status == 404


@pytest.mark.slow
def test_without_training_everything_waits_until_it_is_asked_for(school, begin):
    home, environment = school
    with begin(home, "--no-train", **environment) as server:
        page = server.page
        state = page.get("/api/studio").value
        assert {t["state"] for t in state["training"].values()} == {"waiting"}
        assert page.get("/api/contest").status == 404
        page.post("/api/lessons/imagine/train")
        page.until("/api/studio", all_done)


def trainings(home, monkeypatch):
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(home))
    found = Trainings(Jobs(home), home)
    found.want([lessons.load("imagine")])
    return found


def test_first_figures_come_first(tmp_path, monkeypatch):
    order = list(trainings(tmp_path, monkeypatch).wanted)
    assert "contest" in order[:4]
    assert "judge" in order[:2]
    assert {"hourglass-2", "vae-2", "gan"} <= set(order)


def test_training_that_was_cut_short_goes_on(tmp_path, monkeypatch):
    found = trainings(tmp_path, monkeypatch)
    mb.train(
        "judge", "digits", out=tmp_path / "runs" / "lesson-judge", quiet=True, examples=64
    ).path.joinpath("status.json").write_text(
        '{"state": "interrupted", "reason": "", "step": 1, "seen": 64, "seconds": 0}'
    )
    found.begin()
    kinds = {job.key: job.kind for job in found.jobs.jobs}
    assert kinds["judge"] == "resume"
    assert kinds["vae"] == "train"
    assert kinds["contest"] == "contest"
    found.begin()
    assert len(found.jobs.jobs) == len(found.wanted)


def test_run_that_was_deleted_waits_and_is_trained_again(tmp_path, monkeypatch):
    found = trainings(tmp_path, monkeypatch)
    found.begin()
    (job,) = [job for job in found.jobs.jobs if job.key == "judge"]
    job.state = "finished"
    assert found.state()["judge"]["state"] == "waiting"
    found.begin()
    assert [j.state for j in found.jobs.jobs if j.key == "judge"] == ["finished", "queued"]


def test_hand_on_a_run_of_the_lesson_stops_nothing_else(tmp_path, monkeypatch):
    found = trainings(tmp_path, monkeypatch)
    found.jobs.add(Job("resume", "by hand", "lesson-judge", ["x"], "x"))
    found.begin()
    assert found.jobs.of_key("judge") is None
    assert found.jobs.of_key("vae") is not None


def test_settings_of_the_lesson_are_settings(tmp_path, monkeypatch):
    for what in trainings(tmp_path, monkeypatch).wanted.values():
        if not isinstance(what, str):
            build(what.model, find(what.model).Options, what.settings)


def spelled(text):
    return np.frombuffer(base64.b64decode(text), "<i2") / 10_000


@pytest.fixture(scope="module")
def recording():
    return contest.record("even", examples=1_280)


def test_contest_is_the_very_training_of_its_command(recording, tmp_path):
    assert recording["command"] == "makebelieve train gan ring --examples 1280 --seed 0"
    run = mb.train("gan", "ring", out=tmp_path / "run", quiet=True, examples=1280, threads=1)
    # To the last bit: the present weights, not the averaged ones, are what was recorded.
    tensors, _ = read_tensors(run.states[-1])
    model = run.model
    model.load_state_dict({n[6:]: t for n, t in tensors.items() if n.startswith("model/")})
    points = model.sample(noise(256, model.latent_dim)).numpy()
    last = recording["frames"][-1]
    assert last["seen"] == 1280
    assert np.allclose(spelled(last["samples"]).reshape(-1, 2), points.clip(-3.2, 3.2), atol=1e-4)


def test_contest_is_recorded_turn_by_turn(recording):
    frames = recording["frames"]
    assert [f["turn"] for f in frames[:3]] == ["start", "discriminator", "generator"]
    assert frames[0]["step"] == 0
    steps = [f["step"] for f in frames]
    assert steps == sorted(steps)
    first, second, third = (spelled(f["samples"]) for f in frames[:3])
    # The detective's turn moves the field and no point; the counterfeiter's moves the points.
    assert (first == second).all()
    assert frames[0]["field"] != frames[1]["field"]
    assert (second != third).any()
    assert len(first) == 512
    assert len(base64.b64decode(frames[0]["field"])) == 32 * 32
    assert len(spelled(frames[0]["arrows"])) == 128
    assert np.shape(recording["real"]) == (512, 2)


def test_recording_is_small(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path))
    monkeypatch.setattr("makebelieve.studio.presets.EXAMPLES", 64 * 60)
    assert contest.main(["weak-detective"]) == 0
    path = tmp_path / "contest" / "weak-detective.json"
    assert path.stat().st_size < 400_000
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert json.loads(path.read_text())["settings"] == {"discriminator_rate": 0.02}
    assert contest.main(["weak-detectiv"]) == 2
    assert "did you mean weak-detective" in capsys.readouterr().err


def test_arrows_point_where_the_generator_is_told_to_go(recording):
    # Down its own loss: to places that the discriminator holds for more real.
    frame = recording["frames"][-1]
    points, arrows = spelled(frame["samples"])[:128].reshape(-1, 2), spelled(frame["arrows"])
    field = np.frombuffer(base64.b64decode(frame["field"]), np.uint8).reshape(32, 32).astype(float)

    def score(at):
        column = np.clip((at[:, 0] + 1.6) / 3.2 * 31, 0, 31).round().astype(int)
        row = np.clip((1.6 - at[:, 1]) / 3.2 * 31, 0, 31).round().astype(int)
        return field[row, column]

    step = arrows.reshape(-1, 2)
    long = np.linalg.norm(step, axis=1).clip(1e-9)
    ahead = points + 0.3 * step / long[:, None]
    assert (score(ahead) >= score(points)).mean() > 0.8


@pytest.mark.parametrize("preset", PRESETS)
def test_command_of_a_preset_is_its_recipe(preset, tmp_path):
    words = command(preset, 0, 64).split()[1:]
    assert main([*words, "--out", str(tmp_path / "run"), "--quiet"]) == 0
    recipe = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert all(recipe["model"][k] == v for k, v in PRESETS[preset].items())


@pytest.mark.slow
def test_presets_do_what_they_are_called(tmp_path):
    even, strong, weak = (
        contest.record(name)["verdict"] for name in ("even", "strong-detective", "weak-detective")
    )
    assert even["groups"] == 8
    assert strong["groups"] < 8
    assert weak["groups"] < even["groups"]
    assert weak["close"] < even["close"]
