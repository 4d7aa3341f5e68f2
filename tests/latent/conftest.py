"""Runs on faces that know glasses from hats after some seconds of training, shared by the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import makebelieve as mb
from makebelieve.latent.attributes import Attributes

if TYPE_CHECKING:
    from collections.abc import Callable

FACES: dict[str, dict[str, Any]] = {
    "vae": {"examples": 30_000},
    "flat": {"model": "vae", "latent_dim": 2, "examples": 10_000},
    "flat-plain": {"model": "autoencoder", "latent_dim": 2, "examples": 10_000},
    "gan": {"data": "digits", "examples": 10_000, "latent_dim": 16},
    "told": {"model": "vae", "conditional": True, "examples": 2_000},
    "judge": {"data": "digits", "examples": 6_000},
    "ring": {"model": "vae", "data": "ring", "examples": 10_000},
    "ring-gan": {"model": "gan", "data": "ring", "examples": 2_000},
}


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], mb.Run]:
    """Return a run by its name, trained when first asked for."""
    folder, found = tmp_path_factory.mktemp("faces"), {}

    def trained(name: str) -> mb.Run:
        if name not in found:
            settings = {"model": name, "data": "avatars", "quiet": True} | FACES[name]
            found[name] = mb.train(out=folder / name, **settings)
        return found[name]

    return trained


@pytest.fixture(scope="session")
def space(faces: Callable[[str], mb.Run]) -> Attributes:
    """The directions of the VAE, whose probe is learned once."""
    return Attributes(faces("vae"))
