"""Words in pictures, in any alphabet that the machine has letters for."""

import contextlib

import numpy as np
import pytest
from PIL import ImageFont

from makebelieve.data import lettering, pictures
from makebelieve.data.lettering import font


def test_letters_are_drawn_and_no_boxes():
    names = [name for name in lettering.SYSTEM if _there(name)]
    if not names:
        pytest.skip("this machine has none of the typefaces")
    for letter in "éüßñøδж½–":
        found = font(20, f"a {letter}")
        assert bytes(found.getmask(letter)) != bytes(found.getmask("\uffff")), letter


def _there(name):
    with contextlib.suppress(OSError):
        return bool(ImageFont.truetype(name, 20))
    return False


def test_without_any_typeface_a_sheet_is_drawn_all_the_same(monkeypatch):
    monkeypatch.setattr(lettering, "SYSTEM", ("none-such.ttf",))
    rows = [("größe", np.zeros((2, 8, 8, 1), np.uint8))]
    assert pictures.labelled(rows).width > 40
