"""Nearest neighbours, and what they say of fidelity and variety: precision to clipped coverage."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from makebelieve.errors import InputError
from makebelieve.metrics.pairs import blocks, centred, exact, slack

__all__ = [
    "PRDC",
    "Nearest",
    "clipped_coverage_curve",
    "coverage_at_best",
    "nearest",
    "prdc",
    "told_apart",
]

SPARE = 2  # candidates beyond k, so that rounding in their order does not matter


class Nearest(NamedTuple):
    """The nearest neighbours of each query, nearest first.

    Args:
        distances: (n, k) float64.
        rows: (n, k) int64, into the set that was searched.
    """

    distances: Tensor
    rows: Tensor


def nearest(queries: Tensor, among: Tensor | None = None, k: int = 1) -> Nearest:
    """Find the k nearest neighbours of each query.

    Args:
        queries: (n, d) features.
        among: (m, d) features to search; None: the other queries.
        k: how many.

    Raises:
        InputError: there are fewer than k to find.

    Example:
        >>> nearest(torch.tensor([[0.0], [1.0], [5.0]]), k=1).distances.flatten().tolist()
        [1.0, 1.0, 4.0]
    """
    if among is None:
        (a,) = centred(queries)
        squares, rows = _nearest(a, a, k, others=True)
    else:
        b, a = centred(among, queries)
        squares, rows = _nearest(a, b, k, others=False)
    return Nearest(squares.sqrt(), rows)


def _nearest(a: Tensor, b: Tensor, k: int, *, others: bool) -> Nearest:
    """Find neighbours and *squared* distances; with `others`, a is b and no row finds itself."""
    there = len(b) - others
    if not 1 <= k <= there:
        raise InputError(f"{k} nearest neighbours among {there} examples: give more examples")
    wanted, margin = min(k + SPARE, there), slack(a, b)
    distances, rows, unsure = [], [], []
    for start, away in blocks(a, b):
        i = torch.arange(start, start + len(away), device=a.device)
        if others:
            away[i - start, i] = torch.inf
        edge, found = away.topk(wanted, largest=False)
        near = exact(a, b, i.repeat_interleave(wanted), found.flatten()).view_as(found)
        near, best = near.sort(dim=1, stable=True)
        distances.append(near[:, :k])
        rows.append(found.gather(1, best)[:, :k])
        # Someone outside the candidates may be nearer than the k-th: these rows are done again.
        if wanted < there and a.dtype == torch.float32:
            unsure.append(i[near[:, k - 1] + margin >= edge[:, -1]])
    distance, row = torch.cat(distances), torch.cat(rows)
    again = torch.cat(unsure) if unsure else torch.empty(0)
    if len(again):
        distance[again], row[again] = _with_care(a, b, k, again, others=others)
    return Nearest(distance, row)


def _with_care(a: Tensor, b: Tensor, k: int, chosen: Tensor, *, others: bool) -> Nearest:
    """Find the neighbours of some rows by products in float64."""
    a64, b64 = a[chosen].double(), b.double()
    if not others:
        return _nearest(a64, b64, k, others=False)
    # One more than wanted, since each finds itself; of several equal ones any may be left out.
    distances, rows = _nearest(a64, b64, k + 1, others=False)
    own = rows == chosen[:, None]
    own[:, -1] |= ~own.any(1)
    return Nearest(distances[~own].view(-1, k), rows[~own].view(-1, k))


@dataclass(frozen=True)
class PRDC:
    """How many samples look real, and how much of what is real they cover.

    Args:
        precision: the share of samples within the support of the real ones.
        recall: the share of real examples within the support of the samples.
        density: how many real neighbourhoods hold a sample, over k; 1 is usual, more is possible.
        coverage: the share of real neighbourhoods that hold a sample.
        clipped_density: the share of good samples, by density without its outliers.
        clipped_coverage: the share of samples that would cover as much, were they all good.
    """

    precision: float
    recall: float
    density: float
    coverage: float
    clipped_density: float
    clipped_coverage: float

    def to_dict(self) -> dict[str, float]:
        """Return the six by name."""
        return asdict(self)


def prdc(real: Tensor, fake: Tensor, k: int = 5, *, manifold_k: int = 3) -> PRDC:
    """Measure precision, recall, density, coverage and the clipped two, exactly.

    With rₖ(x) the distance of x to its k-th neighbour in its own set, N real xᵢ and M samples yⱼ:

    - precision = 1/M Σⱼ 1[∃i: |xᵢ − yⱼ| ≤ r(xᵢ)], recall the same with the sets exchanged, both
      with `manifold_k`;
    - density = 1/(kM) ΣᵢΣⱼ 1[|xᵢ − yⱼ| < rₖ(xᵢ)];
    - coverage = 1/N Σᵢ 1[∃j: |xᵢ − yⱼ| < rₖ(xᵢ)];
    - clipped density = 1/M Σⱼ min(1, 1/k Σᵢ 1[|xᵢ − yⱼ| ≤ min(rₖ(xᵢ), median rₖ)]), divided by the
      same of the real ones, each left out of its own neighbourhood, and at most 1;
    - clipped coverage = f⁻¹(1/N Σᵢ min(1, 1/k Σⱼ 1[|xᵢ − yⱼ| < rₖ(xᵢ)])) / M, with f of
      `clipped_coverage_curve`.

    Memory is that of a block of distances, whatever n and m.

    Args:
        real: (n, d) features.
        fake: (m, d) features.
        k: neighbours for density and coverage.
        manifold_k: neighbours for precision and recall.

    Raises:
        InputError: fewer examples than neighbours, or features that do not belong together.

    Source:
        Kynkäänniemi et al. 2019, eq. 1 and 2; Naeem et al. 2020, eq. 3 and 5; Salvy, Talbot and
        Thirion 2026, "Enhanced generative model evaluation with clipped density and coverage".

    Example:
        >>> x = torch.randn(500, 2, generator=torch.Generator().manual_seed(0))
        >>> prdc(x[:250], x[250:]).coverage > 0.9
        True
    """
    x, y = centred(real, fake)
    # Squares throughout: a root squared again may differ from what it came of, and ties count.
    most = max(k, manifold_k)
    squares, neighbours = _nearest(x, x, min(most + 1, max(len(x) - 1, most)), others=True)
    radii = squares[:, k - 1]
    median = torch.quantile(radii.sqrt(), 0.5) ** 2
    theirs = _nearest(y, y, manifold_k, others=True).distances[:, manifold_k - 1]
    clipped = radii.minimum(median)
    counts = _count(x, y, torch.stack([squares[:, manifold_k - 1], radii, clipped]), theirs)
    held = squares <= clipped[:, None]
    if held[:, k:].any():
        # Ties beyond the k-th: copies, of which the list of neighbours holds only some.
        own = _count(x, x, clipped.expand(3, -1), torch.zeros_like(clipped)).clipped - 1
    else:
        own = torch.bincount(neighbours[held], minlength=len(x))
    floor = _share(own, k)
    covered = _share(counts.inside, k)
    return PRDC(
        precision=float((counts.supported > 0).double().mean()),
        recall=float((counts.reached > 0).double().mean()),
        density=float(counts.inside.sum()) / (k * len(y)),
        coverage=float((counts.inside > 0).double().mean()),
        clipped_density=min(1.0, _share(counts.clipped, k) / floor) if floor else 0.0,
        clipped_coverage=_inverse(covered, clipped_coverage_curve(len(x), len(y), k)),
    )


class _Counts(NamedTuple):
    supported: Tensor  # (m,) real balls (manifold_k, ≤) around each sample
    clipped: Tensor  # (m,) real balls (k, clipped, ≤) around each sample
    inside: Tensor  # (n,) samples in each real ball (k, <)
    reached: Tensor  # (n,) balls of samples (manifold_k, ≤) around each real example


def _count(x: Tensor, y: Tensor, radii: Tensor, theirs: Tensor) -> _Counts:
    """Count who is in whose ball, in one pass over the distances.

    Args:
        x: (n, d) centred features of real examples.
        y: (m, d) of samples.
        radii: (3, n) squared radii of the real balls: manifold_k, k, and k clipped.
        theirs: (m,) squared radii of the samples' balls.
    """
    margin = slack(x, y)
    far, wide = (radii.amax(0) + margin).float(), (theirs + margin).float()
    found = _Counts(*(torch.zeros(n, dtype=torch.int64, device=x.device)
                      for n in (len(y), len(y), len(x), len(x))))  # fmt: skip
    for start, away in blocks(x, y):
        # Few pairs are in any ball: all that follows looks at those alone.
        near = (away <= far[start : start + len(away), None]).logical_or_(away <= wide)
        i, j = _where(near)
        limits = torch.cat([radii[:, start + i], theirs[None, j]])
        distance = away[i, j].double()
        i += start
        unsure = ((distance - limits).abs() <= 2 * margin).any(0)
        distance[unsure] = exact(x, y, i[unsure], j[unsure])
        within = distance <= limits
        found.supported.add_(torch.bincount(j[within[0]], minlength=len(y)))
        found.clipped.add_(torch.bincount(j[within[2]], minlength=len(y)))
        found.inside.add_(torch.bincount(i[distance < limits[1]], minlength=len(x)))
        found.reached.add_(torch.bincount(i[within[3]], minlength=len(x)))
    return found


def _where(mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return rows and columns of what is true; few are, and numpy is quick to find them."""
    if mask.device.type != "cpu":
        rows, columns = mask.nonzero(as_tuple=True)
        return rows, columns
    flat = torch.from_numpy(np.flatnonzero(mask.numpy()))
    return flat // mask.shape[1], flat % mask.shape[1]


