"""Directions that labels name: known answers, what goes along, words, and the check."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import makebelieve as mb
from makebelieve.data.spec import Column
from makebelieve.errors import InputError
from makebelieve.latent.attributes import Attributes, direction, restates
from makebelieve.latent.check import checked, pixel_distance
from makebelieve.latent.names import Property, properties, property_of
from makebelieve.latent.probe import learn_probe

HAT = Property("hat", "hat", "yes")


def column(codes: np.ndarray, *values: str) -> Column:
    return Column(values or ("no", "yes"), codes.astype(np.int64))


@given(st.integers(0, 10_000), st.integers(1, 12), st.floats(0.05, 0.95))
@settings(max_examples=40, deadline=None)
def test_the_direction_of_a_linear_world_is_found(seed: int, d: int, together: float) -> None:
    random = np.random.default_rng(seed)
    hat = random.integers(0, 2, 4_000)
    # Hair goes with the hat more or less often, and must not be taken along.
    hair = np.where(random.random(4_000) < together, hat, random.integers(0, 2, 4_000))
    step, other = random.normal(size=(2, d))
    codes = torch.from_numpy(hat[:, None] * step + hair[:, None] * other + 3).float()
    found = direction(codes, {"hat": column(hat), "hair": column(hair)}, HAT)
    if together < 0.85:
        assert np.allclose(found.numpy(), step, atol=0.05)


def test_alone_it_is_the_difference_of_the_means() -> None:
    random = torch.Generator().manual_seed(0)
    codes = torch.randn(100, 5, generator=random)
    hat = np.arange(100) % 3 == 0
    found = direction(codes, {"hat": column(hat)}, HAT)
    assert torch.allclose(found, codes[hat].mean(0) - codes[~hat].mean(0), atol=1e-5)
    back = direction(codes, {"hat": column(hat)}, Property("hat=no", "hat", "no"))
    assert torch.allclose(found, -back, atol=1e-5)


def test_unknown_labels_are_left_out() -> None:
    codes = torch.tensor([[0.0], [0.0], [9.0], [1.0]]).repeat(10, 1)
    hat = np.tile([0, 0, -1, 1], 10)
    assert float(direction(codes, {"hat": column(hat)}, HAT)) == pytest.approx(1)


def test_a_direction_needs_examples_of_both_kinds() -> None:
    hat = np.zeros(50, np.int64)
    hat[:3] = 1
    with pytest.raises(InputError, match="3 have hat yes and 47 have not"):
        direction(torch.zeros(50, 2), {"hat": column(hat)}, HAT)


def test_a_column_that_says_the_same_is_no_other_label() -> None:
    random = np.random.default_rng(0)
    hat = random.random(2_000) < 0.1
    colour = np.where(hat, random.integers(1, 4, 2_000), 0)
    assert restates(colour, hat)
    assert not restates(random.integers(0, 4, 2_000), hat)
    assert not restates(np.full(2_000, -1), hat)


def test_words_for_properties() -> None:
    columns = mb.load("avatars").columns
    assert property_of("glasses", columns) == Property("glasses", "glasses", "yes")
    assert property_of("glasses=yes", columns) == Property("glasses", "glasses", "yes")
    assert property_of("glasses=no", columns) == Property("glasses=no", "glasses", "no")
    assert property_of("smile", columns) == Property("mouth=smile", "mouth", "smile")
    assert property_of("hair=long", columns).column == "hair"


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("glases", "no label says 'glases'; did you mean glasses"),
        ("hair", "hair is not a matter of yes or no: say which value, such as hair=long"),
        ("blue", "'blue' is a value of 5 columns: write hair_colour=blue, "),
        ("mouth=smirk", "mouth is never 'smirk'; did you mean smile"),
        ("mouth=smle", "did you mean smile"),
    ],
)
def test_words_that_mean_nothing(word: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        property_of(word, mb.load("avatars").columns)


def test_labels_without_columns_are_a_column() -> None:
    data = mb.load("digits")
    bare = dataclasses.replace(data, columns={}, label_column=None)
    assert properties(bare)["label"].values == data.spec.classes
    assert property_of("7", properties(bare)).name == "label=7"
    with pytest.raises(InputError, match="digits has no labels to learn a direction from"):
        properties(bare.labelled_by(None))


def test_the_probe_knows_the_labels_and_repeats_itself() -> None:
    data = mb.load("digits")
    probe, again = learn_probe(data), learn_probe(data)
    assert probe.accuracy["class"] > 0.9
    said = probe(data.examples[:5])["class"]
    assert said.shape == (5, 10)
    assert np.allclose(said.sum(1), 1, atol=1e-5)
    assert np.array_equal(said, again(data.examples[:5])["class"])
    ring = learn_probe(mb.load("ring"))
    assert ring.accuracy["mode"] > 0.99


def test_a_judge_is_asked_where_there_is_one(faces) -> None:
    judge, data = faces("judge"), mb.load("digits")
    probe = learn_probe(data, judge)
    rows = data.examples[data.rows("test")[:20]]
    assert np.array_equal(probe(rows)["class"], judge.probabilities(rows))
    assert probe.accuracy["class"] > 0.8
    with pytest.raises(InputError, match="no label of these data has these values"):
        learn_probe(mb.load("ring"), judge)
    with pytest.raises(InputError, match="cannot give a verdict"):
        learn_probe(data, faces("vae"))


def test_one_step_gives_glasses_to_faces_and_changes_little_else(space) -> None:
    check = checked(space, space["glasses"])
    assert check.before < 0.1
    assert check.after > 0.8
    assert check.works
    assert check.else_changed < 0.25
    assert check.distance < check.distance_to_other / 1.5
    assert "glasses_colour" not in check.changed
    assert check.witness > 0.95
    back = checked(space, space["glasses=no"])
    assert back.after > back.before + 0.5


def test_no_step_changes_nothing(space) -> None:
    check = checked(space, space["hat"], steps=0)
    assert check.after == check.before
    assert set(check.changed.values()) == {0.0}
    assert check.distance == 0
    assert not check.works


def test_a_check_in_words_and_numbers(space) -> None:
    check = checked(space, space["hat"])
    assert check.sentence.startswith("after one step, ")
    assert "held-out pictures without hat are said to have it" in check.sentence
    found = check.to_dict()
    assert found["else_changed"] == check.else_changed
    assert math.isfinite(found["else_by_chance"])


def test_attributes_of_a_gan_come_from_its_samples(faces) -> None:
    space = Attributes(faces("ring-gan"))
    found = space["east"] if (space.known.columns["mode"].codes == 0).sum() > 8 else None
    assert space.known.codes.shape == (4_000, 2)
    assert torch.equal(space.known.codes[:3], faces("ring-gan").codes(4_000)[:3])
    assert found is None or found.direction.shape == (2,)


def test_points_have_attributes(faces) -> None:
    space = Attributes(faces("ring"))
    check = checked(space, space["east"])
    assert math.isnan(check.else_changed)
    assert "other labels" not in check.sentence
    assert check.to_dict()["else_changed"] is None


def test_what_a_model_is_told_is_no_attribute_of_its_code(faces) -> None:
    space = Attributes(faces("told"))
    with pytest.raises(InputError, match="told is told glasses as the class of every picture"):
        space["glasses"]
    assert space["hat"].direction.shape == (16,)
    assert space.held_out.told is not None


def test_a_judge_has_no_space(faces) -> None:
    with pytest.raises(InputError, match="cannot have its codes edited"):
        Attributes(faces("judge"))


def test_distance_of_points() -> None:
    assert pixel_distance(np.zeros((1, 2)), np.array([[3.0, 4.0]]))[0] == pytest.approx(12.5**0.5)
