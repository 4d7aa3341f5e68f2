"""A map of a maker's codes: what each place makes, where real examples lie, and where none do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from makebelieve.data.columns import choose_labels
from makebelieve.data.loading import to_tensor
from makebelieve.errors import InputError
from makebelieve.latent.invert import learn_encoder
from makebelieve.latent.names import labelled_columns
from makebelieve.latent.plane import (
    Holes,
    Plane,
    holes,
    moving_plane,
    own_plane,
    principal_plane,
)
from makebelieve.latent.space import decode, encode, prior
from makebelieve.models.model import Encodes, Generates
from makebelieve.rng import some
from makebelieve.runs.heldout import load_data
from makebelieve.runs.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from makebelieve.data.spec import Dataset

__all__ = ["LatentMap", "latent_map"]

CELLS, DOTS, TRAIN = 16, 1_000, 20_000
LINES = 96  # points on each line of a map of points


@dataclass(frozen=True)
class LatentMap:
    """A map, and everything that is drawn on it.

    Args:
        name: of the run.
        model: what the run is: "vae", "autoencoder" or "gan".
        latent_dim: the length of its code.
        plane: from places to codes, and back.
        told: the class that a conditional model is told for all cells; else None.
        made: (n, n, …) what each cell stands for, as data sets store examples, the top row first.
        lines: for points, (2, n + 1, 96, 2) what the lines between the cells stand for, first the
            upright ones; else None.
        holes: where no training code is near; None for a GAN, which has no codes of pictures.
        places: (m, 2) where held-out examples lie, 0 … 1.
        examples: for points, (m, 2) the held-out examples themselves; else None.
        labels: (m,) codes of their labels, −1 where not known; None without labels.
        classes: what the labels are called.
        column: where the labels are from.
    """

    name: str
    model: str
    latent_dim: int
    plane: Plane
    told: str | None
    made: np.ndarray
    lines: np.ndarray | None
    holes: Holes | None
    places: np.ndarray
    examples: np.ndarray | None
    labels: np.ndarray | None
    classes: tuple[str, ...]
    column: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return all but the pictures, for JSON."""
        found = self.holes
        return {
            "run": self.name,
            "model": self.model,
            "latent_dim": self.latent_dim,
            "variance_shown": self.plane.shown,
            "origin": self.plane.origin.tolist(),
            "axes": self.plane.axes.tolist(),
            "spread": self.plane.spread.tolist(),
            "class": self.told,
            "cells": len(self.made),
            "holes": None if found is None else found.cells.astype(int).tolist(),
            "hole_share": None if found is None else found.share,
            "hole_limit": None if found is None else found.limit,
            "places": self.places.round(4).tolist(),
            "labels": None if self.labels is None else self.labels.tolist(),
            "classes": list(self.classes),
            "column": self.column,
        }


def latent_map(
    run: Run | str | Path,
    *,
    labels: str | None = None,
    cells: int = CELLS,
    label: str | int | None = None,
    data: Dataset | None = None,
    seed: int = 0,
) -> LatentMap:
    """Draw up the map of a maker's codes.

    A code of two numbers is its own map. Of a longer one, the map is the plane of the first two
    principal components of the training codes; of a GAN, the plane of noise along which its
    pictures move most, where held-out pictures are placed by an encoder that is learned from its
    samples. The map is drawn so that equal areas are equally likely for what the model samples
    from: of a VAE or GAN N(0, 1), of an autoencoder the normal with the mean and spread of its
    codes. The codes of a VAE are draws from the posteriors, as in training.

    Args:
        run: an autoencoder, VAE or GAN: the run, its folder or its name.
        labels: the column that colours the held-out examples; None: the data's own, "none": none.
        cells: cells a side, 2 to 64.
        label: the class that the cells show, for a conditional model; None: the first.
        data: what the run was trained on; None: loaded again.
        seed: start of the draws.

    Raises:
        InputError: the model makes nothing, its code is a single number, or the data are gone.

    Example:
        latent_map("vae-avatars-1").holes.share
    """
    opened = run if isinstance(run, Run) else Run(run)
    model = opened.able(Generates, "have a map: train an autoencoder, a vae or a gan")
    if not 2 <= cells <= 64:
        raise InputError(f"a map has 2 to 64 cells a side, not {cells}")
    if label is not None and not getattr(model, "classes", 0):
        raise InputError(f"{opened.name} was trained without classes: leave the class out")
    told = opened.class_code(label) if label is not None else 0
    chosen = load_data(opened) if data is None else data
    columns = labelled_columns(chosen)
    column = choose_labels(labels, columns, chosen.label_column, chosen.name)
    dots = some(_held_out(chosen), DOTS)
    plane, codes, found = _surveyed(opened, chosen, dots, told, seed)
    return LatentMap(
        opened.name,
        opened.recipe.model,
        model.latent_dim,
        plane,
        opened.spec.classes[told] if getattr(model, "classes", 0) else None,
        _made(opened, plane, cells, told),
        _lines(opened, plane, cells, told),
        found,
        plane.place(codes),
        np.asarray(chosen.examples[dots]) if opened.spec.kind == "points" else None,
        None if column is None else columns[column].codes[dots],
        () if column is None else columns[column].values,
        column,
    )


