"""A recorded contest of points: `python -m makebelieve.studio.contest PRESET`.

The package's own engine trains a GAN on eight groups of points; after chosen turns the recording
keeps what the generator makes, what the discriminator thinks of every place, and what flows back.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from makebelieve.data.loading import Loader, to_tensor
from makebelieve.data.points import RING
from makebelieve.errors import InputError
from makebelieve.nets.blocks import frozen
from makebelieve.recipe import nearest
from makebelieve.runs import drive, store
from makebelieve.runs.folder import write_text
from makebelieve.runs.run import noise
from makebelieve.studio import presets
from makebelieve.studio.presets import PRESETS, SEED, command
from makebelieve.training.devices import connect
from makebelieve.training.loop import NonFinite, Stepped, train

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from torch import Tensor

    from makebelieve.data.loading import Batch
    from makebelieve.data.spec import Split
    from makebelieve.models.gan import GAN
    from makebelieve.models.model import Turn
    from makebelieve.rng import Step

__all__ = ["Recorder", "main", "record"]

STOPS = 58  # steps of which both turns are kept
SAMPLES, ARROWS, REAL, CELLS = 256, 64, 512, 32
REACH = 1.6  # the picture shows the square from −REACH to REACH
UNIT = 10_000  # a coordinate of 1 as a whole number of 16 bits
NEAR = 0.1  # a sample this near to the middle of a group counts as one of it
LEAST = 3  # samples by which a group counts as found
LONGEST = 0.2  # how long the strongest arrows are drawn, in units of the plane


class Recorder:
    """Keeps frames of a contest while the engine plays it.

    Args:
        model: the contestants.
        real: (n, 2) points that the discriminator is asked about.
        steps: how many steps there will be.
    """

    def __init__(self, model: GAN, real: Tensor, steps: int) -> None:
        self.model, self.real = model, real
        self.codes = noise(SAMPLES, model.latent_dim)
        # More of the beginning, where most happens.
        self.stops = {round(steps * (i / (STOPS - 1)) ** 1.7) for i in range(STOPS)}
        self.frames: list[dict[str, Any]] = []
        self.losses = {"discriminator": 0.0, "generator": 0.0}
        line = torch.linspace(-REACH, REACH, CELLS)
        y, x = torch.meshgrid(line.flip(0), line, indexing="ij")
        self.grid = torch.stack([x, y], -1).view(-1, 2)

    def listening(self, batch: Batch, step: Step) -> Iterator[Turn]:
        """Yield the model's own turns, and look at the contestants after each."""
        if step.index == 0:
            self.keep("start", 0, 0)
        number, seen = step.index + 1, step.seen + len(batch)
        # The class's own, because this stands in for the model's.
        for turn in type(self.model).turns(self.model, batch, step):
            yield turn
            self.losses[turn.player] = float(turn.parts[turn.player])
            if number in self.stops:
                self.keep(turn.player, number, seen)

    @torch.no_grad()
    def keep(self, turn: str, step: int, seen: int) -> None:
        """Keep one frame."""
        model = self.model
        samples = model.sample(self.codes)
        real, fake = model.judge(self.real), model.judge(samples)
        # Scores of which only differences count are measured from halfway between both kinds.
        middle = (real.mean() + fake.mean()) / 2 if model.relative else torch.zeros(())
        self.frames.append(
            {
                "turn": turn, "step": step, "seen": seen,
                "points": samples.numpy().copy(),
                "scores": (model.judge(self.grid) - middle).view(CELLS, CELLS).numpy(),
                "push": self.flowing_back(samples[:ARROWS]).numpy(),
                "d_loss": self.losses["discriminator"], "g_loss": self.losses["generator"],
                **standing(samples.numpy()),
            }
        )  # fmt: skip

    def flowing_back(self, samples: Tensor) -> Tensor:
        """Return where the generator is told to move each of its points: all that it ever hears."""
        model = self.model
        with torch.enable_grad(), frozen(model.discriminator):
            points = samples.detach().requires_grad_()
            real = model.judge(self.real[: len(points)])
            loss = model.loss.generator(model.judge(points), real) * len(points)
            (slope,) = torch.autograd.grad(loss, points)
        return -slope


def standing(points: np.ndarray) -> dict[str, Any]:
    """Return how many groups are found, and which share of the points lies in one."""
    near = np.linalg.norm(points[:, None] - np.array(RING.centres), axis=2) < NEAR
    return {
        "groups": int((near.sum(0) >= LEAST).sum()), "close": round(float(near.any(1).mean()), 3),
    }  # fmt: skip


