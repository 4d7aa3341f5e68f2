"""A small game: which of these were never drawn by anybody?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.reports.figures import picture
from makebelieve.reports.markup import Markup, tag
from makebelieve.reports.words import NAMES, listed

if TYPE_CHECKING:
    from makebelieve.reports.evidence import Evidence

__all__ = ["guess"]

EACH = 4  # real ones, and as many inventions


def guess(e: Evidence) -> Markup | None:
    """Show real held-out pictures and samples in random order, with the answer folded away.

    The samples are those of the maker that is told from real ones least; none of them are chosen.
    """
    able = {name: m for name, m in e.makers.items() if name != "autoencoder"}
    if not e.pictured or not able or len(e.held.examples) < 2 * EACH:
        return None
    name = min(able, key=lambda name: able[name].told_apart)
    # Not the first ones: those are seen again further down.
    made, real = able[name].examples[-EACH:], e.held.examples[-EACH:]
    mixed = np.concatenate([real, made])
    order = np.random.default_rng(0).permutation(2 * EACH)
    items = [
        tag("li", picture(mixed[i], f"Picture {place}"), tag("span", place, class_="number"))
        for place, i in enumerate(order, 1)
    ]
    invented = [str(place) for place, i in enumerate(order, 1) if i >= EACH]
    return tag(
        "figure",
        tag("ul", items, class_="guess"),
        tag(
            "details",
            tag("summary", "Four of these are real. Which four did a machine invent?"),
            tag("p", f"The {NAMES[name]} invented {listed(invented)}."),
        ),
    )
