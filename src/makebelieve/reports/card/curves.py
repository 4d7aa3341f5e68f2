"""The part of a report that shows how a run learned, with the ranges to expect marked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from makebelieve.reports.card.blocks import Beside, Block, Drawing, Words
from makebelieve.reports.charts import Band, Line, line_chart
from makebelieve.reports.words import number, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from makebelieve.reports.card.gather import Card

__all__ = ["curves"]

Scores = dict[str, float]


@dataclass(frozen=True)
class Curve:
    """One chart.

    Args:
        title: what it shows.
        score: takes it from the scores of one look; the second are those of training.
        y_label: above the axis, with the direction that is good.
        meaning: one sentence for people.
        write: how its values are written.
        band: the range to expect.
        least: whether the least value is the best, so that the best is marked.
        both: whether it is drawn of training examples, too.
    """

    title: str
    score: Callable[[Scores, Scores], float]
    y_label: str
    meaning: str
    write: Callable[[float], str] = number
    band: Band | None = None
    least: bool = False
    both: bool = True


def _of(name: str) -> Callable[[Scores, Scores], float]:
    return lambda scores, _: itemgetter(name)(scores)


def _by_heart(held: Scores, train: Scores) -> float:
    """Return r_v: the part of the discriminator's lead that it owes to having seen examples."""
    lead = train["logit_real"] - held["logit_fake"]
    share = (train["logit_real"] - held["logit_real"]) / lead if lead else 0.0
    return min(max(share, -0.5), 2.0)


HELD = "The dashed line is of training examples; where it stays below, they were learned by heart."

CURVES: dict[str, tuple[Curve, ...]] = {
    "judge": (
        Curve("Right verdicts", _of("accuracy"), "share of right verdicts (higher is better)",
              "Where training stays above held out, something was learned by heart.", percent),
        Curve("Cross-entropy", _of("cross_entropy"), "nats (lower is better)",
              "How surprised it is at the true label.", least=True),
    ),
    "autoencoder": (
        Curve("Surprise at the original", _of("reconstruction"), "nats (lower is better)",
              "How surprising an example is, given what was rebuilt of it. " + HELD, least=True),
    ),
    "vae": (
        Curve("The bound", _of("negative_elbo"), "−ELBO in nats (lower is better)",
              "How surprising an example is, the code's price included. " + HELD, least=True),
        Curve("What the code says", _of("kl"), "nats of the code (above .5)",
              "Near 0 the decoder lives without the code: posterior collapse.",
              band=Band(0.5, math.inf, "alive")),
    ),
    "gan": (
        Curve("Who is ahead", _of("ahead"), "real ranked above made (.5 to .98)",
              "How often the discriminator scores a real example above a made one: at 50% it "
              "cannot tell, near 100% it teaches nothing.", percent, Band(0.5, 0.98, "expected")),
        Curve("Knowing by heart", _by_heart, "share of its lead (below .25)",
              "How much of its lead the discriminator owes to having seen the training examples.",
              percent, Band(-0.25, 0.25, "expected"), both=False),
    ),
}  # fmt: skip
"""Model → its charts; a model that is not here shows its first score."""


def curves(card: Card, key: str = "") -> list[Block]:
    """Return a chart for each curve of the model.

    Args:
        card: whose log is shown.
        key: what sets its charts apart from those of other runs.
    """
    looks = [line for line in card.run.log if "scores" in line]
    if not looks:
        return [Words("The log holds no scores yet, so there is no curve.", "note")]
    chosen = CURVES.get(card.model) or _first(looks)
    charts = [_chart(curve, looks, f"{key}{i}", card.model) for i, curve in enumerate(chosen)]
    return [Beside([chart for chart in charts if chart is not None], "charts")]


def _first(looks: list[dict[str, Any]]) -> tuple[Curve, ...]:
    scores = looks[0]["scores"]["train"]
    return tuple(Curve(name.replace("_", " "), _of(name), name.replace("_", " "), "")
                 for name in list(scores)[:1])  # fmt: skip


def _chart(curve: Curve, looks: list[dict[str, Any]], key: str, model: str) -> Drawing | None:
    held = all(look["scores"]["validation"] for look in looks)
    lines = []
    for name, split, style in (("held out", "validation", "held"), ("train", "train", "train")):
        if (split == "validation" and not held) or (split == "train" and held and not curve.both):
            continue
        points = [
            (look["seen"], curve.score(look["scores"][split], look["scores"]["train"]))
            for look in looks
        ]
        points = [(x, y) for x, y in points if math.isfinite(y)]
        if points:
            xs, ys = zip(*points, strict=True)
            lines.append(Line(name, xs, ys, style))
    if not lines:
        return None
    shown = lines[0]
    best = min(shown.ys) if curve.least and shown.name == "held out" else None
    ends = ", ".join(f"{curve.write(line.ys[-1])} {line.name}" for line in lines)
    summary = f"After {shown.xs[-1]:,} examples: {ends}"
    summary += f"; best {curve.write(best)}." if best is not None else "."
    svg = line_chart(
        lines, key=f"curve-{key}", title=f"{curve.title}: {curve.y_label} over examples seen",
        summary=summary, x_label="examples seen", y_label=curve.y_label,
        write=_tick if curve.write is percent else curve.write,
        reference=None if best is None else (best, "best held out"), band=curve.band,
    )  # fmt: skip
    return Drawing(svg, curve.title, summary, curve.meaning, model)


def _tick(share: float) -> str:
    return f"{100 * share:.3g}%"
