"""The contract of every source: one small instance of each kind in the table, all alike."""

from __future__ import annotations

import gzip
import io
import struct

import numpy as np
import pytest

from makebelieve.data import SOURCES, SPLITS, load
from makebelieve.data.embedded import EMBEDDED
from makebelieve.errors import InputError

COUNT = 48


def idx(array):
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return head + np.ascontiguousarray(array).tobytes()


@pytest.fixture
def arrays(draw):
    """48 grey pictures, every sixth a copy of the one before, and their labels."""
    pictures = np.stack([np.asarray(draw(i, 20, 20, 1)) for i in range(COUNT)])
    pictures[5::6] = pictures[4::6]
    return pictures, (np.arange(COUNT) % 3).astype(np.uint8)


@pytest.fixture
def small(tmp_path, arrays, draw):
    """Give a function that makes a small instance of a source by its name in the table."""
    pictures, labels = arrays
    place = tmp_path / "source"
    place.mkdir()

    def png(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for i in range(COUNT):
            draw(i - (i % 6 == 5)).save(folder / f"{i:02}.png")

    def folder():
        for label in ("cat", "dog"):
            png(place / label)
        return place

    def table():
        png(place / "p")
        rows = "\n".join(f"p/{i:02}.png,{'ab'[i % 2]}" for i in range(COUNT))
        (place / "t.csv").write_text(f"path,label\n{rows}\n")
        return place / "t.csv"

    def npz():
        np.savez(place / "a.npz", x=pictures, y=labels)
        return place / "a.npz"

    def npy():
        np.save(place / "a.npy", pictures)
        return place / "a.npy"

    def one_idx():
        (place / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(pictures)))
        (place / "train-labels-idx1-ubyte").write_bytes(idx(labels))
        return place / "train-images-idx3-ubyte.gz"

    def mnist():
        for part, rows in (("train", slice(0, 36)), ("t10k", slice(36, COUNT))):
            (place / f"{part}-images-idx3-ubyte").write_bytes(idx(pictures[rows]))
            (place / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels[rows]))
        return place

    def hub():
        datasets = pytest.importorskip("datasets")
        rows = []
        for i in range(COUNT):
            data = io.BytesIO()
            draw(i - (i % 6 == 5)).save(data, "PNG")
            rows.append({"image": {"bytes": data.getvalue(), "path": None}, "label": i % 2})
        names = datasets.ClassLabel(names=["a", "b"])
        features = datasets.Features({"image": datasets.Image(), "label": names})
        datasets.Dataset.from_list(rows, features=features).to_parquet(place / "train.parquet")
        return f"hub:{place}"

    makers = {
        "embedded": lambda: "digits",
        "folder": folder,
        "table": table,
        "npz": npz,
        "npy": npy,
        "idx": one_idx,
        "mnist": mnist,
        "hub": hub,
    }
    return lambda name: makers[name]()


def check(data):
    """Check everything that a data set promises."""
    n = len(data)
    channels, height, width = data.spec.shape
    assert n > 0
    assert data.examples.shape == (n, height, width, channels)
    assert data.examples.dtype == np.uint8
    assert data.split.shape == (n,)
    assert data.split.dtype == np.uint8
    assert set(data.split.tolist()) <= {0, 1, 2}
    assert all(len(data.rows(name)) for name in SPLITS)
    for column in data.columns.values():
        assert column.codes.shape == (n,)
        assert column.codes.dtype == np.int64
        assert column.codes.min() >= -1
        assert column.codes.max() < len(column.values)
        assert len(set(column.values)) == len(column.values)
    if data.label_column is None:
        assert data.labels is None
        assert data.spec.classes == ()
    else:
        assert data.spec.classes == data.columns[data.label_column].values
        assert np.array_equal(data.labels, data.columns[data.label_column].codes)
    assert data.names is None or len(data.names) == n
    assert data.about
    seen = {}
    for row in range(n):
        assert seen.setdefault(data.examples[row].tobytes(), data.split[row]) == data.split[row]


@pytest.mark.parametrize("kind", SOURCES, ids=lambda kind: kind.name)
class TestEverySource:
    def test_is_recognised_by_its_own_line_and_no_earlier_one(self, kind, small):
        text = str(small(kind.name))
        first = next(each for each in SOURCES if each.recognises(text))
        assert first is kind
        assert kind.line
        assert kind.example

    def test_gives_a_valid_set(self, kind, small):
        check(load(small(kind.name)))

    def test_is_the_same_twice(self, kind, small):
        source = small(kind.name)
        a, b = load(source), load(source)
        assert np.array_equal(a.examples, b.examples)
        assert np.array_equal(a.split, b.split)
        assert a.spec == b.spec

    @pytest.mark.parametrize("size", [8, 12, 32])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_size_and_channels(self, kind, small, size, channels):
        data = load(small(kind.name), size=size, channels=channels)
        assert data.spec.shape == (channels, size, size)
        check(data)

    def test_labels(self, kind, small):
        source = small(kind.name)
        data = load(source)
        assert load(source, labels="none").labels is None
        for column in data.columns:
            assert load(source, labels=column).label_column == column
        with pytest.raises(InputError, match="'no such column'"):
            load(source, labels="no such column")

    def test_mapped_is_the_same(self, kind, small, monkeypatch):
        source = small(kind.name)
        plain = load(source, size=12)
        monkeypatch.setenv("MAKEBELIEVE_MEMORY", "1k")
        mapped = load(source, size=12)
        assert isinstance(mapped.examples, np.memmap)
        assert np.array_equal(plain.examples, mapped.examples)
        assert np.array_equal(plain.split, mapped.split)
        assert plain.columns.keys() == mapped.columns.keys()

    def test_can_be_described_and_drawn(self, kind, small):
        from makebelieve.data.describe import describe
        from makebelieve.data.pictures import contact_sheet

        data = load(small(kind.name))
        assert str(describe(data)).startswith(data.name)
        assert contact_sheet(data).width > 100


@pytest.mark.parametrize("name", EMBEDDED)
def test_embedded_names_load_as_they_are(name):
    data = load(name)
    assert data.name == name
    assert load(data).examples is data.examples


def test_resizing_keeps_split_and_columns():
    plain, small = load("avatars"), load("avatars", size=8, channels=1, labels="hat")
    assert small.spec.shape == (1, 8, 8)
    assert small.label_column == "hat"
    assert np.array_equal(plain.split, small.split)
    assert plain.columns.keys() == small.columns.keys()
    assert small.about == plain.about
    assert small.notes == plain.notes


def test_an_array_and_a_path_object(arrays, tmp_path):
    pictures, _ = arrays
    np.save(tmp_path / "a.npy", pictures)
    assert np.array_equal(load(pictures).examples, load(tmp_path / "a.npy").examples)
    check(load(pictures))
