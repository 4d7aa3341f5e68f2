"""New or copied: what is planted is found, and what is new passes."""

import numpy as np
import pytest
import torch

from makebelieve.errors import InputError
from makebelieve.metrics.copies import auth_pct, cells, copy_test, gallery, near_copies


def normal(n, d=4, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


TRAIN, HELD, NEW = normal(600), normal(400, seed=1), normal(400, seed=2)
COPIES = TRAIN[:400] + 1e-3 * normal(400, seed=3)


def test_copies_are_found_and_new_ones_pass():
    assert auth_pct(COPIES, TRAIN) < 1
    assert 40 < auth_pct(NEW, TRAIN) < 70
    assert near_copies(COPIES, TRAIN, HELD) > 0.9
    assert near_copies(NEW, TRAIN, HELD) < 0.05
    assert copy_test(COPIES, HELD, TRAIN) < -10
    assert abs(copy_test(NEW, HELD, TRAIN)) < 3
    assert copy_test(NEW * 3, HELD, TRAIN) > 5


def test_half_copies_read_as_half():
    half = torch.cat([COPIES[:200], NEW[:200]])
    assert auth_pct(half, TRAIN) == pytest.approx(auth_pct(NEW[:200], TRAIN) / 2, abs=2)
    assert near_copies(half, TRAIN, HELD) == pytest.approx(0.5, abs=0.05)


def test_authenticity_against_looking_at_every_pair():
    away = torch.cdist(NEW.double(), TRAIN.double())
    own = torch.cdist(TRAIN.double(), TRAIN.double()).fill_diagonal_(torch.inf).amin(1)
    least, row = away.min(1)
    assert auth_pct(NEW, TRAIN) == pytest.approx(100 * float((least > own[row]).double().mean()))


def test_the_statistic_is_scipys():
    stats = pytest.importorskip("scipy.stats")
    away = [torch.cdist(x.double(), TRAIN.double()).amin(1).numpy() for x in (NEW, HELD)]
    u, p = stats.mannwhitneyu(*away, method="asymptotic", use_continuity=False)
    z = copy_test(NEW, HELD, TRAIN, regions=1)
    assert np.sign(z) == np.sign(u - 400 * 400 / 2)
    assert 2 * stats.norm.sf(abs(z)) == pytest.approx(p, rel=1e-6)


def test_the_gallery_holds_the_copies_first():
    mixed = torch.cat([NEW[:50], COPIES[:5]])
    found = gallery(mixed, TRAIN, 5)
    assert sorted(found.samples.tolist()) == [50, 51, 52, 53, 54]
    assert found.train.tolist() == [s - 50 for s in found.samples.tolist()]
    assert (found.ratios.diff() >= 0).all()


def test_neither_order_nor_rotation_nor_shift_matter():
    turn = torch.linalg.qr(normal(4, seed=5).double())[0]
    fake, held, train = (x.double() @ turn + 20 for x in (NEW, HELD, TRAIN))
    assert auth_pct(fake.flip(0), train.flip(0)) == auth_pct(NEW, TRAIN)
    assert near_copies(fake.flip(0), train.flip(0), held) == near_copies(NEW, TRAIN, HELD)
    one = copy_test(fake.flip(0), held, train.flip(0), regions=1)
    assert one == pytest.approx(copy_test(NEW, HELD, TRAIN, regions=1), abs=1e-3)


def test_cells_of_clear_clusters():
    middles = torch.tensor([[0.0, 0.0], [50.0, 0.0], [0.0, 50.0]])
    x = torch.cat([middles[i] + normal(30, 2, seed=i) for i in range(3)])
    found = cells(x, 3)
    assert torch.cdist(found, middles.double()).amin(1).max() < 1
    assert len(cells(torch.zeros(10, 2), 3)) == 1


def test_too_few_to_say():
    with pytest.raises(InputError, match="20 samples"):
        copy_test(NEW[:10], HELD, TRAIN)
