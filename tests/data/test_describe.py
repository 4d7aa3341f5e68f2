"""The description: its numbers are right, and its advice is given when it should be."""

from __future__ import annotations

import io
import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from makebelieve.data import load
from makebelieve.data.advice import RULES
from makebelieve.data.describe import describe
from makebelieve.data.duplicates import areas, difference_hashes, exact_groups, near_groups


def advice(data):
    return " ".join(describe(data).advice)


def noise(n, size=16, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), np.uint8)


def test_numbers(pictures):
    folder = pictures(cat=30, dog=10)
    shutil.copy(folder / "cat" / "000.png", folder / "cat" / "copy.png")
    (folder / "dog" / "bad.png").write_bytes(b"")
    (folder / "dog" / "notes.txt").write_bytes(b"x")
    found = describe(load(folder, skip_bad=True))
    assert found.count == 41
    assert sum(found.splits.values()) == 41
    assert found.columns["folder"].counts == {"cat": 31, "dog": 10}
    assert found.exact.groups == 1
    assert found.exact.members == 2
    assert found.exact.straddling == 0
    assert [name.split("/")[-1] for name in found.exact.examples[0]] == ["000.png", "copy.png"]
    assert found.needed == 41 * 16 * 16 * 3
    assert not found.mapped
    assert found.sizes.median == (20, 20)
    text = str(found)
    for words in ("cat 31 (76%)", "bad.png: it is empty (0 bytes)", "copy.png", "1 .txt", "Advice"):
        assert words in text


def test_json(pictures):
    found = describe(load(pictures(cat=20, dog=20)))
    back = json.loads(json.dumps(found.to_dict()))
    assert back["count"] == 40
    assert back["columns"]["folder"]["counts"] == {"cat": 20, "dog": 20}
    assert back["near_method"]
    assert back["advice"] == list(found.advice)


def test_every_rule_has_a_test():
    here = {name.removeprefix("test_advice_") for name in globals() if name.startswith("test_adv")}
    assert {rule.__name__ for rule in RULES} == here


def test_advice_too_few(pictures):
    assert "too few to train on" in advice(load(pictures(3)))
    assert "300 examples are few" in advice(load(noise(300)))
    assert "few" not in advice(load(noise(600)))


def test_advice_augment():
    assert "adaptive augmentation" in advice(load(noise(600)))
    assert "adaptive augmentation" not in advice(load(noise(13_000, 4), size=4))


def test_advice_one_class(pictures):
    assert "only one value (cat)" in advice(load(pictures(cat=20)))
    assert "There are no labels" in advice(load(noise(20)))
    assert "--labels with glasses" in advice(load("avatars", labels="none"))


def test_advice_unlabelled(pictures):
    folder = pictures(cat=10, dog=10)
    shutil.copy(folder / "cat" / "000.png", folder / "a.png")
    assert "1 picture has no label" in advice(load(folder))


def test_advice_imbalance(pictures):
    assert "cat occurs 11 times as often as dog (22 to 2)" in advice(load(pictures(cat=22, dog=2)))
    assert "as often" not in advice(load(pictures(cat=20, dog=2, name="other")))


def test_advice_many_values(tmp_path):
    labels = np.arange(40)
    np.savez(tmp_path / "a.npz", x=noise(40), y=labels)
    assert "label has 40 values for 40 pictures" in advice(load(tmp_path / "a.npz"))


def test_advice_duplicates(pictures):
    few = noise(20)
    assert "20 of 40 are exact copies" in advice(load(np.concatenate([few, few])))
    folder = pictures(**{"train/a": 20, "test/a": 5})
    shutil.copy(folder / "train" / "a" / "000.png", folder / "test" / "a" / "copy.png")
    assert "1 picture is in two splits at once" in advice(load(folder))


def test_advice_near_duplicates(pictures, draw):
    folder = pictures(**{"train/a": 20, "test/a": 5})
    for index in range(4):
        name = folder / "test" / "a" / f"again{index}.jpg"
        draw(index).save(name, quality=95)
    assert "nearly equal pictures lie across splits" in advice(load(folder))


