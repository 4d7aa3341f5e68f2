"""Trainings that the studio orders: queued, followed, stopped, killed, found again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

import makebelieve as mb
from makebelieve.runs.folder import read_json
from makebelieve.studio.jobs import Jobs, lanes, training
from makebelieve.studio.messages import Refused

LONG = {"examples": 3_000_000, "batch": 64, "checkpoint": 2_000}
OVER = ("finished", "failed", "stopped")


def order(page, **settings):
    answer = page.post(
        "/api/jobs", {"kind": "train", "model": "vae", "source": "ring", "settings": settings}
    )
    assert answer.status == 200, answer.value
    return answer.value


def job_of(page, job, ready):
    def found(state):
        return next(j for j in state["jobs"] if j["id"] == job["id"])

    return found(page.until("/api/studio", lambda state: ready(found(state))))


def now(page, job):
    return job_of(page, job, bool)


def ended(page, job):
    return job_of(page, job, lambda j: j["state"] in OVER)


def stop_all(page):
    for job in page.get("/api/studio").value["jobs"]:
        if job["state"] not in OVER:
            page.post(f"/api/jobs/{job['id']}/stop")
            ended(page, job)


def running(page, job):
    """Wait until a training has a checkpoint."""
    found = job_of(page, job, lambda j: j["state"] != "queued" and j["share"] > 0)
    page.until(f"/api/runs/{job['run']}", lambda run: run["states"])
    return found


def trainer(home, job):
    return next(j for j in read_json(home / "jobs.json") if j["id"] == job["id"])["pid"]


def test_training_is_an_ordinary_run(page, home):
    job = order(page, examples=512, latent_dim=2)
    assert job["state"] == "queued"
    assert job["command"] == "makebelieve train vae ring --examples 512 --latent-dim 2"
    done = ended(page, job)
    assert (done["state"], done["share"], done["why"]) == ("finished", 1.0, "")
    run = mb.Run(home / "runs" / job["run"])
    assert run.status["seen"] == 512
    assert run.recipe.options.latent_dim == 2


def test_name_can_be_chosen_once(page):
    wanted = {
        "model": "vae", "source": "ring", "settings": {"examples": 64}, "name": "my own"
    }  # fmt: skip
    job = page.post("/api/jobs", wanted).value
    assert job["run"] == "my own"
    assert page.post("/api/jobs", wanted).status == 409
    ended(page, job)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"model": "cat"}, 400), ({"model": None}, 400), ({"source": 3}, 400),
        ({"source": ""}, 400), ({"settings": []}, 400), ({"settings": {"a": [1]}}, 400),
        ({"settings": {"--out": "x"}}, 400), ({"kind": "export"}, 400), ({"name": "../x"}, 400),
        ({"name": ".x"}, 400), ({"name": 3}, 400),
    ],
)  # fmt: skip
def test_order_that_makes_no_sense_is_refused(page, change, status):
    usual = {"kind": "train", "model": "vae", "source": "ring", "settings": {"examples": 64}}
    answer = page.post("/api/jobs", usual | change)
    assert answer.status == status
    assert answer.value["error"].endswith(".")


MISTAKES = [
    ("nowhere", {}, "no data set, file or folder", None),
    ("--help", {}, "--help", None),
    ("ring", {"bta": 1}, "did you mean beta", "bta"),
    ("ring", {"beta": "x=y;$(touch z)"}, "model.beta takes a number", "beta"),
    (
        "ring",
        {"model.latent_dim": -3},
        "a whole number from 1 to 4,096, not -3",
        "model.latent_dim",
    ),
    ("ring", {"training.examples": [64]}, "takes a whole number", "training.examples"),
    ("ring", {"data.source": "digits"}, "is said by `source`", "data.source"),
    ("avatars", {"data.labels": "wings"}, "no column 'wings'", "data.labels"),
    ("ring", {"data.size": 32}, "points, not pictures", "data.size"),
    ("ring", {"model.likelihood": "bernoulli"}, "choose gaussian", "model.likelihood"),
    ("lesson:imagine/clinic/none.npz", {}, "no file 'clinic/none.npz'", None),
]


@pytest.mark.parametrize(("source", "settings", "says", "key"), MISTAKES)
def test_mistakes_are_refused_before_anything_begins(page, home, source, settings, says, key):
    before = len(page.get("/api/studio").value["jobs"]), sorted((home / "runs").iterdir())
    answer = page.post("/api/jobs", {"model": "vae", "source": source, "settings": settings})
    assert answer.status == 400
    assert says in answer.value["error"]
    assert answer.value.get("key") == key
    after = len(page.get("/api/studio").value["jobs"]), sorted((home / "runs").iterdir())
    assert after == before


@pytest.mark.parametrize(
    ("model", "settings", "says", "key"),
    [
        ("judge", {}, "at least two classes and the data have no labels", "data.labels"),
        ("vae", {"model.conditional": "true"}, "needs labels", "model.conditional"),
    ],
)
def test_a_model_that_does_not_suit_the_data_is_refused_at_once(page, model, settings, says, key):
    source = "lesson:imagine/clinic/thirty-faces.npz"
    order = {"model": model, "source": source, "settings": {"data.labels": "none"} | settings}
    answer = page.post("/api/jobs", order)
    assert answer.status == 400
    assert says in answer.value["error"]
    assert answer.value["key"] == key


def test_data_of_a_lesson_are_trained_on_by_their_name(page):
    source = "lesson:imagine/clinic/thirty-faces.npz"
    job = page.post(
        "/api/jobs", {"model": "vae", "source": source, "settings": {"examples": "64"}}
    ).value
    assert job["command"] == f"makebelieve train vae {source} --examples 64"
    assert ended(page, job)["why"] == ""


def test_stop_keeps_a_checkpoint_and_resume_goes_on(page, home):
    job = order(page, **LONG)
    running(page, job)
    page.post(f"/api/jobs/{job['id']}/pause")
    done = ended(page, job)
    assert done["state"] == "stopped"
    assert done["why"].startswith("paused: resume goes on from the checkpoint at")
    seen = page.get(f"/api/runs/{job['run']}").value["seen"]
    again = page.post(f"/api/runs/{job['run']}/resume", {"settings": {"examples": seen + 2_000}})
    assert ended(page, again.value["job"])["state"] == "finished"
    assert page.get(f"/api/runs/{job['run']}").value["seen"] >= seen + 2_000


def test_asking_again_to_stop_loses_nothing(page, home):
    job = order(page, **LONG | {"checkpoint": 3_000_000})  # none but the one that a stop keeps
    job_of(page, job, lambda j: j["share"] > 0)
    for how in ("pause", "stop", "pause", "stop"):
        page.post(f"/api/jobs/{job['id']}/{how}")
    done = ended(page, job)
    assert done["why"].startswith("stopped: resume goes on from the checkpoint at")
    run = page.get(f"/api/runs/{job['run']}").value
    assert run["states"] == [run["seen"]]


def test_resume_changes_budget_alone(page):
    answer = page.post("/api/runs/vae/resume", {"settings": {"beta": 4}})
    assert answer.status == 400
    assert "cannot change" in answer.value["error"]


def test_rewind_is_a_new_run_that_can_go_on(page, home):
    assert page.post("/api/runs/vae/rewind", {"seen": 100}).status == 404
    made = page.post("/api/runs/vae/rewind", {"seen": 512}).value
    assert made["name"].startswith("vae-from-512")
    assert (made["state"], made["seen"]) == ("interrupted", 512)
    assert page.get(f"/api/runs/{made['name']}").value["log"][-1]["seen"] <= 512
    again = page.post(f"/api/runs/{made['name']}/resume", {"settings": {}}).value["job"]
    assert ended(page, again)["state"] == "finished"
    # The same numbers as the run that never went back.
    one, other = (mb.Run(home / "runs" / name) for name in ("vae", made["name"]))
    assert one.result == other.result


def test_killed_trainer_is_noticed_and_can_go_on(page, home):
    job = order(page, **LONG)
    running(page, job)
    os.kill(trainer(home, job), signal.SIGKILL)
    done = ended(page, job)
    assert done["state"] == "stopped"
    assert "ended from outside" in done["why"]
    run = page.get(f"/api/runs/{job['run']}").value
    assert run["state"] == "stopped"
    assert (
        f"{read_json(home / 'runs' / job['run'] / 'status.json')['seen']:,} examples" in done["why"]
    )
    again = page.post(
        f"/api/runs/{job['run']}/resume", {"settings": {"examples": run["seen"] + 64}}
    )
    assert ended(page, again.value["job"])["state"] == "finished"


def test_queue_waits_for_a_lane_and_can_be_left(page, home):
    jobs = [order(page, **LONG) for _ in range(lanes()[0] + 1)]
    try:
        for job in jobs[:-1]:
            running(page, job)
        last = now(page, jobs[-1])
        assert last["state"] == "queued"
        assert (home / "runs" / last["run"]).is_dir()
        assert page.post(f"/api/runs/{last['run']}/resume").status == 404
        taken = page.post(f"/api/jobs/{last['id']}/stop").value
        assert taken["state"] == "stopped"
        assert not (home / "runs" / last["run"]).exists()
        assert page.delete(f"/api/runs/{jobs[0]['run']}").status == 409
        assert page.post(f"/api/runs/{jobs[0]['run']}/rename", {"to": "x"}).status == 409
    finally:
        stop_all(page)


def test_rename_and_delete(page):
    job = order(page, examples=64)
    ended(page, job)
    assert page.post(f"/api/runs/{job['run']}/rename", {"to": "a/b"}).status == 409
    assert page.post(f"/api/runs/{job['run']}/rename", {"to": 3}).status == 400
    assert page.post(f"/api/runs/{job['run']}/rename", {"to": "other"}).value["name"] == "other"
    assert page.delete("/api/runs/other").status == 200
    assert page.get("/api/runs/other").status == 404
    assert page.delete("/api/runs/other").status == 404
    assert page.post("/api/jobs/none/stop").status == 404


def test_studio_that_starts_again_finds_its_trainings(trained, tmp_path, begin):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    with begin(tmp_path, "--no-train") as first:
        job = order(first.page, **LONG)
        waiting = [order(first.page, **LONG) for _ in range(lanes()[0])]
        running(first.page, job)
        first.stop(signal.SIGKILL)
    before = read_json(tmp_path / "runs" / job["run"] / "status.json")["seen"]
    with begin(tmp_path, "--no-train") as second:
        found = job_of(second.page, job, lambda j: j["state"] == "running")
        assert found["share"] > 0
        second.page.until(f"/api/runs/{job['run']}", lambda run: run["seen"] > before)
        assert now(second.page, waiting[-1])["state"] == "queued"
        stop_all(second.page)
        done = now(second.page, job)
        assert done["state"] == "stopped"
        assert "checkpoint" in done["why"]


@pytest.mark.slow
def test_training_that_ended_between_two_studios(trained, tmp_path, begin):
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    with begin(tmp_path, "--no-train") as first:
        job = order(first.page, **LONG)
        running(first.page, job)
        first.stop(signal.SIGKILL)
    os.kill(trainer(tmp_path, job), signal.SIGKILL)
    with begin(tmp_path, "--no-train") as second:
        assert "ended from outside" in ended(second.page, job)["why"]


def test_full_disk_arrives_as_a_sentence(trained, tmp_path, begin):
    # A limit on the size of files stands for a disk that is full: a write fails in the middle.
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    folder = tmp_path / "limit"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import resource, sys\n"
        "if 'train' in sys.argv:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))\n"
    )
    with begin(tmp_path, "--no-train", PYTHONPATH=str(folder)) as server:
        job = order(server.page, **LONG)
        done = ended(server.page, job)
        assert done["state"] == "failed"
        assert "how large a file may be" in done["why"] or "too large" in done["why"]
        assert server.page.get(f"/api/runs/{job['run']}").value["state"] == "stopped"


@pytest.mark.slow
def test_export(page):
    assert page.get("/api/runs/vae/export").status == 404
    job = page.post("/api/runs/vae/export").value["job"]
    assert ended(page, job)["state"] == "finished"
    whole = page.get("/api/runs/vae/export")
    assert whole.headers["content-type"] == "application/zip"
    assert whole.value[:2] == b"PK"
    assert page.post("/api/runs/none/export").status == 404


@pytest.mark.slow
def test_diagnosis_and_report(page):
    found = page.get("/api/runs/vae/diagnosis").value
    assert found["run"] == "vae"
    assert {"code", "name", "verdict", "sentence"} <= set(found["findings"][0])
    report = page.get("/api/runs/vae/report")
    assert report.headers["content-type"].startswith("text/html")
    policy = report.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy  # the workshop shows it in a frame
    assert "frame-src 'self'" in page.get("/").headers["content-security-policy"]
    assert "style-src 'unsafe-inline'" in policy
    assert "default-src 'none'" in policy
    assert "script-src 'unsafe" not in policy
    assert page.get("/api/runs/none/diagnosis").status == 404


def test_morph_and_edit_as_pictures(page):
    morph = page.post("/api/runs/vae/morph", {"a": 1, "b": 2, "steps": 4})
    assert morph.headers["content-type"] == "image/png"
    edit = page.post("/api/runs/vae/edit", {"attribute": "hat", "rows": [3], "amount": [0, 1]})
    assert edit.value[:4] == b"\x89PNG"
    assert page.post("/api/runs/vae/edit", {"attribute": "wings", "rows": [3]}).status == 400
    assert page.post("/api/runs/points/morph", {"a": 1, "b": 2}).status == 400


def test_settings_of_a_model(page):
    found = {key["key"]: key for key in page.get("/api/recipes/vae").value}
    assert found["model.beta"]["kind"] == "float"
    assert found["model.size"]["choices"] == ["small", "medium", "large"]
    assert found["model.conditional"]["kind"] == "bool"
    assert found["training.examples"]["kind"] == "int"
    assert all(key["about"] for key in found.values())
    assert page.get("/api/recipes/cat").status == 404


def test_damaged_list_of_jobs_is_begun_anew(tmp_path):
    (tmp_path / "jobs.json").write_text("{")
    assert Jobs(tmp_path).jobs == []
    (tmp_path / "jobs.json").write_text('[{"x": 1}]')
    assert Jobs(tmp_path).jobs == []


def test_lesson_waits_behind_what_a_person_orders(tmp_path, monkeypatch):
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path))
    jobs = Jobs(tmp_path)
    jobs.add(training("vae", "ring", {}, "lesson-vae", key="vae"))
    jobs.add(training("vae", "ring", {}, "own"))
    assert [job.run for job in jobs.jobs] == ["own", "lesson-vae"]
    with pytest.raises(Refused, match="being worked on"):
        jobs.add(training("vae", "ring", {}, "lesson-vae", key="vae"))


def test_queue_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path))
    jobs = Jobs(tmp_path)
    for number in range(100):
        jobs.add(training("vae", "ring", {}, f"r{number}"))
    with pytest.raises(Refused, match="let some of them end") as refused:
        jobs.add(training("vae", "ring", {}, "more"))
    assert refused.value.status == 429


def test_process_of_the_same_number_is_not_taken_for_ours(tmp_path):
    jobs = Jobs(tmp_path)
    job = training_of(os.getpid(), "long ago")
    assert not jobs._alive(job)


def training_of(pid, born):
    from makebelieve.studio.jobs import Job

    return Job("contest", "t", "even", [], "c", state="running", pid=pid, born=born)


def test_findings_of_a_training_are_kept_in_its_run(tmp_path):
    run = mb.train(
        "vae", "avatars", out=tmp_path / "sick", quiet=True, beta=1000.0, examples=30_000,
        threads=1, warmup=0,
    )  # fmt: skip
    lines = [json.loads(line) for line in (run.path / "findings.jsonl").read_text().splitlines()]
    assert any(line["code"] == "C1" for line in lines)
    assert len({line["code"] for line in lines}) == len(lines)


def test_trainer_needs_no_studio():
    code = "import sys, makebelieve.cli.train; print('starlette' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert time.monotonic() > 0
