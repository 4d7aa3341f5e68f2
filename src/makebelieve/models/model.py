"""The protocols: a model is a game of turns, and says what else it can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from torch import Tensor, nn

    from makebelieve.data.loading import Batch
    from makebelieve.data.spec import Spec
    from makebelieve.rng import Step

__all__ = [
    "Adapts",
    "Bounds",
    "Calibrates",
    "Contest",
    "Encodes",
    "Generates",
    "Judges",
    "Model",
    "Posterior",
    "Turn",
    "condition",
]


class Manual(Protocol):
    """A backward pass that is written out."""

    def __call__(self, weight: float, slots: Mapping[Tensor, Tensor], *, add: bool) -> None:
        """Write, or add, the gradients of weight · loss.

        Args:
            weight: what the loss counts for.
            slots: parameter → where its gradient goes, for every parameter of the player.
            add: whether gradients lie there that these are added to.
        """
        ...


@dataclass
class Turn:
    """One optimiser step of one player.

    Args:
        player: whose parameters move.
        loss: what to descend, a scalar.
        parts: scalars for the log; the engine replaces them by their means over all shards
            before the model goes on.
        manual: writes the gradients out, where the model knows them without autograd.
    """

    player: str
    loss: Tensor
    parts: dict[str, Tensor] = field(default_factory=dict)
    manual: Manual | None = None


def condition(spec: Spec) -> int:
    """Return how many classes a conditional model is told of.

    Raises:
        InputError: the data have no labels.
    """
    if not spec.classes:
        raise InputError(
            "model.conditional needs labels and the data have none: choose a column with "
            "--labels, or leave it off"
        )
    return len(spec.classes)


@runtime_checkable
class Model(Protocol):
    """What the engine trains: named players, and the turns that they take.

    A model is an `nn.Module` built from a `Spec` and its `Options`; it yields one `Turn` for each
    player of a step, and the engine moves that player's parameters between two yields.
    """

    Options: ClassVar[type]
    spec: Spec
    players: Mapping[str, nn.Module]
    averaged: tuple[str, ...]
    """The players whose averaged weights (EMA) are what a person uses."""
    rates: Mapping[str, float]
    """By how much a player's step size differs from the recipe's."""

    def turns(self, batch: Batch, step: Step) -> Iterator[Turn]:
        """Yield the turns of one step."""
        ...

    def validate(self, batch: Batch, step: Step) -> dict[str, Tensor]:
        """Return scalars that are comparable between training and held-out data."""
        ...

    @staticmethod
    def defaults(spec: Spec, n: int) -> dict[str, Any]:
        """Return values for the model's and training's keys that a recipe left open.

        Args:
            spec: what an example looks like.
            n: how many examples there are to train on.
        """
        ...


@runtime_checkable
class Generates(Protocol):
    """Makes new examples."""

    latent_dim: int

    def sample(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Turn (n, latent_dim) standard normal numbers into n examples, pictures in 0 … 1."""
        ...


@runtime_checkable
class Encodes(Protocol):
    """Has a code for every example, and the way back."""

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the (n, latent_dim) codes of n examples."""
        ...

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return the n examples that these codes stand for, pictures in 0 … 1."""
        ...


@runtime_checkable
class Bounds(Protocol):
    """Knows a lower bound of the log-likelihood."""

    def log_bound(self, x: Tensor, step: Step, k: int = 1, labels: Tensor | None = None) -> Tensor:
        """Return the (n,) bounds in nats: the ELBO for k = 1, IWAE-k above."""
        ...


@runtime_checkable
class Posterior(Protocol):
    """Has a normal distribution of codes for every example."""

    latent_dim: int

    def posterior(self, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of q(z|x), (n, latent_dim) each."""
        ...

    def log_likelihood(self, x: Tensor, z: Tensor, labels: Tensor | None) -> Tensor:
        """Return log p(x|z) in nats, (n,)."""
        ...


@runtime_checkable
class Contest(Protocol):
    """Has a player who tells real examples from made ones."""

    relative: bool
    """Whether only differences of its scores mean anything; else 0 is a coin toss."""

    def judge(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return (n,) logits: the higher, the more real."""
        ...


@runtime_checkable
class Judges(Protocol):
    """Gives a verdict."""

    def logits(self, x: Tensor) -> Tensor:
        """Return (n, classes) calibrated logits: their softmax is the confidence."""
        ...

    def features(self, x: Tensor) -> Tensor:
        """Return (n, d) features: what the verdict is made from."""
        ...


@runtime_checkable
class Calibrates(Protocol):
    """Sets a few numbers from data after training, such as a temperature."""

    calibration: str
    """The split that the numbers are set from."""

    def calibrate(self, batches: Iterable[Batch]) -> None:
        """Set the numbers; they are buffers, so that they are saved with the model."""
        ...


@runtime_checkable
class Adapts(Protocol):
    """Changes how it trains by how it does on held-out data."""

    def adapt(self, train: dict[str, float], held_out: dict[str, float], n: int) -> None:
        """Change buffers of its own, given what `validate` says, n examples after the last call."""
        ...
