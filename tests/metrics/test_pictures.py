"""Blur, noise and weaves, planted in real pictures by a known amount."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from makebelieve.data import load
from makebelieve.data.loading import to_tensor
from makebelieve.errors import InputError
from makebelieve.metrics import pictures as module
from makebelieve.metrics.pictures import (
    checkerboard,
    high_frequency_share,
    laplacian_ratio,
    power_spectrum,
    spectrum_ratio,
)


@pytest.fixture(scope="module", params=["fashion", "avatars"])
def real(request):
    data = load(request.param)
    return tuple(np.asarray(data.examples[data.rows(s)][:600]) for s in ("train", "test"))


def blurred(pictures):
    return F.avg_pool2d(F.pad(to_tensor(pictures), (1, 1, 1, 1), mode="reflect"), 3, 1)


def test_real_pictures_are_as_sharp_as_real_ones(real):
    assert spectrum_ratio(*real) == pytest.approx(1, abs=0.15)
    assert laplacian_ratio(*real) == pytest.approx(1, abs=0.2)


def test_blur_and_noise_are_seen(real):
    train, test = real
    assert spectrum_ratio(blurred(train), test) < 0.6
    assert laplacian_ratio(blurred(train), test) < 0.2
    noisy = to_tensor(train) + 0.1 * torch.randn(len(train), 1, 1, 1).expand_as(to_tensor(train))
    assert laplacian_ratio(noisy, test) == pytest.approx(1, abs=0.35)  # a shift of grey is none
    grainy = to_tensor(train) + 0.2 * torch.randn_like(to_tensor(train))
    assert laplacian_ratio(grainy, test) > 1.2
    assert spectrum_ratio(grainy, test) > 1.2


def test_a_weave_is_seen_and_real_pictures_have_none(real):
    train, test = real
    clean = checkerboard(train, test)
    assert clean.peak < 2
    assert clean.phases < 0.25
    weave = torch.zeros(to_tensor(test[:1]).shape[-1])
    weave[::2] = 0.1
    found = checkerboard((to_tensor(train) * 0.9 + weave), test)
    assert found.peak > 3
    half = F.interpolate(to_tensor(train), scale_factor=0.5, mode="area")
    torch.manual_seed(0)
    up = torch.nn.ConvTranspose2d(half.shape[1], half.shape[1], 2, 2)
    with torch.no_grad():
        found = checkerboard(up(half) * 0.5 + 0.5, test)
    assert found.peak > 3
    assert found.phases > 0.25


def test_seams_of_blocks():
    """Blocks of 2 × 2 that know nothing of each other differ at their seams alone."""
    random = torch.Generator().manual_seed(0)
    real = torch.rand(300, 1, 16, 16, generator=random)
    blocks = torch.rand(300, 1, 8, 8, generator=random).repeat_interleave(2, 2)
    found = checkerboard(blocks.repeat_interleave(2, 3) * 0.9 + real * 0.1, real)
    # Steps across: mean |a − b| of two such mixtures; within: a tenth of that of real ones.
    assert found.seams == pytest.approx(math.log(9.05), abs=0.1)
    assert checkerboard(real[:150], real[150:]).seams < 0.05


def test_places_of_a_raster_are_told():
    """Steps that differ by place are told at every place; noise is guessed right once in four."""
    random = torch.Generator().manual_seed(0)
    real = torch.rand(300, 1, 16, 16, generator=random)
    shade = torch.tensor([0.0, 0.2, 0.6, 0.3]).repeat(4)
    woven = 0.01 * real + shade + shade[:, None]
    assert checkerboard(woven / 1.3, real).places == pytest.approx(0.75, abs=0.02)
    assert checkerboard(real[:150], real[150:]).places == pytest.approx(0, abs=0.02)


def test_a_sine_lands_on_its_frequency():
    wave = torch.sin(2 * torch.pi * torch.arange(16) * 6 / 16) * 0.4 + 0.5
    power = power_spectrum(wave.expand(3, 1, 16, 16))
    assert int(power.argmax()) == 6
    assert high_frequency_share(wave.expand(3, 1, 16, 16)) == pytest.approx(1, abs=0.01)
    slow = torch.sin(2 * torch.pi * torch.arange(16) * 2 / 16) * 0.4 + 0.5
    assert high_frequency_share(slow.expand(3, 1, 16, 16)) == pytest.approx(0, abs=0.01)


def test_the_spectrum_is_numpys(real):
    x = real[0][:5].mean(-1) / 255
    x = x - x.mean((1, 2), keepdims=True)
    expected = (np.abs(np.fft.fft2(x)) ** 2).mean(0)
    assert power_spectrum(real[0][:5]).numpy() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_neither_order_nor_parts_matter(real, monkeypatch):
    train, test = real
    before = (spectrum_ratio(train, test), laplacian_ratio(train, test), *checkerboard(train, test))
    monkeypatch.setattr(module, "CHUNK", 7)
    train = train[::-1].copy()
    after = (spectrum_ratio(train, test), laplacian_ratio(train, test), *checkerboard(train, test))
    assert after == pytest.approx(before, rel=1e-9)


def test_what_cannot_be_measured_is_said():
    flat = np.zeros((4, 16, 16, 1), np.uint8)
    with pytest.raises(InputError, match="flat"):
        spectrum_ratio(flat, flat)
    with pytest.raises(InputError, match="flat"):
        laplacian_ratio(flat, flat)
    with pytest.raises(InputError, match="12 × 12"):
        checkerboard(flat[:, :8, :8], flat)
    with pytest.raises(InputError, match="compared"):
        checkerboard(flat[:, :12, :12], flat)
    with pytest.raises(InputError, match="not for"):
        power_spectrum(torch.rand(5, 2))
