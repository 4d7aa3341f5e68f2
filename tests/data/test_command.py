"""`makebelieve data` as a person types it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from PIL import Image

from makebelieve.cli.data import data
from makebelieve.errors import InputError


def run(*words):
    return CliRunner().invoke(data, [str(word) for word in words], catch_exceptions=False)


def test_text():
    result = run("digits")
    assert result.exit_code == 0
    assert "digits: 1,797 pictures, 8 × 8 pixels, grey" in result.output
    assert "add --out sheet.png" in result.output


def test_json_and_sheet(tmp_path, pictures):
    sheet = tmp_path / "sheet.png"
    result = run(
        pictures(cat=20, dog=20), "--json", "--out", sheet, "--pixels", 32, "--channels", 1
    )
    found = json.loads(result.output)
    assert found["shape"] == [1, 32, 32]
    assert found["sheet"] == str(sheet)
    with Image.open(sheet) as image:
        assert image.width > 100


def test_skip_bad(pictures):
    folder = pictures(20)
    (folder / "bad.png").write_bytes(b"")
    with pytest.raises(InputError, match="--skip-bad"):
        run(folder)
    assert "bad.png: it is empty (0 bytes)" in run(folder, "--skip-bad").output


def test_the_ending_is_checked_before_the_work():
    with pytest.raises(InputError, match="does not end like a picture"):
        run("no-such-source", "--out", "sheet.txt")


def test_labels_and_fit(pictures):
    assert "hat: no" in run("avatars", "--labels", "hat").output
    assert run(pictures(20), "--fit", "pad").exit_code == 0


def test_help_has_examples_and_imports_nothing_heavy():
    import subprocess
    import sys

    text = run("--help").output
    assert text.count("makebelieve data ") >= 2
    code = (
        "import sys; import makebelieve.cli.data; "
        "print([m for m in ('torch', 'numpy', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_loading_needs_no_torch():
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['torch'] = None; import makebelieve.data as d; "
        "from makebelieve.data.describe import describe; print(describe(d.load('digits')).count)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1797"
