"""Measures against somebody else's arithmetic: NumPy, SciPy, scikit-learn, or plain loops."""

import dataclasses
import itertools
import math
from collections import Counter

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import linalg, ndimage, stats
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist
from sklearn import linear_model
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier

import makebelieve as mb
from makebelieve.data import load
from makebelieve.data.points import RING
from makebelieve.data.spec import SPLITS, Spec
from makebelieve.metrics import codes
from makebelieve.metrics.codes import active_units, kl_per_dimension, path_length
from makebelieve.metrics.contest import contested, gradient_norms, ranked, slopes
from makebelieve.metrics.copies import near_copies
from makebelieve.metrics.judges import accuracy, attack, calibration_gap, outside, shortcut
from makebelieve.metrics.likelihood import log_bound, shuffle_gap
from makebelieve.metrics.modes import (
    class_histogram,
    histogram_distance,
    mode_count,
    point_modes,
    stacked_modes,
)
from makebelieve.metrics.neighbours import told_apart
from makebelieve.metrics.pictures import checkerboard, laplacian_ratio, spectrum_ratio
from makebelieve.metrics.sitting import Sitting
from makebelieve.metrics.suite import METRICS
from makebelieve.rng import Step


def drawn(*shape, seed=0, shift=0.0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double() + shift


def rotation(d, seed=5):
    return torch.linalg.qr(drawn(d, d, seed=seed))[0]


def pictures(n=40, side=16, seed=0):
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (n, side, side, 3), dtype=np.uint8)


def grey(x):
    return x.astype(np.float64).mean(-1) / 255


# ---- Samples


def test_telling_apart_is_scikit_learns_nearest_neighbour():
    real, fake = drawn(80, 4), drawn(80, 4, seed=1, shift=0.5)
    both, is_fake = torch.cat([real, fake]).numpy(), np.repeat([0, 1], 80)
    right = 0
    for i in range(160):
        others = np.arange(160) != i
        model = KNeighborsClassifier(1).fit(both[others], is_fake[others])
        right += model.predict(both[i : i + 1])[0] == is_fake[i]
    assert told_apart(real, fake) == pytest.approx(right / 160)


def test_telling_apart_ignores_order_rotation_shift_and_scale():
    real, fake = drawn(200, 4), drawn(200, 4, seed=1, shift=0.5)
    moved = (3 * x.flip(0) @ rotation(4) + 7 for x in (real, fake))
    assert told_apart(*moved) == pytest.approx(told_apart(real, fake))


def test_near_copies_by_looking_at_every_pair():
    train, held = drawn(300, 5), drawn(100, 5, seed=1)
    fake = torch.cat([train[:10] + 0.01, drawn(60, 5, seed=2)])
    limit = np.quantile(cdist(held, train).min(1), 0.05)
    expected = (cdist(fake, train).min(1) < limit).mean()
    assert near_copies(fake, train, held, 0.05) == pytest.approx(expected)


def test_classes_against_numpy():
    seen = torch.tensor([0, 0, 1, 4, 4, 4, -1, 2])
    shares = class_histogram(seen, 6)
    values, counts = np.unique(seen[seen >= 0], return_counts=True)
    assert shares[values].numpy() == pytest.approx(counts / 7)
    assert mode_count(shares, 0.2) == int(
        (np.bincount(seen[seen >= 0], minlength=6) / 7 >= 0.2).sum()
    )
    other = class_histogram(torch.tensor([0, 1, 2, 3, 4, 5]), 6)
    # Total variation is the greatest difference over all sets of classes.
    sets = [[i for i in range(6) if n >> i & 1] for n in range(64)]
    expected = max(abs(float(shares[s].sum() - other[s].sum())) for s in sets)
    assert histogram_distance(shares, other) == pytest.approx(expected)


