"""The part of a page that asks whether samples are new: the nearest training examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.reports.figures import picture
from makebelieve.reports.markup import Markup, tag
from makebelieve.reports.sections import paragraph, section
from makebelieve.reports.words import NAMES, percent

if TYPE_CHECKING:
    from makebelieve.reports.evidence import Evidence

__all__ = ["novelty"]

PAIRS = 5  # of the first samples with their nearest training pictures


def novelty(e: Evidence) -> Markup | None:
    """Show the training examples nearest to samples, and how near they are."""
    if not e.makers:
        return None
    first = next(iter(e.makers.values()))
    unit = "in grey levels, 0 to 255" if e.pictured else "in the plane"
    return section(
        "novelty",
        "Brand-new, or copied?",
        paragraph(
            "A maker could cheat by learning its pictures by heart. So for each sample the nearest "
            f"of {first.nearest.searched:,} training {e.noun} was looked for, and the same was "
            f"done for real {e.noun} that were held out: they are new by construction, and show "
            "how near a new one comes by itself."
        ),
        [_pairs(e, name) for name in ("vae", "gan") if name in e.makers] if e.pictured else None,
        _novelty_table(e, unit),
        paragraph(
            "How to read it: samples much nearer than the held-out ones would be a sign of "
            "copying. It works one way only. A blurred picture is near to many, so a small "
            "distance can be blur, and a copy that is shifted by one pixel looks far.",
            class_="note",
        ),
    )


def _pairs(e: Evidence, name: str) -> Markup:
    """Show the first samples with their nearest training pictures, and the closest call of all."""
    m = e.makers[name]
    closest = int(m.nearest.distances.argmin())
    chosen = [*[i for i in range(PAIRS + 1) if i != closest][:PAIRS], closest]
    items = []
    for i in chosen:
        far = e.distance(float(m.nearest.distances[i]))
        known = np.asarray(e.data.examples[m.nearest.rows[i]])
        title = "closest of all" if i == closest else None
        items.append(
            tag(
                "li",
                picture(m.examples[i], f"Sample {i + 1} of the {NAMES[name]}"),
                picture(known, f"The nearest training picture, at a distance of {far}"),
                tag("span", far, class_="number"),
                tag("span", title, class_="mark") if title else None,
                class_="closest" if title else None,
            )
        )
    return tag(
        "figure",
        tag("h3", NAMES[name], class_=f"model {name}"),
        tag("ul", items, class_="pairs"),
        tag("figcaption", f"Left a sample, right the training picture nearest to it, below the "
            f"distance: the first {PAIRS}, and the closest of {len(m.nearest.distances)}."),
    )  # fmt: skip


def _novelty_table(e: Evidence, unit: str) -> Markup:
    head = [
        "Nearest training example",
        "Half are nearer than",
        "Closest of all",
        "Nearer than 99 in 100 held-out",
    ]
    rows = [("real", e.real), *e.makers.items()]
    body = []
    for name, m in rows:
        title = "Real, held out" if name == "real" else NAMES[name]
        f = m.facts()
        body.append(
            tag(
                "tr",
                tag("th", tag("span", title, class_=f"model {name}"), scope="row"),
                tag("td", e.distance(f["nearest_median"])),
                tag("td", e.distance(f["nearest_least"])),
                tag("td", percent(f["near"])),
            )
        )
    return tag(
        "div",
        tag(
            "table",
            tag("caption", f"Distance to the nearest training {e.noun[:-1]} ({unit}; root mean "
                f"square over all its numbers), for {len(e.real.nearest.distances)} each"),
            tag("thead", tag("tr", [tag("th", h, scope="col") for h in head])),
            tag("tbody", body),
        ),
        class_="table",
    )  # fmt: skip
