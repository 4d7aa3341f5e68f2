"""Every script in examples/ runs, on a small budget, and writes what it says it writes."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest
from PIL import Image

from makebelieve.data import load

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"

# Script → its arguments beside --examples and --out, and the files to find below --out.
EXPECTED: dict[str, tuple[list[str], list[str]]] = {
    "by_class.py": ([], ["by-class.png"]),
    "faces.py": ([], ["new.png", "morph.png", "morph.gif"]),
    "own_folder.py": (["my-pictures", "--pixels", "8"], ["result.json"]),
    "own_loop.py": ([], ["digits.png"]),
    "ring.py": ([], ["points.png"]),
}


def write_folder(folder: Path, count: int = 120) -> None:
    """Write real scans of two digits as a person would keep them."""
    digits = load("digits")
    assert digits.labels is not None
    for code, name in ((0, "zeros"), (1, "ones")):
        (folder / name).mkdir(parents=True)
        rows = (digits.labels == code).nonzero()[0][: count // 2]
        for number, row in enumerate(rows, 1):
            picture = Image.fromarray(digits.examples[row, :, :, 0])
            picture.resize((40, 30)).save(folder / name / f"{number:03d}.png")


def test_every_example_is_here() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(EXPECTED)
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"[{name}]({name})" in listed for name in EXPECTED)


@pytest.mark.parametrize("script", EXPECTED)
def test_example_runs(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments, files = EXPECTED[script]
    if arguments[:1] == ["my-pictures"]:
        write_folder(tmp_path / "my-pictures")
    monkeypatch.setattr(sys, "argv", [script, *arguments, "--examples", "1024", "--out", "out"])
    runpy.run_path(str(EXAMPLES / script), run_name="__main__")
    assert capsys.readouterr().out.strip()
    for name in files:
        path = tmp_path / "out" / name
        assert path.stat().st_size > 0
        if path.suffix in {".png", ".gif"}:
            with Image.open(path) as image:
                image.load()


def test_a_wrong_folder_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["own_folder.py", "no-such-folder"])
    with pytest.raises(SystemExit, match="no-such-folder"):
        runpy.run_path(str(EXAMPLES / "own_folder.py"), run_name="__main__")
