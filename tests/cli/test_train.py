"""Training from the command line: what is printed last, keys as options, and how it ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import makebelieve as mb

SHORT = ("--examples", "128", "--batch", "64")


def test_last_line_is_the_folder(call, tmp_path: Path) -> None:
    out = tmp_path / "run"
    code, stdout, stderr = call("train", "vae", "ring", *SHORT, "--out", out)
    assert code == 0
    assert stdout == f"{out}\n"
    assert "vae on ring" in stderr


def test_json_is_the_line_before_the_folder(call, tmp_path: Path) -> None:
    out = tmp_path / "run"
    code, stdout, stderr = call("train", "vae", "ring", *SHORT, "--out", out, "--json", "--quiet")
    facts, folder = stdout.splitlines()
    assert code == 0
    assert stderr == ""
    assert folder == str(out)
    found = json.loads(facts)
    assert found["run"] == folder
    assert (found["name"], found["model"], found["state"]) == ("run", "vae", "finished")
    assert found["seen"] == 128
    assert set(found["result"]) == {"negative_elbo", "reconstruction", "kl"}


def test_only_the_first_of_a_torchrun_job_prints(
    call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    code, stdout, stderr = call("train", "vae", "ring", *SHORT, "--out", tmp_path / "run", "--json")
    assert (code, stdout, stderr) == (0, "", "")


def test_every_key_is_an_option(call, tmp_path: Path) -> None:
    out = tmp_path / "run"
    code, _, stderr = call(
        "train", "--conditional", "vae", "--beta=4", "ring", *SHORT, "--learning-rate", "1e-3",
        "--set", "model.latent_dim=3", "--training.warmup", "7", "--size", "medium",
        "--tensorboard", "false", "--out", out, "--quiet",
    )  # fmt: skip
    assert (code, stderr) == (0, "")
    recipe = mb.Run(out).recipe
    assert (recipe.options.beta, recipe.options.latent_dim, recipe.options.size) == (4, 3, "medium")
    assert recipe.options.conditional is True
    assert (recipe.training.learning_rate, recipe.training.warmup) == (1e-3, 7)


def test_recipe_file_gives_model_source_and_keys_and_options_win(call, tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text(
        '[model]\nname = "vae"\nbeta = 2\n[data]\nsource = "ring"\n'
        "[training]\nexamples = 64\nbatch = 32\nseed = 5\n"
    )
    out = tmp_path / "run"
    code, _, _ = call("train", "--recipe", file, "--seed", "9", "--out", out, "--quiet")
    recipe = mb.Run(out).recipe
    assert code == 0
    assert (recipe.model, recipe.options.beta, recipe.training.seed) == ("vae", 2, 9)
    again = tmp_path / "again"
    code, _, _ = call("train", "--recipe", out / "recipe.json", "--out", again, "--quiet")
    assert code == 0
    assert mb.Run(again).recipe == recipe
    grid = tmp_path / "grid"
    code, _, _ = call("train", "--recipe", file, "vae", "grid", "--out", grid, "--quiet")
    assert mb.Run(grid).recipe.data.source == "grid"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["vae", "ring", "--bta", "4"],
            "there is no option --bta; did you mean --beta? (all settings: makebelieve recipe vae)",
        ),
        (
            ["vae", "ring", "--learning-rat=1"],
            "there is no option --learning-rat; did you mean --learning-rate? (all settings: "
            "makebelieve recipe vae)",
        ),
        (["vae", "ring", "--smoothing", "1"], "--smoothing is a setting of judge, not of vae"),
        (["vae", "ring", "--beta", "--quiet"], "--beta needs a value: a number of at least 0"),
        (["vae", "ring", "--beta", "x"], "model.beta takes a number of at least 0, not 'x'"),
        (
            ["vae", "ring", "--size", "32"],
            "--size is the model's size (small, medium or large), not 32; for pictures of 32 "
            "× 32 pixels use --pixels 32",
        ),
        (["vae", "ring", "--size", "big"], "model.size takes small, medium or large, not 'big'"),
        (
            ["vae", "ring", "--set", "beta"],
            "--set takes key=value, such as model.beta=4, not 'beta'",
        ),
        (
            ["vae", "ring", "--set", "bta=4"],
            "'bta' is not a setting of vae; did you mean beta? (all settings: makebelieve "
            "recipe vae)",
        ),
        (
            ["vae", "ring", "--examples", "-5"],
            "training.examples takes a whole number of at least 1, not '-5'",
        ),
        (
            ["va", "ring"],
            "there is no model 'va'; did you mean vae? (models: judge, autoencoder, vae, gan)",
        ),
        (
            ["vae"],
            "SOURCE is missing: what to train the vae on, such as avatars or a folder (see "
            "makebelieve train --help)",
        ),
        (
            [],
            "MODEL is missing: one of judge, autoencoder, vae, gan (see makebelieve train --help)",
        ),
        (
            ["vae", "ring", "grid"],
            "got unexpected extra argument (grid) (see makebelieve train --help)",
        ),
        (["vae", "ring", "--out"], "option '--out' requires an argument"),
        (
            ["vae", "--recipe", "nowhere.toml"],
            "cannot read the recipe nowhere.toml: No such file or directory",
        ),
    ],
)
def test_a_mistake_is_one_sentence(call, arguments: list[str], sentence: str) -> None:
    code, stdout, stderr = call("train", *arguments)
    assert (code, stdout) == (2, "")
    assert stderr == f"error: {sentence}\n"


def test_a_folder_that_is_taken(call, trained) -> None:
    folder = trained("vae")
    code, stdout, stderr = call("train", "vae", "ring", "--out", folder)
    assert (code, stdout) == (2, "")
    assert f"go on with makebelieve resume {folder}, or choose another" in stderr


def test_a_recipe_of_another_model(call, trained) -> None:
    file = Path(trained("vae")) / "recipe.json"
    code, _, stderr = call("train", "gan", "ring", "--recipe", file)
    assert code == 2
    assert f"{file} is the recipe of a vae, not of a gan" in stderr


def test_training_that_fails_exits_with_3(call, tmp_path: Path) -> None:
    code, stdout, stderr = call(
        "train", "vae", "ring", "--learning-rate", "10", "--set", "training.warmup=0",
        "--examples", "20k", "--beta", "1e30", "--out", tmp_path / "run", "--quiet",
    )  # fmt: skip
    assert (code, stdout) == (3, f"{tmp_path / 'run'}\n")
    assert mb.Run(tmp_path / "run").status["state"] == "failed"
    assert "was not finite" in stderr
    assert stderr.startswith("error: step ")
    assert stderr.count("\n") == 1


def test_resume_extends_a_budget_and_says_when_nothing_is_left(call, tmp_path: Path) -> None:
    out = tmp_path / "run"
    call("train", "vae", "ring", *SHORT, "--out", out)
    code, stdout, stderr = call("resume", out)
    assert (code, stdout) == (0, f"{out}\n")
    assert "run has used up its budget with 128 examples" in stderr
    code, stdout, _ = call("resume", out, "--examples", "256", "--json", "--quiet")
    assert code == 0
    assert json.loads(stdout.splitlines()[0])["seen"] == 256
    assert call("resume", tmp_path / "nowhere")[0] == 2


def test_ctrl_c_keeps_a_checkpoint_exits_with_130_and_resumes(call, start, tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = start("train", "vae", "ring", "--examples", "100M", "--log", "64", "--out", out)
    deadline = time.monotonic() + 60
    while not (out / "log.jsonl").exists() or not (out / "log.jsonl").read_text():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stdout.splitlines()[-1] == str(out)
    assert "to go on: makebelieve resume run" in stderr
    assert "Traceback" not in stderr
    status = mb.Run(out).status
    assert status["state"] == "interrupted"
    assert len(mb.Run(out).states) == 1
    more = status["seen"] + 128
    code, _, _ = call("resume", out, "--examples", more, "--quiet")
    assert code == 0
    assert mb.Run(out).status["seen"] >= more


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    script = (
        "import resource as r, sys; from makebelieve.cli import main;"
        "r.setrlimit(r.RLIMIT_FSIZE, (4096, r.RLIM_INFINITY)); sys.exit(main(sys.argv[1:]))"
    )
    arguments = ("train", "vae", "ring", *SHORT, "--quiet", "--out", str(tmp_path / "run"))
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "file too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