def _share(counts: Tensor, k: int) -> float:
    return float(counts.clamp(max=k).double().mean()) / k


def told_apart(real: Tensor, fake: Tensor) -> float:
    """Return the leave-one-out accuracy of the nearest neighbour in telling real from made.

    Each example of both sets is called what its nearest neighbour among all the others is. A
    perfect counterfeit gives 0.5, as does a second set of real examples; 1 is told every time.
    Copies give less than 0.5: each is the other's neighbour.

    Args:
        real: (n, d) features.
        fake: (m, d) features; of the longer set only the first are used, so that chance is 0.5.

    Source:
        Lopez-Paz and Oquab 2017, "Revisiting classifier two-sample tests", section 3.

    Example:
        >>> told_apart(torch.zeros(4, 2), torch.ones(4, 2))
        1.0
    """
    count = min(len(real), len(fake))
    rows = nearest(torch.cat([real[:count], fake[:count]])).rows[:, 0]
    made = torch.arange(2 * count, device=rows.device) >= count
    return float((made[rows] == made).double().mean())


def coverage_at_best(n: int, m: int, k: int = 5) -> float:
    """Return the coverage to expect of m samples as good as the n real examples.

    1 − Πᵢ₌₀ᵏ⁻¹ (n − 1 − i) / (n + m − 1 − i)

    Source:
        Naeem et al. 2020, lemma 2, for sets of two sizes.

    Example:
        >>> round(coverage_at_best(10_000, 10_000), 3), round(coverage_at_best(2_000, 500), 3)
        (0.969, 0.673)
    """
    empty = 1.0
    for i in range(k):
        empty *= (n - 1 - i) / (n + m - 1 - i)
    return 1 - empty


