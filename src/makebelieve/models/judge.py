"""The judge: a picture in, a verdict with a calibrated confidence out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from makebelieve import nets
from makebelieve.errors import InputError
from makebelieve.models.model import Turn
from makebelieve.nets.augment import shift
from makebelieve.nets.blocks import Activation, scaled
from makebelieve.nets.products import Linear
from makebelieve.recipe import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from makebelieve.data.loading import Batch
    from makebelieve.data.spec import Spec
    from makebelieve.rng import Step

__all__ = ["Judge", "fit_temperature"]


class Judge(nn.Module):
    """A classifier of pictures or points, trained by cross-entropy.

    Its confidence is calibrated by one temperature T, set on the validation split:
    p(y|x) = softmax(logits(x) / T).

    Args:
        spec: what an example looks like; `spec.classes` names the verdicts.
        options: see `Judge.Options`.

    Raises:
        InputError: there are fewer than two classes.

    Example:
        >>> from makebelieve.data.spec import Spec
        >>> judge = Judge(Spec.pictures(8, 1, classes=("zero", "one")))
        >>> judge(torch.rand(3, 1, 8, 8)).shape
        torch.Size([3, 2])

    Source:
        Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural networks", eq. 9.
    """

    @dataclass(frozen=True)
    class Options:
        """What can be chosen about a judge."""

        size: str = key("small", "the width of the nets", choices=("small", "medium", "large"))
        feature_dim: int = key(64, "length of the features that the verdict is made from", low=2)
        shift: int = key(1, "move training pictures by up to this many pixels, at random", low=0)
        smoothing: float = key(0.0, "label smoothing", low=0, high=0.5)

    averaged = ("judge",)
    calibration = "validation"
    temperature: Tensor

    def __init__(self, spec: Spec, options: Options | None = None) -> None:
        super().__init__()
        if len(spec.classes) < 2:
            found = f"only one class ({spec.classes[0]})" if spec.classes else "no labels"
            raise InputError(
                f"a judge needs at least two classes and the data have {found}: put the pictures "
                "of each class in a sub-folder of its own, or choose a column with --labels"
            )
        self.spec, self.options = spec, options or self.Options()
        self.net = nets.encoder(spec.shape, self.options.feature_dim, self.options.size)
        self.head = nn.Sequential(
            Activation(), scaled(Linear(self.options.feature_dim, len(spec.classes)))
        )
        self.register_buffer("temperature", torch.ones(()))
        self.players: dict[str, nn.Module] = {"judge": self}
        self.rates = {"judge": 1.0}

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, classes) logits before calibration."""
        verdict: Tensor = self.head(self.net(x))
        return verdict

    def features(self, x: Tensor) -> Tensor:
        """Return (n, feature_dim) features."""
        found: Tensor = self.net(x)
        return found

    def logits(self, x: Tensor) -> Tensor:
        """Return (n, classes) calibrated logits: their softmax is the confidence."""
        found: Tensor = self(x) / self.temperature
        return found

    def turns(self, batch: Batch, step: Step) -> Iterator[Turn]:
        """Yield the one turn of the judge: cross-entropy in nats."""
        x = shift(batch.x, self.options.shift, step)
        loss, right = self._score(self(x), batch.y, self.options.smoothing)
        yield Turn("judge", loss, {"cross_entropy": loss.detach(), "accuracy": right})

    def validate(self, batch: Batch, step: Step) -> dict[str, Tensor]:  # noqa: ARG002
        """Return cross-entropy (nats) and accuracy over the examples whose label is known."""
        assert batch.y is not None
        loss, right = self._score(self.logits(batch.x), batch.y)
        share = (batch.y >= 0).float().mean().clamp(min=1 / len(batch))
        return {"cross_entropy": loss / share, "accuracy": right / share}

    def _score(
        self, logits: Tensor, y: Tensor | None, smoothing: float = 0.0
    ) -> tuple[Tensor, Tensor]:
        """Return cross-entropy and accuracy, to which an unknown label contributes nothing."""
        assert y is not None
        known = y >= 0
        each = F.cross_entropy(logits.float(), y.clamp(min=0), reduction="none",
                               label_smoothing=smoothing)  # fmt: skip
        right = (logits.argmax(1) == y).float()
        # Divided by n, not by the number known: so the mean over shards is that of the batch.
        return (each * known).mean(), right.mean()

    @torch.no_grad()
    def calibrate(self, batches: Iterable[Batch]) -> None:
        """Set the temperature that makes held-out labels likeliest."""
        pairs = [(self(b.x).float(), b.y) for b in batches if b.y is not None]
        logits = torch.cat([found for found, _ in pairs])
        labels = torch.cat([y for _, y in pairs])
        known = labels >= 0
        self.temperature.fill_(fit_temperature(logits[known], labels[known]))

    @staticmethod
    def defaults(spec: Spec, n: int) -> dict[str, Any]:  # noqa: ARG004
        """Return about twelve passes over the data, within bounds."""
        return {
            "examples": int(min(max(12 * n, 60_000), 1_000_000)),
            "batch": 64 if n < 20_000 else 128,
            "learning_rate": 2e-3,
            "beta1": 0.9,
            "schedule": "cosine",
            "warmup": 2_000,
            "ema": 0,
        }


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """Find the temperature that makes the labels likeliest, between 1/20 and 20.

    T* = argmin −mean log softmax(logits / T)[label], by golden-section search in log T.

    Args:
        logits: (n, classes).
        labels: (n,) int64.

    Returns:
        the temperature; 1.0 when there is nothing to fit.

    Example:
        >>> sure = 10 * F.one_hot(torch.tensor([0, 1, 1, 0])).float()
        >>> fit_temperature(sure, torch.tensor([0, 1, 1, 1])) > 1
        True
    """
    if len(labels) == 0:
        return 1.0
    # Kiefer 1953: each evaluation shrinks the bracket by the golden ratio.
    ratio = (5**0.5 - 1) / 2
    low, high = torch.tensor(-3.0), torch.tensor(3.0)

    def cost(log_t: Tensor) -> float:
        return float(F.cross_entropy(logits / log_t.exp(), labels))

    for _ in range(32):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if cost(left) < cost(right):
            high = right
        else:
            low = left
    return float(((low + high) / 2).exp())
