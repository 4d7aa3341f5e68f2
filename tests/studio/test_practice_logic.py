"""The logic of the practice, which draws nothing, under node's own test runner."""

import shutil
import subprocess
from pathlib import Path

import pytest

import makebelieve.studio

STATIC = Path(makebelieve.studio.__file__).parent / "static"
TESTS = Path(__file__).parent / "practice"


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """The modules and their tests side by side, where node takes them for modules."""
    folder = tmp_path_factory.mktemp("practice")
    (folder / "package.json").write_text('{"type": "module"}')
    for name in ("practice", "vendor"):
        shutil.copytree(STATIC / name, folder / "static" / name)
    shutil.copytree(TESTS, folder / "practice")
    return folder


@pytest.mark.parametrize("name", sorted(p.name for p in TESTS.glob("*.test.mjs")))
def test_logic(copied, name):
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    ran = subprocess.run(
        [node, "--test", f"practice/{name}"],
        cwd=copied,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
