"""Planes through a space of codes: from a place on the map to a code, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from makebelieve.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Holes", "Plane", "holes", "moving_plane", "own_plane", "principal_plane"]

EDGE = 1e-6
FINE = 64  # cells a side in which holes are looked for
NEAR = 0.99
"""The share of held-out codes that count as near to the training codes."""


@dataclass(frozen=True)
class Plane:
    """A plane through the codes, and the unit square on which it is drawn.

    A place (x, y) of the square stands for the code origin + s₁ Φ⁻¹(x) a₁ + s₂ Φ⁻¹(y) a₂, Φ being
    the normal distribution: where codes are drawn from this normal, equal areas of the map are
    equally likely.

    Args:
        origin: (d,) the code in the middle.
        axes: (2, d) rows of length one, at right angles.
        spread: (2,) standard deviations along them.
        shown: the share of the codes' variance that lies in the plane, 0 … 1.
    """

    origin: Tensor
    axes: Tensor
    spread: Tensor
    shown: float = 1.0

    def at(self, x: Tensor | np.ndarray, y: Tensor | np.ndarray) -> Tensor:
        """Return the (n, d) codes of places.

        Args:
            x: (n,) 0 … 1, from left to right.
            y: (n,) 0 … 1, from bottom to top.
        """
        square = torch.stack([torch.as_tensor(each).double() for each in (x, y)], 1)
        away = torch.special.ndtri(square.clamp(EDGE, 1 - EDGE)) * self.spread.double()
        found: Tensor = self.origin.double() + away @ self.axes.double()
        return found.to(self.origin.dtype)

    def project(self, codes: Tensor) -> Tensor:
        """Return (n, 2) how far codes lie from the origin along the axes, in units of the code."""
        found: Tensor = (codes - self.origin) @ self.axes.T
        return found

    def place(self, codes: Tensor) -> np.ndarray:
        """Return the (n, 2) places of codes: of those off the plane, of the nearest point in it.

        Example:
            >>> plane = Plane(torch.zeros(2), torch.eye(2), torch.ones(2))
            >>> plane.place(torch.tensor([[0.0, 1.0]])).round(4).tolist()
            [[0.5, 0.8413]]
        """
        scaled = self.project(codes).double() / self.spread.double()
        return np.asarray(torch.special.ndtr(scaled).numpy())

    def cells(self, n: int) -> Tensor:
        """Return the (n · n, d) codes of the cells' middles, row by row, the top row first."""
        y, x = np.meshgrid(_middles(n)[::-1], _middles(n), indexing="ij")
        return self.at(x.ravel(), y.ravel())

    def density(self, codes: Tensor, n: int) -> np.ndarray:
        """Return the (n, n) counts of codes by cell, the top row first."""
        column, row = np.minimum((self.place(codes) * n).astype(int), n - 1).T
        counts = np.zeros((n, n), np.int64)
        np.add.at(counts, (n - 1 - row, column), 1)
        return counts


def own_plane(mean: Tensor, spread: Tensor) -> Plane:
    """Return the plane of a code of two numbers: the code itself.

    Raises:
        InputError: the code has another length.
    """
    if len(mean) != 2:
        raise InputError(f"a code of {len(mean)} numbers is no plane of its own")
    return Plane(mean, torch.eye(2), spread.clamp(min=1e-12))


def principal_plane(codes: Tensor, origin: Tensor, spread: Tensor | None = None) -> Plane:
    """Return the plane in which codes differ most: their first two principal components.

    Args:
        codes: (n, d), n and d at least 2.
        origin: (d,) the middle of the plane.
        spread: (2,) standard deviations of the map; None: those of the codes.

    Raises:
        InputError: a code of one number.
    """
    if codes.shape[1] < 2:
        raise InputError("a map needs a code of 2 numbers or more, and this one has 1")
    away = (codes - codes.mean(0)).double()
    values, vectors = torch.linalg.eigh(away.T @ away / max(len(codes) - 1, 1))
    axes = _upright(vectors[:, [-1, -2]].T)
    own = values[[-1, -2]].clamp(min=1e-24).sqrt()
    shown = float(values[-2:].sum() / values.sum().clamp(min=1e-24))
    return Plane(origin, axes.to(codes.dtype), (own if spread is None else spread).float(), shown)


def moving_plane(codes: Tensor, examples: Tensor) -> Plane:
    """Return the plane of noise along which what is made of it moves most.

    The first two left singular vectors of the covariance of noise and pictures: for a generator,
    whose noise has no direction of its own.

    Args:
        codes: (n, d) standard normal noise.
        examples: (n, …) what a generator makes of it.
    """
    if codes.shape[1] < 2:
        raise InputError("a map needs a code of 2 numbers or more, and this one has 1")
    made = examples.flatten(1).double()
    covariance = codes.double().T @ (made - made.mean(0)) / len(codes)
    left, values, _ = torch.linalg.svd(covariance, full_matrices=False)
    squares = values.square()
    shown = float(squares[:2].sum() / squares.sum().clamp(min=1e-24))
    axes = _upright(left[:, :2].T).to(codes.dtype)
    return Plane(torch.zeros(codes.shape[1]), axes, torch.ones(2), shown)


def _upright(axes: Tensor) -> Tensor:
    """Turn each axis so that its largest number is positive: the sign would be left to chance."""
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    return axes * torch.where(largest < 0, -1.0, 1.0)


@dataclass(frozen=True)
class Holes:
    """Where on a map no training code is near.

    Args:
        cells: (k, k) booleans, the top row first: finer than the cells that show pictures.
        share: the share of the cells; where the map's normal is what a model draws from, it is
            the share of its draws that fall into a hole. Codes that fill the normal evenly leave
            one in a hundred.
        limit: the distance on the map to the nearest training code from which a cell is a hole:
            that of the loneliest held-out code in a hundred.
    """

    cells: np.ndarray
    share: float
    limit: float


def holes(plane: Plane, known: Tensor, held_out: Tensor, fine: int = FINE) -> Holes:
    """Find the cells whose nearest training code is farther than those of held-out codes are.

    Distances are those on the map, where equal areas are equally likely: in units of the code,
    the few codes far out would make up for every gap in the middle.

    Args:
        plane: the map.
        known: (m, d) codes of training examples.
        held_out: (k, d) codes of others.
        fine: cells a side.

    Example:
        >>> plane = own_plane(torch.zeros(2), torch.ones(2))
        >>> left = plane.at(torch.rand(500) / 2, torch.rand(500))
        >>> 0.4 < holes(plane, left[:400], left[400:]).share < 0.55
        True
    """
    there, others = (torch.from_numpy(plane.place(codes)) for codes in (known, held_out))
    limit = float(torch.quantile(_nearest(others, there), NEAR))
    y, x = np.meshgrid(_middles(fine)[::-1], _middles(fine), indexing="ij")
    places = torch.from_numpy(np.stack([x.ravel(), y.ravel()], 1))
    away = _nearest(places, there).view(fine, fine).numpy()
    return Holes(away > limit, float((away > limit).mean()), limit)


def _middles(n: int) -> np.ndarray:
    return (np.arange(n) + 0.5) / n


def _nearest(points: Tensor, there: Tensor) -> Tensor:
    """Return the (n,) distances of points to the nearest of others."""
    return torch.cat([torch.cdist(part, there).amin(1) for part in torch.split(points, 256)])
