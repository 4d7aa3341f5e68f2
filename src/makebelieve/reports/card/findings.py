"""The part of a report that says what is wrong, how one can see it, and what to do."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from PIL import Image

from makebelieve.diagnosis.rule import VERDICTS
from makebelieve.diagnosis.rules import RULES
from makebelieve.reports.card.blocks import (
    Beside,
    Block,
    Both,
    Command,
    Folded,
    Group,
    Items,
    Picture,
    Stack,
    Table,
    Words,
)
from makebelieve.reports.markup import Markup, tag
from makebelieve.reports.words import listed, number, plain_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from makebelieve.diagnosis.rule import Finding
    from makebelieve.reports.card.gather import Card

__all__ = ["WORDS", "findings", "first", "limits_of", "short"]

WORDS = {"failure": "Failure", "warning": "Warning", "cannot-tell": "Cannot tell", "fine": "Fine"}
MARK = 160  # width of a bar


def findings(card: Card) -> list[Block]:
    """Return every finding, the gravest first; what is fine is folded away."""
    if card.diagnosis is None:
        return [Words("No rule could be asked.", "note")]
    shown: list[Block] = []
    for verdict in VERDICTS[:2]:
        shown += [_grave(f, card) for f in card.diagnosis.of(verdict)]
    if not shown:
        shown.append(Words("No rule found anything wrong."))
    unknown, fine = card.diagnosis.of("cannot-tell"), card.diagnosis.of("fine")
    if unknown:
        shown += [_unknown(f, card) for f in unknown]
    if fine:
        names = listed([f.name for f in fine])
        inside = [_fine(f) for f in fine]
        shown.append(Folded(f"Fine by {len(fine)} rules: {names}", inside))
    return shown


def first(card: Card) -> list[Block]:
    """Return what a reader should know before all else: what else is wrong, and what to do."""
    if card.diagnosis is None:
        return []
    if card.verdict == "fine":
        export = f"makebelieve export {shlex.quote(card.name)} --out exported"
        return [Words("Nothing needs mending. To use it elsewhere:", "todo"), Command(export)]
    failures, warnings = card.diagnosis.of("failure"), card.diagnosis.of("warning")
    told: list[Block] = []
    more = [*failures[1:], *warnings]  # of the first failure the verdict tells
    if more:
        told.append(Items([f"{f.name[:1].upper()}{f.name[1:]}: {f.sentence}." for f in more]))
    every = (*failures, *warnings, *card.diagnosis.of("cannot-tell"))
    gravest = next((f for f in every if f.remedy), None)
    if gravest is not None:
        told += _remedy(gravest, card, f"What to do about {gravest.name}")
    return told


def short(card: Card) -> list[Block]:
    """Return what is wrong without the details, for a page that shows other things as well."""
    if card.diagnosis is None:
        return []
    wrong = [*card.diagnosis.of("failure"), *card.diagnosis.of("warning")]
    return [
        Group(
            f"{f.name} ({f.code})",
            [Words(_sentence(f)), *_remedy(f, card)],
            kind=f"finding {f.verdict}",
            badge=WORDS[f.verdict],
        )
        for f in wrong
    ]


def _grave(finding: Finding, card: Card) -> Group:
    rule = RULES[finding.code]
    told: list[Block] = [
        Words(_sentence(finding), "seen"),
        Words(f"{rule.about} {rule.why}"),
        *_measured(finding),
        *_remedy(finding, card),
        Words(f"Where the rule comes from: {rule.source}", "note"),
    ]
    shown = _evidence(finding, card)
    blocks: list[Block] = [Beside([Stack(told), Stack(shown)], "told")] if shown else told
    title = f"{finding.name} ({finding.code})"
    return Group(title, blocks, kind=f"finding {finding.verdict}", badge=WORDS[finding.verdict])


def _unknown(finding: Finding, card: Card) -> Group:
    blocks = [Words(_sentence(finding)), *_measured(finding), *_remedy(finding, card)]
    title = f"{finding.name} ({finding.code})"
    return Group(title, blocks, kind=f"finding {finding.verdict}", badge=WORDS[finding.verdict])


def _fine(finding: Finding) -> Group:
    blocks = [Words(_sentence(finding)), *_measured(finding)]
    return Group(f"{finding.name} ({finding.code})", blocks, kind="finding fine", badge="Fine")


def _sentence(finding: Finding) -> str:
    text = finding.sentence
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _remedy(finding: Finding, card: Card, what: str = "What to do") -> list[Block]:
    if not finding.remedy:
        return []
    source = card.run.recipe.data.source
    where = ""
    if plain_source(source) != source and " train " in finding.remedy:
        where = f", in the folder that holds {plain_source(source)}"
    return [Words(f"{what}{where}:", "todo"), Command(finding.remedy)]


def limits_of(name: str, threshold: dict[str, float]) -> list[tuple[str, float]]:
    """Return the limits of one number, by what they are the limit of.

    Example:
        >>> limits_of("gap", {"gap_warning": 0.02, "gap_failure": 0.01, "kl": 0.5})
        [('warning', 0.02), ('failure', 0.01)]
        >>> limits_of("fd", {"fd_warning": 6.0, "fd": 10.0})
        [('warning', 6.0), ('failure', 10.0)]
    """
    warning, failure = threshold.get(f"{name}_warning"), threshold.get(f"{name}_failure")
    if failure is None:
        failure = threshold.get(name)
    if warning is None:
        return [] if failure is None else [("limit", failure)]
    return [("warning", warning), *([] if failure is None else [("failure", failure)])]


def _measured(finding: Finding) -> list[Block]:
    rows, used = [], set()
    for name, value in finding.measured.items():
        limits = limits_of(name, finding.threshold)
        used |= {name, f"{name}_warning", f"{name}_failure"} & set(finding.threshold)
        told = ", ".join(f"{what} {number(limit)}" for what, limit in limits) or ""
        bar = Both(told, _bar(value, limits, told)) if limits else ""
        rows.append((_plain(name), number(value), bar))
    if not rows:
        return []
    rest = [f"{_plain(n)} {number(v)}" for n, v in finding.threshold.items() if n not in used]
    more = f"; other limits of the rule: {', '.join(rest)}" if rest else ""
    caption = f"What was measured, against its limit{more}"
    if not any(bar for _, _, bar in rows):
        plain = [row[:2] for row in rows]
        return [Table(caption, ("Number", "Measured"), plain, frozenset({0}), "limits")]
    head = ("Number", "Measured", "Limit")
    return [Table(caption, head, rows, frozenset({0, 2}), "limits")]


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _bar(value: float, limits: Sequence[tuple[str, float]], told: str) -> Markup:
    """Draw a number as a dot on a line with a mark at each limit."""
    values = [value, *(limit for _, limit in limits)]
    low, high = min(0.0, *values), max(0.0, *values)
    span = (high - low) or 1.0

    def x(v: float) -> float:
        return round(6 + (MARK - 12) * (v - low) / span, 1)

    marks = [
        tag("line", x1=x(limit), x2=x(limit), y1=2, y2=16, class_=f"limit {what}")
        for what, limit in limits
    ]
    svg = tag(
        "svg",
        tag("line", x1=6, x2=MARK - 6, y1=9, y2=9, class_="track"),
        tag("line", x1=x(0.0), x2=x(value), y1=9, y2=9, class_="filled"),
        marks,
        tag("circle", cx=x(value), cy=9, r=4.5, class_="value"),
        viewBox=f"0 0 {MARK} 18",
        class_="bar",
        aria_hidden="true",
    )
    return Markup(svg + tag("span", told, class_="number"))


# What the pictures of the rules show, by the name of the file.
SEEN = {
    "kl": "a bar for each dimension of the code: what it says, in nats, beside the limit",
    "shuffled-codes": "real pictures, and below them what is rebuilt from their own codes and "
    "from those of others",
    "bins": "the share of real examples and of samples in each bin of likeness",
    "missing": "real pictures of the bins that are hardly ever made",
    "checkerboard": "a row of real pictures above a row of samples",
    "spectra": "the power at each frequency, of real pictures and of samples",
    "out-of-distribution": "what it is sure of although it never learned it",
    "shortcut": "real pictures, and below them the patch that decides",
    "still-improving": "the loss of held-out examples over examples seen",
    "overfit": "the loss of training and of held-out examples over examples seen",
    "ahead": "how often the discriminator ranks real above fake, over examples seen",
    "knowing-by-heart": "the share of the discriminator's lead that is knowing by heart, over "
    "examples seen",
    "mode-collapse": "a row of real examples, a row of samples, and a row of those most alike",
    "memorisation": "samples, and below each the training example nearest to it",
    "blur": "a row of real pictures above a row of samples",
    "spectrum": "the power at each fineness, of real pictures and of samples",
    "prior-hole": "real pictures, what their codes become, and what random codes become",
    "oscillation": "what the same codes gave at the last checkpoints, one row each",
    "reliability": "how sure it is beside how often it is right, in bins of confidence",
}
CHARTS = frozenset(
    (
        "kl",
        "bins",
        "still-improving",
        "overfit",
        "ahead",
        "knowing-by-heart",
        "spectrum",
        "reliability",
    )
)
"""Those of them that are charts, and not rows of pictures."""


def _evidence(finding: Finding, card: Card) -> list[Block]:
    found: list[Block] = []
    for file in finding.evidence:
        path = card.run.path / file
        if not path.is_file():
            continue
        with Image.open(path) as image:
            image.load()
            shown = image.convert("RGB")
        what = SEEN.get(path.stem, f"what the rule saw ({path.stem.replace('-', ' ')})")
        alt = f"Evidence of {finding.name}: {what}"
        name = f"{finding.code.lower()}-{path.stem}"
        ground = "chart" if path.stem in CHARTS else "rows"
        found.append(Picture(name, shown, alt, f"{what[:1].upper()}{what[1:]}.", crisp=False,
                             wide=True, ground=ground))  # fmt: skip
    return found
