"""Arrays: .npz, .npy, IDX, and arrays in memory, in any sensible shape, type and range."""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve.data import load
from makebelieve.data.arrays import scale_of
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (40, 16, 16), np.uint8)
COLOUR = RNG.integers(0, 256, (40, 16, 16, 3), np.uint8)
LABELS = np.arange(40) % 4


def write_idx(path: Path, array: np.ndarray, code: int = 0x08) -> Path:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    data = head + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("keys", [("x", "y"), ("images", "labels"), ("X", "target"), ("data", "Y")])
def test_npz_by_names(tmp_path, save, keys):
    path = tmp_path / "a.npz"
    save(path, **{keys[0]: GREY, keys[1]: LABELS})
    data = load(path)
    assert (data.examples[..., 0] == GREY).all()
    assert data.spec.classes == ("0", "1", "2", "3")
    assert (data.labels == LABELS).all()


def test_npz_with_positional_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", GREY, LABELS)
    data = load(tmp_path / "a.npz")
    assert (data.labels == LABELS).all()


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
    ],
)
def test_npz_with_a_split(tmp_path, names):
    parts = (GREY[:30], LABELS[:30, None], GREY[30:], LABELS[30:, None])
    np.savez(tmp_path / "a.npz", **dict(zip(names, parts, strict=True)))
    data = load(tmp_path / "a.npz")
    assert [len(data.rows(s)) for s in ("train", "validation", "test")] == [27, 3, 10]
    assert (data.examples[data.rows("test")][..., 0] == GREY[30:]).all()
    assert (data.labels == LABELS).all()


def test_npz_with_a_split_array_and_attributes(tmp_path):
    split = np.array(["train"] * 20 + ["val"] * 10 + ["test"] * 10)
    hats = np.array(["yes", "no"] * 20)
    np.savez(tmp_path / "a.npz", x=COLOUR, hat=hats, age=np.arange(40.0), split=split)
    data = load(tmp_path / "a.npz", labels="hat")
    assert [len(data.rows(s)) for s in ("train", "validation", "test")] == [20, 10, 10]
    assert data.spec.classes == ("no", "yes")
    assert set(data.columns) == {"hat", "age"}
    assert data.columns["age"].values[:3] == ("0", "1", "2")


@pytest.mark.parametrize(
    ("array", "channels"),
    [
        (GREY, 1),
        (GREY[..., None], 1),
        (GREY[:, None], 1),
        (COLOUR, 3),
        (COLOUR.transpose(0, 3, 1, 2), 3),
        (np.asfortranarray(COLOUR), 3),
        (np.repeat(GREY[..., None], 3, axis=-1), 1),
    ],
)
def test_layouts(tmp_path, array, channels):
    np.savez(tmp_path / "a.npz", x=array)
    np.save(tmp_path / "a.npy", array)
    expected = GREY[..., None] if channels == 1 else COLOUR
    for source in (tmp_path / "a.npz", tmp_path / "a.npy", array):
        data = load(source)
        assert data.examples.shape == (40, 16, 16, channels)
        assert (data.examples == expected).all()


def test_opacity_is_over_white():
    clear = np.concatenate([COLOUR, np.zeros((40, 16, 16, 1), np.uint8)], axis=-1)
    solid = np.concatenate([COLOUR, np.full((40, 16, 16, 1), 255, np.uint8)], axis=-1)
    assert (load(clear).examples == 255).all()
    assert (load(solid).examples == COLOUR).all()


@pytest.mark.parametrize(
    "array",
    [
        GREY / 255,
        (GREY / 255).astype(np.float32),
        (GREY / 255).astype(np.float16),
        GREY / 127.5 - 1,
        GREY.astype(np.float64),
        GREY.astype(np.int64),
        GREY.astype(np.uint16) * 257,
        GREY.astype(">i2"),
    ],
)
def test_ranges(array):
    assert (load(array).examples[..., 0] == GREY).all()


