"""Interrupted = uninterrupted, to the bit: log and every tensor, for every model."""

from __future__ import annotations

import json
import multiprocessing
import random
import time
from typing import TYPE_CHECKING, Any

import pytest
import torch

from makebelieve import models
from makebelieve.runs import drive
from makebelieve.training.state import read_tensors

if TYPE_CHECKING:
    from pathlib import Path

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["makebelieve.runs.drive", "makebelieve.models.gan"])

# Short enough for twenty kills a model, with every kind of state that a run carries.
SETTINGS: dict[str, Any] = {
    "examples": 2_500,
    "batch": 32,
    "checkpoint": 400,
    "validate": 250,
    "log": 300,
    "threads": 1,
    "ema": 500,
    "accumulate": 2,
}
EXTRA: dict[str, dict[str, Any]] = {
    "gan": {"conditional": True, "augment_target": 0.0, "augment_span": 2_000},
    "vae": {"kl_warmup": 1_000, "free_bits": 0.05},
}


def _plan(model: str) -> drive.Plan:
    return drive.plan(model, "digits", {**SETTINGS, **EXTRA.get(model, {})})


def _start(model: str, folder: str) -> None:
    torch.set_num_threads(1)
    drive.start(_plan(model), folder)


def _resume(folder: str) -> None:
    torch.set_num_threads(1)
    drive.resume(folder)


def _run(target: Any, *args: str, kill_after: float | None = None) -> float:
    """Run in a process of its own; kill it without warning after some seconds."""
    process = FORK.Process(target=target, args=args)
    began = time.perf_counter()
    process.start()
    process.join(kill_after)
    if process.is_alive():
        process.kill()
        process.join()
    elif process.exitcode:
        raise AssertionError(f"{target.__name__}{args} ended with {process.exitcode}")
    return time.perf_counter() - began


def _whole(folder: Path) -> tuple[bytes, dict[str, torch.Tensor], dict[str, Any], bytes]:
    """Everything that must not depend on interruptions."""
    state = sorted((folder / "states").glob("*.safetensors"))[-1]
    tensors, header = read_tensors(state)
    clock = json.loads(header["clock"])
    clock.pop("seconds")
    log = (folder / "log.jsonl").read_bytes()
    return log, tensors, clock, (folder / "result.json").read_bytes()


def _assert_same(one: Path, other: Path) -> None:
    log, tensors, clock, result = _whole(one)
    log_2, tensors_2, clock_2, result_2 = _whole(other)
    assert log == log_2
    assert clock == clock_2
    assert result == result_2
    assert tensors.keys() == tensors_2.keys()
    for name, tensor in tensors.items():
        assert torch.equal(tensor, tensors_2[name]), name


def _kill_and_compare(model: str, folder: Path, times: int, seed: int) -> None:
    folder.mkdir(exist_ok=True)
    reference = folder / "reference"
    _run(_start, model, str(reference))  # the first one also warms the fork server
    again = folder / "again"
    duration = _run(_start, model, str(again))
    _assert_same(reference, again)
    moments = random.Random(seed)
    killed = 0
    for i in range(times):
        run = folder / f"killed-{i}"
        _run(_start, model, str(run), kill_after=moments.uniform(0, duration))
        killed += not (run / "result.json").exists()
        if not (run / "recipe.json").exists():
            _run(_start, model, str(run))
        else:
            _run(_resume, str(run))
        _assert_same(reference, run)
    assert killed >= times / 2, "too few kills came before the end to show anything"


@pytest.mark.parametrize("model", models.MODELS)
def test_a_killed_run_resumes_to_the_same_bits(model: str, tmp_path: Path) -> None:
    _kill_and_compare(model, tmp_path, times=2, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("model", models.MODELS)
def test_a_run_killed_at_twenty_random_moments(model: str, tmp_path: Path) -> None:
    _kill_and_compare(model, tmp_path, times=20, seed=2)


@pytest.mark.parametrize("model", models.MODELS)
def test_a_run_asked_to_stop_resumes_to_the_same_bits(model: str, tmp_path: Path) -> None:
    reference = drive.start(_plan(model), tmp_path / "reference")
    moments = random.Random(3)
    run = drive.start(_plan(model), tmp_path / "run", stop=lambda: moments.random() < 0.05)
    while run.status["state"] == "interrupted":
        run = drive.resume(run.path, stop=lambda: moments.random() < 0.05)
    assert run.status["state"] == "finished"
    _assert_same(reference.path, run.path)
    assert reference.status["seen"] == run.status["seen"] == 2_528


def test_a_longer_budget_goes_on_from_the_end(tmp_path: Path) -> None:
    run = drive.start(_plan("autoencoder"), tmp_path / "run")
    longer = drive.resume(run, settings={"examples": 3_500})
    assert longer.status["seen"] == 3_520
    seen = [line["seen"] for line in longer.log]
    assert seen == sorted(seen)
