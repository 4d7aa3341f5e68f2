"""What pictures are compared by: extractors that are fitted on training pictures.

An extractor is fitted on pictures of the *training* split, and then turns real and generated ones
into (n, d) features in the same way: batch by batch, from the same 256 grey levels.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from makebelieve.data.loading import to_tensor
from makebelieve.errors import InputError
from makebelieve.nets.blocks import Activation
from makebelieve.rng import seed_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from makebelieve.models.model import Judges

__all__ = ["Extractor", "JudgeFeatures", "Pixels", "RandomConv", "seen"]

BATCH = 256
FITTED_ON = 10_000  # training pictures at most
FITTED_NUMBERS = 2**25  # held at once while fitting
KEPT = 64  # principal components


@runtime_checkable
class Extractor(Protocol):
    """Turns pictures into features; name, version and seed are stored beside every score."""

    name: str
    version: str
    seed: int

    def fit(self, pictures: np.ndarray | Tensor) -> Self:
        """Set what is learned from training pictures, and return the extractor itself."""
        ...

    def __call__(self, pictures: np.ndarray | Tensor) -> Tensor:
        """Return the (n, d) float32 features of n pictures."""
        ...


def seen(pictures: np.ndarray | Tensor) -> Tensor:
    """Return pictures as every extractor sees them: clamped and in 256 grey levels.

    Args:
        pictures: (n, height, width, channels) uint8 as data sets store them, or (n, channels,
            height, width) floats in 0 … 1 as models make them; or (n, 2) points.

    Returns:
        (n, channels, height, width) float32 in 0 … 1; points as they are.

    Example:
        >>> seen(torch.tensor([[[[0.5001, 1.7]]]]))
        tensor([[[[0.5020, 1.0000]]]])
    """
    if isinstance(pictures, np.ndarray) or pictures.dtype == torch.uint8 or pictures.dim() == 2:
        return to_tensor(pictures)
    return pictures.float().clamp(0, 1).mul(255).round().div(255)


def _batches(pictures: np.ndarray | Tensor) -> Iterator[Tensor]:
    if not len(pictures):
        raise InputError("there are no pictures to measure: give at least one")
    for start in range(0, len(pictures), BATCH):
        yield seen(pictures[start : start + BATCH])


def _spread(pictures: np.ndarray | Tensor, most: int) -> np.ndarray | Tensor:
    if len(pictures) <= most:
        return pictures
    # At random: of classes that take turns, an even spread may miss some.
    random = np.random.Generator(np.random.Philox(seed_for("fit")))
    return pictures[np.sort(random.permutation(len(pictures))[:most])]


def _principal(away: Tensor) -> Tensor:
    """Return the (D, 64 or fewer) first principal components of (n, D) centred numbers."""
    n, dims = away.shape
    kept = min(KEPT, dims)
    if n >= dims:
        found = torch.linalg.eigh((away.T @ away).double())[1][:, -kept:]
    else:
        # The small matrix has the same eigenvalues, and leads to the vectors that are not zero.
        values, vectors = torch.linalg.eigh((away @ away.T).double())
        real = values > 1e-6 * values.amax().clamp(min=1e-30)
        found = F.normalize(away.double().T @ vectors[:, real][:, -kept:], dim=0)
    components: Tensor = found.flip(1).float()
    return components.contiguous()


class _Projection:
    """The first principal components of what `look` returns, centred on the training pictures."""

    mean: Tensor | None = None
    components: Tensor

    def look(self, x: Tensor) -> Tensor:
        """Return the (n, D) numbers that are projected."""
        raise NotImplementedError

    @torch.no_grad()
    def fit(self, pictures: np.ndarray | Tensor) -> Self:
        """Learn mean and principal components from at most 10,000 of the pictures.

        Args:
            pictures: of the training split, as for `seen`.
        """
        dims = self.look(next(_batches(pictures[:1]))).shape[1]
        chosen = _spread(pictures, max(512, min(FITTED_ON, FITTED_NUMBERS // dims)))
        numbers = torch.cat([self.look(x) for x in _batches(chosen)])
        self.mean = numbers.double().mean(0).float()
        self.components = _principal(numbers - self.mean)
        return self

    @torch.no_grad()
    def __call__(self, pictures: np.ndarray | Tensor) -> Tensor:
        """Return the (n, 64 or fewer) float32 features of n pictures."""
        if self.mean is None:
            raise InputError("fit the extractor on training pictures before it is used")
        return torch.cat([(self.look(x) - self.mean) @ self.components for x in _batches(pictures)])

    def state(self) -> dict[str, Tensor]:
        """Return what was learned, to be kept in a file."""
        assert self.mean is not None
        return {"mean": self.mean, "components": self.components}

    def restore(self, state: dict[str, Tensor]) -> Self:
        """Take back what `state` returned."""
        self.mean, self.components = state["mean"], state["components"]
        return self


class Pixels(_Projection):
    """The first 64 principal components of the pixels; of points, their coordinates.

    Example:
        >>> pictures = torch.rand(80, 1, 8, 8, generator=torch.Generator().manual_seed(0))
        >>> Pixels().fit(pictures)(pictures[:3]).shape
        torch.Size([3, 64])
    """

    name = "pixels"
    version = "1"
    seed = 0

    def look(self, x: Tensor) -> Tensor:
        """Return the pixels of each picture in one row."""
        return x.flatten(1)


class RandomConv(_Projection):
    """Three convolutions with random weights, pooled to 4 × 4, and their 64 principal components.

    Nobody trained it, so it needs no labels, loads nothing, and favours no maker; yet it is more
    sensitive to blur, noise and ghosts than a classifier's features are.

    Args:
        channels: 1 for grey pictures, 3 for colour.
        size: height and width in pixels.
        seed: start of the weights.

    Source:
        Naeem et al. 2020, section 4.2, and Betzalel et al. 2022, on random features for
        evaluation.

    Example:
        >>> pictures = torch.rand(80, 1, 8, 8, generator=torch.Generator().manual_seed(0))
        >>> RandomConv(1, 8).fit(pictures)(pictures[:3]).shape
        torch.Size([3, 64])
    """

    name = "random-conv"
    version = "1"

    def __init__(self, channels: int, size: int, seed: int = 0) -> None:
        self.channels, self.size, self.seed = channels, size, seed
        random = torch.Generator().manual_seed(seed_for(seed, "random-conv", self.version))
        self.weights: list[Tensor] = []
        for before, after, width in ((channels, 32, 5), (32, 64, 3), (64, 128, 3)):
            drawn = torch.randn(after, before, width, width, generator=random)
            if not self.weights:
                # Blind to flat grey, these filters see edges: four times as sensitive to blur.
                drawn = drawn - drawn.mean((1, 2, 3), keepdim=True)
            self.weights.append(drawn * Activation.gain / (before * width**2) ** 0.5)

    def to(self, device: torch.device | str) -> Self:
        """Move the weights, and with them the work, to a device."""
        self.weights = [w.to(device) for w in self.weights]
        return self

    def look(self, x: Tensor) -> Tensor:
        """Return the (n, 2048) pooled maps of n pictures."""
        if x.shape[1:] != (self.channels, self.size, self.size):
            wanted = (self.channels, self.size, self.size)
            raise InputError(
                f"this extractor is for pictures of shape {wanted}, not {tuple(x.shape[1:])}"
            )
        x = (x.to(self.weights[0].device) * 2 - 1).contiguous(memory_format=torch.channels_last)
        for stride, weight in zip((1, 2, 2), self.weights, strict=True):
            padding = weight.shape[-1] // 2
            x = F.leaky_relu(F.conv2d(x, weight, stride=stride, padding=padding), 0.2)
        return F.adaptive_avg_pool2d(x, 4).flatten(1)


class JudgeFeatures:
    """What a judge makes its verdict from, centred on the training pictures.

    Best for classes covered and missed; a judge never learned to look at blur or noise, so it is
    not for use alone.

    Args:
        judge: a trained judge in eval mode.

    Example:
        >>> from makebelieve.data.spec import Spec
        >>> from makebelieve.models.judge import Judge
        >>> judge = Judge(Spec.pictures(8, 1, classes=("a", "b"))).eval()
        >>> JudgeFeatures(judge).fit(torch.rand(9, 1, 8, 8))(torch.rand(3, 1, 8, 8)).shape
        torch.Size([3, 64])
    """

    name = "judge"
    seed = 0

    def __init__(self, judge: Judges) -> None:
        self.judge = judge
        self.version = _fingerprint(judge)
        self.mean: Tensor | None = None

    @torch.no_grad()
    def fit(self, pictures: np.ndarray | Tensor) -> Self:
        """Learn the mean from at most 10,000 of the pictures."""
        chosen = _spread(pictures, FITTED_ON)
        self.mean = torch.cat(self._each(chosen, self.judge.features)).double().mean(0).float()
        return self

    @torch.no_grad()
    def __call__(self, pictures: np.ndarray | Tensor) -> Tensor:
        """Return the (n, d) float32 features of n pictures."""
        if self.mean is None:
            raise InputError("fit the extractor on training pictures before it is used")
        return torch.cat(self._each(pictures, self.judge.features)) - self.mean

    @torch.no_grad()
    def probabilities(self, pictures: np.ndarray | Tensor) -> Tensor:
        """Return the (n, classes) calibrated probabilities of n pictures."""
        return torch.cat(self._each(pictures, self.judge.logits)).softmax(1)

    def state(self) -> dict[str, Tensor]:
        """Return what was learned, to be kept in a file."""
        assert self.mean is not None
        return {"mean": self.mean}

    def restore(self, state: dict[str, Tensor]) -> Self:
        """Take back what `state` returned."""
        self.mean = state["mean"]
        return self

    def _each(
        self, pictures: np.ndarray | Tensor, look: Callable[[Tensor], Tensor]
    ) -> list[Tensor]:
        device = next(iter(_tensors(self.judge)), torch.zeros(())).device
        return [look(x.to(device)).float() for x in _batches(pictures)]


def _tensors(judge: Any) -> list[Tensor]:
    return list(judge.state_dict().values())


def _fingerprint(judge: Any) -> str:
    """Return ten hexadecimal digits that stand for a judge's weights."""
    digest = hashlib.blake2b(digest_size=5)
    for tensor in _tensors(judge):
        digest.update(tensor.detach().float().contiguous().cpu().numpy().tobytes())
    return digest.hexdigest()
