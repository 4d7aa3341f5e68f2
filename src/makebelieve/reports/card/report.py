"""A report of one run or several: gathered once, told as a page, as Markdown, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import makebelieve
from makebelieve.data import pictures
from makebelieve.errors import InputError
from makebelieve.models.model import Judges
from makebelieve.reports.card import (
    compare,
    curves,
    findings,
    inside,
    making,
    origin,
    scores,
)
from makebelieve.reports.card.as_html import html
from makebelieve.reports.card.as_markdown import images, markdown, plain
from makebelieve.reports.card.blocks import Beside, Block, Folded, Group, Items, Section, renamed
from makebelieve.reports.card.findings import WORDS, first
from makebelieve.reports.card.gather import Card, gather
from makebelieve.reports.markup import POLICY, Markup, style, tag
from makebelieve.reports.words import NAMES, duration, listed
from makebelieve.runs.folder import write_json, write_text
from makebelieve.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from makebelieve.data.spec import Dataset

__all__ = ["FORMATS", "Report", "report"]

FORMATS = {"html": ".html", "markdown": ".md", "json": ".json"}
VERSION = 1


@dataclass(frozen=True)
class Topic:
    """A part of the report.

    Args:
        name: for links.
        title: of one run.
        told: returns its blocks for a run; the text sets its charts apart from others.
    """

    name: str
    title: str
    told: Callable[[Card, str], list[Block]]


def _alone(told: Callable[[Card], list[Block]]) -> Callable[[Card, str], list[Block]]:
    return lambda card, _: told(card)


TOPICS = (
    Topic("findings", "What was found", _alone(findings.findings)),
    Topic("samples", "Made, beside real", _alone(making.samples)),
    Topic("new", "Brand-new, or copied?", _alone(making.new)),
    Topic("rebuilt", "Rebuilt from a few numbers", _alone(making.rebuilt)),
    Topic("curves", "How it learned", curves.curves),
    Topic("film", "The same codes over time", _alone(making.filmed)),
    Topic("inside", "A look inside", inside.inside),
    Topic("scores", "Scores, and what real examples get", _alone(scores.scores)),
    Topic("origin", "How it was made, and how to do it again", _alone(origin.origin)),
)
"""The parts, in the order in which a person asks."""


@dataclass(frozen=True)
class Report:
    """What one run or several are worth.

    Args:
        cards: of the runs, in the order that was asked for.
    """

    cards: tuple[Card, ...]

    @property
    def title(self) -> str:
        """The heading."""
        if len(self.cards) == 1:
            return f"{self.cards[0].name}: report card"
        return f"{len(self.cards)} runs side by side: {listed([c.name for c in self.cards], 4)}"

    @property
    def sentence(self) -> str:
        """The verdict, one sentence for each run."""
        return " ".join(card.sentence for card in self.cards)

    @property
    def leaders(self) -> str:
        """Which of several runs is the best in how many scores; "" where none may be compared."""
        return compare.leaders(self.cards)

    def to_dict(self) -> dict[str, Any]:
        """Return every number, as plain values for JSON."""
        several = len(self.cards) > 1
        return {
            "version": VERSION,
            "makebelieve": makebelieve.__version__,
            "sentence": self.sentence,
            "runs": [card.to_dict() for card in self.cards],
            "comparison": compare.comparison(self.cards) if several else {},
        }

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Return the parts; those without anything to show are left out."""
        found = []
        for topic in TOPICS:
            told = self._told(topic)
            if told:
                found.append(Section(topic.name, topic.title, told))
        return tuple(found)

    def _told(self, topic: Topic) -> list[Block]:
        if len(self.cards) == 1:
            return topic.told(self.cards[0], "")
        joint = making.together(self.cards) if topic.name == "samples" else []
        if joint:
            return joint
        columns = []
        for i, card in enumerate(self.cards):
            blocks = [renamed(block, f"{i}-") for block in topic.told(card, f"{i}-")]
            if blocks:
                columns.append(Group(card.name, blocks, card.model, "run"))
        if topic.name == "scores":
            each = Folded("Each run by itself, against real examples", [Beside(columns, "runs")])
            return [*compare.compared(self.cards), each]
        if topic.name == "findings":
            return [compare.verdicts(self.cards), *columns]
        return [Beside(columns, "runs")] if columns else []

    def markdown(self, folder: str = "") -> str:
        """Return the report as Markdown.

        Args:
            folder: where its pictures are, as a link; "" describes them instead.
        """
        lines = [f"# {plain(self.title)}"]
        for card in self.cards:
            lines.append(f"**{WORDS[card.verdict]}.** {plain(card.sentence)}")
            lines += [plain(trouble) for trouble in card.troubles]
            lines += [markdown(block, 3) for block in first(card)]
            lines.append(plain(_about(card)))
        if self.leaders:
            lines.append(plain(self.leaders))
        lines += [markdown(part, 3, folder) for part in self.sections]
        return "\n\n".join(lines) + "\n"

    def html(self) -> str:
        """Return the report as a page that is whole in itself."""
        several = len(self.cards) > 1
        body = tag(
            "body",
            tag("a", "Skip to the content", href="#main", class_="skip"),
            self._header(),
            tag("main", [html(part) for part in self.sections], id="main"),
            tag("footer", tag("p", f"Made by makebelieve {makebelieve.__version__}. This page is "
                              "one file and asks no network for anything.")),
            class_="report several" if several else "report",
        )  # fmt: skip
        return "<!doctype html>\n" + tag("html", self._head(), body, lang="en") + "\n"

    def _head(self) -> Markup:
        return tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("meta", name="generator", content=f"makebelieve {makebelieve.__version__}"),
            tag("title", self.title),
            style(),
        )

    def _header(self) -> Markup:
        links = [tag("li", tag("a", part.title, href=f"#{part.name}")) for part in self.sections]
        one = len(self.cards) == 1
        title = self.cards[0].name if one else f"{len(self.cards)} runs side by side"
        return tag(
            "header",
            tag("p", "makebelieve report card", class_="eyebrow"),
            tag("h1", title),
            tag("div", [_summary(card, one=one) for card in self.cards], class_="summaries"),
            tag("p", self.leaders) if self.leaders else None,
            tag("nav", tag("ul", links), aria_label="Parts of this report"),
        )

    def write(self, folder: Path, kinds: Iterable[str] | None = None) -> list[Path]:
        """Write report.html, report.md with its pictures, and report.json into a folder.

        Args:
            folder: made when it is not there.
            kinds: some of `FORMATS`; None: all.

        Raises:
            InputError: the folder cannot be made.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder} cannot be made: {error.strerror}") from None
        return [self.save(folder / f"report{FORMATS[kind]}", kind) for kind in kinds or FORMATS]

    def save(self, path: Path, kind: str) -> Path:
        """Write the report into one file; Markdown has its pictures in a folder beside it.

        Args:
            path: the file.
            kind: one of `FORMATS`.
        """
        match kind:
            case "html":
                write_text(path, self.html())
            case "json":
                write_json(path, self.to_dict())
            case _:
                folder = path.with_name(f"{path.stem}-pictures")
                folder.mkdir(exist_ok=True)
                for part in self.sections:
                    for name, image in images(part):
                        pictures.save(image, folder / f"{name}.png")
                write_text(path, self.markdown(folder.name))
        return path


def _about(card: Card) -> str:
    status = card.run.status
    name = NAMES.get(card.model, card.model)
    return (
        f"{'An' if name[0] in 'aeiou' else 'A'} {name} trained on {card.source}: "
        f"{status['seen']:,} examples seen in {duration(status['seconds'])}, {status['state']}."
    )


def _summary(card: Card, *, one: bool) -> Markup:
    badge = tag("span", WORDS[card.verdict], class_="badge")
    name = tag("h2", tag("span", card.name, class_=f"model {card.model}")) if not one else None
    return tag(
        "div",
        name,
        tag("p", badge, " ", card.sentence, class_="lead"),
        html(Items(card.troubles, "warning")) if card.troubles else None,
        [html(block) for block in first(card)],
        tag("p", _about(card), class_="note"),
        class_=f"summary {card.verdict}",
    )


def report(
    *runs: Run | str | Path,
    n: int = 1000,
    judge: Run | str | Path | None = None,
    seed: int = 0,
    data: Dataset | None = None,
    fresh: bool = False,
) -> Report:
    """Say what runs are worth: findings, samples, scores, how they came about.

    Args:
        runs: one or several, or their folders or names.
        n: how many examples on either side, where there are so many.
        judge: a judge of the same data, to name classes; None: one among the runs, if there is.
        seed: start of the samples.
        data: what they were trained on, if it was not loaded from a source.
        fresh: measure anew what the runs' folders keep.

    Raises:
        InputError: there is no such run.

    Example:
        >>> import tempfile, makebelieve as mb
        >>> run = mb.train("vae", "ring", out=tempfile.mkdtemp(), quiet=True, examples=256)
        >>> [card["model"] for card in report(run, n=100).to_dict()["runs"]]
        ['vae']
    """
    opened = [run if isinstance(run, Run) else Run(run) for run in runs]
    if not opened:
        raise InputError("a report is about at least one run: name it")
    teller = judge if isinstance(judge, Run) or judge is None else Run(judge)
    if teller is not None:
        teller.able(Judges, "name classes: give the run of a judge")
    loaded: dict[str, Dataset | None] = {}
    cards = []
    for run in opened:
        chosen = teller or _judge_among(opened, run)
        known = data or loaded.get(_same(run))
        card = gather(run, known, n=n, judge=chosen, seed=seed, fresh=fresh)
        loaded[_same(run)] = card.data
        cards.append(card)
    return Report(tuple(cards))


def _same(run: Run) -> str:
    """Return what two runs share that were trained on the same examples with the same labels."""
    return f"{run.about['data']['fingerprint']} {run.recipe.data}"


def _judge_among(runs: list[Run], run: Run) -> Run | None:
    """Return a judge among the runs that knows the same data."""
    if run.recipe.model == "judge":
        return None
    print_of = run.about["data"]["fingerprint"]
    able = (r for r in runs if r.recipe.model == "judge" and r.states)
    return next((r for r in able if r.about["data"]["fingerprint"] == print_of), None)
