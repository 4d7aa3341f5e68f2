"""Any format and any mode to bytes, the right way up, over white, without surprises."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from makebelieve.data.decode import Unusable, decode, quiet
from makebelieve.data.fitting import default_size, fit_square, fit_squares

RAMP = np.linspace(0, 255, 16).round().astype(np.uint8)


def saved(image: Image.Image, kind: str, **extra: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **extra)
    return data.getvalue()


def ramp(mode: str = "L") -> Image.Image:
    """Draw 16 × 16 pixels that brighten from left to right."""
    return Image.fromarray(np.tile(RAMP, (16, 1))).convert(mode)


def grey(data: bytes) -> np.ndarray:
    return decode(data, 16, 1).picture[..., 0]


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "LA", "RGBA"])
def test_lossless_modes_give_the_same_bytes(mode):
    assert (grey(saved(ramp(mode), "PNG")) == RAMP).all()


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF"])
def test_lossless_formats_give_the_same_bytes(kind):
    assert (grey(saved(ramp(), kind)) == RAMP).all()
    assert (grey(saved(ramp("RGB"), "WEBP", lossless=True)) == RAMP).all()


def test_lossy_formats_come_close():
    for kind in ("JPEG", "WEBP"):
        assert np.abs(grey(saved(ramp("RGB"), kind, quality=95)).astype(int) - RAMP).max() <= 8


def test_one_bit():
    image = Image.fromarray(np.tile(np.arange(16) % 2 == 0, (16, 1)))
    assert image.mode == "1"
    assert set(np.unique(grey(saved(image, "PNG")))) == {0, 255}


def test_sixteen_bits_are_scaled_not_cut():
    wide = np.tile(np.linspace(0, 65535, 16).round().astype(np.uint16), (16, 1))
    for kind in ("PNG", "TIFF"):
        assert (grey(saved(Image.fromarray(wide), kind)) == RAMP).all()


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_floats_of_a_known_range(top):
    values = np.tile(np.linspace(0, top, 16, dtype=np.float32), (16, 1))
    assert (grey(saved(Image.fromarray(values), "TIFF")) == RAMP).all()


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (0, 1000), (0, np.nan), (0, np.inf)])
def test_floats_of_an_unknown_range_are_refused(low, high):
    values = np.array([[low, high]] * 2, np.float32)
    with pytest.raises(Unusable, match="pixels"):
        decode(saved(Image.fromarray(values), "TIFF"), 8, 1)


def test_cmyk():
    data = saved(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
    red = decode(data, 16, 3).picture[8, 8]
    assert red[0] > 220
    assert red[1:].max() < 40


def test_transparency_is_over_white():
    clear = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    half = Image.new("RGBA", (16, 16), (0, 0, 0, 128))
    palette = Image.new("P", (16, 16), 0)
    assert (decode(saved(clear, "PNG"), 16, 3).picture == 255).all()
    assert (decode(saved(half, "PNG"), 16, 3).picture == 127).all()
    assert (decode(saved(palette, "PNG", transparency=0), 16, 3).picture == 255).all()
    assert (
        decode(saved(Image.new("L", (16, 16)), "PNG", transparency=0), 16, 1).picture == 255
    ).all()
    assert (decode(saved(clear, "WEBP", lossless=True), 16, 3).picture == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_turns(orientation, kind):
    """What is stored turned comes back upright: red at the top left, wider than high."""
    upright = np.zeros((40, 64, 3), np.uint8)
    upright[:20, :32] = (255, 0, 0)
    stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
        8: lambda a: np.rot90(a, -1),
    }[orientation](upright)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    got = decode(saved(image, kind, exif=exif), 16, 3, "stretch")
    assert (got.width, got.height) == (64, 40)
    assert got.picture[3, 3, 0] > 200
    assert got.picture[3, 12].max() < 60
    assert got.picture[12, 3].max() < 60


def test_unreadable_exif_does_not_matter():
    data = saved(ramp("RGB"), "JPEG", quality=95, exif=b"Exif\0\0garbage")
    assert decode(data, 16, 1).picture.shape == (16, 16, 1)


def test_first_frame_of_an_animation():
    frames = [Image.new("RGB", (16, 16), c) for c in ("red", "blue", "lime")]
    for kind in ("GIF", "WEBP", "PNG"):
        data = saved(frames[0], kind, save_all=True, append_images=frames[1:])
        got = decode(data, 8, 3)
        assert got.animated
        assert got.picture[4, 4, 0] > 240
    assert not decode(saved(frames[0], "GIF"), 8, 3).animated


def test_what_pillow_logs_is_not_printed(tmp_path):
    """A TIFF of 64,515 planes makes Pillow log an error."""
    data = bytearray(saved(ramp("RGB"), "TIFF"))
    entry = data.index(b"\x15\x01\x03\x00\x01\x00\x00\x00\x03\x00")  # SamplesPerPixel = 3
    data[entry + 8 : entry + 10] = (64515).to_bytes(2, "little")
    (tmp_path / "a.tif").write_bytes(data)
    code = "import sys; from makebelieve.data import load; load(sys.argv[1], skip_bad=True)"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "it begins like a TIFF file but is damaged" in done.stderr
    assert "samples per pixel" not in done.stderr.lower()


def test_wrong_extension_still_opens(tmp_path):
    path = tmp_path / "really.jpg"
    path.write_bytes(saved(ramp(), "PNG"))
    assert (decode(path, 16, 1).picture[..., 0] == RAMP).all()


def test_only_the_listed_formats_are_opened():
    data = saved(ramp("RGB"), "EPS")
    with pytest.raises(Unusable, match="PostScript"):
        decode(data, 8, 3)


def test_large_jpegs_are_decoded_at_a_smaller_scale():
    big = Image.fromarray(np.tile(np.linspace(0, 255, 1600).astype(np.uint8), (1200, 1)))
    got = decode(saved(big, "JPEG", quality=95), 32, 1, "stretch")
    assert (got.width, got.height) == (1600, 1200)
    expected = np.linspace(0, 255, 1600).reshape(32, 50).mean(axis=1)
    assert np.abs(got.picture[16, :, 0] - expected).max() < 4


def test_crop_keeps_the_middle_and_pad_keeps_all():
    wide = np.zeros((10, 30), np.uint8)
    wide[:, 10:20] = 255
    image = Image.fromarray(wide)
    assert (np.asarray(fit_square(image, 10, "crop")) == 255).all()
    padded = np.asarray(fit_square(image, 30, "pad"))
    assert (padded[10:20, 10:20] == 255).all()
    assert padded.mean() == pytest.approx(255 / 9, abs=0.5)
    assert np.asarray(fit_square(image, 30, "stretch")).mean() == pytest.approx(85, abs=1)


def test_pad_takes_the_colour_of_the_edge():
    image = Image.new("RGB", (30, 10), (9, 99, 199))
    assert (np.asarray(fit_square(image, 16, "pad")) == (9, 99, 199)).all()


def test_shrinking_does_not_alias():
    stripes = Image.fromarray(np.tile(np.array([0, 255], np.uint8), (64, 32)))
    small = np.asarray(fit_square(stripes, 8)).astype(int)
    assert np.abs(small - 127).max() <= 8


@given(
    value=st.integers(0, 255),
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    size=st.integers(4, 70),
    fit=st.sampled_from(["crop", "pad", "stretch"]),
    channels=st.sampled_from([1, 3]),
    wanted=st.sampled_from([1, 3]),
)
@settings(max_examples=150, deadline=None)
def test_one_tone_stays_that_tone(value, width, height, size, fit, channels, wanted):
    flat = np.full((2, height, width, channels), value, np.uint8)
    out = fit_squares(flat, size, wanted, fit)
    assert out.shape == (2, size, size, wanted)
    assert out.dtype == np.uint8
    assert (out == value).all()


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(4, 40))
@settings(max_examples=50, deadline=None)
def test_a_mirrored_picture_gives_a_mirrored_result(seed, size):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (1, *rng.integers(2, 60, 2), 3), np.uint8)
    a = fit_squares(pixels, size, 3)[:, :, ::-1].astype(int)
    b = fit_squares(pixels[:, :, ::-1], size, 3).astype(int)
    assert np.abs(a - b).max() <= 1


@given(side=st.floats(0, 5000))
def test_default_size_is_one_of_the_list_and_no_larger_than_the_pictures(side):
    assert default_size(side) in {8, 16, 28, 32, 64}
    assert default_size(side) <= max(8, side)


SEEDS = [
    saved(ramp("RGB"), kind, **extra)
    for kind, extra in [
        ("PNG", {}),
        ("JPEG", {}),
        ("WEBP", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ]
]


@given(data=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_random_bytes_never_raise_anything_else(data):
    try_to_decode(data)


@given(
    start=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=20),
    cut=st.integers(0, 2000),
)
@settings(max_examples=400, deadline=None)
def test_damaged_pictures_never_raise_anything_else(start, changes, cut):
    data = bytearray(start)
    for where, value in changes:
        data[where % len(data)] = value
    try_to_decode(bytes(data[: max(1, len(data) - cut)]))


def try_to_decode(data: bytes) -> None:
    with quiet():
        try:
            got = decode(data, 8, 3)
        except Unusable as why:
            assert str(why)
            assert "\n" not in str(why)
            return
    assert got.picture.shape == (8, 8, 3)
    assert got.picture.dtype == np.uint8