def clipped_coverage_curve(n: int, m: int, k: int = 5) -> Tensor:
    """Return the raw clipped coverage to expect when 0 … m of the samples are good, (m + 1,).

    A real ball holds a share Beta(k, n − k) of the distribution, so of s good samples it holds a
    beta-binomial number C, and f(s) = E min(C, k) / k = 1 − 1/k Σ_{c<k} (k − c) P(C = c).

    Args:
        n: real examples.
        m: samples.
        k: neighbours.

    Source:
        Salvy, Talbot and Thirion 2026, section 4.2.

    Example:
        >>> [round(float(f), 3) for f in clipped_coverage_curve(100, 100)[[0, 50, 100]]]
        [0.0, 0.473, 0.76]
    """
    s = torch.arange(m + 1, dtype=torch.float64)[:, None]
    c = torch.arange(k, dtype=torch.float64)
    choose = torch.lgamma(s + 1) - torch.lgamma(c + 1) - torch.lgamma((s - c).clamp(min=0) + 1)
    log_p = choose + _log_beta(c + k, (s - c).clamp(min=0) + n - k)
    log_p -= _log_beta(torch.tensor(float(k)).double(), torch.tensor(float(n - k)).double())
    p = torch.where(c <= s, log_p.exp(), torch.zeros(()).double())
    return 1 - (p * (k - c)).sum(1) / k


def _log_beta(a: Tensor, b: Tensor) -> Tensor:
    return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)


def _inverse(value: float, curve: Tensor) -> float:
    """Return where between 0 and 1 a rising curve reaches the value."""
    right = int(torch.searchsorted(curve, torch.tensor(value, dtype=curve.dtype)).item())
    if right == 0 or right == len(curve):
        return float(right > 0)
    low, high = float(curve[right - 1]), float(curve[right])
    return (right - 1 + (value - low) / (high - low)) / (len(curve) - 1)
