"""sample, reconstruct, morph and judge: files in, files out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import makebelieve as mb

if TYPE_CHECKING:
    from pathlib import Path


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_sample_one_sheet(call, trained, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"sheet.{ending}"
    code, stdout, stderr = call("sample", trained("gan"), "--n", 9, "--out", out)
    assert (code, stdout, stderr) == (0, f"{out}\n", "")
    assert size_of(out) == (208, 208)  # 3 × 3 pictures of 8 × 8 pixels, 8 times enlarged


def test_sample_folder_overwrites_nothing(call, trained, tmp_path: Path) -> None:
    out = tmp_path / "fakes"
    assert call("sample", trained("vae"), "--n", 3, "--out", out)[0] == 0
    names = sorted(path.name for path in out.iterdir())
    assert names == ["000.png", "001.png", "002.png"]
    made = mb.Run(trained("vae")).sample(3)
    with Image.open(out / "001.png") as image:
        assert np.array_equal(np.asarray(image), made[1, ..., 0])
    code, _, stderr = call("sample", trained("vae"), "--n", 2, "--seed", 1, "--out", out)
    assert code == 2
    assert stderr == (
        f"error: {out / '000.png'} is already there and would be overwritten: choose another "
        "folder\n"
    )


def test_sample_numbers(call, trained, tmp_path: Path) -> None:
    run = mb.Run(trained("conditional"))
    out = tmp_path / "x.npz"
    assert call("sample", run.path, "--n", 12, "--seed", 3, "--out", out)[0] == 0
    with np.load(out) as stored:
        assert np.array_equal(stored["x"], run.sample(12, seed=3))
        assert stored["y"].tolist() == [*range(10), 0, 1]
    assert call("sample", run.path, "--n", 4, "--class", "7", "--out", out)[0] == 0
    with np.load(out) as stored:
        assert stored["y"].tolist() == [7] * 4
    assert len(mb.load(out)) == 4


def test_sample_points(call, trained, tmp_path: Path) -> None:
    run = mb.Run(trained("ring"))
    for name in ("p.npy", "p.csv", "p.png"):
        assert call("sample", run.path, "--n", 5, "--out", tmp_path / name)[0] == 0
    assert np.array_equal(np.load(tmp_path / "p.npy"), run.sample(5))
    read = np.loadtxt(tmp_path / "p.csv", delimiter=",", skiprows=1, dtype=np.float32)
    assert np.array_equal(read, run.sample(5))
    assert size_of(tmp_path / "p.png") == (512, 512)
    code, _, stderr = call("sample", run.path, "--out", tmp_path / "folder")
    assert code == 2
    assert "points are written into one file" in stderr


@pytest.mark.parametrize(
    ("run", "arguments", "sentence"),
    [
        (
            "judge",
            ["--out", "x.png"],
            "judge is a judge and cannot make anything new: train a vae or a gan",
        ),
        (
            "vae",
            ["--out", "x.png", "--class", "1"],
            "vae was trained without classes: train with model.conditional=true to ask for one",
        ),
        (
            "conditional",
            ["--out", "x.png", "--class", "ten"],
            "there is no class 'ten' (classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)",
        ),
        (
            "vae",
            ["--out", "x.tif"],
            "--out x.tif ends in .tif, and what can be written ends in .png, .jpg, .jpeg, "
            ".webp, .gif, .bmp, .npy, .npz; or name a folder, without an ending",
        ),
        (
            "vae",
            ["--out", "no/x.png"],
            "the folder no for --out is not there: make it, or choose another",
        ),
        ("vae", [], "missing option '--out' (see makebelieve sample --help)"),
        (
            "vae",
            ["--n", "0", "--out", "x.png"],
            "invalid value for '--n': 0 is not in the range x>=1 (see makebelieve sample --help)",
        ),
    ],
)
def test_sample_mistakes(
    call, trained, tmp_path: Path, monkeypatch, run: str, arguments: list[str], sentence: str
) -> None:
    folder = trained(run)
    monkeypatch.chdir(tmp_path)
    code, stdout, stderr = call("sample", folder, *arguments)
    assert (code, stdout, stderr) == (2, "", f"error: {sentence}\n")
    assert not list(tmp_path.iterdir())


def test_reconstruct_two_rows(call, trained, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.png"
    assert call("reconstruct", trained("vae"), "--n", 5, "--out", out)[0] == 0
    assert size_of(out) == ((5 * 9 - 1) * 8, 17 * 8)
    assert call("reconstruct", trained("autoencoder"), picture, picture, "--out", out)[0] == 0
    assert size_of(out) == (17 * 8, 17 * 8)
    both = tmp_path / "r.npz"
    assert call("reconstruct", trained("vae"), "--n", 5, "--out", both)[0] == 0
    with np.load(both) as stored:
        rebuilt = mb.Run(trained("vae")).reconstruct(stored["originals"])
        assert np.array_equal(stored["reconstructions"], rebuilt)


def test_reconstruct_many_in_even_rows(call, trained, tmp_path: Path) -> None:
    out = tmp_path / "r.png"
    assert call("reconstruct", trained("vae"), "--n", 20, "--out", out)[0] == 0
    assert size_of(out) == ((10 * 9 - 1) * 8, (4 * 9 - 1) * 8)


def test_reconstruct_points_and_classes(call, trained, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "r.png"
    assert call("reconstruct", trained("ring"), "--out", out)[0] == 0
    assert call("reconstruct", trained("conditional"), "--out", out)[0] == 0
    assert call("reconstruct", trained("conditional"), picture, "--class", 3, "--out", out)[0] == 0
    code, _, stderr = call("reconstruct", trained("conditional"), picture, "--out", out)
    assert code == 2
    assert "was told the class of every picture: say that of the files with --class" in stderr
    code, _, stderr = call("reconstruct", trained("ring"), picture, "--out", out)
    assert code == 2
    assert "because the run was trained on points, not on pictures" in stderr
    code, _, stderr = call("reconstruct", trained("gan"), "--out", out)
    assert stderr == (
        "error: gan is a gan and cannot rebuild pictures: train an autoencoder or a vae\n"
    )


@pytest.mark.parametrize("run", ["autoencoder", "vae", "conditional", "gan"])
def test_morph_strip_of_any_maker(call, trained, tmp_path: Path, run: str) -> None:
    out = tmp_path / "m.png"
    code, stdout, stderr = call("morph", trained(run), "--steps", 6, "--out", out)
    assert (code, stdout, stderr) == (0, f"{out}\n", "")
    assert size_of(out) == ((6 * 9 - 1) * 8, 64)


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_morph_animation_goes_there_and_back(call, trained, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"m.{ending}"
    arguments = ("--from", 1, "--to", 2, "--steps", 5, "--path", "linear", "--out", out)
    assert call("morph", trained("vae"), *arguments)[0] == 0
    with Image.open(out) as image:
        assert image.n_frames == 8
        assert image.info["loop"] == 0


def test_morph_between_files_points_and_numbers(
    call, trained, picture: Path, tmp_path: Path
) -> None:
    out = tmp_path / "m.npy"
    arguments = ("--from", picture, "--to", 4, "--steps", 3, "--out", out)
    assert call("morph", trained("vae"), *arguments)[0] == 0
    assert np.load(out).shape == (3, 8, 8, 1)
    for name in ("m.png", "m.gif"):
        assert call("morph", trained("ring"), "--steps", 4, "--out", tmp_path / name)[0] == 0
        assert size_of(tmp_path / name) == (512, 512)


@pytest.mark.parametrize(
    ("run", "arguments", "sentence"),
    [
        (
            "vae",
            ["--from", "1"],
            "--to is missing: give both ends of the way, or neither (see makebelieve morph --help)",
        ),
        (
            "vae",
            ["--from", "a", "--to", "b"],
            "'a' is neither a picture's file nor a whole number: --from and --to take one or "
            "the other",
        ),
        (
            "gan",
            ["--from", "PICTURE", "--to", "2"],
            "gan is a gan, which has no codes for pictures: give two whole numbers, the seeds"
            " of its noise",
        ),
        ("judge", [], "judge is a judge and cannot morph: train an autoencoder, a vae or a gan"),
        (
            "autoencoder",
            ["--from", "0", "--to", "99999"],
            "there is no held-out example 99999: autoencoder has 180, 0 to 179",
        ),
        ("vae", ["--class", "1"], "vae was trained without classes: leave the class out"),
        (
            "vae",
            ["--path", "curved"],
            "invalid value for '--path': 'curved' is not one of 'linear', 'spherical' (see "
            "makebelieve morph --help)",
        ),
    ],
)
def test_morph_mistakes(
    call, trained, picture: Path, tmp_path: Path, run: str, arguments: list[str], sentence: str
) -> None:
    words = [str(picture) if word == "PICTURE" else word for word in arguments]
    code, _, stderr = call("morph", trained(run), *words, "--out", tmp_path / "m.png")
    assert (code, stderr) == (2, f"error: {sentence}\n")
    assert not (tmp_path / "m.png").exists()


def test_judge_table_and_json(call, trained, picture: Path) -> None:
    code, stdout, stderr = call("judge", trained("judge"), picture)
    assert (code, stderr) == (0, "")
    head, line = stdout.splitlines()
    assert head.split() == ["file", "verdict", "confidence"]
    assert line.startswith(str(picture))
    assert line.endswith("%")
    code, stdout, _ = call("judge", trained("judge"), picture, picture, "--json")
    found = json.loads(stdout)
    assert [facts["file"] for facts in found] == [str(picture)] * 2
    assert sum(found[0]["probabilities"].values()) == pytest.approx(1)
    assert found[0]["confidence"] == max(found[0]["probabilities"].values())


def test_judge_names_bad_files_after_judging_the_others(
    call, trained, picture: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_text("not a picture")
    code, stdout, stderr = call("judge", trained("judge"), bad, picture, tmp_path / "none.png")
    assert code == 2
    assert stdout.splitlines()[1].startswith(str(picture))
    assert stderr.splitlines() == [
        f"error: {bad} cannot be used because it holds text, not a picture, whatever its name says",
        f"error: {tmp_path / 'none.png'} cannot be used because there is no such file",
    ]
    code, stdout, _ = call("judge", trained("judge"), bad, picture, "--json")
    assert code == 2
    assert ["error" in facts for facts in json.loads(stdout)] == [True, False]


def test_judge_a_folder(call, trained, picture: Path, tmp_path: Path) -> None:
    code, stdout, _ = call("judge", trained("judge"), tmp_path, "--json")
    assert code == 0
    assert [facts["file"] for facts in json.loads(stdout)] == [str(picture)]
    (tmp_path / "empty").mkdir()
    code, _, stderr = call("judge", trained("judge"), tmp_path / "empty")
    assert (code, stderr) == (2, f"error: the folder {tmp_path / 'empty'} holds no pictures\n")


def test_judge_mistakes(call, trained, picture: Path) -> None:
    code, _, stderr = call("judge", trained("vae"), picture)
    assert (code, stderr) == (2, "error: vae is a vae and cannot give a verdict: train a judge\n")
    code, _, stderr = call("judge", trained("ring-judge"), picture)
    assert code == 2
    assert "trained on points, not on pictures" in stderr
    code, _, stderr = call("judge", "nowhere", picture)
    assert code == 2
    assert "there is no run 'nowhere'" in stderr
