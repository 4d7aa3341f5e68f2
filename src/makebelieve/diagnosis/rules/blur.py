"""Pictures without their fine detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Rule, Seen
from makebelieve.metrics.pictures import power_spectrum

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"spectrum_warning": 0.75, "spectrum": 0.2, "laplacian_warning": 0.5, "laplacian": 0.25}


def look(case: Case) -> Seen:
    """Compare fine detail and edges with those of real pictures."""
    case.enough(50, "blur")
    spectrum, laplacian = case.value("spectrum-ratio"), case.value("laplacian-ratio")
    measured = {"spectrum": spectrum, "laplacian": laplacian}
    words = f"samples have {spectrum:.0%} of the fine detail of real pictures"
    grave = spectrum < LIMITS["spectrum"] and laplacian < LIMITS["laplacian"]
    soft = spectrum < LIMITS["spectrum_warning"] and laplacian < LIMITS["laplacian_warning"]
    return Seen("failure" if grave else "warning" if soft else "fine", words, measured)


def remedy(case: Case) -> str:
    """Let the code count for more; where it does, only another kind of maker is sharp."""
    if "contest" in case.able:
        return case.retrain(training__examples=2 * int(case.run.status["seen"]))
    if getattr(case.options, "beta", 1.0) > 1:
        return case.retrain(model__beta=1.0)
    return case.instead("gan")


def evidence(case: Case, folder: Path) -> list[Path]:
    """Show samples below real pictures, and both spectra."""
    s = case.sitting
    real, made = (_radial(x) for x in (s.held, s.fake))
    cycles = np.linspace(0, 0.5, len(real))
    curves = [("real", cycles, np.log10(real)), ("samples", cycles, np.log10(made))]
    title = "log₁₀ of the power at each fineness (0 to ½ cycle a pixel)"
    shown = [("real", s.held[:12]), ("samples", s.fake[:12])]
    return [
        draw.rows(shown, folder / "blur.png"),
        draw.lines(curves, folder / "spectrum.png", title=title, across="cycles a pixel"),
    ]


def _radial(pictures: np.ndarray) -> np.ndarray:
    """Return the mean power in rings around no frequency at all."""
    power = power_spectrum(pictures).numpy()
    size = len(power)
    cycles = np.fft.fftfreq(size)
    ring = np.round(np.hypot(cycles[:, None], cycles) * size).astype(int)
    return np.asarray([power[ring == i].mean() + 1e-12 for i in range(size // 2 + 1)])


RULE = Rule(
    code="S4",
    name="blur",
    about="Samples have less fine detail than real pictures.",
    why="A likelihood of each pixel by itself rewards the average of what might be there.",
    suits=("makes", "pictures"),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Power spectra as in Durall et al. 2020; limits on planted faults.",
    evidence=evidence,
)