def _held_out(data: Dataset) -> np.ndarray:
    rows = np.concatenate([data.rows("test"), data.rows("validation")])
    if not len(rows):
        raise InputError(f"{data.name} holds nothing out of training to place on a map")
    return np.sort(rows)


def _surveyed(
    run: Run, data: Dataset, dots: np.ndarray, told: int, seed: int
) -> tuple[Plane, Tensor, Holes | None]:
    """Return the plane, the codes of the dots, and the holes."""
    mean, spread = prior(run)
    if not isinstance(run.model, Encodes):
        return *_of_noise(run, np.asarray(data.examples[dots]), told, seed), None
    train = some(data.rows("train"), TRAIN)
    if len(mean) == 2:
        plane = own_plane(mean, spread)
    else:
        own = None if hasattr(run.model, "code_mean") else torch.ones(2)
        plane = principal_plane(_codes(run, data, train, None), mean, own)
    others = some(_held_out(data), TRAIN)
    known, held_out = (_codes(run, data, rows, seed) for rows in (train, others))
    return plane, _codes(run, data, dots, seed), holes(plane, known, held_out)


def _codes(run: Run, data: Dataset, rows: np.ndarray, draw: int | None) -> Tensor:
    labels = None if data.labels is None else data.labels[rows]
    return encode(run, np.asarray(data.examples[rows]), labels, draw=draw)


def _of_noise(run: Run, examples: np.ndarray, told: int, seed: int) -> tuple[Plane, Tensor]:
    """Return the plane of a generator's noise, and about where examples lie."""
    noise = run.codes(2_000, seed=seed)
    made = to_tensor(decode(run, noise, told))
    plane = own_plane(*prior(run)) if noise.shape[1] == 2 else moving_plane(noise, made)
    encoder = learn_encoder(run, seed=seed)
    with torch.no_grad():
        codes = torch.cat([encoder(part) for part in torch.split(to_tensor(examples), 256)])
    return plane, codes


def _made(run: Run, plane: Plane, cells: int, told: int) -> np.ndarray:
    found = decode(run, plane.cells(cells), told)
    return found.reshape(cells, cells, *found.shape[1:])


def _lines(run: Run, plane: Plane, cells: int, told: int) -> np.ndarray | None:
    """Return what the lines between the cells of a map of points stand for."""
    if run.spec.kind != "points":
        return None
    # The outer lines stand for codes at infinity: they are drawn a little within.
    at = np.linspace(0, 1, cells + 1).clip(0.01, 0.99)
    along = np.linspace(0.01, 0.99, LINES)
    across, down = np.meshgrid(at, along, indexing="ij")
    upright = plane.at(across.ravel(), down.ravel())
    level = plane.at(down.ravel(), across.ravel())
    found = decode(run, torch.cat([upright, level]), told)
    return found.reshape(2, cells + 1, LINES, 2)
