"""A person's own folder: labels, splits, order, what is ignored."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
from PIL import Image

from makebelieve.data import load
from makebelieve.errors import InputError


def test_subfolders_are_labels(pictures):
    data = load(pictures(cat=10, dog=8))
    assert data.spec.classes == ("cat", "dog")
    assert np.bincount(data.labels).tolist() == [10, 8]
    assert data.label_column == "folder"
    assert data.examples.shape == (18, 16, 16, 3)
    assert data.names[0].endswith("cat/000.png")
    assert len(data.rows("train")) and len(data.rows("validation")) and len(data.rows("test"))


def test_numbered_folders_sort_as_numbers(pictures):
    assert load(pictures(**{"10": 2, "9": 2})).spec.classes == ("9", "10")


def test_flat_folder_has_no_labels(pictures):
    data = load(pictures(20))
    assert data.labels is None
    assert data.spec.classes == ()


def test_loose_pictures_beside_folders_have_no_label(pictures):
    folder = pictures(cat=3, dog=3)
    shutil.copy(folder / "cat" / "000.png", folder / "loose.png")
    assert load(folder).labels.tolist().count(-1) == 1


def test_nested_folders_give_a_second_column(pictures):
    data = load(pictures(**{"cat/black": 3, "cat/red": 3, "dog": 4}))
    assert data.spec.classes == ("cat", "dog")
    assert data.columns["subfolder"].values == ("cat/black", "cat/red", "dog")


def test_a_folder_around_everything_is_taken_off(pictures):
    data = load(pictures(**{"unpacked/cat": 3, "unpacked/dog": 3}))
    assert data.spec.classes == ("cat", "dog")


@pytest.mark.parametrize("words", [("train", "val", "test"), ("Train", "Validation", "TEST")])
def test_split_folders_fix_the_split(pictures, words):
    first, second, third = words
    folder = pictures(**{f"{first}/a": 6, f"{first}/b": 6, f"{second}/a": 3, f"{third}/b": 4})
    data = load(folder)
    assert [len(data.rows(s)) for s in ("train", "validation", "test")] == [12, 3, 4]
    assert data.spec.classes == ("a", "b")
    assert set(data.labels[data.rows("test")]) == {1}


def test_a_missing_validation_split_is_taken_from_training(pictures):
    data = load(pictures(**{"train/a": 20, "train/b": 20, "test/a": 5, "test/b": 5}))
    assert [len(data.rows(s)) for s in ("train", "validation", "test")] == [36, 4, 10]
    assert any("No validation split" in note for note in data.notes)


def test_split_folders_without_train_are_an_error(pictures):
    with pytest.raises(InputError, match="no folder named train"):
        load(pictures(val=3, test=3))


def test_a_class_named_like_a_split_beside_others_is_a_class(pictures):
    assert load(pictures(train=3, plane=3, bus=3)).spec.classes == ("bus", "plane", "train")


def test_other_files_are_ignored_and_counted(pictures):
    folder = pictures(20)
    for name in (".DS_Store", "Thumbs.db", "readme.txt", ".hidden.png", "._000.png"):
        (folder / name).write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / "__MACOSX").mkdir()
    data = load(folder)
    assert len(data) == 20
    assert data.notes[0].startswith("7 files are not pictures and were ignored (")


def test_order_is_the_same_whatever_the_folder_says(pictures, monkeypatch):
    folder = pictures(b=5, a=5)
    before = load(folder)
    scan = os.scandir

    class Backwards:
        def __init__(self, path):
            with scan(path) as entries:
                self.entries = list(entries)[::-1]

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(os, "scandir", Backwards)
    after = load(folder)
    assert list(after.names) == list(before.names)
    assert (after.examples == before.examples).all()


def test_linked_folders_are_followed_once(pictures):
    folder = pictures(cat=4, dog=4)
    (folder / "cat" / "again").symlink_to(folder)
    assert len(load(folder)) == 8


def test_odd_names(pictures, draw):
    folder = pictures(cat=3)
    for name in ("a\nb.png", "ü ä 猫.PNG", "%s{0}.png", "x" * 200 + ".jpg"):
        draw(len(name)).save(folder / "cat" / name)
    draw(9).save(os.fsencode(folder) + b"/cat/\xff\xfe.png")
    data = load(folder)
    assert len(data) == 8
    assert all(name.isprintable() for name in data.names)


def test_a_folder_named_like_a_picture(pictures):
    assert load(pictures(**{"a.png": 3, "b.png": 3})).spec.classes == ("a.png", "b.png")


def test_spaces_and_tilde(pictures, monkeypatch):
    folder = pictures(20, name="my pictures")
    monkeypatch.setenv("HOME", str(folder.parent))
    assert len(load("~/my pictures")) == 20


def test_columns_choose_labels(pictures):
    folder = pictures(**{"cat/black": 3, "cat/red": 3, "dog/red": 4})
    assert load(folder, labels="subfolder").spec.classes == ("cat/black", "cat/red", "dog/red")
    assert load(folder, labels="none").labels is None
    with pytest.raises(InputError, match=r"no column 'subfoldr' \(.*\); did you mean subfolder\?"):
        load(folder, labels="subfoldr")


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [([(20, 20)] * 9, 16), ([(640, 480)] * 9, 64), ([(5, 5)] * 9, 8), ([(30, 90)] * 9, 28)],
)
def test_default_size_follows_the_median_short_side(tmp_path, draw, sizes, chosen):
    for seed, (width, height) in enumerate(sizes):
        draw(seed, width, height).save(tmp_path / f"{seed}.bmp")
    data = load(tmp_path)
    assert data.spec.size == chosen
    assert tuple(data.originals[0]) == sizes[0]


def test_mixed_sizes_are_resized_and_reported(tmp_path, draw):
    from makebelieve.data.describe import describe

    for seed in range(20):
        draw(seed, 20 + seed, 60).save(tmp_path / f"{seed}.png")
    text = str(describe(load(tmp_path)))
    assert "20 × 60 to 39 × 60 pixels" in text
    assert "19 pictures differ" in text
    assert "oblong" in text


def test_all_grey_becomes_one_channel_even_in_colour_files(tmp_path, draw):
    for seed in range(8):
        draw(seed, channels=1).convert("RGB").save(tmp_path / f"{seed}.png")
    assert load(tmp_path).spec.channels == 1
    draw(99).save(tmp_path / "z.png")
    assert load(tmp_path).spec.channels == 3


def test_one_colour_picture_among_many_grey_is_found(tmp_path, draw):
    for seed in range(200):
        draw(seed, 8, 8, channels=1).save(tmp_path / f"{seed:03}.png")
    Image.new("RGB", (8, 8), (200, 10, 10)).save(tmp_path / "101.png")
    data = load(tmp_path)
    assert data.spec.channels == 3
    assert len(data) == 200


def test_split_does_not_depend_on_names_and_keeps_copies_together(pictures):
    folder = pictures(40)
    for index in range(0, 40, 4):
        shutil.copy(folder / f"{index:03}.png", folder / f"copy{index}.png")
    data = load(folder)
    split = {}
    for picture, code in zip(data.examples, data.split, strict=True):
        assert split.setdefault(picture.tobytes(), code) == code
