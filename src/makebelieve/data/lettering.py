"""The typeface of words in pictures: Pillow's own, or one of the system for letters it lacks."""

from __future__ import annotations

import contextlib

from PIL import ImageFont

__all__ = ["font"]

BUILT_IN = "…·“”‘’"  # what Pillow's own typeface has beside ASCII
SYSTEM = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf",
          "Arial Unicode.ttf", "Arial.ttf")  # fmt: skip


def font(size: int, *texts: str) -> ImageFont.FreeTypeFont:
    """Return a typeface that has the letters of some texts, as far as this machine has one.

    Args:
        size: of a line, in pixels.
        texts: what is to be written.

    Example:
        >>> font(14, "cat").getname()
        ('Aileron', 'Regular')
    """
    if not all(letter.isascii() or letter in BUILT_IN for text in texts for letter in text):
        for name in SYSTEM:
            with contextlib.suppress(OSError):
                return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)  # type: ignore[return-value]
