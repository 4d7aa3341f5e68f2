"""Pictures and charts of the page."""

import base64
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from makebelieve.data import pictures
from makebelieve.data.spec import Spec
from makebelieve.reports.charts import Line, line_chart, ticks
from makebelieve.reports.figures import film, moving, picture


def decoded(markup):
    found = re.findall(r"data:image/webp;base64,([\w+/=]+)", markup)
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in found]


@pytest.mark.parametrize("channels", [1, 3])
def test_small_pictures_keep_every_pixel(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, channels), dtype=np.uint8)
    markup = picture(pixels, 'a "face"')
    (image,) = decoded(markup)
    shown = np.asarray(image.convert("RGB"))
    assert (shown == np.broadcast_to(pixels, (16, 16, 3))).all()
    assert 'class="px"' in markup and 'alt="a &quot;face&quot;"' in markup


def test_large_pictures_are_small_files_and_smooth():
    smooth = np.tile(np.arange(128, dtype=np.uint8)[:, None, None], (1, 128, 3))
    markup = picture(smooth, "")
    assert len(markup) < 4_000 and "px" not in markup


def test_a_moving_picture_has_a_still_one_for_those_who_want_that():
    frames = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1), dtype=np.uint8)
    markup = moving(frames, "a walk")
    animated, still = decoded(markup)
    assert (animated.n_frames, getattr(still, "n_frames", 1)) == (8, 1)
    assert 'media="(prefers-reduced-motion: no-preference)"' in markup


@pytest.mark.parametrize(("size", "channels"), [(8, 1), (16, 3), (28, 1), (96, 3)])
def test_a_film_is_cut_from_the_sheets_at_its_own_pixels(tmp_path, size, channels):
    spec = Spec.pictures(size, channels)
    random = np.random.default_rng(0)
    sheets = random.integers(0, 256, (5, 64, size, size, channels), dtype=np.uint8)
    paths = [
        pictures.save(pictures.show(sheet, spec), tmp_path / f"{seen:012d}.png")
        for seen, sheet in enumerate(sheets)
    ]
    found = film(paths, spec, most=3, cells=10)
    assert [seen for seen, _ in found] == [0, 2, 4]
    for seen, images in found:
        for cell, image in enumerate(images):
            assert (np.asarray(image).reshape(size, size, channels) == sheets[seen, cell]).all()


def test_a_film_of_nothing_is_empty():
    assert film([], Spec.pictures(8), 8, 4) == []


finite = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(st.lists(finite, min_size=1, max_size=25), st.lists(finite, min_size=1, max_size=25))
def test_any_lines_make_a_chart_that_can_be_read(first, second):
    lines = [
        Line("held out", list(range(1, len(ys) + 1)), ys, style)
        for ys, style in ((first, "held"), (second, "train"))
    ]
    svg = line_chart(
        lines, key="k", title="a < b", summary="s", x_label="x", y_label="y", write=str
    )
    root = ET.fromstring(svg)
    assert root.find("title").text == "a < b" and root.find("desc").text == "s"
    places = [float(n) for p in root.findall("path") for n in re.findall(r"-?[\d.]+", p.get("d"))]
    assert all(-1 <= place <= 401 for place in places)


@given(finite, st.floats(1e-3, 1e6))
def test_ticks_are_inside_and_few(low, span):
    found = ticks(low, low + span)
    slack = 1e-6 * (abs(low) + span)
    assert 1 <= len(found) <= 7
    assert all(low - slack <= t <= low + span + slack for t in found)
