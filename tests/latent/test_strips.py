"""Traversals: every number once, the liveliest first, and nothing else moves."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import makebelieve as mb
from makebelieve.errors import InputError
from makebelieve.latent.space import decode
from makebelieve.latent.strips import draw_traversal, liveliness, traversals


@pytest.mark.parametrize("name", ["vae", "flat-plain", "gan", "told", "ring"])
def test_every_number_once_and_the_liveliest_first(faces, name: str) -> None:
    run = faces(name)
    shown = traversals(run, steps=3)
    d = run.model.latent_dim
    assert sorted(shown.dimensions) == list(range(d))
    assert list(shown.scores) == sorted(shown.scores, reverse=True)
    assert shown.made.shape[:2] == (d, 3)
    assert shown.unit == ("nats" if run.recipe.model == "vae" else "change")
    # In the middle all strips stand at the start.
    assert np.abs(shown.made[:, 1].astype(float) - shown.made[0, 1]).max() <= 1
    image = draw_traversal(shown)
    assert image.size[0] > 200


def test_a_number_without_nats_changes_nothing(faces) -> None:
    shown = traversals(faces("vae"), steps=3)
    away = np.abs(shown.made[:, 0].astype(float) - shown.made[:, -1]).reshape(16, -1).mean(1)
    assert away[0] > 2 * away[-1]


def test_a_picture_is_where_it_starts(space) -> None:
    run = space.run
    picture = space.data.examples[space.data.rows("test")[0]]
    shown = traversals(run, picture, steps=3, most=2)
    assert len(shown.dimensions) == 2
    j = shown.dimensions[0]
    code = run.model.encode(torch.from_numpy(picture.copy()).permute(2, 0, 1)[None] / 255)
    code[0, j] = -2
    assert np.abs(decode(run, code)[0].astype(int) - shown.made[0, 0]).max() <= 1


def test_without_data_it_goes_by_change(tmp_path) -> None:
    data = mb.load(np.random.default_rng(0).integers(0, 256, (64, 8, 8), np.uint8))
    run = mb.train("vae", data, out=tmp_path / "run", examples=64, latent_dim=3, quiet=True)
    scores, unit = liveliness(run)
    assert unit == "change"
    assert scores.shape == (3,)
    assert traversals(run).to_dict()["unit"] == "change"


def test_traversal_mistakes(faces) -> None:
    with pytest.raises(InputError, match="at least 2 steps"):
        traversals(faces("vae"), steps=1)
    with pytest.raises(InputError, match="leave the class out"):
        traversals(faces("vae"), label="yes")
    with pytest.raises(InputError, match="cannot be traversed"):
        traversals(faces("judge"))
