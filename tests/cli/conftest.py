"""Tiny runs, trained once, and a way to call the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import makebelieve as mb
from makebelieve.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TINY: dict[str, dict[str, Any]] = {
    "judge": {"data": "digits"},
    "autoencoder": {"data": "digits", "latent_dim": 4},
    "vae": {"data": "digits", "latent_dim": 4},
    "conditional": {"model": "vae", "data": "digits", "latent_dim": 4, "conditional": True},
    "gan": {"data": "digits", "latent_dim": 4},
    "ring": {"model": "vae", "data": "ring", "latent_dim": 2},
    "ring-judge": {"model": "judge", "data": "ring"},
}


class Trained:
    """Folders of tiny runs by name, each trained when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str) -> str:
        path = self.folder / name
        if not path.exists():
            settings = {"model": name, "examples": 256, "batch": 64, "quiet": True} | TINY[name]
            mb.train(out=path, **settings)
        return str(path)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return Trained(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Call the command line in this process: exit code, stdout, stderr."""

    def called(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return called


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trained: Trained) -> Path:
    """A store with the runs `faces` (a vae) and `critic` (a judge)."""
    folder = tmp_path / "home"
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(folder))
    shutil.copytree(trained("vae"), folder / "runs" / "faces")
    shutil.copytree(trained("judge"), folder / "runs" / "critic")
    return folder


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    Image.fromarray(np.arange(20 * 30 * 3, dtype=np.uint8).reshape(20, 30, 3)).save(path)
    return path


@pytest.fixture
def start() -> Callable[..., subprocess.Popen[str]]:
    """Start the command line as a process of its own."""

    def started(*arguments: object, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "makebelieve", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )

    return started
