"""Edits: what was asked for comes, the ends are right, and pictures add up."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import makebelieve as mb
from makebelieve.errors import InputError
from makebelieve.latent.attributes import Attributes
from makebelieve.latent.edit import arithmetic, edit
from makebelieve.runs.heldout import held_out


def test_more_glasses(space) -> None:
    done = edit(space.run, more="glasses", space=space)
    assert done.frames.shape == (7, 16, 16, 3)
    rebuilt = space.run.reconstruct(done.original[None])[0]
    assert np.abs(done.frames[0].astype(int) - rebuilt).max() <= 1
    (said,) = done.said
    assert said["before"] < 0.5 < said["after"]
    assert said["amount"] == 1.5
    assert not {"glasses", "glasses_colour", "glasses_style"} & set(done.changed)


def test_less_and_more_at_once_begin_with_a_picture_that_calls_for_it(space) -> None:
    data = space.data
    done = edit(space.run, more=["hat"], less=["glasses"], space=space, steps=2)
    row = next(r for r in data.rows("test") if (data.examples[r] == done.original).all())
    assert data.columns["hat"].codes[row] == 0
    assert data.columns["glasses"].codes[row] == 1
    hat, glasses = done.said
    assert hat["after"] > hat["before"]
    assert glasses["after"] < glasses["before"]


def test_a_number_and_a_picture_name_the_same(space) -> None:
    picture = space.data.examples[space.data.rows("test")[7]]
    by_number = edit(space.run, 7, more="hat", space=space, steps=2)
    by_picture = edit(space.run, picture, more="hat", space=space, steps=2)
    assert np.array_equal(by_number.frames, by_picture.frames)


def test_strength_is_the_length_of_the_way(space) -> None:
    far = edit(space.run, 3, more="hat", space=space, strength=2, steps=3)
    near = edit(space.run, 3, more="hat", space=space, strength=1, steps=2)
    assert np.array_equal(far.frames[1], near.frames[1])


def test_a_gan_edits_a_picture_by_inversion(faces) -> None:
    run = faces("gan")
    done = edit(run, 0, more="7", steps=3)
    assert done.frames.shape == (3, 8, 8, 1)
    assert not np.array_equal(done.frames[0], done.frames[-1])


def test_a_conditional_model_keeps_the_class(faces) -> None:
    run = faces("told")
    known = Attributes(run)
    done = edit(run, 2, more="hat", steps=2, space=known)
    assert done.frames.shape == (2, 16, 16, 3)
    with pytest.raises(InputError, match="told is told the class of every picture: name one"):
        edit(run, done.original, more="hat", space=known)
    named = edit(run, done.original, more="hat", label="yes", steps=2, space=known)
    assert len(named.frames) == 2


def test_edit_mistakes(space) -> None:
    run = space.run
    with pytest.raises(InputError, match="say what to change"):
        edit(run)
    with pytest.raises(InputError, match="at least 2 frames"):
        edit(run, more="hat", steps=1)
    with pytest.raises(InputError, match="no held-out example 5000: vae has 1,000, 0 to 999"):
        edit(run, 5000, more="hat", space=space)
    with pytest.raises(InputError, match="trained on examples of shape"):
        edit(run, np.zeros((8, 8, 3), np.uint8), more="hat", space=space)
    with pytest.raises(InputError, match="leave the class out"):
        edit(run, 0, more="hat", label="yes", space=space)


def test_data_that_are_gone_are_given(faces, tmp_path) -> None:
    digits = mb.load("digits")
    data = dataclasses.replace(digits, origin=None)
    run = mb.train("vae", data, out=tmp_path / "run", examples=256, latent_dim=4, quiet=True)
    with pytest.raises(InputError, match="trained on data in memory"):
        edit(run, more="7")
    assert len(edit(run, more="7", data=data, steps=2).frames) == 2


def test_arithmetic(faces) -> None:
    run = faces("vae")
    (a, b, c), _ = held_out(run, 3)
    same = arithmetic(run, [a])
    assert np.abs(same.astype(int) - run.reconstruct(a[None])[0]).max() <= 1
    assert np.abs(arithmetic(run, [a, b], [b]).astype(int) - same).max() <= 1
    swapped = arithmetic(run, [a, c], [b])
    assert swapped.shape == (16, 16, 3)
    assert np.array_equal(swapped, arithmetic(run, [c, a], [b]))
    with pytest.raises(InputError, match="at least one picture to add"):
        arithmetic(run, [])
