"""Precision to clipped coverage against looking at every pair, and against the prdc package."""

import contextlib
import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve.errors import InputError
from makebelieve.metrics import pairs
from makebelieve.metrics.neighbours import (
    clipped_coverage_curve,
    coverage_at_best,
    nearest,
    prdc,
    told_apart,
)


def normal(n, d=8, seed=0, scale=1.0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed)) * scale


def slowly(real, fake, k=5, manifold_k=3):
    """All six from whole matrices of float64 distances, as the definitions read."""
    x, y = (t.double() for t in (real, fake))

    def away(a, b):
        return (a[:, None] - b[None]).square().sum(2)

    def radius(a, k):
        return away(a, a).fill_diagonal_(torch.inf).sort(1)[0][:, k - 1]

    d, r = away(x, y), radius(x, k)
    clipped = r.minimum(r.sqrt().quantile(0.5) ** 2)
    own = away(x, x).fill_diagonal_(torch.inf)
    hits = (d <= clipped[:, None]).sum(0).clamp(max=k).double().mean()
    floor = (own <= clipped[:, None]).sum(0).clamp(max=k).double().mean()
    inside = (d < r[:, None]).sum(1)
    curve = clipped_coverage_curve(len(x), len(y), k).numpy()
    raw = float(inside.clamp(max=k).double().mean()) / k
    return {
        "precision": float((d <= radius(x, manifold_k)[:, None]).any(0).double().mean()),
        "recall": float((d <= radius(y, manifold_k)).any(1).double().mean()),
        "density": float(inside.sum()) / (k * len(y)),
        "coverage": float((inside > 0).double().mean()),
        "clipped_density": min(1.0, float(hits / floor)),
        "clipped_coverage": float(np.interp(raw, curve, np.linspace(0, 1, len(curve)))),
    }


@settings(max_examples=40, deadline=None)
@given(
    st.integers(8, 40), st.integers(8, 40), st.integers(1, 4), st.integers(1, 6), st.integers(0, 9)
)
def test_it_agrees_with_looking_at_every_pair_ties_included(n, m, d, k, seed):
    # Whole numbers, so that ties and copies are frequent, and centring is exact for both.
    random = np.random.default_rng(seed)
    x = torch.from_numpy(random.integers(-3, 4, (n, d)).astype(np.float32)).double()
    y = torch.from_numpy(random.integers(-3, 4, (m, d)).astype(np.float32)).double()
    x = torch.cat([x, -x])
    assert prdc(x, y, k).to_dict() == pytest.approx(slowly(x, y, k), abs=1e-12)


def test_it_agrees_with_the_prdc_package():
    package = pytest.importorskip("prdc")
    x, y = normal(700, 32), normal(600, 32, seed=1, scale=1.05)
    y[:100] = x[:100]
    x[200:240] = x[200]  # more copies than neighbours: balls of no size at all
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = package.compute_prdc(x.double().numpy(), y.double().numpy(), nearest_k=5)
    ours = prdc(x, y, 5, manifold_k=5).to_dict()
    # Its `<` for precision and recall drops copies that lie on the edge.
    near = {"precision": 2 / 600, "recall": 2 / 700}
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, abs=near.get(name, 1e-4)), name


def test_a_line_by_hand():
    # Real 0, 1, 2, 3; k = 1: every ball has radius 1. Samples: one in two balls, one on an edge,
    # one far away.
    real, fake = torch.arange(4.0)[:, None], torch.tensor([[0.5], [-1.0], [9.0]])
    found = prdc(real, fake, 1, manifold_k=1)
    assert found.precision == pytest.approx(2 / 3)  # on the edge counts
    assert found.density == pytest.approx(2 / 3)  # on the edge does not count
    assert found.coverage == pytest.approx(2 / 4)


def test_far_away_is_nothing_and_the_same_is_everything():
    x, y = normal(200), normal(200, seed=1)
    assert set(prdc(x, y + 100).to_dict().values()) == {0.0}
    same = prdc(x, x.clone())
    assert (same.precision, same.recall, same.coverage) == (1, 1, 1)


def test_coverage_of_the_same_source_is_what_theory_says():
    found = [prdc(normal(400, 4, s), normal(300, 4, s + 50)) for s in range(12)]
    coverage = np.mean([f.coverage for f in found])
    assert coverage == pytest.approx(coverage_at_best(400, 300), abs=0.02)
    assert np.mean([f.clipped_coverage for f in found]) == pytest.approx(1, abs=0.06)
    assert np.mean([f.clipped_density for f in found]) == pytest.approx(1, abs=0.05)


