"""What a run writes beside its states."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import makebelieve as mb
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_tensorboard_gets_the_numbers_of_the_log(tmp_path: Path) -> None:
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
    run = mb.train(
        "vae", "ring", out=tmp_path / "run", quiet=True, examples=2_560, tensorboard=True
    )
    (events,) = (run.path / "tensorboard").iterdir()
    found = {
        (value.tag, event.step): value.tensor.float_val[0]
        for event in reader.EventFileLoader(str(events)).Load()
        for value in event.summary.value
    }
    lines = [line for line in run.log if "scores" not in line]
    assert lines
    for line in lines:
        assert found["train/kl", line["seen"]] == pytest.approx(line["kl"], rel=1e-6)


def test_a_damaged_line_of_a_log_is_named_and_a_torn_one_is_cut(tmp_path: Path) -> None:
    run = mb.train("vae", "ring", out=tmp_path / "run", quiet=True, examples=2_560)
    log = run.path / "log.jsonl"
    whole = run.log
    with log.open("a") as file:
        file.write('{"step": 99, "se')
    assert run.log == whole
    lines = log.read_text().splitlines()
    log.write_text("\n".join([lines[0], "{", *lines[2:-1]]) + "\n")
    with pytest.raises(InputError, match=r"line 2 of .*log\.jsonl is damaged"):
        _ = run.log


def test_a_recipe_is_written_without_open_ends(tmp_path: Path) -> None:
    run = mb.train("gan", "digits", out=tmp_path / "run", quiet=True, examples=256)
    kept = json.loads((run.path / "recipe.json").read_text())
    assert kept["model"]["latent_dim"] == 32
    assert kept["training"]["batch"] == 64
    assert kept["training"]["learning_rate"] > 0
    assert kept["data"]["source"] == "digits"