def test_neither_the_order_nor_the_names_of_classes_matter():
    seen, other = torch.tensor([0, 0, 1, 3, 3, 3, 2, 2]), torch.tensor([0, 1, 2, 3, 3, 1, 1, 1])
    names = torch.tensor([2, 0, 3, 1])
    found = []
    for a, b in ((seen, other), (names[seen.flip(0)], names[other])):
        p, q = class_histogram(a, 4), class_histogram(b, 4)
        found.append((histogram_distance(p, q), mode_count(p, 0.2)))
    assert found[0] == pytest.approx(found[1])


def test_modes_of_points_by_a_tree():
    points = np.concatenate([RING.sample(900)[0], np.random.default_rng(0).normal(0, 1, (100, 2))])
    away, which = KDTree(RING.centres).query(points)
    good = away <= 3 * RING.sigma
    found = point_modes(points, RING, hits=20)
    counts = np.bincount(which[good], minlength=8)
    assert found.found == (counts >= 20).sum()
    assert found.good == pytest.approx(good.mean())
    assert found.kl == pytest.approx(stats.entropy(counts / counts.sum(), np.full(8, 1 / 8)))


def test_modes_of_a_ring_that_is_turned_by_one_place():
    points = RING.sample(2_000)[0]
    angle = 2 * math.pi / 8
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    before, after = point_modes(points, RING), point_modes(points[::-1] @ turn.T, RING)
    assert (before.found, before.good) == pytest.approx((after.found, after.good))
    assert before.kl == pytest.approx(after.kl, abs=1e-9)


def test_stacked_modes_by_counting_triples():
    random = np.random.default_rng(0)
    digits = random.integers(0, 10, (3_000, 3)) // random.integers(1, 4, (3_000, 1))
    stacked = np.repeat(digits[:, None, None, :], 2, 1).repeat(2, 2).astype(np.uint8)
    found = stacked_modes(stacked, lambda x: x[:, 0, 0, 0], hits=2)
    counts = Counter(map(tuple, digits))
    assert found.found == sum(n >= 2 for n in counts.values())
    shares = np.array(list(counts.values())) / 3_000
    assert found.kl == pytest.approx(float((shares * np.log(shares * 1_000)).sum()))
    swapped = stacked_modes(stacked[::-1, ..., [2, 0, 1]], lambda x: x[:, 0, 0, 0], hits=2)
    assert (swapped.found, swapped.kl) == pytest.approx((found.found, found.kl))


# ---- Pictures


def test_sharpness_is_scipys_laplacian():
    fake, real = pictures(seed=1)[:, ::1], pictures(seed=2) // 2

    def sharp(x):
        return np.median([ndimage.laplace(p)[1:-1, 1:-1].var(ddof=1) for p in grey(x)[:39]])

    # An odd number: PyTorch's median of an even one is the lower of the two in the middle.
    assert laplacian_ratio(fake[:39], real[:39]) == pytest.approx(
        sharp(fake) / sharp(real), rel=1e-6
    )


def test_fine_detail_is_numpys():
    def share(x):
        g = grey(x)
        power = np.zeros((16, 16))
        for p in g:
            power += np.abs(np.fft.fft2(p - p.mean())) ** 2
        u = np.abs(np.fft.fftfreq(16))
        return power[np.hypot(u[:, None], u) > 0.25].sum() / power.sum()

    fake, real = pictures(seed=1), ndimage.uniform_filter(pictures(seed=2), (1, 3, 3, 1))
    assert spectrum_ratio(fake, real) == pytest.approx(share(fake) / share(real), rel=1e-6)


def test_the_peak_of_a_weave_by_a_plain_sum():
    real = pictures(200, seed=3)
    fake = real.copy()
    fake[:, ::2, ::2] //= 2

    def power(x, u, v):
        rows, columns = np.mgrid[:16, :16]
        wave = np.exp(-2j * math.pi * (u * rows + v * columns) / 16)
        return np.mean([abs(((p - p.mean()) * wave).sum()) ** 2 for p in grey(x)])

    def peak(x):
        spots = []
        for u, v in ((8, 0), (0, 8), (8, 8)):
            around = [power(x, u + d, v) for d in (-2, -1, 1, 2) if u]
            around += [power(x, u, v + d) for d in (-2, -1, 1, 2) if v]
            spots.append(power(x, u, v) / np.mean(around))
        return max(spots)

    assert checkerboard(fake, real).peak == pytest.approx(peak(fake) / peak(real), rel=1e-6)


