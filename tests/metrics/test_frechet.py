"""The Fréchet distance against answers that are known and two other programs."""

import numpy as np
import pytest
import torch

from makebelieve.errors import InputError
from makebelieve.metrics.frechet import frechet_distance, gaussian

linalg = pytest.importorskip("scipy.linalg")


def normal(n, d, seed=0, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=generator) * scale


def by_sqrtm(a, b):
    a, b = a.double().numpy(), b.double().numpy()
    c, d = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(c @ d).real
    return np.square(a.mean(0) - b.mean(0)).sum() + np.trace(c) + np.trace(d) - 2 * np.trace(root)


def test_one_dimension_by_hand():
    # (μ₁ − μ₂)² + (σ₁ − σ₂)²; the unbiased variance of ±1 is 2.
    x = torch.tensor([[-1.0], [1.0]])
    assert frechet_distance(x, 3 * x + 5) == pytest.approx(25 + (3 - 1) ** 2 * 2)


def test_a_set_is_no_distance_from_itself():
    x = normal(300, 20)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(("n", "d"), [(500, 8), (400, 64), (3_000, 200)])
def test_it_agrees_with_sqrtm(n, d):
    a, b = normal(n, d), normal(n, d, seed=1, scale=1.3) + 0.2
    assert frechet_distance(a, b) == pytest.approx(by_sqrtm(a, b), rel=1e-9)


def test_it_agrees_with_torchmetrics():
    fid = pytest.importorskip("torchmetrics.image.fid")
    metric = fid.FrechetInceptionDistance(feature=torch.nn.Flatten(), input_img_size=(1, 4, 4))
    metric.set_dtype(torch.float64)
    a, b = torch.rand(200, 1, 4, 4), torch.rand(200, 1, 4, 4) ** 2
    metric.update(a.double(), real=True)
    metric.update(b.double(), real=False)
    assert frechet_distance(a.flatten(1), b.flatten(1)) == pytest.approx(
        float(metric.compute()), rel=1e-4
    )


def test_fewer_examples_than_dimensions():
    # In the 30 dimensions that the examples span, nothing is deficient and sqrtm can be asked.
    a, b = normal(40, 30), normal(40, 30, seed=1)
    turn = torch.linalg.qr(normal(100, 100, seed=2).double())[0][:, :30]
    wide_a, wide_b = (x.double() @ turn.T for x in (a, b))
    assert frechet_distance(wide_a, wide_b) == pytest.approx(by_sqrtm(a, b), rel=1e-9)


@pytest.mark.parametrize("least", [1e-3, 1e-4, 1e-6, 1e-9])
def test_nearly_flat_dimensions(least):
    scale = torch.ones(9).double()
    scale[4] = least
    a, b = (normal(300, 9, seed=s).double() * scale for s in (0, 1))
    parts = [by_sqrtm(x, y) for x, y in ((a[:, scale == 1], b[:, scale == 1]),)]
    flat = frechet_distance(a[:, 4:5], b[:, 4:5])
    assert frechet_distance(a, b) == pytest.approx(parts[0] + flat, rel=1e-3)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-6)


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_few_dimensions(d):
    a, b = normal(50, d), normal(50, d, seed=1) * 2
    assert frechet_distance(a, b) == pytest.approx(
        float(by_sqrtm(a, b))
        if d > 1
        else float((a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2),
        rel=1e-6,
    )


def test_constant_features():
    same = torch.full((10, 3), 2.0)
    assert frechet_distance(same, same) == 0
    assert frechet_distance(same, same + 1) == pytest.approx(3)


def test_neither_order_nor_rotation_nor_shift_matter():
    a, b = normal(300, 16).double(), normal(300, 16, seed=1).double() * 1.5
    turn = torch.linalg.qr(normal(16, 16, seed=2).double())[0]
    plain = frechet_distance(a, b)
    assert frechet_distance(a.flip(0), b.flip(0)) == pytest.approx(plain, rel=1e-12)
    assert frechet_distance(a @ turn + 7, b @ turn + 7) == pytest.approx(plain, rel=1e-9)
    assert frechet_distance(b, a) == pytest.approx(plain, rel=1e-9)


def test_parts_make_the_whole(monkeypatch):
    x = normal(500, 8)
    whole = gaussian(x)
    monkeypatch.setattr("makebelieve.metrics.frechet.ROWS", 7)
    assert torch.allclose(gaussian(x).covariance, whole.covariance, rtol=1e-13)


@pytest.mark.parametrize("bad", [torch.zeros(1, 3), torch.zeros(5), torch.full((4, 2), np.nan)])
def test_what_cannot_be_measured_is_said(bad):
    with pytest.raises(InputError):
        frechet_distance(bad, bad)
    with pytest.raises(InputError, match="extractor"):
        frechet_distance(torch.rand(5, 3), torch.rand(5, 2))
