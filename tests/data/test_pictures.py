"""Pictures of pictures: exact pixels, the same bytes every time, whole files or none."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from makebelieve.data import Spec, load
from makebelieve.data import pictures as p
from makebelieve.errors import InputError


def names(folder):
    return [path.name for path in folder.iterdir()]


FOUR = np.arange(4 * 4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 4, 3)


def test_grid_places_every_pixel():
    image = np.asarray(p.grid(FOUR, columns=2, scale=1))
    assert image.shape == (9, 9, 3)
    assert (image[:4, :4] == FOUR[0]).all()
    assert (image[:4, 5:] == FOUR[1]).all()
    assert (image[5:, 5:] == FOUR[3]).all()
    assert (image[4] == 255).all()


def test_tiny_pictures_are_enlarged_without_blur():
    image = np.asarray(p.grid(FOUR[:1]))
    assert image.shape == (64, 64, 3)
    assert (image[::16, ::16] == FOUR[0]).all()
    assert len(np.unique(image.reshape(-1, 3), axis=0)) == 16


def test_strip_is_one_row():
    assert p.strip(FOUR, scale=1).size == (4 * 5 - 1, 4)


def test_empty_grid():
    assert p.grid(FOUR[:0]).size[0] > 0


def test_show_chooses():
    assert p.show(FOUR, Spec.pictures(4)).mode == "RGB"
    assert p.show(np.zeros((5, 2), np.float32), Spec.points()).size == (512, 512)


def test_scatter_draws_up_and_right():
    image = np.asarray(p.scatter(np.array([[0.9, 0.9]]), bounds=(-1, 1, -1, 1), size=100))
    rows, columns = np.nonzero((image < 255).any(axis=-1))
    assert rows.mean() == pytest.approx(5, abs=1)
    assert columns.mean() == pytest.approx(95, abs=1)


def test_scatter_bears_anything():
    odd = np.array([[np.nan, 0], [np.inf, 1], [0, 0], [0, 0]], np.float32)
    assert p.scatter(odd, np.array([0, 1, -1, 2])).size == (512, 512)
    assert p.scatter(np.zeros((0, 2), np.float32)).size == (512, 512)


def test_scatter_does_not_depend_on_the_order():
    points = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    labels = np.arange(500) % 3
    back = slice(None, None, -1)
    assert p.png_bytes(p.scatter(points, labels)) == p.png_bytes(
        p.scatter(points[back], labels[back])
    )


def test_the_same_bytes_every_time(tmp_path):
    assert p.png_bytes(p.grid(FOUR)) == p.png_bytes(p.grid(FOUR))
    for name in ("a.webp", "a.gif"):
        first = p.animate(FOUR, tmp_path / name).read_bytes()
        assert p.animate(FOUR, tmp_path / name).read_bytes() == first


@pytest.mark.parametrize("name", ["a.webp", "a.gif", "A.GIF"])
def test_animations_move_and_repeat(tmp_path, name):
    with Image.open(p.animate(FOUR, tmp_path / name, seconds=2)) as image:
        assert image.n_frames == 4
        assert image.info["loop"] == 0
        assert image.size == (64, 64)
        image.load()
        assert image.info["duration"] == 500


def test_webp_animation_loses_nothing(tmp_path):
    with Image.open(p.animate(FOUR, tmp_path / "a.webp")) as image:
        for index in range(4):
            image.seek(index)
            assert (np.asarray(image.convert("RGB"))[::16, ::16] == FOUR[index]).all()


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.bmp"])
def test_save(tmp_path, name):
    path = p.save(p.grid(FOUR), tmp_path / name)
    with Image.open(path) as image:
        assert image.size == p.grid(FOUR).size
    assert names(tmp_path) == [name]


def test_grey_is_saved_too(tmp_path):
    grey = FOUR[..., :1]
    for name in ("a.jpg", "b.webp", "c.gif"):
        p.save(p.grid(grey), tmp_path / name)
    p.animate(grey, tmp_path / "d.gif")


def test_wrong_endings(tmp_path):
    with pytest.raises(InputError, match=r"use one of \.png"):
        p.save(p.grid(FOUR), tmp_path / "a.pgn")
    with pytest.raises(InputError, match=r"an animation: use one of \.webp, \.gif"):
        p.animate(FOUR, tmp_path / "a.png")
    with pytest.raises(InputError, match="cannot be written"):
        p.save(p.grid(FOUR), tmp_path / "no" / "a.png")
    assert names(tmp_path) == []


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = p.save(p.grid(FOUR), tmp_path / "a.png")
    before = path.read_bytes()

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(InputError, match="no space left"):
        p.save(p.grid(FOUR[::-1]), path)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["a.png"]


def test_contact_sheets():
    sheet = p.contact_sheet(load("avatars", labels="hair_style"))
    assert sheet.width > 700
    plain = p.contact_sheet(load("digits", labels="none"))
    assert plain.width == 12 * (8 + 1) * 8 - 8
    assert p.png_bytes(plain) == p.png_bytes(p.contact_sheet(load("digits", labels="none")))
    assert p.contact_sheet(load("grid")).size == (512, 512)
