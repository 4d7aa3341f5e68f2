"""The kernel distance against its definition and torchmetrics."""

import pytest
import torch

from makebelieve.errors import InputError
from makebelieve.metrics.kernel import energy_distance, kernel_distance


def normal(n, d, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_by_hand():
    # d = 1: k(a, b) = (ab + 1)³; x = {0, 1}, y = {0, 2}.
    x, y = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [2.0]])
    expected = 1 + 1 - 2 * (1 + 1 + 1 + 27) / 4
    assert kernel_distance(x, y, scaled=False).value == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore:Metric .Kernel")
def test_it_agrees_with_torchmetrics():
    kid = pytest.importorskip("torchmetrics.image.kid")
    metric = kid.KernelInceptionDistance(feature=torch.nn.Flatten(), subsets=1, subset_size=150)
    a, b = torch.rand(150, 1, 4, 4), torch.rand(150, 1, 4, 4) ** 2
    metric.update(a, real=True)
    metric.update(b, real=False)
    ours = kernel_distance(a.flatten(1), b.flatten(1), scaled=False)
    assert ours.value == pytest.approx(float(metric.compute()[0]), rel=1e-4)


def test_one_source_gives_nothing_on_average():
    found = [kernel_distance(normal(200, 8, s), normal(200, 8, s + 100)).value for s in range(20)]
    assert sum(found) / 20 == pytest.approx(0, abs=0.02)
    assert min(found) < 0


def test_neither_order_nor_rotation_nor_shift_nor_scale_matter():
    x, y = normal(200, 8), normal(200, 8, 1) * 1.3 + 0.2
    turn = torch.linalg.qr(normal(8, 8, 2).double())[0]
    plain = kernel_distance(x, y).value
    assert kernel_distance(x.flip(0), y.flip(0)).value == pytest.approx(plain, rel=1e-9)
    moved = kernel_distance(x.double() @ turn * 9 + 5, y.double() @ turn * 9 + 5)
    assert moved.value == pytest.approx(plain, rel=1e-4)


def test_subsets_agree_with_the_whole():
    x, y = normal(600, 8), normal(600, 8, 1) + 0.3
    parts = kernel_distance(x, y, size=200, subsets=60)
    assert parts.value == pytest.approx(kernel_distance(x, y).value, abs=4 * parts.spread / 60**0.5)
    assert parts == kernel_distance(x, y, size=200, subsets=60)


def test_one_example_is_too_few():
    with pytest.raises(InputError, match="at least 2"):
        kernel_distance(torch.rand(1, 3), torch.rand(9, 3))


def test_energy_distance_is_none_within_one_set_and_does_not_move_with_both():
    random = torch.Generator().manual_seed(0)
    a, b = (torch.randn(400, 6, generator=random) for _ in range(2))
    assert abs(energy_distance(a, b)) < 0.02
    assert energy_distance(a[:64], b) == pytest.approx(0, abs=0.05)
    away = energy_distance(a + 1, b)
    assert away > 0.3
    assert energy_distance(3 * a + 8, 3 * b + 5) == pytest.approx(away, rel=1e-6)


def test_energy_distance_is_that_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    random = torch.Generator().manual_seed(1)
    a, b = torch.randn(50, 1, generator=random), torch.randn(70, 1, generator=random) + 0.5
    within = [float(torch.cdist(x.double(), x.double()).mean()) for x in (a, b)]
    # SciPy counts each example as its own neighbour, and takes the root.
    theirs = stats.energy_distance(a[:, 0].numpy(), b[:, 0].numpy()) ** 2
    fair = [w * n / (n - 1) for w, n in zip(within, (50, 70), strict=True)]
    expected = (theirs + sum(within) - sum(fair)) / fair[1]
    assert energy_distance(a, b) == pytest.approx(expected, rel=1e-6)
