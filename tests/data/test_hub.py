"""The Hugging Face hub: without the package, and on local files of its formats."""

from __future__ import annotations

import io
import sys

import pytest

from makebelieve.data import load
from makebelieve.errors import InputError


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(InputError, match=r"pip install 'makebelieve\[hub\]'"):
        load("hub:someone/something")


@pytest.fixture
def datasets(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    return pytest.importorskip("datasets")


@pytest.fixture
def stored(datasets, tmp_path, draw, monkeypatch):
    """Save a small data set as parquet, the format of the hub, in one file a split."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    features = datasets.Features(
        {
            "image": datasets.Image(),
            "label": datasets.ClassLabel(names=["cat", "dog", "never"]),
            "age": datasets.Value("int64"),
            "box": datasets.Sequence(datasets.Value("float32")),
        }
    )
    folder = tmp_path / "set" / "data"
    folder.mkdir(parents=True)

    def write(bad: bytes | None = None):
        seed = 0
        for split, count in (("train", 30), ("test", 10)):
            rows = []
            for index in range(count):
                data = io.BytesIO()
                draw(seed, 24, 20).save(data, "PNG")
                content = bad if bad is not None and seed == 7 else data.getvalue()
                picture = {"bytes": content, "path": None}
                rows.append({"image": picture, "label": index % 2, "age": index, "box": [1.0]})
                seed += 1
            table = datasets.Dataset.from_list(rows, features=features)
            table.to_parquet(str(folder / f"{split}-00000-of-00001.parquet"))
        return f"hub:{folder.parent}"

    return write


def test_parquet(stored):
    data = load(stored())
    assert data.examples.shape == (40, 16, 16, 3)
    assert data.spec.classes == ("cat", "dog", "never")
    assert [len(data.rows(s)) for s in ("train", "validation", "test")] == [27, 3, 10]
    assert set(data.columns) == {"label", "age"}
    assert data.columns["age"].values[:3] == ("0", "1", "2")
    assert tuple(data.originals[0]) == (24, 20)


def test_a_bad_picture_is_named_by_split_and_row(stored):
    source = stored(bad=b"no picture")
    with pytest.raises(InputError, match=r"train, row 7 cannot be used because it holds text"):
        load(source)
    assert len(load(source, skip_bad=True)) == 39


def test_mapped(stored, monkeypatch):
    source = stored()
    plain = load(source)
    monkeypatch.setenv("MAKEBELIEVE_MEMORY", "1k")
    mapped = load(source)
    assert (mapped.examples == plain.examples).all()


def test_unknown_set(datasets):
    with pytest.raises(InputError, match=r"hub:no/such/place cannot be loaded"):
        load("hub:no/such/place")


def test_a_set_without_pictures(datasets, tmp_path):
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "train.csv").write_text("text,label\nhello,1\n")
    with pytest.raises(InputError, match="holds no pictures"):
        load(f"hub:{folder}")
