"""Small real pictures to load, and a home of its own for every test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

Maker = Callable[..., Path]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep caches away from the person who runs the tests."""
    home = tmp_path / "home"
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(home))
    monkeypatch.delenv("MAKEBELIEVE_MEMORY", raising=False)
    return home


def picture(seed: int, width: int = 20, height: int = 20, channels: int = 3) -> Image.Image:
    """Draw a smooth picture that no other seed gives."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (4, 4, channels), np.uint8)
    small = small[..., 0] if channels == 1 else small
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


@pytest.fixture
def draw() -> Callable[..., Image.Image]:
    """Give the function that draws a picture."""
    return picture


@pytest.fixture
def pictures(tmp_path: Path) -> Maker:
    """Give a function that fills a folder: pictures(cat=10, dog=8) or pictures(10)."""

    def make(count: int = 0, name: str = "pictures", **labels: int) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        seed = 0
        for label, number in (labels or {"": count}).items():
            (folder / label).mkdir(exist_ok=True, parents=True)
            for index in range(number):
                picture(seed).save(folder / label / f"{index:03}.png")
                seed += 1
        return folder

    return make
