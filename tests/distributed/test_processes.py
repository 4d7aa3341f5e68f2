"""Two processes over gloo: the same numbers as one, agreement, and exact resume."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from makebelieve import models
from makebelieve.errors import InputError
from makebelieve.runs import drive
from makebelieve.training.devices import World
from makebelieve.training.state import read_tensors

WORKER = Path(__file__).with_name("worker.py")
SETTINGS = [
    "examples=640",
    "batch=32",
    "checkpoint=320",
    "log=160",
    "validate=100",
    "ema=200",
    "threads=1",
]
SETTINGS += ["augment_target=0", "augment_span=1000", "conditional=true"]


def _launch(processes: int, *args: str | Path) -> None:
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone",
        f"--nproc-per-node={processes}", str(WORKER), *map(str, args),
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=200)
    assert done.returncode == 0, done.stderr[-3000:]


def test_two_half_batches_are_one_whole_batch(tmp_path: Path) -> None:
    settings = [*SETTINGS, "examples=192"]
    _launch(1, "engine", tmp_path, *settings)
    _launch(2, "engine", tmp_path, *settings)
    for model in models.MODELS:
        alone, _ = read_tensors(tmp_path / f"{model}-0-of-1.safetensors")
        first, _ = read_tensors(tmp_path / f"{model}-0-of-2.safetensors")
        second, _ = read_tensors(tmp_path / f"{model}-1-of-2.safetensors")
        for name, tensor in first.items():
            where = f"{model}: {name}"
            assert torch.equal(tensor, second[name]), f"the processes disagree about {where}"
            # Adam divides by the root of a mean square: where that is tiny, rounding shows.
            torch.testing.assert_close(tensor, alone[name], rtol=2e-3, atol=2e-4, msg=where)


def test_two_processes_resume_to_the_same_bits(tmp_path: Path) -> None:
    _launch(2, "run", tmp_path / "whole", *SETTINGS)
    _launch(2, "run", tmp_path / "stopped", *SETTINGS, "stop=13")
    _launch(2, "run", tmp_path / "stopped")
    for model in models.MODELS:
        whole, stopped = tmp_path / "whole" / model, tmp_path / "stopped" / model
        assert (whole / "log.jsonl").read_bytes() == (stopped / "log.jsonl").read_bytes()
        assert (whole / "result.json").read_bytes() == (stopped / "result.json").read_bytes()
        last = sorted((whole / "states").iterdir())[-1].name
        one, _ = read_tensors(whole / "states" / last)
        other, _ = read_tensors(stopped / "states" / last)
        assert all(torch.equal(tensor, other[name]) for name, tensor in one.items()), model


def test_a_batch_that_cannot_be_shared_is_refused(tmp_path: Path) -> None:
    plan = drive.plan("vae", "digits", {"batch": 31})
    with pytest.raises(InputError, match="choose a multiple of 2"):
        drive.start(plan, tmp_path / "run", world=World(torch.device("cpu"), size=2))
