"""The benchmarks are no part of the package: they are imported from the checkout."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepare a few pictures, from the embedded data."""
    from benchmarks import pictures

    folder = tmp_path_factory.mktemp("pictures")
    origin = pictures.prepare(folder, folder / "no-such-folder", 600)
    assert "embedded" in origin
    return folder
