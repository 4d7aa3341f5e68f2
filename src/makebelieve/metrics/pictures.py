"""What can be seen in the pixels of samples: blur, and the weave that some decoders leave."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from makebelieve.errors import InputError
from makebelieve.metrics.features import seen

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "Checkerboard",
    "checkerboard",
    "high_frequency_share",
    "laplacian_ratio",
    "power_spectrum",
    "spectrum_ratio",
]

CHUNK = 512
WINDOW, RASTER = 6, 4  # steps that a rule sees, and the places it is to tell
ROWS = 32  # of a larger picture, so many rows are enough


def _grey(pictures: np.ndarray | Tensor) -> Tensor:
    """Return (n, height, width) grey pictures in float64, from 256 levels."""
    if len(pictures) == 0 or pictures.ndim != 4:
        raise InputError(f"this measure is for pictures, not for {tuple(pictures.shape)}")
    return seen(pictures).mean(1).double()


def _parts(pictures: np.ndarray | Tensor) -> list[np.ndarray | Tensor]:
    return [pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK)]


def power_spectrum(pictures: np.ndarray | Tensor) -> Tensor:
    """Return the (height, width) mean power of each frequency, the mean grey taken out.

    P(u, v) = 1/n Σ |FFT(x − x̄)|²

    Args:
        pictures: (n, height, width, channels) uint8, or (n, channels, height, width) in 0 … 1.
    """
    total = torch.zeros(())
    for part in _parts(pictures):
        x = _grey(part)
        x = x - x.mean((1, 2), keepdim=True)
        total = total + torch.fft.fft2(x).abs().square().sum(0)
    return total / len(pictures)


def high_frequency_share(pictures: np.ndarray | Tensor) -> float:
    """Return the share of power above a quarter of a cycle per pixel: detail, or noise.

    Example:
        >>> fine = torch.tensor([[0.0, 1.0], [1.0, 0.0]]).repeat(1, 1, 4, 4)
        >>> high_frequency_share(fine)
        1.0
    """
    power = power_spectrum(pictures)
    u, v = (torch.fft.fftfreq(n, dtype=torch.float64) for n in power.shape)
    high = (u[:, None].square() + v.square()) > 0.25**2
    total = power.sum()
    return float(power[high].sum() / total) if total > 0 else 0.0


def spectrum_ratio(fake: np.ndarray | Tensor, real: np.ndarray | Tensor) -> float:
    """Return the share of fine detail in samples over that in real pictures.

    1 is as sharp as real, far below 1 is blur, far above 1 is noise or a weave.

    Args:
        fake: pictures, as for `power_spectrum`.
        real: pictures of the same size.

    Source:
        Dzanic, Shah and Witherden 2020, "Fourier spectrum discrepancies in deep network generated
        images", section 3.

    Example:
        >>> x = torch.rand(4, 1, 8, 8)
        >>> spectrum_ratio(x, x)
        1.0
    """
    theirs = high_frequency_share(real)
    if theirs == 0:
        raise InputError("the real pictures have no detail to compare with: they are all flat")
    return high_frequency_share(fake) / theirs


def _laplacian(pictures: np.ndarray | Tensor) -> Tensor:
    """Return the (n,) variances of the Laplacian of each picture."""
    kernel = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]).double()[None, None]
    found = []
    for part in _parts(pictures):
        x = _grey(part)
        found.append(F.conv2d(x[:, None], kernel.to(x.device)).flatten(1).var(1))
    return torch.cat(found)


def laplacian_ratio(fake: np.ndarray | Tensor, real: np.ndarray | Tensor) -> float:
    """Return the median sharpness of samples over that of real pictures.

    Sharpness is the variance of the Laplacian of a picture. 1 is as sharp as real.

    Source:
        Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy", eq. 6.

    Example:
        >>> x = torch.rand(4, 1, 8, 8)
        >>> laplacian_ratio(x, x)
        1.0
    """
    theirs = float(_laplacian(real).median())
    if theirs == 0:
        raise InputError("half of the real pictures are flat: there is no sharpness to compare")
    return float(_laplacian(fake).median()) / theirs


class Checkerboard(NamedTuple):
    """Four signs of a weave; a finding takes two.

    Args:
        peak: power at the Nyquist frequencies over that of their neighbours, as a multiple of the
            same in real pictures; 1 is none.
        phases: by how much fine detail differs from pixel to pixel of a 2 × 2 or 4 × 4 raster,
            over its mean, with the detail of real pictures divided out; 0 is none.
        seams: by how much steps between neighbours differ across the blocks of such a raster and
            within them, |log ratio|, with that of real pictures divided out; 0 is none.
        places: how much oftener than in real pictures a linear rule tells, from the steps between
            a few neighbours, at which of 4 places of a raster they lie; 0 is none.
    """

    peak: float
    phases: float
    seams: float
    places: float


def checkerboard(fake: np.ndarray | Tensor, real: np.ndarray | Tensor) -> Checkerboard:
    """Look for the weave that strided transposed convolutions leave.

    Args:
        fake: pictures of at least 12 × 12 pixels.
        real: pictures of the same size: where all show the same thing in the same place, they have
            a raster of their own.

    Source:
        Odena, Dumoulin and Olah 2016, "Deconvolution and checkerboard artifacts"; the peaks are
        those of Zhang, Karaman and Chang 2019, "Detecting and simulating artifacts in GAN fake
        images".

    Example:
        >>> plain = torch.rand(64, 1, 16, 16)
        >>> woven = plain * 0.5
        >>> woven[:, :, ::2, ::2] += 0.5
        >>> found = checkerboard(woven, plain)
        >>> found.peak > 3, found.phases > 0.25
        (True, True)
    """
    for pictures in (fake, real):
        if pictures.ndim != 4 or seen(pictures[:1]).shape[-1] < 12:
            raise InputError("a checkerboard is looked for in pictures of at least 12 × 12 pixels")
    shapes = [tuple(seen(pictures[:1]).shape[1:]) for pictures in (fake, real)]
    if shapes[0] != shapes[1]:
        raise InputError(f"pictures of shapes {shapes[0]} and {shapes[1]} cannot be compared")
    peaks = [_peak(power_spectrum(pictures)) for pictures in (fake, real)]
    energies = [_energy(pictures) for pictures in (fake, real)]
    # A raster is told from what the pictures show only where it repeats a few times.
    steps = [step for step in (2, 4) if (shapes[0][-1] - 2 - step) // step >= 4]
    phases = max(_spread(energies[0], energies[1], step) for step in steps)
    seams = max(abs(a - b) for a, b in zip(_seams(fake), _seams(real), strict=True))
    places = _places_told(fake) - _places_told(real)
    return Checkerboard(peaks[0] / max(peaks[1], 1e-12), phases, seams, places)


def _peak(power: Tensor) -> float:
    """Return the greatest power at (½, 0), (0, ½), (½, ½) over the mean of its neighbours."""
    height, width = power.shape
    found = []
    for y, x in ((height // 2, 0), (0, width // 2), (height // 2, width // 2)):
        # Along the lines through it that keep to its kind: next to an axis all is weaker.
        around = [power[(y + d) % height, x] for d in (-2, -1, 1, 2) if y]
        around += [power[y, (x + d) % width] for d in (-2, -1, 1, 2) if x]
        found.append(power[y, x] / torch.stack(around).mean().clamp(min=1e-30))
    return float(torch.stack(found).max())


def _seams(pictures: np.ndarray | Tensor) -> list[float]:
    """Return log(steps across blocks / steps within) for both directions and blocks of 2 and 4."""
    steps = [torch.zeros(()), torch.zeros(())]
    for part in _parts(pictures):
        x = _grey(part)
        steps[0] = steps[0] + x.diff(dim=1).abs().sum((0, 2)).cpu()
        steps[1] = steps[1] + x.diff(dim=2).abs().sum((0, 1)).cpu()
    found = []
    for along, block in itertools.product(steps, (2, 4)):
        place = torch.arange(1, len(along) + 1) % block
        means = torch.stack([along[place == i].mean() for i in range(block)]).clamp(min=1e-12)
        found.append(float(torch.log(means[0] / means[1:].mean())))
    return found


def _places_told(pictures: np.ndarray | Tensor) -> float:
    """Return how often a least-squares rule names the place in a raster, each place alike."""
    places = range(RASTER)
    each = [[_windows(part, place) for part in _parts(pictures)] for place in places]
    counts = [sum(len(x) for x in found) for found in each]
    if not all(counts):
        return 1 / RASTER
    zeros = torch.zeros((), dtype=torch.float64)
    # The mean of each place, so that those which come more often weigh no more.
    squares = sum((x.T @ x / counts[k] for k in places for x in each[k]), zeros)
    sums = torch.stack([sum((x.sum(0) / counts[k] for x in each[k]), zeros) for k in places], 1)
    rule = torch.linalg.solve(squares + 1e-6 * torch.eye(len(squares)).to(squares), sums)
    right = [sum(((x @ rule).argmax(1) == k).sum() for x in each[k]) / counts[k] for k in places]
    return float(sum(right) / RASTER)


def _windows(pictures: np.ndarray | Tensor, place: int) -> Tensor:
    """Return (m, 12) shares of steps between neighbours, and their squares, that begin there."""
    grey, found = _grey(pictures), []
    for x in (grey, grey.mT):
        rows = x[:, :: -(-x.shape[1] // ROWS)]
        steps = rows.diff(dim=2).abs().unfold(2, WINDOW, 1)[:, :, place::RASTER].flatten(0, 2)
        whole = steps.sum(1, keepdim=True)
        # Where nothing is to be seen, there is but the rounding of grey.
        found.append((steps / whole.clamp(min=1e-9))[whole[:, 0] > 0.1])
    shares = torch.cat(found)
    return torch.cat([shares, shares.square()], 1)


def _energy(pictures: np.ndarray | Tensor) -> Tensor:
    """Return the (height − 2, width − 2) mean energy of fine detail at each pixel."""
    energy = torch.zeros(())
    kernel = torch.tensor([[0.0, -1, 0], [-1, 4, -1], [0, -1, 0]]).double()[None, None]
    for part in _parts(pictures):
        x = _grey(part)
        energy = energy + F.conv2d(x[:, None], kernel.to(x.device)).square().sum((0, 1))
    return energy / len(pictures)


def _spread(fake: Tensor, real: Tensor, step: int) -> float:
    """Return (max − min)/mean over the phases of a raster of the energy that real ones lack."""
    relative = _level(fake, step) / _level(real, step).clamp(min=1e-3)
    rows, columns = (n // step * step for n in relative.shape)
    raster = relative[:rows, :columns].view(rows // step, step, columns // step, step)
    # The median over places, because at a margin that is always empty there is only noise.
    phases = raster.permute(1, 3, 0, 2).flatten(2).median(2).values
    return float((phases.max() - phases.min()) / phases.mean().clamp(min=1e-30))


def _level(energy: Tensor, step: int) -> Tensor:
    """Divide energy by its mean over a period around each pixel: the slow part is no weave."""
    energy = energy + 1e-3 * energy.mean() + 1e-12
    edge = torch.ones(step + 1, dtype=energy.dtype)
    edge[0] = edge[-1] = 0.5
    box = (edge[:, None] * edge / step**2).to(energy.device)[None, None]
    margin = step // 2
    return energy[margin:-margin, margin:-margin] / F.conv2d(energy[None, None], box)[0, 0]
