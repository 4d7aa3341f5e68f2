"""A report in short, for a page that shows other things as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from makebelieve.reports.card.as_html import headline, html
from makebelieve.reports.card.blocks import Items
from makebelieve.reports.card.findings import WORDS, short
from makebelieve.reports.markup import Markup, tag
from makebelieve.reports.sections import section
from makebelieve.reports.words import NAMES

if TYPE_CHECKING:
    from makebelieve.reports.card.gather import Card
    from makebelieve.reports.card.report import Report

__all__ = ["brief", "verdicts"]


def brief(report: Report, link: str = "report.html") -> Markup:
    """Return verdict and findings of each run, and the way to the whole report.

    Args:
        report: of all runs.
        link: where the whole report is, beside the page.
    """
    return section(
        "card",
        "The report card",
        tag("p", "What is known to go wrong was looked for in each of them by rules, each with "
            "its limits. A warning or a failure comes with a command that should mend it."),
        [_told(card) for card in report.cards],
        tag("p", "The whole report, with pictures that show what was found, every score beside "
            "what real examples get, and all settings, is a file beside this page: ",
            tag("a", link, href=link), "."),
    )  # fmt: skip


def _told(card: Card) -> Markup:
    name = NAMES.get(card.model, card.model)
    badge = tag("span", WORDS[card.verdict], class_="badge")
    return tag(
        "div",
        headline(name[0].upper() + name[1:], 3, card.model),
        tag("p", badge, " ", card.sentence),
        html(Items(card.troubles, "warning")) if card.troubles else None,
        [html(block, 4) for block in short(card)],
        class_=f"summary {card.verdict}",
    )


def verdicts(report: Report | None) -> dict[str, Any]:
    """Return verdict, sentence, and what was found of each run, as plain values."""
    if report is None:
        return {}
    return {
        card.name: {
            "verdict": card.verdict,
            "sentence": card.sentence,
            "findings": [
                {"code": f.code, "name": f.name, "verdict": f.verdict}
                for f in (card.diagnosis.findings if card.diagnosis else ())
            ],
        }
        for card in report.cards
    }
