"""Points of the plane from mixtures whose density is known, to see a maker's every mistake."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from makebelieve.data.spec import Column, Dataset, Spec
from makebelieve.data.splitting import split_by_content

__all__ = ["GRID", "MIXTURES", "RING", "Mixture", "grid", "ring"]

COUNT = 20_000
ABOUT = "drawn from a known density when loaded; nothing to license"


@dataclass(frozen=True)
class Mixture:
    r"""Round Gaussians of one width and equal weight.

    p(x) = 1/K Σₖ N(x; cₖ, σ²I), the usual test beds for forgotten modes (Metz et al., 2017,
    "Unrolled generative adversarial networks"; Srivastava et al., 2017, "VEEGAN").

    Args:
        centres: K centres (x, y).
        sigma: σ, the standard deviation of each coordinate, in the units of the centres.
        names: the names of the K modes.

    Example:
        >>> one = Mixture(((0.0, 0.0),), sigma=1.0, names=("only",))
        >>> round(float(one.log_density(np.zeros((1, 2)))[0]), 4)  # −log 2π
        -1.8379
    """

    centres: tuple[tuple[float, float], ...]
    sigma: float
    names: tuple[str, ...]

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """Return the exact log p(x) of points in nats: (n, 2) of any float type to (n,) float64."""
        away = np.asarray(points, np.float64)[:, None, :] - np.array(self.centres)
        exponents = -(away**2).sum(axis=2) / (2 * self.sigma**2)
        top = exponents.max(axis=1)
        total = np.log(np.exp(exponents - top[:, None]).sum(axis=1)) + top
        norm = np.log(2 * np.pi * self.sigma**2 * len(self.centres))
        return np.asarray(total - norm)

    def nearest(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mode nearest to each point and the distance to its centre in σ.

        Args:
            points: (n, 2).

        Returns:
            (n,) int64 mode numbers, (n,) float64 distances.
        """
        away = np.asarray(points, np.float64)[:, None, :] - np.array(self.centres)
        distances = np.sqrt((away**2).sum(axis=2)) / self.sigma
        return distances.argmin(axis=1), distances.min(axis=1)

    def sample(self, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Draw n points: (n, 2) float32 and the (n,) int64 modes they came from."""
        # RandomState, not Generator: NumPy promises that its stream never changes.
        random = np.random.RandomState(seed)
        modes = random.randint(len(self.centres), size=n).astype(np.int64)
        points = np.array(self.centres)[modes] + self.sigma * random.randn(n, 2)
        return points.astype(np.float32), modes


def around(n: int) -> tuple[tuple[float, float], ...]:
    """Return n points of the unit circle, n distinct ones: 0 and 2π are the same angle."""
    angles = 2 * np.pi * np.arange(n) / n
    return tuple((float(np.cos(a)), float(np.sin(a))) for a in angles)


RING = Mixture(
    around(8),
    sigma=0.01,
    names=(
        "east",
        "north-east",
        "north",
        "north-west",
        "west",
        "south-west",
        "south",
        "south-east",
    ),
)
"""Eight narrow Gaussians on the unit circle, σ = 0.01."""

STEPS = (-4, -2, 0, 2, 4)
GRID = Mixture(
    tuple((float(x), float(y)) for y in STEPS for x in STEPS),
    sigma=0.05,
    names=tuple(f"{x},{y}" for y in STEPS for x in STEPS),
)
"""Twenty-five Gaussians on a 5 × 5 grid from −4 to 4 in steps of 2, σ = 0.05."""

MIXTURES = {"ring": RING, "grid": GRID}


def dataset(name: str) -> Dataset:
    """Draw the set of one mixture and label every point by its mode."""
    mixture = MIXTURES[name]
    examples, modes = mixture.sample(COUNT)
    split = split_by_content(examples, exact=True)
    for array in (examples, modes, split):
        array.flags.writeable = False
    return Dataset(
        name=name,
        spec=Spec.points(mixture.names),
        examples=examples,
        labels=modes,
        split=split,
        columns={"mode": Column(mixture.names, modes)},
        label_column="mode",
        about=f"{len(mixture.names)} Gaussians, σ = {mixture.sigma}; {ABOUT}",
    )


@cache
def ring() -> Dataset:
    """Return 20,000 points from `RING`, eight Gaussians on a circle.

    Example:
        >>> ring()
        Dataset('ring', 2 points, 16,000 train, 2,000 validation, 2,000 test)
    """
    return dataset("ring")


@cache
def grid() -> Dataset:
    """Return 20,000 points from `GRID`, twenty-five Gaussians on a square.

    Example:
        >>> grid().examples.shape
        (20000, 2)
    """
    return dataset("grid")
