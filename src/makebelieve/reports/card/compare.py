"""The scores of several runs beside each other, where they may be compared."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from makebelieve.diagnosis.rules import RULES
from makebelieve.errors import InputError
from makebelieve.metrics.suite import METRICS
from makebelieve.reports.card.blocks import Block, Both, Items, Table, Words
from makebelieve.reports.card.findings import WORDS
from makebelieve.reports.card.scores import valued
from makebelieve.reports.markup import tag
from makebelieve.reports.words import listed, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from makebelieve.metrics.score import Score
    from makebelieve.reports.card.gather import Card

__all__ = ["best", "compared", "comparison", "leaders", "verdicts"]

CLEAR = 2.0  # spreads by which the best must lead


def best(found: dict[str, Score]) -> tuple[str | None, str]:
    """Return which run has the best score, or None and why not.

    Args:
        found: the score of each run, by its name; at least two.

    Returns:
        the run that leads by more than twice the spread of the difference, or None; and the
        reason where the scores must not be compared.
    """
    (name, first), *others = found.items()
    for other, score in others:
        try:
            first.comparable(score)
        except InputError as error:
            why = str(error).partition("cannot be compared: ")[2] or str(error)
            return None, f"of {name} and {other} cannot be compared: {why}"
        if first.better == "real" and (first.null is None or first.null != score.null):
            return None, ""  # neither more nor less of it is good by itself
    for run, score in found.items():
        if all(_clear(score, other) for name, other in found.items() if name != run):
            return run, ""
    return None, ""


def _clear(score: Score, other: Score) -> bool:
    if not (math.isfinite(score.value) and math.isfinite(other.value)):
        return False
    if not score.better_than(other):
        return False
    lead = abs(score.value - other.value)
    if score.better == "real" and score.null is not None:
        lead = abs(abs(score.value - score.null) - abs(other.value - score.null))
    spreads = [s for s in (score.spread, other.spread) if s is not None and math.isfinite(s)]
    return lead > CLEAR * math.hypot(*spreads)


def comparison(cards: Sequence[Card]) -> dict[str, dict[str, Any]]:
    """Return for each score that two runs or more have: which is best, or why none is.

    Returns:
        by score: {"best": a run's name or None, "reason": why they must not be compared or ""}.
    """
    found = {}
    for name in METRICS:
        have = {card.name: card.scores[name] for card in cards if name in card.scores}
        if len(have) > 1:
            run, reason = best(have)
            found[name] = {"best": run, "reason": reason}
    return found


def leaders(cards: Sequence[Card]) -> str:
    """Say in how many scores each run is clearly the best; "" where none may be compared."""
    told = [one for one in comparison(cards).values() if not one["reason"]]
    if not told:
        return ""
    wins = [(sum(one["best"] == card.name for one in told), card.name) for card in cards]
    won = [f"{name} in {count}" for count, name in sorted(wins, reverse=True) if count]
    if not won:
        return f"None leads clearly in any of the {len(told)} scores that can be compared."
    return f"Of {len(told)} scores that can be compared, clearly the best: {listed(won)}."


def compared(cards: Sequence[Card]) -> list[Block]:
    """Return one table of the scores that two runs or more have, with a column for each."""
    told = comparison(cards)
    names = list(told)
    if not names:
        return [Words("No two of these runs have a score in common.", "note")]
    cards = [card for card in cards if not told.keys().isdisjoint(card.scores)]
    rows = [_row(name, cards, told.get(name, {})) for name in names]
    head = ("Score", *(card.name for card in cards), "Real", "What is good")
    words = frozenset({0, len(cards) + 2})
    caption = (
        "Scores side by side, with their spread. “best” stands only where one leads by more than "
        "twice the spread of the difference, and where the scores may be compared"
    )
    reasons = _reasons(told)
    blocks: list[Block] = [Table(caption, head, rows, words, "scores", stacked=True)]
    if reasons:
        blocks += [Words("What may not be compared, and why:"), Items(reasons)]
    return blocks


def _reasons(told: dict[str, dict[str, Any]]) -> list[str]:
    """Return each reason once, after the scores that it holds for."""
    found: dict[str, list[str]] = {}
    for name, one in told.items():
        if one["reason"]:
            found.setdefault(one["reason"], []).append(name)
    return [f"{listed(names, 6)} {reason}" for reason, names in found.items()]


def _row(name: str, cards: Sequence[Card], told: dict[str, Any]) -> list[str | Both]:
    metric = METRICS[name]
    small = tag("span", metric.about, class_="about")
    cells: list[str | Both] = [Both(f"{name}: {metric.about}", tag("span", name, " ", small))]
    null = None
    for card in cards:
        score = card.scores.get(name)
        if score is None:
            cells.append("")
            continue
        null = score.null if null is None else null
        text = valued(score)
        if told.get("best") == card.name:
            mark = tag("strong", "best", class_="best")
            cells.append(Both(f"best {text}", tag("span", mark, " ", text)))
        else:
            cells.append(text)
    return [*cells, "" if null is None or told.get("reason") else number(null), metric.good]


def verdicts(cards: Sequence[Card]) -> Table:
    """Return what each rule says of each run, in a word."""
    found = {
        card.name: {} if card.diagnosis is None else
        {(f.code, f.name): f.verdict for f in card.diagnosis.findings}
        for card in cards
    }  # fmt: skip
    rules = [(code, rule.name) for code, rule in RULES.items()]
    rows = [
        [f"{name} ({code})", *(_verdict(found[card.name].get((code, name))) for card in cards)]
        for code, name in rules
        if any((code, name) in told for told in found.values())
    ]
    head = ("Rule", *(card.name for card in cards))
    caption = "What each rule says of each run; empty where it does not suit the model"
    return Table(caption, head, rows, frozenset(range(len(head))), "verdicts-of", stacked=True)


def _verdict(verdict: str | None) -> str | Both:
    if verdict is None:
        return ""
    badge = tag("span", WORDS[verdict], class_="badge small")
    return Both(WORDS[verdict], tag("span", badge, class_=verdict))
