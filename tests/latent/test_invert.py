"""Inversion: what a generator made is found again, and real pictures better than by luck."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from makebelieve.errors import InputError
from makebelieve.latent.invert import codes_of, invert
from makebelieve.latent.space import decode, encode, prior
from makebelieve.runs.heldout import held_out


@pytest.fixture(scope="module")
def gan(faces):
    return faces("gan")


def test_what_a_gan_made_is_found_again(gan) -> None:
    made = decode(gan, gan.codes(8, seed=5))
    found = invert(gan, made)
    assert found.codes.shape == (8, 16)
    assert found.rebuilt.shape == made.shape
    assert found.error.mean() < found.nearest.mean() / 5
    assert np.abs(found.rebuilt.astype(int) - made).mean() < 8


def test_real_pictures_come_nearer_than_the_nearest_of_a_thousand_samples(gan) -> None:
    examples, _ = held_out(gan, 8)
    found = invert(gan, examples)
    assert (found.error < found.nearest).all()
    assert found.error.mean() < 0.7 * found.nearest.mean()
    squares = np.square((found.rebuilt.astype(float) - examples) / 255).reshape(8, -1).mean(1)
    assert np.allclose(squares, found.error, atol=1e-3)


def test_more_steps_never_hurt_and_the_same_seed_finds_the_same(gan) -> None:
    examples, _ = held_out(gan, 2)
    first, more = (invert(gan, examples, steps=steps) for steps in (0, 40))
    assert (more.error <= first.error + 1e-7).all()
    again = invert(gan, examples, steps=40)
    assert torch.equal(more.codes, again.codes)


def test_an_encoder_is_believed_or_refined(faces) -> None:
    run = faces("vae")
    examples, _ = held_out(run, 4)
    alone = invert(run, examples, steps=0)
    assert torch.allclose(alone.codes, encode(run, examples))
    assert np.array_equal(alone.rebuilt, run.reconstruct(examples))
    assert torch.equal(codes_of(run, examples), encode(run, examples))
    refined = invert(run, examples, steps=30)
    assert refined.error.mean() < alone.error.mean()


def test_points_and_classes(faces) -> None:
    points = invert(faces("ring-gan"), faces("ring-gan").sample(3), steps=50)
    assert points.rebuilt.shape == (3, 2)
    assert points.error.max() < 0.05
    run = faces("told")
    examples, labels = held_out(run, 3)
    assert invert(run, examples, labels, steps=2).codes.shape == (3, 16)
    with pytest.raises(InputError, match=r"told is told the class of every picture: name one"):
        invert(run, examples)


def test_mistakes(gan, faces) -> None:
    with pytest.raises(InputError, match="trained on examples of shape"):
        invert(gan, np.zeros((1, 9, 9, 1), np.uint8))
    with pytest.raises(InputError, match="1 guess and 0 steps at least"):
        invert(gan, held_out(gan, 1)[0], restarts=0)
    with pytest.raises(InputError, match="cannot make anything of a code"):
        invert(faces("judge"), held_out(gan, 1)[0])


def test_where_draws_lie(faces) -> None:
    mean, spread = prior(faces("vae"))
    assert mean.tolist() == [0.0] * 16
    assert spread.tolist() == [1.0] * 16
    plain = faces("flat-plain")
    assert torch.equal(prior(plain)[1], plain.model.code_std)
