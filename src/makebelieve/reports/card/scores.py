"""The part of a report with the scores, each beside what real examples get."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from makebelieve.metrics.suite import FEW, METRICS
from makebelieve.reports.card.blocks import Block, Both, Folded, Table, Words
from makebelieve.reports.markup import tag
from makebelieve.reports.words import number

if TYPE_CHECKING:
    from makebelieve.metrics.score import Score
    from makebelieve.reports.card.gather import Card

__all__ = ["against_real", "scores", "valued"]

WITHIN = 2.0  # standard deviations of the null within which a score is as real examples are
WIDTH, HEIGHT = 150, 18
FAR = 60.0  # standard deviations at the edge of the drawing
LESS = ("-pixels",)  # scores of these features are shown when asked for


def scores(card: Card) -> list[Block]:
    """Return the table of scores, with a dot and an interval where there is a null."""
    if not card.scores:
        return [Words("Nothing could be measured.", "note")]
    main = {n: s for n, s in card.scores.items() if not (n.endswith(LESS) and _repeated(n, card))}
    more = {n: s for n, s in card.scores.items() if n not in main}
    first = next(iter(card.scores.values()))
    caption = f"Scores against {first.split} examples that were held out"
    blocks: list[Block] = [_legend(card), _table(main, caption)]
    if more:
        again = f"The same in plain pixels: {len(more)} scores"
        blocks.append(Folded(again, [_table(more, "Scores in plain pixels")]))
    least = min(score.n for score in card.scores.values())
    note = f"Measured on at least {least:,} examples of either side, from seed {card.seed}."
    if least < FEW:
        note += f" Fewer than {FEW} say little: the gap to real is mostly chance."
    return [*blocks, Words(note, "note")]


def _repeated(name: str, card: Card) -> bool:
    return f"{name.removesuffix('-pixels')}-random-conv" in card.scores


def _legend(card: Card) -> Words:
    compared = [s for s in card.scores.values() if s.excess is not None]
    within = sum(1 for s in compared if _off(s) is not None and abs(_off(s) or 0.0) <= WITHIN)
    if not compared:
        return Words("None of these scores has a value that real examples would get.", "note")
    return Words(
        f"{within} of {len(compared)} scores that real examples can be given, too, are within "
        "what those get. The dot is the score, the line its spread; the band is where real "
        f"examples lie ({WITHIN:g} standard deviations to either side), and to the right of it "
        "is worse.",
        "note",
    )


def _table(found: dict[str, Score], caption: str) -> Table:
    if all(score.null is None for score in found.values()):
        few = [(_named(name), valued(score), _good(name)) for name, score in found.items()]
        head = ("Score", "Value ± spread", "What is good")
        return Table(caption, head, few, frozenset({0, 2}), "scores", stacked=True)
    rows = [
        (
            _named(name),
            against_real(score),
            valued(score),
            "" if score.null is None else number(score.null),
            _good(name),
        )
        for name, score in found.items()
    ]
    titles = ("Score", "Against real", "Value ± spread", "Real", "What is good")
    return Table(caption, titles, rows, frozenset({0, 1, 4}), "scores", stacked=True)


def _named(name: str) -> Both:
    about = METRICS[name].about if name in METRICS else ""
    if not about:
        return Both(name, tag("span", name))
    small = tag("span", about, class_="about")
    return Both(f"{name}: {about}", tag("span", name, " ", small))


def _good(name: str) -> str:
    return METRICS[name].good if name in METRICS else ""


def valued(score: Score) -> str:
    """Write a score with its spread."""
    spread = score.spread
    if spread is None or not math.isfinite(spread) or not spread:
        return number(score.value)
    return f"{number(score.value)} ± {float(f'{spread:.2g}'):.3g}"


def _off(score: Score) -> float | None:
    """Return by how many standard deviations a score is worse than the null, with its sign."""
    if score.null is None or not score.null_spread:
        return None
    away = (score.value - score.null) / score.null_spread
    if not math.isfinite(away):
        return None
    return -away if score.better == "high" else away


def against_real(score: Score) -> Both | str:
    """Say and draw how a score lies against what real examples get."""
    off = _off(score)
    if off is None:
        return ""
    word = _word(score, off)
    spread = (score.spread or 0.0) / (score.null_spread or 1.0)
    svg = _dot(off, spread if math.isfinite(spread) else 0.0, inside=abs(off) <= WITHIN)
    return Both(word, tag("span", svg, tag("span", word, class_="number"), class_="against"))


def _word(score: Score, off: float) -> str:
    if abs(off) <= WITHIN:
        return "as real"
    if score.better == "real":
        return f"{number(abs(off))} sd away"
    return f"{number(abs(off))} sd {'worse' if off > 0 else 'better'}"


def _x(off: float) -> float:
    """Place standard deviations: fine in the middle, coarse far out."""
    share = math.asinh(max(-FAR, min(FAR, off))) / math.asinh(FAR)
    return round(WIDTH / 2 * (1 + 0.94 * share), 1)


def _dot(off: float, spread: float, *, inside: bool) -> object:
    middle, ends = HEIGHT / 2, (_x(off - spread), _x(off + spread))
    place = _x(off)
    mark: object = tag("circle", cx=place, cy=middle, r=4, class_="value")
    if abs(off) > FAR:
        mark = _arrow(place, middle, 1 if off > 0 else -1)
    return tag(
        "svg",
        tag("rect", x=_x(-WITHIN), y=1, width=round(_x(WITHIN) - _x(-WITHIN), 1),
            height=HEIGHT - 2, class_="band"),
        tag("line", x1=0, x2=WIDTH, y1=middle, y2=middle, class_="track"),
        tag("line", x1=ends[0], x2=ends[1], y1=middle, y2=middle, class_="spread"),
        mark,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        class_="dots" + (" inside" if inside else ""),
        aria_hidden="true",
    )  # fmt: skip


def _arrow(x: float, y: float, way: int) -> object:
    points = f"{x + 4 * way},{y} {x - 4 * way},{y - 5} {x - 4 * way},{y + 5}"
    return tag("polygon", points=points, class_="value")