def record(preset: str, *, examples: int | None = None, told: Path | None = None) -> dict[str, Any]:
    """Play a contest and return its recording, ready for JSON.

    Args:
        preset: who is stronger.
        examples: how long; None: as the studio does.
        told: a file in which the share that is done is written.

    Raises:
        InputError: there is no such preset.
    """
    if preset not in PRESETS:
        raise InputError(f"there is no contest {preset!r}{nearest(preset, PRESETS)}")
    examples = presets.EXAMPLES if examples is None else examples
    settings = {"examples": examples, "seed": SEED, "threads": 1, **PRESETS[preset]}
    plan = drive.plan("gan", "ring", settings)
    world = connect(plan.recipe.training.device, 1)
    state = drive.initial(plan, world)
    splits: tuple[Split, ...] = ("train", "validation")
    loaders = {split: Loader(plan.data, split, device=world.device, seed=SEED) for split in splits}
    held_out = plan.data.examples[plan.data.rows("validation")[:REAL]]
    assert plan.recipe.training.batch is not None
    model: Any = state.model
    steps = -(-examples // plan.recipe.training.batch)
    recorder = Recorder(model, to_tensor(np.asarray(held_out)), steps)
    model.turns = recorder.listening
    ended, last = "", 0.0
    for event in train(state, loaders, world):
        if isinstance(event, NonFinite):
            ended = f"step {event.step}: {event.term} of the {event.player} was not finite"
        if isinstance(event, Stepped) and told is not None and time.monotonic() - last > 0.5:
            last = time.monotonic()
            told.write_text(json.dumps(event.step / steps), encoding="ascii")
    return _written(preset, examples, recorder, ended)


def _written(preset: str, examples: int, recorder: Recorder, ended: str) -> dict[str, Any]:
    frames, final = recorder.frames, recorder.frames[-1]
    pushes = np.concatenate([np.linalg.norm(f["push"], axis=1) for f in frames])
    # One scale for the whole contest, so that arrows that die away are seen to do so.
    scale = LONGEST / max(float(np.quantile(pushes, 0.95)), 1e-12)
    words = f"{final['groups']} of 8 groups found, {final['close']:.0%} of the points in one"
    return {
        "preset": preset,
        "seed": SEED,
        "settings": PRESETS[preset],
        "examples": examples,
        "command": command(preset, SEED, examples),
        "extent": [[-REACH, REACH], [-REACH, REACH]],
        "unit": UNIT,
        "cells": CELLS,
        "real": recorder.real.numpy().round(4).tolist(),
        "relative": recorder.model.relative,
        "frames": [_frame(frame, scale) for frame in frames],
        "verdict": {
            "groups": final["groups"], "close": final["close"], "ended": ended,
            "sentence": f"{ended}; {words}" if ended else words,
        },
    }  # fmt: skip


def _frame(frame: dict[str, Any], scale: float) -> dict[str, Any]:
    """Return a frame in few bytes: coordinates of 16 bits, scores of 8 around 128."""
    scores = np.nan_to_num(frame["scores"])
    most = max(float(np.abs(scores).max()), 1e-9)
    field = np.clip(np.rint(128 + 127 * scores / most), 0, 255).astype(np.uint8)
    plain = ("turn", "step", "seen", "groups", "close")
    return {
        **{name: frame[name] for name in plain},
        "samples": _spelled(frame["points"]),
        "field": base64.b64encode(field.tobytes()).decode(),
        "strongest": float(f"{most:.4g}"),
        "arrows": _spelled(frame["push"] * scale),
        **{name: float(f"{frame[name]:.4g}") for name in ("d_loss", "g_loss")},
    }


def _spelled(values: np.ndarray) -> str:
    top = np.iinfo(np.int16).max
    whole = np.clip(np.rint(np.nan_to_num(values) * UNIT), -top, top).astype("<i2")
    return base64.b64encode(whole.tobytes()).decode()


def main(words: list[str]) -> int:
    """Record a preset into the home."""
    folder = store.home() / "contest"
    try:
        if len(words) != 1:
            raise InputError(f"give one contest: {', '.join(PRESETS)}")
        preset = words[0]
        folder.mkdir(parents=True, exist_ok=True)
        told = folder / f".{preset}.progress"
        found = record(preset, told=told)
        text = json.dumps(found, separators=(",", ":"), allow_nan=False)
        write_text(folder / f"{preset}.json", text)
        told.unlink(missing_ok=True)
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