def test_advice_pixels(tmp_path, draw):
    for seed in range(16):
        draw(seed, 300, 300).save(tmp_path / f"{seed}.png")
    assert "--pixels 64 keeps more" in advice(load(tmp_path, size=16))
    assert "were enlarged" in advice(load(tmp_path, size=320))
    assert "take long to train" in advice(load(tmp_path, size=200))
    assert "--pixels" not in advice(load(tmp_path))
    assert "larger originals" in advice(load(noise(20, 5)))


def test_advice_empty_split(pictures):
    assert "Nothing is left for validation and test" in advice(load(noise(20) * 0))
    assert "Nothing is left" not in advice(load(noise(20)))


def test_advice_mixed_sizes(tmp_path, draw):
    for seed in range(16):
        draw(seed, 64, 32).save(tmp_path / f"{seed}.png")
    assert "--fit pad (keeps all)" in advice(load(tmp_path))


def test_advice_dark():
    assert "No pixel is brighter than 15 of 255" in advice(load(noise(20) // 17))
    assert "Every pixel of every picture is 0" in advice(load(noise(20) * 0))


def test_advice_left_out(pictures):
    folder = pictures(10)
    for index in range(3):
        (folder / f"bad{index}.png").write_bytes(b"")
    assert "3 of 13 files were left out" in advice(load(folder, skip_bad=True))


def test_points_are_described():
    found = describe(load("ring"))
    assert "20,000 points" in str(found)
    assert found.near is None


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_exact_groups_are_the_groups(values):
    found = exact_groups(np.array(values, np.uint8)[:, None])
    expected = [
        [i for i, v in enumerate(values) if v == value]
        for value in dict.fromkeys(values)
        if values.count(value) > 1
    ]
    assert [group.tolist() for group in found] == expected


@pytest.mark.parametrize(("wanted", "there"), [(9, 8), (9, 28), (9, 64), (9, 9), (3, 1)])
def test_areas_average(wanted, there):
    weights = areas(wanted, there)
    assert weights.shape == (wanted, there)
    assert np.allclose(weights.sum(axis=1), 1)
    assert np.allclose(weights.sum(axis=0), wanted / there)


def test_near_duplicates_are_found_and_others_are_not(draw):
    originals = [np.asarray(draw(seed, 32, 32)) for seed in range(60)]
    resaved = []
    for picture in originals[:10]:
        data = io.BytesIO()
        Image.fromarray(picture).save(data, "JPEG", quality=90)
        resaved.append(np.asarray(Image.open(data)))
    pictures = np.stack([*originals, *resaved])
    found = [tuple(group.tolist()) for group in near_groups(pictures)]
    assert set(found) <= {(i, 60 + i) for i in range(10)}
    assert len(found) >= 9  # One differs in 8 bits, one more than is called near.


def test_equal_pictures_are_not_near_ones(draw):
    pictures = np.stack([np.asarray(draw(seed, 16, 16)) for seed in range(10)] * 2)
    assert near_groups(pictures) == []


def test_pictures_that_differ_in_colour_only_are_not_near():
    pictures = np.zeros((2, 16, 16, 3), np.uint8)
    pictures[0, :, 8:, 0] = 200
    pictures[1, :, 8:, 2] = 200
    assert near_groups(pictures) == []


@given(st.integers(0, 2**31), st.integers(-3, 3))
@settings(max_examples=20, deadline=None)
def test_a_hash_ignores_a_little_more_light(seed, more):
    picture = np.random.default_rng(seed).integers(10, 240, (1, 20, 20, 1), np.uint8)
    lighter = (picture.astype(int) + more).astype(np.uint8)
    assert np.array_equal(difference_hashes(picture), difference_hashes(lighter))


def test_many_flat_pictures_take_no_time():
    """All hashes are equal: the worst case of comparing within bands."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 2, (10_000, 8, 8, 1), np.uint8)
    groups = near_groups(pictures)
    assert sum(map(len, groups)) > 9_500