def test_booleans():
    assert (load(GREY > 100).examples[..., 0] == 255 * (GREY > 100)).all()


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (GREY / 16.0, "holds values from 0 to 15.9375, whose black and white are not clear"),
        (GREY * 2.0 - 200, "from -200 to 310"),
        (-GREY.astype(np.int32), "from -255 to 0"),
        (np.where(GREY == 0, np.nan, GREY / 255), "not finite numbers"),
        (GREY.reshape(40, -1), r"reshape it to (40, 16, 16) first"),
        (COLOUR[..., None], "which is not pictures"),
        (np.zeros(7), "which is not pictures"),
        (np.zeros((4, 0, 5)), "which is not pictures"),
        (GREY.astype(complex), "complex128 values, not numbers"),
        (np.zeros((0, 16, 16), np.uint8), "holds no pictures"),
    ],
)
def test_arrays_that_are_not_clear(array, words):
    with pytest.raises(InputError) as caught:
        load(array)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_row_of_a_nan_is_named(tmp_path):
    floats = GREY / 255
    floats[31, 2, 2] = np.inf
    with pytest.raises(InputError, match="row 31 holds values that are not finite"):
        load(floats)


@given(low=st.floats(-2, 2), high=st.floats(-2, 300))
def test_a_scale_maps_the_range_into_bytes(low, high):
    scale = scale_of(min(low, high), max(low, high), integers=False)
    if scale:
        assert min(low, high) * scale[0] + scale[1] >= -0.1
        assert max(low, high) * scale[0] + scale[1] <= 255.1


