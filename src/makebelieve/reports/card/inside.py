"""The part of a report that looks inside a model: codes, contests, verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.reports.card.blocks import (
    Beside,
    Block,
    Both,
    Drawing,
    Gallery,
    Item,
    Table,
    Words,
)
from makebelieve.reports.card.pictures import crisp, one
from makebelieve.reports.charts import bar_chart, reliability_chart
from makebelieve.reports.markup import tag
from makebelieve.reports.words import listed, number, percent, sureness

if TYPE_CHECKING:
    from makebelieve.reports.card.gather import Card, Verdicts

__all__ = ["inside"]

MOST_BARS = 64
MOST_CLASSES = 12
MISTAKES = 8
CONTEST = {
    "called-real-train": "Training examples that it calls real",
    "called-real-held": "Held-out examples that it calls real",
    "called-fake": "Samples that it calls fake",
    "ahead": "How often it ranks a held-out example above a sample",
}


def inside(card: Card, key: str = "") -> list[Block]:
    """Return what the code says, how the contest stands, and what a judge is worth."""
    return [*_codes(card, key), *_contest(card), *_verdicts(card, key)]


def _codes(card: Card, key: str) -> list[Block]:
    if card.codes is None:
        return []
    kl = card.codes.kl[:MOST_BARS]
    summary = (
        f"{card.codes.alive} of {len(card.codes.kl)} dimensions say more than .1 nat; all together "
        f"{number(float(card.codes.kl.sum()))} nats, the most alive {number(float(kl[0]))}."
    )
    svg = bar_chart(
        kl.tolist(), key=f"kl-{key}", title="What each dimension of the code says, in nats",
        summary=summary, x_label="dimensions, the most alive first", y_label="nats (KL)",
        write=number, limit=(0.1, "alive"),
    )  # fmt: skip
    caption = "A dimension that says nothing is pure noise to the decoder."
    return [Drawing(svg, "What each dimension of the code says", summary, caption, card.model)]


def _contest(card: Card) -> list[Block]:
    rows = [
        (words, percent(card.scores[name].value)) for name, words in CONTEST.items()
        if name in card.scores
    ]  # fmt: skip
    if not rows:
        return []
    caption = "What the discriminator says at the end"
    return [Table(caption, ("Question", "Share"), rows, frozenset({0}), stacked=True)]


def _verdicts(card: Card, key: str) -> list[Block]:
    v = card.verdicts
    if v is None:
        return []
    right, sure = float((v.said == v.labels).mean()), float(v.sure.mean())
    gap = sure - right
    verdict = "as sure as it is right" if abs(gap) < 0.01 else "too sure" if gap > 0 else "modest"
    summary = (
        f"It is {percent(sure)} sure on average and right in {percent(right)} of {len(v.labels):,} "
        f"held-out cases: {verdict}."
    )
    bins = v.bins()
    svg = reliability_chart(
        bins, key=f"reliable-{key}", title="How often it is right, by how sure it is",
        summary=summary,
    )  # fmt: skip
    caption = "Dots on the dashed line are honest; larger dots stand for more verdicts."
    chart = Drawing(svg, "Is its confidence honest?", summary, caption, card.model)
    return [Beside([chart], "charts"), _confusion(card, v), *_mistakes(card, v)]


def _confusion(card: Card, v: Verdicts) -> Block:
    classes = card.run.spec.classes
    counts = v.confusion(len(classes))
    if len(classes) <= MOST_CLASSES:
        shaded: list[list[str | Both]] = [
            [name, *(_count(int(n), int(row.sum())) for n in row)]
            for name, row in zip(classes, counts, strict=True)
        ]
        caption = "Confusion matrix: what it is (rows) against what the judge says (columns)"
        return Table(caption, ("It is", *classes), shaded, frozenset({0}), "confusion")
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:MOST_CLASSES]
    pairs = [divmod(int(i), len(classes)) for i in order if counts.flat[i]]
    rows = [[classes[t], classes[s], f"{counts[t, s]:,}"] for t, s in pairs]
    caption = f"The commonest confusions among {len(classes)} classes"
    return Table(caption, ("It is", "The judge says", "Times"), rows, frozenset({0, 1}))


def _count(n: int, of: int) -> Both:
    # Shaded by share, so that the eye finds what is confused; the number stands in the cell.
    share = n / of if of else 0.0
    return Both(f"{n:,}", tag("span", f"{n:,}", class_="shade", style=f"--share:{share:.2f}"))


def _mistakes(card: Card, v: Verdicts) -> list[Block]:
    wrong = np.flatnonzero(v.said != v.labels)
    if not card.pictured or card.held is None:
        return []
    if not len(wrong):
        return [Words("It made no mistake on them.")]
    classes = card.run.spec.classes
    items = []
    for i in wrong[np.argsort(-v.sure[wrong], kind="stable")][:MISTAKES]:
        said, true = classes[v.said[i]], classes[v.labels[i]]
        image = one(card.held.examples[v.rows[i]])
        lines = (f"“{said}”, {sureness(float(v.sure[i]))} sure", f"it is “{true}”")
        items.append(Item((image,), (f"A held-out picture labelled {true}",), lines))
    names = listed([f"{len(items)} of {len(wrong):,} mistakes"])
    return [Gallery("mistakes", items, f"Its surest mistakes: {names}.", "Where it is wrong",
                    crisp(card.run.spec))]  # fmt: skip
