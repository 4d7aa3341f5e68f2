"""The part of a page that shows how the models learned: curves, and the GAN's film."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from makebelieve.reports.charts import Line, compact, line_chart
from makebelieve.reports.figures import CRISP, film, uri
from makebelieve.reports.markup import Markup, tag
from makebelieve.reports.sections import section
from makebelieve.reports.words import NAMES, number, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from makebelieve.reports.evidence import Evidence
    from makebelieve.runs.run import Run

__all__ = ["learning"]

FILM = 8  # checkpoints of the film
CELLS = 4  # pictures of each


@dataclass(frozen=True)
class Curve:
    """What is drawn of a model: a score by its name, in words.

    Args:
        score: takes it from the validation scores.
        y_label: above the chart, with the direction that is good.
        meaning: one sentence for a person without mathematics.
        write: how its values are written.
        reference: a level worth knowing, and its name.
    """

    score: Callable[[dict[str, float]], float]
    y_label: str
    meaning: str
    write: Callable[[float], str]
    reference: tuple[float, str] | None = None


CURVES = {
    "judge": Curve(
        itemgetter("accuracy"),
        "right verdicts (higher is better)",
        "The share of verdicts that are right. Where “train” stays above “held out”, it has "
        "learned something by heart.",
        percent,
    ),
    "autoencoder": Curve(
        itemgetter("reconstruction"),
        "surprise at the original, in nats (lower is better)",
        "How surprising the original is, given what was rebuilt of it: less is better. With "
        "finely measured pixels it falls below zero, and only differences mean something.",
        number,
    ),
    "vae": Curve(
        itemgetter("negative_elbo"),
        "−ELBO, in nats (lower is better)",
        "The same surprise, plus what it costs to name the code: the price of codes without holes.",
        number,
    ),
    "gan": Curve(
        lambda scores: scores["logit_real"] - scores["logit_fake"],
        "the detective’s lead (0: it cannot tell)",
        "By how much the detective scores real ones above counterfeits, on average. The generator "
        "pulls the line down, the detective pushes it up. It says who is ahead in the contest, not "
        "how good the samples are: they have to be looked at.",
        number,
        (0.0, "cannot tell"),
    ),
}


def learning(e: Evidence) -> Markup | None:
    """Show how the scores moved, and what the same codes gave over time."""
    charts = [_chart(name, run) for name, run in e.runs.items()]
    if not e.runs:
        return None
    return section(
        "learning",
        "How they learned",
        tag(
            "p",
            "Each chart follows one machine from its first example to its last: once on examples "
            "that it learns from, once on examples that it never learns from, up to 512 of each. "
            "Scores of different machines cannot be compared with each other.",
        ),
        tag("div", [chart for chart in charts if chart], class_="charts"),
        _film(e),
    )


def _chart(name: str, run: Run) -> Markup | None:
    curve = CURVES[name]
    points = [line for line in run.log if "scores" in line]
    if not points:
        return None
    lines = [_line("train", "train", "train", points, curve)]
    if all(point["scores"]["validation"] for point in points):
        lines.insert(0, _line("held out", "validation", "held", points, curve))
    last, shown = points[-1]["seen"], lines[0]
    summary = (
        f"After {points[0]['seen']:,} examples: {curve.write(shown.ys[0])} {shown.name}; after "
        f"{last:,}: {', '.join(f'{curve.write(x.ys[-1])} {x.name}' for x in lines)}."
    )
    svg = line_chart(
        lines,
        key=name,
        title=f"{NAMES[name]}: {curve.y_label} over examples seen",
        summary=summary,
        x_label="examples seen",
        y_label=curve.y_label,
        write=_tick if curve.write is percent else curve.write,
        reference=curve.reference,
    )
    title = NAMES[name]
    return tag(
        "figure",
        tag("h3", title[0].upper() + title[1:], class_=f"model {name}"),
        svg,
        tag("figcaption", curve.meaning, " ", tag("span", summary, class_="number")),
        class_=f"model-{name}",
    )


def _line(title: str, split: str, style: str, points: list[dict[str, Any]], curve: Curve) -> Line:
    xs = [point["seen"] for point in points]
    return Line(title, xs, [curve.score(point["scores"][split]) for point in points], style)


def _tick(share: float) -> str:
    return f"{100 * share:.3g}%"


def _film(e: Evidence) -> Markup | None:
    if "gan" not in e.runs:
        return None
    frames = film(e.runs["gan"].samples, e.data.spec, FILM, CELLS)
    if not frames:
        return None
    crisp = "px" if e.pictured and e.data.spec.size < CRISP else None
    items = []
    for seen, images in frames:
        cells = [
            tag("img", src=uri(image), width=image.width, height=image.height, alt="", class_=crisp)
            for image in images
        ]
        label = f"The GAN’s samples after {seen:,} examples"
        items.append(
            tag(
                "li",
                tag("div", cells, class_="frame", role="img", aria_label=label),
                tag("span", compact(seen), class_="number"),
            )
        )
    return tag(
        "figure",
        tag("h3", "The contest, frame by frame", class_="model gan"),
        tag("ul", items, class_="film"),
        tag(
            "figcaption",
            "What the GAN’s generator made of the same random codes after so many examples. It "
            "never sees a real one: it only hears from the detective how to be more convincing.",
        ),
    )
