"""The weave that strided transposed convolutions leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.diagnosis import draw
from makebelieve.diagnosis.rule import Rule, Seen
from makebelieve.metrics.pictures import power_spectrum

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from makebelieve.diagnosis.case import Case

__all__ = ["RULE"]

LIMITS = {"peak": 2.0, "phases": 0.2, "seams": 0.35, "places": 0.1}


def look(case: Case) -> Seen:
    """Look for a peak at the finest frequencies, and for detail that goes by a raster."""
    case.enough(100, "checkerboard")
    measured = {name: case.value(f"checker-{name}") for name in LIMITS}
    words = (
        f"detail differs by {measured['phases']:.0%} between the pixels of a small raster, and "
        f"steps across its blocks by {measured['seams']:.0%} from steps within"
    )
    signs = [name for name in LIMITS if measured[name] > LIMITS[name]]
    if len(signs) > 1:
        return Seen("failure", words, measured)
    # A peak alone may be a texture of stripes, and uneven detail comes of what is shown, too.
    return Seen("warning" if set(signs) & {"seams", "places"} else "fine", words, measured)


def remedy(case: Case) -> str:
    """Train anew, with nets that resize before they convolve: all of ours do.

    And as long as is usual: what has just begun may show the raster, too.
    """
    changes: dict[str, Any] = {"model__net": "conv"} if hasattr(case.options, "net") else {}
    if case.run.status["seen"] < case.usual["examples"]:
        changes |= {"training__examples": None, "training__minutes": None}
    return case.retrain(**changes)


def evidence(case: Case, folder: Path) -> list[Path]:
    """Show samples, enlarged by the row, and the spectra of both."""
    s = case.sitting
    spectra = [np.log(power_spectrum(x).numpy() + 1e-9) for x in (s.held, s.fake)]
    low, high = min(x.min() for x in spectra), max(x.max() for x in spectra)
    grey = [np.fft.fftshift(255 * (x - low) / (high - low)) for x in spectra]
    shown = [("real", s.held[:6]), ("samples", s.fake[:6])]
    names = ("spectrum, real", "spectrum, samples")
    both = [(n, g.astype(np.uint8)[None, ..., None]) for n, g in zip(names, grey, strict=True)]
    return [
        draw.rows(shown, folder / "checkerboard.png", columns=6),
        draw.rows(both, folder / "spectra.png"),
    ]


RULE = Rule(
    code="S5",
    name="checkerboard",
    about="A weave of the size of a few pixels lies over every sample.",
    why="It comes from kernels whose size is no multiple of their stride, not from the data.",
    suits=("makes", "pictures"),
    limits=LIMITS,
    look=look,
    remedy=remedy,
    source="Odena et al. 2016; limits on planted faults.",
    evidence=evidence,
)
