"""The packed data sets: their numbers, their labels against their pixels, and their split."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from makebelieve.data.embedded import EMBEDDED, avatars, digits, fashion
from makebelieve.data.splitting import fingerprint

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset

PICTURES = ["avatars", "fashion", "digits"]
ROOT = Path(__file__).resolve().parents[2]

# A change here is a change of the data set: every reference result depends on it.
PINNED = {
    "avatars": "5abd84f979e2246fca2f35057ba4ebc8",
    "fashion": "e2a1a2366f9a3b4376e66b5f2e8a3c77",
    "digits": "f8407bb112a816e769b7f0a1b89e2ec9",
}
PINNED_COLUMNS = "d3fb61a9a10c5d6f6a2b3c272cbd3a3e"

SKIN = {
    "fair": (255, 222, 180),
    "light": (236, 201, 158),
    "tan": (208, 168, 125),
    "brown": (171, 124, 81),
    "dark": (136, 87, 55),
}
HAT = {
    "black": (46, 36, 32),
    "blue": (38, 99, 163),
    "grey": (152, 151, 137),
    "green": (61, 138, 107),
    "pink": (204, 97, 146),
    "purple": (97, 79, 138),
    "red": (166, 33, 22),
}
EARRINGS = {"gold": (240, 180, 0), "silver": (169, 180, 191), "red": (200, 16, 46)}


def values(data: Dataset, column: str) -> np.ndarray:
    chosen = data.columns[column]
    return np.asarray(np.array(chosen.values)[chosen.codes])


def test_the_table() -> None:
    assert list(EMBEDDED) == [
        "avatars", "fashion", "digits", "stacked-digits", "ring", "grid",
    ]  # fmt: skip
    for name, load in EMBEDDED.items():
        assert load().name == name
        assert load().about and "\n" not in load().about
        assert load() is load()


@pytest.mark.parametrize(
    ("name", "shape", "counts"),
    [
        ("avatars", (10_000, 16, 16, 3), [8_000, 1_000, 1_000]),
        ("fashion", (12_000, 28, 28, 1), [9_000, 1_000, 2_000]),
        ("digits", (1_797, 8, 8, 1), [1_438, 179, 180]),
        ("stacked-digits", (68_000, 8, 8, 3), [40_000, 2_000, 26_000]),
    ],
)
def test_what_is_in_it(name: str, shape: tuple[int, ...], counts: list[int]) -> None:
    data = EMBEDDED[name]()
    n, height, width, channels = shape
    assert data.examples.shape == shape and data.examples.dtype == np.uint8
    assert data.spec.kind == "pictures" and data.spec.shape == (channels, height, width)
    assert data.split.dtype == np.uint8 and np.bincount(data.split).tolist() == counts
    assert data.labels is not None and data.labels.shape == (n,)
    assert data.label_column is not None
    assert (data.labels == data.columns[data.label_column].codes).all()
    assert data.spec.classes == data.columns[data.label_column].values


@pytest.mark.parametrize("name", PICTURES)
def test_pinned(name: str) -> None:
    data = EMBEDDED[name]()
    assert fingerprint(data.examples, data.labels, data.split) == PINNED[name]


def test_every_column_of_the_faces_is_pinned() -> None:
    columns = avatars().columns
    named = [np.array(c.values) for c in columns.values()]
    assert fingerprint(*(c.codes for c in columns.values()), *named) == PINNED_COLUMNS


@pytest.mark.parametrize("name", PICTURES)
def test_no_picture_repeats(name: str) -> None:
    """So that no exact duplicate can straddle the split."""
    examples = EMBEDDED[name]().examples
    assert len(np.unique(examples.reshape(len(examples), -1), axis=0)) == len(examples)


@pytest.mark.parametrize("name", PICTURES)
def test_columns_are_valid_and_every_value_is_used_in_training(name: str) -> None:
    data = EMBEDDED[name]()
    for column in data.columns.values():
        assert column.codes.dtype == np.int64 and column.codes.shape == (len(data),)
        assert len(set(column.values)) == len(column.values)
        used = np.bincount(column.codes[data.rows("train")], minlength=len(column.values))
        assert len(used) == len(column.values) and used.min() >= 90


@pytest.mark.parametrize("name", PICTURES)
def test_nobody_can_change_the_arrays(name: str) -> None:
    data = EMBEDDED[name]()
    with pytest.raises(ValueError, match="read-only"):
        data.examples[0, 0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        data.split[0] = 1
    for column in data.columns.values():
        assert not column.codes.flags.writeable


def test_faces_have_every_attribute_often_enough() -> None:
    faces = avatars()
    for name in ("glasses", "hat", "beard", "earrings"):
        assert faces.columns[name].values == ("no", "yes")
        assert 0.2 < faces.columns[name].codes.mean() < 0.5
    assert faces.columns["hair"].values == ("short", "long")
    assert faces.columns["mouth"].values == ("frown", "neutral", "smile")
    assert 0.4 < faces.columns["hair"].codes.mean() < 0.6


@pytest.mark.parametrize("part", ["glasses", "hat", "beard", "earrings"])
def test_an_absent_part_has_no_style(part: str) -> None:
    faces = avatars()
    absent = values(faces, part) == "no"
    assert ((values(faces, f"{part}_style") == "none") == absent).all()
    if part != "beard":  # it has the colour of the hair
        assert ((values(faces, f"{part}_colour") == "none") == absent).all()


def test_coarse_columns_follow_the_fine_ones() -> None:
    faces = avatars()
    for coarse in ("hair", "mouth"):
        fine = values(faces, f"{coarse}_style")
        assert [name.split()[0] for name in fine] == values(faces, coarse).tolist()


def test_skin_is_the_colour_of_the_nose() -> None:
    faces = avatars()
    expected = np.array([SKIN[name] for name in values(faces, "skin_colour")])
    assert (faces.examples[:, 8, 7] == expected).all()


def test_a_hat_shows_its_colour_and_nothing_else_does() -> None:
    faces = avatars()
    pixel = [tuple(rgb) for rgb in faces.examples[:, 2, 6].tolist()]
    by_colour = {rgb: name for name, rgb in HAT.items()}
    assert [by_colour.get(rgb, "none") for rgb in pixel] == values(faces, "hat_colour").tolist()


def test_a_beard_covers_the_chin_and_nothing_else_does() -> None:
    faces = avatars()
    skin = np.array([SKIN[name] for name in values(faces, "skin_colour")])
    covered = (faces.examples[:, 11, 7] != skin).any(axis=1)
    assert (covered == (values(faces, "beard") == "yes")).all()


def test_earrings_show_beside_the_face_and_nothing_else_does() -> None:
    faces = avatars()
    beside = faces.examples[:, 7:9][:, :, [1, 2, 13, 14]].reshape(len(faces), -1, 3).astype(int)
    found = np.zeros(len(faces), bool)
    for colour in np.array(list(EARRINGS.values())):
        for shade in (colour, (colour + 255) / 2):  # one style is half white
            found |= (np.abs(beside - shade).max(axis=2) <= 1).any(axis=1)
    assert (found == (values(faces, "earrings") == "yes")).all()


@pytest.mark.parametrize("part", ["glasses", "hair", "mouth"])
def test_attributes_can_be_read_off_the_pixels(part: str) -> None:
    """A linear rule fitted on some training faces finds the part in faces it never saw."""
    faces = avatars()
    fit, check = faces.rows("train")[:4000], faces.rows("test")
    wanted = np.eye(len(faces.columns[part].values))[faces.columns[part].codes]

    def inputs(rows: np.ndarray) -> np.ndarray:
        flat = faces.examples[rows].reshape(len(rows), -1) / 255 - 0.5
        return np.concatenate([flat, np.ones((len(rows), 1))], axis=1)

    x = inputs(fit)
    weights = np.linalg.solve(x.T @ x + 10 * np.eye(x.shape[1]), x.T @ wanted[fit])
    right = (inputs(check) @ weights).argmax(axis=1) == wanted[check].argmax(axis=1)
    assert right.mean() > 0.9


def test_the_background_is_one_colour() -> None:
    corners = avatars().examples[:, [0, 15], [0, 15]].reshape(-1, 3)
    assert (corners == (221, 232, 242)).all()


def test_clothes_are_balanced_in_every_split() -> None:
    data = fashion()
    assert data.labels is not None
    for split, count in (("train", 900), ("validation", 100), ("test", 200)):
        assert np.bincount(data.labels[data.rows(split)]).tolist() == [count] * 10  # type: ignore[arg-type]


def test_clothes_are_named() -> None:
    data = fashion()
    assert data.spec.classes[0] == "T-shirt/top" and data.spec.classes[9] == "ankle boot"
    trousers = data.examples[data.labels == data.spec.classes.index("trouser")]
    sneakers = data.examples[data.labels == data.spec.classes.index("sneaker")]
    # Trousers fill the middle columns from top to bottom; sneakers leave the top rows empty.
    assert trousers[:, 0:8].mean() > 50 and sneakers[:, 0:6].mean() < 5


def test_digits_span_all_greys_and_are_nearly_balanced() -> None:
    data = digits()
    steps = np.round(np.arange(17) * 255 / 16).astype(np.uint8)
    assert np.unique(data.examples).tolist() == steps.tolist()
    assert data.labels is not None
    counts = np.bincount(data.labels)
    assert data.spec.classes == tuple("0123456789")
    assert counts.min() == 174 and counts.max() == 183


def test_digits_are_those_of_scikit_learn() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    scans, data = datasets.load_digits(), digits()
    assert (np.round(data.examples[..., 0] * (16 / 255)) == scans.images).all()
    assert (data.labels == scans.target).all()


def test_assets_are_small() -> None:
    folder = files("makebelieve.data").joinpath("assets")
    sizes = {item.name: len(item.read_bytes()) for item in folder.iterdir()}
    assert set(sizes) == {f"{name}.npz.xz" for name in PICTURES}
    assert sizes["avatars.npz.xz"] < 400_000
    assert sum(sizes.values()) < 5_000_000


def test_loading_needs_no_torch() -> None:
    code = "import sys, makebelieve.data.embedded; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_notice_names_every_asset() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for name in PICTURES:
        assert f"{name}.npz.xz" in notice
    assert "CC0 1.0" in notice and "2017 Zalando SE" in notice and "Attribution 4.0" in notice


def test_the_page_names_every_column_and_number() -> None:
    page = (ROOT / "docs" / "data" / "embedded.md").read_text(encoding="utf-8")
    for name, load in EMBEDDED.items():
        data = load()
        assert f"## `{name}`" in page
        assert f"{len(data):,}" in page
        for column in data.columns:
            assert f"`{column}`" in page