@given(
    n=st.integers(1, 30),
    height=st.integers(5, 20),
    width=st.integers(5, 20),
    channels=st.sampled_from([None, 1, 3, 4]),
    size=st.sampled_from([None, 4, 9, 16]),
    wanted=st.sampled_from([None, 1, 3]),
)
@settings(max_examples=60, deadline=None)
def test_any_shape_gives_a_valid_set(n, height, width, channels, size, wanted):
    shape = (n, height, width) if channels is None else (n, height, width, channels)
    data = load(
        np.random.default_rng(n).integers(0, 256, shape, np.uint8), size=size, channels=wanted
    )
    assert data.examples.shape[0] == len(data.split) == n
    assert data.spec.shape == (data.examples.shape[3], *data.examples.shape[1:3])
    assert size is None or data.spec.size == size
    assert wanted is None or data.spec.channels == wanted


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"a": LABELS}, "has no array that is clearly the pictures (it holds a (40,))"),
        ({"a": GREY, "b": GREY}, "save them under the name x"),
        ({"x": GREY, "y": LABELS[:30]}, "there are 40 pictures in x"),
        ({"x": GREY, "y": np.eye(40)}, "has the shape (40, 40)"),
        ({"x": np.array([{}], object)}, "pickled Python objects"),
        (
            {"x": GREY, "split": np.array(["trian"] * 40)},
            "gives the split 'trian'; did you mean train?",
        ),
        ({"x": GREY, "split": np.array(["test"] * 40)}, "nothing is for training"),
        ({"x_train": GREY, "x_test": COLOUR}, "all pictures of one source"),
        ({"x_train": GREY, "x_test": GREY / 255}, "differ in type"),
    ],
)
def test_npz_with_mistakes(tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError) as caught:
        load(tmp_path / "a.npz")
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["a.npz", "a.npy", "a-ubyte", "a-ubyte.gz"])
@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"hello", b"\x93NUMPY", b"\0\0\x08\x03\0", b"\x1f\x8b\x08"]
)
def test_files_that_are_something_else(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        load(tmp_path / name)


@given(cut=st.integers(1, 4000), change=st.integers(0, 4000), value=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize(
    "name", ["a.npz", "packed.npz", "a.npy", "a-idx3-ubyte", "a-idx3-ubyte.gz"]
)
def test_damaged_files_never_raise_anything_else(tmp_path_factory, name, cut, change, value):
    path = tmp_path_factory.mktemp("damaged") / name
    if name == "a.npz":
        np.savez(path, x=GREY[:10], y=LABELS[:10])
    elif name == "packed.npz":
        np.savez_compressed(path, x=GREY[:10], y=LABELS[:10])
    elif name == "a.npy":
        np.save(path, GREY[:10])
    else:
        write_idx(path, GREY[:10])
    data = bytearray(path.read_bytes())
    data[change % len(data)] = value
    path.write_bytes(data[: max(1, len(data) - (cut if cut < 2000 else 0))])
    try:
        load(path)
    except InputError as error:
        assert "\n" not in str(error)


def test_idx_with_labels_beside_it(tmp_path):
    path = write_idx(tmp_path / "t10k-images-idx3-ubyte.gz", GREY)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", LABELS.astype(np.uint8))
    data = load(path)
    assert (data.examples[..., 0] == GREY).all()
    assert (data.labels == LABELS).all()


def test_idx_of_other_types(tmp_path):
    path = write_idx(tmp_path / "a-idx3-ubyte", (GREY / 255).astype(">f4"), 0x0D)
    assert (load(path).examples[..., 0] == GREY).all()


@pytest.mark.parametrize(
    "style", ["{}-{}-idx{}-ubyte", "{}-{}-idx{}-ubyte.gz", "{}-{}.idx{}-ubyte"]
)
def test_the_four_files_of_mnist(tmp_path, style):
    for part, rows in (("train", slice(0, 30)), ("t10k", slice(30, 40))):
        write_idx(tmp_path / style.format(part, "images", 3), GREY[rows])
        write_idx(tmp_path / style.format(part, "labels", 1), LABELS[rows].astype(np.uint8))
    data = load(tmp_path)
    assert [len(data.rows(s)) for s in ("train", "validation", "test")] == [27, 3, 10]
    assert (data.labels == LABELS).all()
    assert data.spec.classes == ("0", "1", "2", "3")


def test_idx_cut_short_says_how_far_it_goes(tmp_path):
    path = write_idx(tmp_path / "a-idx3-ubyte", GREY)
    path.write_bytes(path.read_bytes()[: 16 + 256 * 12 + 5])
    with pytest.raises(InputError, match="12 of its 40 rows are there"):
        load(path)
    packed = write_idx(tmp_path / "b-idx3-ubyte.gz", GREY)
    packed.write_bytes(packed.read_bytes()[:5000])
    with pytest.raises(InputError, match="is cut short"):
        load(packed)


@pytest.mark.parametrize("name", ["a-idx3-ubyte", "a-idx3-ubyte.gz", "a.npy"])
@pytest.mark.parametrize(
    "shape", [(40, 2**31, 2**31), (40, 2**32 - 1, 16), (2**32 - 1, 16, 16), (2**31, 2**31, 4)]
)
def test_a_header_that_promises_too_much_takes_no_memory(tmp_path, name, shape):
    path = tmp_path / name
    if name.endswith(".npy"):
        with path.open("wb") as file:
            head = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, head)
            file.write(GREY.tobytes())
    else:
        data = struct.pack(">BBBB3I", 0, 0, 8, 3, *shape) + GREY.tobytes()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    with pytest.raises(InputError, match=r"by its header|is cut short"):
        load(path)


def test_a_header_with_a_negative_shape(tmp_path):
    with (tmp_path / "a.npy").open("wb") as file:
        head = {"descr": "|u1", "fortran_order": False, "shape": (-4, 16, 16)}
        np.lib.format.write_array_header_1_0(file, head)
    with pytest.raises(InputError, match="by its header"):
        load(tmp_path / "a.npy")


def test_idx_labels_of_another_number(tmp_path):
    path = write_idx(tmp_path / "a-images-idx3-ubyte", GREY)
    write_idx(tmp_path / "a-labels-idx1-ubyte", LABELS[:30].astype(np.uint8))
    with pytest.raises(InputError, match="give one label for each"):
        load(path)
