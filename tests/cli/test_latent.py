"""edit, map and traverse: files in, files out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_edit_a_strip(call, trained, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "e.png"
    arguments = ("--picture", picture, "--more", "7", "--less", "1", "--steps", 4, "--out", out)
    code, stdout, stderr = call("edit", trained("vae"), *arguments)
    assert (code, stderr) == (0, "")
    lines = stdout.splitlines()
    assert lines[0].split() == ["label", "steps", "picture", "rebuilt", "edited"]
    assert [line.split()[:2] for line in lines[1:3]] == [["class=7", "+1.5"], ["class=1", "-1.5"]]
    assert lines[-1] == str(out)
    width, height = size_of(out)
    assert width == 5 * 100 - 4 + 3 * 16
    assert height > 100


def test_edit_as_numbers(call, trained, tmp_path: Path) -> None:
    out = tmp_path / "e.npz"
    assert call("edit", trained("autoencoder"), "--more", "0", "--out", out)[0] == 0
    with np.load(out) as stored:
        assert stored["x"].shape == (7, 8, 8, 1)
        assert stored["original"].shape == (8, 8, 1)


def test_edit_as_json_with_a_judge_and_a_check(call, trained, tmp_path: Path) -> None:
    out = tmp_path / "e.webp"
    code, stdout, _ = call(
        "edit", trained("vae"), "--picture", 3, "--more", "class=7", "--judge", trained("judge"),
        "--check", "--json", "--out", out,
    )  # fmt: skip
    assert code == 0
    found = json.loads(stdout)
    assert found["out"] == str(out)
    (label,) = found["labels"]
    assert label["name"] == "class=7"
    assert 0 <= label["before"] <= 1
    assert found["checks"][0]["sentence"].startswith("after one step, ")
    with Image.open(out) as image:
        assert image.n_frames == 12


def test_edit_points(call, trained, tmp_path: Path) -> None:
    out = tmp_path / "e.png"
    assert call("edit", trained("ring"), "--more", "east", "--out", out)[0] == 0
    assert size_of(out) == (512, 512)


@pytest.mark.parametrize(
    ("run", "arguments", "sentence"),
    [
        (
            "vae",
            [],
            "say what to change with --more LABEL or --less LABEL (see makebelieve edit --help)",
        ),
        (
            "vae",
            ["--more", "spectacles"],
            "no label says 'spectacles' (labels: class)",
        ),
        (
            "vae",
            ["--more", "class"],
            "class is not a matter of yes or no: say which value, such as class=9 "
            "(values: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)",
        ),
        (
            "judge",
            ["--more", "7"],
            "judge is a judge and cannot have its codes edited: train an autoencoder, a vae or a "
            "gan",
        ),
        (
            "conditional",
            ["--more", "7"],
            "conditional is told class as the class of every picture, so its codes need not hold "
            "it: train without --conditional",
        ),
        ("vae", ["--more", "7", "--picture", "999"],
         "there is no held-out example 999: vae has 180, 0 to 179"),
        ("vae", ["--more", "7", "--judge", "JUDGE"],
         "ring-judge judges east, north-east, north, north-west, west, south-west, south, "
         "south-east, and no label of these data has these values (labels: class)"),
    ],
)  # fmt: skip
def test_edit_mistakes(call, trained, tmp_path, run: str, arguments: list, sentence: str) -> None:
    words = [trained("ring-judge") if word == "JUDGE" else word for word in arguments]
    code, _, stderr = call("edit", trained(run), *words, "--out", tmp_path / "e.png")
    assert (code, stderr) == (2, f"error: {sentence}\n")
    assert not (tmp_path / "e.png").exists()


@pytest.mark.parametrize("run", ["autoencoder", "vae", "conditional", "gan", "ring"])
def test_map_of_any_maker(call, trained, tmp_path: Path, run: str) -> None:
    out = tmp_path / "m.png"
    code, stdout, stderr = call("map", trained(run), "--cells", 4, "--out", out)
    assert (code, stderr) == (0, "")
    line, last = stdout.splitlines()
    assert line.startswith(f"{run}: ")
    assert ("no holes" if run == "gan" else "% of the map") in line
    assert last == str(out)
    assert size_of(out)[0] == 1160


def test_map_of_two_runs_as_json(call, trained, tmp_path: Path) -> None:
    out = tmp_path / "m.jpg"
    code, stdout, _ = call(
        "map", trained("vae"), trained("autoencoder"), "--labels", "none", "--json", "--out", out
    )
    assert code == 0
    found = json.loads(stdout)
    assert [one["run"] for one in found["maps"]] == ["vae", "autoencoder"]
    assert all(0 <= one["hole_share"] <= 1 for one in found["maps"])
    assert found["maps"][0]["labels"] is None
    width, height = size_of(out)
    assert height > width


@pytest.mark.parametrize(
    ("run", "arguments", "sentence"),
    [
        ("vae", ["--out", "m.npz"], "a map is a picture: let --out m.npz end in .png"),
        ("vae", ["--labels", "clas", "--out", "m.png"],
         "digits has no column 'clas' (it has class, or none for no labels); did you mean class?"),
        ("judge", ["--out", "m.png"],
         "judge is a judge and cannot have a map: train an autoencoder, a vae or a gan"),
        ("vae", ["--class", "1", "--out", "m.png"],
         "vae was trained without classes: leave the class out"),
    ],
)  # fmt: skip
def test_map_mistakes(
    call, trained, tmp_path, monkeypatch, run: str, arguments: list, sentence: str
) -> None:
    folder = trained(run)
    monkeypatch.chdir(tmp_path)
    code, _, stderr = call("map", folder, *arguments)
    assert (code, stderr) == (2, f"error: {sentence}\n")


@pytest.mark.parametrize("run", ["autoencoder", "vae", "conditional", "gan", "ring"])
def test_traverse_any_maker(call, trained, tmp_path: Path, run: str) -> None:
    out = tmp_path / "t.png"
    code, stdout, stderr = call("traverse", trained(run), "--out", out)
    assert (code, stdout, stderr) == (0, f"{out}\n", "")
    assert size_of(out)[0] > 600


def test_traverse_from_a_picture_as_numbers_and_json(
    call, trained, picture: Path, tmp_path: Path
) -> None:
    out = tmp_path / "t.npy"
    code, stdout, _ = call(
        "traverse", trained("vae"), "--picture", picture, "--n", 2, "--steps", 5, "--json",
        "--out", out,
    )  # fmt: skip
    assert code == 0
    assert np.load(out).shape == (2, 5, 8, 8, 1)
    found = json.loads(stdout)
    assert len(found["dimensions"]) == 2
    assert found["values"] == [-2, -1, 0, 1, 2]
