"""Several trainings side by side: fair lanes, and no failure that takes another with it."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makebelieve.runs.crew import WEIGHTS, Job, lanes, together
from makebelieve.runs.run import Run

SMALL = {"training.examples": 300}


def jobs(folder, *models, **settings):
    return [Job(m, "digits", folder / m, {**SMALL, **settings}) for m in models]


@given(st.permutations(list(WEIGHTS)), st.integers(1, 4), st.integers(1, 8))
def test_every_job_has_one_lane_and_none_is_empty(models, n, count):
    some = [Job(model, "ring", Path(model)) for model in models[:n]]
    divided = lanes(some, count)
    assert len(divided) == min(n, count)
    assert sorted(job.model for lane in divided for job in lane) == sorted(models[:n])
    assert all(lane == sorted(lane, key=some.index) for lane in divided)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_processes_trains_all(tmp_path, count):
    some = jobs(tmp_path, "judge", "autoencoder", "vae")
    for _ in together(some, tmp_path, count=count):
        pass
    assert [job.state for job in some] == ["finished"] * 3
    assert all(Run(job.out).status["state"] == "finished" for job in some)
    assert not (tmp_path / "errors.log").exists()


def test_minutes_are_a_limit_or_a_budget(tmp_path):
    limited, spent = jobs(tmp_path, "judge"), [Job("judge", "digits", tmp_path / "all")]
    limited[0].within = True
    for some in (limited, spent):
        for _ in together(some, tmp_path, minutes=0.01, count=1):
            pass
    assert Run(limited[0].out).status["reason"] == "examples used up"
    assert Run(spent[0].out).status["reason"] == "minutes used up"


def test_a_refused_model_does_not_stop_its_lane(tmp_path):
    some = jobs(tmp_path, "judge", "vae")
    some[0].settings["data.labels"] = "none"
    for _ in together(some, tmp_path, count=1):
        pass
    assert [job.state for job in some] == ["failed", "finished"]
    assert some[0].mistake and "at least two classes" in some[0].why


def children():
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(pid) for path in found for pid in path.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")
def test_a_process_that_dies_takes_one_job_with_it(tmp_path):
    some = jobs(tmp_path, "vae", "judge")
    some[0].settings["training.examples"] = 2_000_000
    before = set(children())
    killed = False
    with closing(together(some, tmp_path, count=1)) as news:
        for _ in news:
            if some[0].seen and not killed:
                (worker,) = set(children()) - before
                os.kill(worker, signal.SIGKILL)
                killed = True
    assert [job.state for job in some] == ["failed", "finished"]
    assert "ended by itself" in some[0].why


def test_closing_stops_all_with_checkpoints(tmp_path):
    some = jobs(tmp_path, "vae", "judge", **{"training.examples": 2_000_000})
    with closing(together(some, tmp_path, count=2)) as news:
        for _ in news:
            if all(job.seen for job in some):
                break
    assert [job.state for job in some] == ["interrupted"] * 2
    assert all(Run(job.out).states for job in some)
