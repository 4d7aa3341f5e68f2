"""Every bad input gets one clear sentence that names the file, and --skip-bad uses the rest."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from makebelieve.data import load
from makebelieve.data.assemble import check_enough
from makebelieve.errors import InputError


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header promises more than anyone can hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def noise(kind: str, size: int = 64) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, kind)
    return data.getvalue()


BAD = {
    "empty.png": (b"", "it is empty (0 bytes)"),
    "text.png": (b"hello, world\n" * 9, "it holds text, not a picture, whatever its name says"),
    "random.jpg": (bytes(range(128, 256)) * 4, "it is not a picture"),
    "short.png": (noise("PNG")[:3000], "begins like a PNG file but is damaged or cut short"),
    "short.jpg": (noise("JPEG")[:3000], "begins like a JPEG file but is damaged or cut short"),
    "short.webp": (noise("WEBP")[:500], "begins like a WebP file but is damaged or cut short"),
    "short.gif": (noise("GIF")[:500], "begins like a GIF file but is damaged or cut short"),
    "short.bmp": (noise("BMP")[:5000], "begins like a BMP file but is damaged or cut short"),
    "bomb.png": (png_claiming(9000, 9000), "9,000 × 9,000 pixels, more than the 64,000,000"),
    "warned.png": (png_claiming(12000, 10000), "12,000 × 10,000 pixels, more than"),
    "huge.png": (png_claiming(60000, 60000), "more than the 64,000,000 pixels"),
    "drawing.png": (b'<?xml version="1.0"?><svg></svg>', "it is an"),
    "phone.jpg": (b"\0\0\0\x18ftypheic\0\0\0\0", "it is a HEIC picture"),
    "page.jpg": (b"<!DOCTYPE html><html>404</html>", "it is a web page"),
    "lfs.png": (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_with_its_reason(pictures, name):
    folder = pictures(20)
    content, reason = BAD[name]
    (folder / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        load(folder)
    sentence = str(caught.value)
    assert sentence.startswith(f"{folder / name} cannot be used because ")
    assert reason in sentence
    assert "(1 file of 21)" in sentence
    assert "--skip-bad" in sentence
    assert "\n" not in sentence


def test_skip_bad_uses_the_rest_and_lists_the_skipped(pictures):
    folder = pictures(cat=10, dog=10)
    for name, (content, _) in BAD.items():
        (folder / "cat" / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"the first of {len(BAD)} bad files of {20 + len(BAD)}"):
        load(folder)
    data = load(folder, skip_bad=True)
    assert len(data) == 20
    assert np.bincount(data.labels).tolist() == [10, 10]
    assert len(data.names) == 20
    assert {Path(s.path).name for s in data.skipped} == set(BAD)
    assert all(BAD[Path(s.path).name][1] in s.reason for s in data.skipped)


def test_no_warning_leaks(pictures):
    folder = pictures(3)
    (folder / "warned.png").write_bytes(BAD["warned.png"][0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(load(folder, skip_bad=True)) == 3


def test_broken_link_and_other_oddities(pictures):
    folder = pictures(3)
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    os.mkfifo(folder / "pipe.png")
    data = load(folder, skip_bad=True)
    reasons = {Path(s.path).name: s.reason for s in data.skipped}
    assert reasons == {
        "gone.png": "it is a link to a file that is not there",
        "pipe.png": "it is not an ordinary file",
    }


def test_permissions(pictures):
    folder = pictures(cat=3, dog=3)
    (folder / "cat" / "001.png").chmod(0)
    if os.access(folder / "cat" / "001.png", os.R_OK):
        pytest.skip("this user (root) reads everything")
    (folder / "dog").chmod(0)
    try:
        with pytest.raises(InputError, match="permissions do not let us"):
            load(folder)
        data = load(folder, skip_bad=True)
        assert len(data) == 2
        assert len(data.skipped) == 2
    finally:
        (folder / "dog").chmod(0o755)


def test_unreadable_folder_without_being_a_stranger(pictures, monkeypatch):
    folder = pictures(cat=3, dog=3)
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match="dog cannot be used because its permissions"):
        load(folder)
    data = load(folder, skip_bad=True)
    assert len(data) == 3
    assert data.skipped[0].path.endswith("dog")


def test_nothing_but_bad_files(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(InputError, match="it is the only one"):
        load(tmp_path, skip_bad=True)
    (tmp_path / "b.png").write_bytes(b"")
    with pytest.raises(InputError, match="none of the 2 files can be used"):
        load(tmp_path, skip_bad=True)


def test_empty_and_pictureless_folders(tmp_path):
    with pytest.raises(InputError, match="is an empty folder"):
        load(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match=r"only other files: 1 \.txt"):
        load(tmp_path)
    (tmp_path / "IMG_1.HEIC").write_text("x")
    with pytest.raises(InputError, match="convert them to PNG or JPEG"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("avatar", "did you mean avatars?"),
        ("Fashion", "did you mean fashion?"),
        ("", "The source is empty"),
        ("no/such/folder", "check the spelling"),
        ("x\0y", "no data set"),
        ("a" * 5000, "…"),
        ("hub:", "hub:ylecun/mnist"),
        ("missing.npz", "no data set, file or folder called missing.npz"),
        ("missing.csv", "no data set, file or folder called missing.csv"),
    ],
)
def test_unknown_sources(source, words):
    with pytest.raises(InputError) as caught:
        load(source)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_near_name_in_the_same_folder_is_offered(pictures):
    folder = pictures(2, name="kittens")
    with pytest.raises(InputError, match=r"did you mean kittens\?"):
        load(folder.parent / "kitens")


def test_links_in_circles(pictures):
    folder = pictures(2)
    (folder / "loop").symlink_to("loop")
    (folder / "loop.png").symlink_to("loop.png")
    with pytest.raises(InputError, match=r"loop.png .* it cannot be read \(too many"):
        load(folder)
    assert len(load(folder, skip_bad=True)) == 2
    with pytest.raises(InputError, match="is a link that leads nowhere"):
        load(folder / "loop")


def test_single_picture_and_foreign_file(pictures, tmp_path):
    folder = pictures(2)
    with pytest.raises(InputError, match="is a single picture; give the folder"):
        load(folder / "000.png")
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="no kind of file that can be loaded"):
        load(tmp_path / "notes.txt")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 0}, "A size of 0 pixels"),
        ({"size": 2000}, "from 4 to 1,024"),
        ({"size": True}, "A size of True"),
        ({"channels": 4}, "1 for grey or 3 for colour"),
        ({"fit": "padd"}, "did you mean pad?"),
    ],
)
def test_bad_options(options, words):
    with pytest.raises(InputError) as caught:
        load("digits", **options)
    assert words in str(caught.value)


def test_points_have_no_pixels():
    with pytest.raises(InputError, match="ring holds points, not pictures"):
        load("ring", size=16)


def test_three_pictures_are_too_few(pictures):
    data = load(pictures(3))
    with pytest.raises(InputError, match=r"^[123] pictures? (is|are) too few to train on"):
        check_enough(data)
    check_enough(data, minimum=2)


def test_one_class_only_loads_and_is_said(pictures):
    from makebelieve.data.describe import describe

    advice = " ".join(describe(load(pictures(cat=20))).advice)
    assert "only one value (cat): a judge needs two" in advice
