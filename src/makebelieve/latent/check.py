"""Whether a direction does what it claims, and how little else."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from makebelieve.errors import InputError
from makebelieve.latent.attributes import restates
from makebelieve.latent.space import decode
from makebelieve.models.model import Encodes
from makebelieve.rng import seed_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from makebelieve.latent.attributes import Attribute, Attributes

__all__ = ["Check", "checked", "pixel_distance"]

MOST = 1_000


@dataclass(frozen=True)
class Check:
    """What steps of an attribute do to held-out examples that lack it; of a GAN, to samples.

    Verdicts are those of a probe that learned the labels from real pictures, or of a judge; both
    before and after are verdicts on what the model decodes.

    Args:
        name: of the attribute.
        steps: how many steps were gone.
        n: how many examples.
        kind: what they are: "held-out pictures", "held-out points" or "samples".
        before: the share that is said to have it before the step, by the model's own blur.
        after: the share that is said to have it after the step.
        changed: for every other label, the share whose verdict is another after the step.
        by_chance: the same after a step as long in a random direction.
        in_another: the same for exchanging the picture for any other.
        distance: the median root-mean-square difference that the step makes, 0 … 1 for pictures.
        distance_to_other: the same to any other picture.
        witness: the share of held-out *real* pictures whose label the probe or judge gets right.
    """

    name: str
    steps: float
    n: int
    kind: str
    before: float
    after: float
    changed: Mapping[str, float]
    by_chance: Mapping[str, float]
    in_another: Mapping[str, float]
    distance: float
    distance_to_other: float
    witness: float

    @property
    def else_changed(self) -> float:
        """The mean share of other verdicts that change; not a number without other labels."""
        return _mean(self.changed)

    @property
    def works(self) -> bool:
        """Whether most get it, at less than half of what another picture would change besides."""
        return (
            self.after - self.before >= 0.5 and not self.else_changed > _mean(self.in_another) / 2
        )

    @property
    def sentence(self) -> str:
        """The check in words."""
        rest = ""
        if self.changed:
            rest = (
                f"; other labels change in {self.else_changed:.0%} of cases, where a random step "
                f"as long changes {_mean(self.by_chance):.0%} and another picture "
                f"{_mean(self.in_another):.0%}"
            )
        step = "one step" if self.steps == 1 else f"{self.steps:g} steps"
        return (
            f"after {step}, {self.after:.0%} of {self.n:,} {self.kind} without {self.name} "
            f"are said to have it ({self.before:.0%} before){rest}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything by name, for JSON."""
        return asdict(self) | {
            "else_changed": self.else_changed if self.changed else None,
            "else_by_chance": _mean(self.by_chance) if self.changed else None,
            "else_in_another": _mean(self.in_another) if self.changed else None,
            "witness": None if np.isnan(self.witness) else self.witness,
            "works": self.works,
            "sentence": self.sentence,
        }


def _mean(shares: Mapping[str, float]) -> float:
    return float(np.mean([*shares.values()])) if shares else float("nan")


def checked(space: Attributes, attribute: Attribute, *, steps: float = 1.0) -> Check:
    """Go steps of an attribute from held-out examples that lack it, and say what became of them.

    Args:
        space: the run, its data and its probe.
        attribute: what is checked.
        steps: how far.

    Raises:
        InputError: no held-out example lacks it.
    """
    held = space.held_out
    columns = held.columns
    column = columns[attribute.column]
    value = column.values.index(attribute.value)
    lacking = np.flatnonzero((column.codes >= 0) & (column.codes != value))[:MOST]
    if not len(lacking):
        raise InputError(f"no held-out example is without {attribute.name}: nothing can be checked")
    told = None if held.told is None else held.told[lacking]
    start, length = held.codes[torch.from_numpy(lacking)], steps * attribute.direction
    base = decode(space.run, start, told)
    moved = decode(space.run, start + length, told)
    stray = decode(space.run, start + _random(len(start), length, space.seed), told)
    said, then, chance = (space.probe.verdicts(each) for each in (base, moved, stray))
    with_it = column.codes == value
    others = [
        name
        for name, c in columns.items()
        if name != attribute.column and not restates(c.codes, with_it)
    ]
    return Check(
        attribute.name,
        steps,
        len(base),
        f"held-out {space.run.spec.kind}" if isinstance(space.run.model, Encodes) else "samples",
        float((said[attribute.column] == value).mean()),
        float((then[attribute.column] == value).mean()),
        {name: float((then[name] != said[name]).mean()) for name in others},
        {name: float((chance[name] != said[name]).mean()) for name in others},
        {name: float((np.roll(said[name], 1) != said[name]).mean()) for name in others},
        float(np.median(pixel_distance(base, moved))),
        float(np.median(pixel_distance(base, np.roll(base, 1, axis=0)))),
        space.probe.accuracy.get(attribute.column, float("nan")),
    )


def _random(n: int, like: Tensor, seed: int) -> Tensor:
    """Return (n, d) directions of all kinds, each as long as `like`."""
    random = torch.Generator().manual_seed(seed_for(seed, "stray"))
    drawn = torch.randn(n, len(like), generator=random)
    found: Tensor = drawn / drawn.norm(dim=1, keepdim=True).clamp(min=1e-12) * like.norm()
    return found


def pixel_distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the (n,) root-mean-square differences, of pictures in units of the whole scale.

    Example:
        >>> black, white = (np.full((1, 4, 4, 1), v, np.uint8) for v in (0, 255))
        >>> pixel_distance(black, white).tolist()
        [1.0]
    """
    scale = 255.0 if a.dtype == np.uint8 else 1.0
    away = (a.astype(np.float64) - b.astype(np.float64)) / scale
    return np.asarray(np.sqrt(np.square(away).reshape(len(a), -1).mean(1)))