def test_the_seams_of_blocks_by_loops():
    real, fake = pictures(60, seed=3), pictures(60, seed=4)
    fake[:, :, 8:] = np.clip(fake[:, :, 8:].astype(int) + 60, 0, 255)

    def steps(x, axis, block):
        g = np.moveaxis(grey(x), axis, 1)
        each = [np.abs(g[:, i] - g[:, i - 1]).mean() for i in range(1, 16)]
        of = {
            p: np.mean([s for i, s in enumerate(each, 1) if i % block == p]) for p in range(block)
        }
        return math.log(of[0] / np.mean([of[p] for p in range(1, block)]))

    places = [(axis, block) for axis in (1, 2) for block in (2, 4)]
    expected = max(abs(steps(fake, *p) - steps(real, *p)) for p in places)
    assert checkerboard(fake, real).seams == pytest.approx(expected, rel=1e-6)


def test_the_detail_of_phases_by_loops():
    real, fake = pictures(60, seed=3), pictures(60, seed=4)
    fake[:, ::2, ::2] //= 3

    def level(x, step):
        energy = np.mean([ndimage.laplace(p)[1:-1, 1:-1] ** 2 for p in grey(x)], 0)
        energy = energy + 1e-3 * energy.mean() + 1e-12
        m = step // 2
        found = np.empty((14 - 2 * m, 14 - 2 * m))
        for i, j in np.ndindex(found.shape):
            weights = [0.5 if k in {0, step} else 1.0 for k in range(step + 1)]
            box = energy[i : i + step + 1, j : j + step + 1] * np.outer(weights, weights)
            found[i, j] = energy[i + m, j + m] / (box.sum() / step**2)
        return found

    def spread(step):
        relative = level(fake, step) / np.maximum(level(real, step), 1e-3)
        side = len(relative) // step * step
        medians = []
        for a, b in np.ndindex(step, step):
            values = np.sort(relative[a:side:step, b:side:step].ravel())
            medians.append(values[(len(values) - 1) // 2])  # the lower of two, as PyTorch has it
        return (max(medians) - min(medians)) / np.mean(medians)

    expected = max(spread(step) for step in (2, 4) if (14 - step) // step >= 4)
    assert checkerboard(fake, real).phases == pytest.approx(expected, rel=1e-6)


def test_places_of_a_raster_by_scikit_learn():
    real, fake = pictures(60, seed=3), pictures(60, seed=4)
    fake[:, ::2, ::4] //= 3

    def told(x):
        steps, places = [], []
        for p in itertools.chain(grey(x), np.swapaxes(grey(x), 1, 2)):
            for row, start in itertools.product(np.abs(np.diff(p, axis=1)), range(10)):
                seen = row[start : start + 6]
                if seen.sum() > 0.1:
                    steps.append([*(seen / seen.sum()), *(seen / seen.sum()) ** 2])
                    places.append(start % 4)
        weights = 1 / np.bincount(places)[places]
        rule = linear_model.Ridge(1e-6, fit_intercept=False)
        rule.fit(steps, np.eye(4)[places], sample_weight=weights)
        right = rule.predict(np.asarray(steps)).argmax(1) == places
        return np.mean([right[np.equal(places, k)].mean() for k in range(4)])

    assert checkerboard(fake, real).places == pytest.approx(told(fake) - told(real), abs=1e-4)


def test_pictures_may_be_mirrored():
    fake, real = pictures(60, seed=4) // 2 + 60, pictures(60, seed=3)
    fake[:, ::2, ::2] //= 3
    mirrored = [np.swapaxes(x[::-1], 1, 2) for x in (fake, real)]
    before, after = ((*checkerboard(a, b), spectrum_ratio(a, b), laplacian_ratio(a, b))
                     for a, b in ((fake, real), mirrored))  # fmt: skip
    assert before == pytest.approx(after, rel=1e-6)


# ---- Codes


def test_units_are_numpys_variance():
    mean = drawn(200, 6) * torch.tensor([1.0, 0.5, 0.11, 0.09, 0.01, 0.0]).double()
    expected = int((np.var(mean.numpy(), axis=0, ddof=1) > 0.01).sum())
    assert active_units(mean) == expected
    assert active_units(mean.flip(0)[:, torch.randperm(6)] + 3) == expected


def test_dimensions_of_the_code_may_change_places():
    mean, log_variance = drawn(50, 4), drawn(50, 4, seed=1)
    places = torch.tensor([2, 0, 3, 1])
    moved = kl_per_dimension(mean.flip(0)[:, places], log_variance.flip(0)[:, places])
    assert moved.tolist() == pytest.approx(kl_per_dimension(mean, log_variance)[places].tolist())


def test_paths_by_the_jacobian():
    weight = drawn(5, 3)

    def make(z):
        return torch.tanh(z.double() @ weight.T)

    found = path_length(make, 3, n=2_000, step=1e-4)
    random = torch.Generator().manual_seed(1)
    each = []
    for _ in range(1_500):
        z, u = torch.randn(2, 3, generator=random)
        jacobian = torch.func.jacrev(lambda z: make(z[None])[0])(z).double()
        each.append(float((jacobian @ (u / u.norm()).double()).square().sum()))
    assert found == pytest.approx(stats.trim_mean(each, 0.01), rel=0.1)


def test_paths_may_be_turned():
    weight, turned = drawn(5, 3), rotation(5)

    def make(z):
        return torch.tanh(z.double() @ weight.T)

    assert path_length(lambda z: make(z) @ turned + 4, 3) == pytest.approx(path_length(make, 3))


def test_bounds_and_gaps_by_hand(kit):
    """The model's own bound against the formula, term by term, with torch.distributions."""
    spec = Spec.pictures(8, 1)
    vae = kit.build("vae", spec, latent_dim=3).eval()
    x = kit.batch(spec, 6).x
    with torch.no_grad():
        mean, log_variance = vae.posterior(x)
        noise = Step(0, 0).normal(6, 3)
        q = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
        z = mean + (0.5 * log_variance).exp() * noise
        prior = torch.distributions.Normal(0, 1).log_prob(z).sum(1)
        # A Bernoulli of a grey value: its two outcomes, weighted by the value.
        p = torch.distributions.Bernoulli(logits=vae._decoded(z, None))
        one, zero = p.log_prob(torch.ones_like(x)), p.log_prob(torch.zeros_like(x))
        likelihood = (x * one + (1 - x) * zero).flatten(1).sum(1)
        expected = likelihood + prior - q.log_prob(z).sum(1)
        assert vae.log_bound(x, Step(0, 0)).tolist() == pytest.approx(expected.tolist(), rel=1e-5)


def test_bounds_and_gaps_of_examples_in_another_order(kit):
    """Each example has noise of its own, so that another order is another draw of the same mean."""
    vae = kit.build("vae", Spec.pictures(8, 1), latent_dim=3).eval()
    x = kit.batch(Spec.pictures(8, 1), 200).x
    for k in (1, 20):
        before, after = (log_bound(vae, v, k=k) for v in (x, x.flip(0)))
        error = float((before - after.flip(0)).std()) / math.sqrt(200)
        assert float(before.mean() - after.mean()) == pytest.approx(0, abs=4 * error)
    assert shuffle_gap(vae, x).gap == pytest.approx(shuffle_gap(vae, x.flip(0)).gap, abs=0.3)


# ---- Contests


def test_a_contest_by_counting():
    train, held, fake = (drawn(60, seed=s, shift=1 - s) for s in range(3))
    found = contested(train, held, fake)
    assert found.r_t == pytest.approx(np.mean(np.sign(train.numpy())))
    lead = np.mean(train.numpy()) - np.mean(fake.numpy())
    assert found.r_v == pytest.approx((np.mean(train.numpy()) - np.mean(held.numpy())) / lead)
    counted = [np.mean(train.numpy() > 0), np.mean(held.numpy() > 0), np.mean(fake.numpy() < 0)]
    assert [found.train, found.held, found.fake] == pytest.approx(counted)
    u = stats.mannwhitneyu(held, fake).statistic
    assert found.ahead == pytest.approx(u / 60**2)
    mixed = contested(train.flip(0), held[torch.randperm(60)], fake.flip(0))
    assert mixed.to_dict() == pytest.approx(found.to_dict())


def test_slopes_by_finite_differences(kit):
    spec = Spec.points()
    gan = kit.build("gan", spec).double().eval()
    x, e = drawn(7, 2), 1e-5
    with torch.no_grad():
        parts = [
            (gan.judge(x + e * d) - gan.judge(x - e * d)) / (2 * e) for d in torch.eye(2).double()
        ]
    expected = torch.stack(parts, 1).norm(dim=1)
    assert slopes(gan, x).tolist() == pytest.approx(expected.tolist(), rel=1e-3)
    assert slopes(gan, x.flip(0)).tolist() == pytest.approx(expected.flip(0).tolist(), rel=1e-3)


def test_lengths_of_gradients_by_autograd(kit):
    spec = Spec.points()
    gan = kit.build("gan", spec).eval()
    batch = kit.batch(spec, 16)
    found = gradient_norms(gan, batch, Step(0))
    for turn in gan.turns(batch, Step(0)):
        own = [p for p in gan.players[turn.player].parameters() if p.requires_grad]
        each = torch.autograd.grad(turn.loss, own, allow_unused=True)
        square = sum(float(g.double().square().sum()) for g in each if g is not None)
        assert found[turn.player] == pytest.approx(math.sqrt(square), rel=1e-4)
    batch.x, batch.y = batch.x.clone(), None
    assert gradient_norms(gan, batch, Step(0)) == pytest.approx(found)


# ---- Judges


def test_sureness_outside_is_the_area_under_the_curve():
    p, nonsense = drawn(80, 3).softmax(1), drawn(50, 3, seed=1, shift=0.2).softmax(1)
    found = outside(p, nonsense)
    sure = torch.cat([p, nonsense]).max(1).values
    assert found.auroc == pytest.approx(roc_auc_score([1] * 80 + [0] * 50, sure))
    assert found.confidence == pytest.approx(np.mean(nonsense.numpy().max(1)))
    names = torch.tensor([2, 0, 1])
    assert outside(p.flip(0)[:, names], nonsense.flip(0)) == pytest.approx(found)


def test_accuracy_and_calibration_ignore_order_and_names():
    p, y = drawn(90, 3).softmax(1), torch.arange(90) % 3
    names = torch.tensor([1, 2, 0])
    renamed = torch.empty_like(p)
    renamed[:, names] = p
    assert accuracy(renamed.flip(0), names[y].flip(0)) == accuracy(p, y)
    sure, right = p.max(1).values, p.argmax(1) == y
    assert calibration_gap(sure.flip(0), right.flip(0)) == pytest.approx(
        calibration_gap(sure, right)
    )


def test_an_attack_by_finite_differences():
    weight = drawn(3, 16).float()

    def judge(x):
        return torch.tanh(x.flatten(1)) @ weight.T

    x, y = torch.rand(40, 1, 4, 4, generator=torch.Generator().manual_seed(0)), torch.arange(40) % 3
    found = attack(judge, x, y, size=0.05)
    right, e = 0, 1e-3
    for one, label in zip(x, y, strict=True):
        slope = torch.zeros(16)
        for i in range(16):
            moved = [one.flatten().clone() for _ in range(2)]
            moved[0][i] += e
            moved[1][i] -= e
            up, down = (F.cross_entropy(judge(m.view(1, 1, 4, 4)), label[None]) for m in moved)
            slope[i] = up - down
        at = (one + 0.05 * slope.sign().view(1, 4, 4)).clamp(0, 1)
        right += int(judge(at[None]).argmax(1) == label)
    assert found.attacked == pytest.approx(right / 40)
    assert found.clean == accuracy(judge(x).softmax(1), y)
    flipped = attack(judge, x.flip(0), y.flip(0), size=0.05)
    assert (flipped.clean, flipped.attacked) == (found.clean, found.attacked)


def test_a_shortcut_by_loops():
    weight = drawn(2, 36, seed=3).float()

    def judge(x):
        return x.flatten(1) @ weight.T

    x, y = torch.rand(30, 1, 6, 6, generator=torch.Generator().manual_seed(0)), torch.arange(30) % 2
    found = shortcut(judge, x, y, grid=3)
    clean = accuracy(judge(x).softmax(1), y)
    falls = np.zeros((3, 3))
    for i, j in np.ndindex(3, 3):
        painted = x.clone()
        spot = (slice(None), slice(None), slice(2 * i, 2 * i + 2), slice(2 * j, 2 * j + 2))
        painted[spot] = x.mean(0)[None].expand_as(x)[spot]
        falls[i, j] = clean - accuracy(judge(painted).softmax(1), y)
    assert found.without == pytest.approx(falls.max())
    swapped = shortcut(lambda x: judge(x).flip(1), x, 1 - y, grid=3)
    assert swapped.without == pytest.approx(found.without)


# ---- The sums of several


@pytest.fixture(scope="module")
def sitting(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "autoencoder"
    run = mb.train("autoencoder", "digits", out=out, examples=2_560, latent_dim=4, quiet=True)
    return Sitting(load("digits"), 150, run=run)


def test_a_hole_is_a_ratio_of_two_distances(sitting):
    found = METRICS["prior-hole"].measured(sitting)["prior-hole"]
    extractor = sitting.extractors[found.extractor]
    held = sitting.held
    rebuilt, nulls = sitting.run.reconstruct(held), sitting.nulls

    def distance(x):
        a, b = (extractor(v).double().numpy() for v in (x, held))
        root = linalg.sqrtm(np.cov(a.T) @ np.cov(b.T)).real
        away = ((a.mean(0) - b.mean(0)) ** 2).sum()
        return away + np.trace(np.cov(a.T) + np.cov(b.T) - 2 * root)

    least = max(distance(rebuilt), np.mean([distance(x) for x in nulls]))
    assert found.value == pytest.approx(distance(sitting.fake) / least, rel=1e-2)


def test_a_hole_does_not_depend_on_the_order_of_held_out_examples(sitting):
    before = METRICS["prior-hole"].measured(sitting)["prior-hole"].value
    data = sitting.data
    order = np.concatenate([data.rows(s)[::-1] for s in SPLITS])
    labels = None if data.labels is None else data.labels[order]
    other = dataclasses.replace(
        data, examples=np.ascontiguousarray(data.examples[order]), labels=labels,
        split=data.split[order], columns={},
    )  # fmt: skip
    again = METRICS["prior-hole"].measured(Sitting(other, 150, run=sitting.run))["prior-hole"]
    assert again.value == pytest.approx(before, rel=0.5)


def test_ranks_do_not_depend_on_scale():
    high, low = drawn(40, shift=0.5), drawn(30, seed=1)
    assert ranked(high.flip(0) * 9 + 2, low * 9 + 2) == pytest.approx(ranked(high, low))


def test_parts_of_the_path_are_the_whole(monkeypatch):
    before = path_length(torch.sin, 3, n=300)
    monkeypatch.setattr(codes, "BATCH", 7)
    assert path_length(torch.sin, 3, n=300) == pytest.approx(before)