def test_half_bad_samples_read_as_a_half():
    good = [normal(500, 4, s) for s in (0, 1)]
    half = torch.cat([good[1][:250], good[1][250:] + 100])
    found = prdc(good[0], half)
    assert found.clipped_density == pytest.approx(0.5, abs=0.05)
    assert found.clipped_coverage == pytest.approx(0.5, abs=0.06)


def test_the_curve_is_what_chance_does():
    random = np.random.default_rng(0)
    share = random.beta(5, 95, 200_000)
    for s in (0, 3, 40, 80):
        chance = np.minimum(random.binomial(s, share), 5).mean() / 5
        assert float(clipped_coverage_curve(100, 80)[s]) == pytest.approx(chance, abs=3e-3)


def test_neither_order_nor_rotation_nor_shift_nor_blocks_matter(monkeypatch):
    x, y = normal(300), normal(250, seed=1, scale=1.2)
    plain = prdc(x, y).to_dict()
    turn = torch.linalg.qr(normal(8, 8, seed=2).double())[0]
    assert prdc(x.flip(0), y.flip(0)).to_dict() == pytest.approx(plain, abs=1e-12)
    assert prdc(x.double() @ turn + 50, y.double() @ turn + 50).to_dict() == pytest.approx(
        plain, abs=2e-3
    )
    monkeypatch.setitem(pairs.BLOCK, "cpu", 777)
    monkeypatch.setattr(pairs, "NUMBERS", 41)
    assert prdc(x, y).to_dict() == plain


@pytest.mark.parametrize("kernels", ["plain", "linear"])
def test_whichever_kernel_multiplies_the_counts_are_the_same(monkeypatch, kernels):
    x, y = normal(400, 64), normal(350, 64, seed=1)
    y[:50] = x[:50]
    monkeypatch.setattr(pairs, "probe", lambda: kernels)
    assert prdc(x, y).to_dict() == pytest.approx(slowly(x, y), abs=1e-9)


def test_near_copies_far_from_the_centre_are_told_apart():
    x = normal(50, 64) + 1000
    away = x.double() + 1e-3 / 8  # a thousandth, spread over 64 numbers
    found = nearest(away, x.double())
    assert found.rows[:, 0].tolist() == list(range(50))
    assert found.distances[:, 0].numpy() == pytest.approx(np.full(50, 1e-3), rel=2e-2)
    assert nearest(x, x).distances.abs().max() == 0


def test_crowded_neighbours_are_put_in_their_exact_order():
    # Twenty neighbours so near to one another that a float32 product cannot order them.
    far = normal(200, 16, scale=100)
    steps = torch.linspace(1e-3, 2e-2, 20).double()[torch.randperm(20)]
    crowd = far[0].double() + torch.eye(16)[0].double() * steps[:, None]
    found = nearest(far[:1].double(), crowd, k=5)
    assert found.rows[0].tolist() == steps.argsort()[:5].tolist()
    everything = torch.cat([far.double(), crowd])
    own = nearest(everything, k=3)
    slow = torch.cdist(everything, everything, compute_mode="donot_use_mm_for_euclid_dist")
    expected = slow.fill_diagonal_(torch.inf).sort(1)[0][:, :3]
    assert own.distances.numpy() == pytest.approx(expected.numpy(), rel=0.05)


def test_nobody_is_its_own_neighbour():
    same = torch.zeros(30, 4)
    found = nearest(same, k=4)
    assert (found.rows != torch.arange(30)[:, None]).all()
    assert all(len(set(row)) == 4 for row in found.rows.tolist())


def test_what_cannot_be_measured_is_said():
    with pytest.raises(InputError, match="neighbours among 2"):
        prdc(torch.rand(3, 2), torch.rand(9, 2))
    with pytest.raises(InputError, match="same d"):
        prdc(torch.rand(30, 2), torch.rand(30, 3))
    with pytest.raises(InputError, match="not finite"):
        prdc(torch.full((30, 2), torch.inf), torch.rand(30, 2))


def test_what_is_far_away_is_always_told():
    assert told_apart(normal(40, 3), normal(50, 3) + 100) == 1


def test_the_same_source_is_a_coin_toss_and_copies_are_less():
    # Leave-one-out over 1,000: a standard deviation of at most about 0.03.
    x, y = normal(500), normal(500, seed=1)
    assert told_apart(x, y) == pytest.approx(0.5, abs=0.1)
    assert told_apart(x, x) < 0.05


def test_telling_agrees_with_looking_at_every_pair():
    a, b = normal(15, 4), normal(15, 4, seed=1) * 2
    away = torch.cdist(torch.cat([a, b]).double(), torch.cat([a, b]).double())
    called_made = away.fill_diagonal_(torch.inf).argmin(1) >= 15
    assert told_apart(a, b) == float((called_made == (torch.arange(30) >= 15)).double().mean())
