"""Every mistake of a lesson, one sentence each: the file, the key, what is wrong, what to do."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from makebelieve.lessons import prose
from makebelieve.lessons.folder import read
from makebelieve.recipe import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from makebelieve.lessons.lesson import Case, Item, Lesson, Prediction, Section, Sorting

    Settings = Callable[[str, str, dict[str, Any]], str | None]

__all__ = ["FIGURES", "KINDS", "PAGES", "complaints", "reading_words"]

FIGURES = (
    "judge-and-maker",
    "hourglass",
    "smooth-map",
    "contest",
    "two-routes",
    "which-kind",
)
"""What the studio can draw live."""

KINDS = ("judge", "maker", "both")
PAGES = (
    "/", "/cheat-sheet", "/practice", "/practice/self-check", "/practice/sorting",
    "/practice/explain", "/practice/cards", "/practice/clinic", "/workshop",
)  # fmt: skip
"""Pages of the studio that a lesson may link to."""

MODELS = ("judge", "autoencoder", "vae", "gan", "diffusion")
PACE = 200  # words a minute, slow enough for what is new
LEAST = {"items": 40, "cards": 40, "clinic": 12, "self_check": 5}
LONGEST_BACK = 40  # words on the back of a card
OUTCOMES = 4
ROW = 2  # so many of a category may follow one another


def complaints(folder: Path, settings: Settings | None = None) -> list[str]:
    """List everything that is wrong with a lesson; an empty list means that it can be shown.

    Args:
        folder: of the lesson.
        settings: (model, source, settings) → what is wrong with them as a recipe, or None; left
            out, recipes are not looked at, for that takes PyTorch.
    """
    found: list[str] = []
    lesson = read(folder, found.append)
    if lesson is not None:
        for check in CHECKS:
            found += check(lesson)
        if settings is not None:
            found += _recipes(lesson, settings)
    return found


def reading_words(lesson: Lesson) -> int:
    """Count what is read from the first section to the summary; terms are looked up, not read."""
    texts: list[str] = [lesson.summary]
    for s in lesson.sections:
        texts += [s.title, s.body, s.after, s.figure.caption]
        texts += [s.predict.question, *s.predict.options, s.predict.why]
    return sum(prose.words(text) for text in texts)


def _front(lesson: Lesson) -> Iterator[str]:
    if len(lesson.outcomes) != OUTCOMES:
        yield f"lesson.toml: outcomes has {len(lesson.outcomes)} entries; give {OUTCOMES}"
    for i, reference in enumerate(lesson.references, 1):
        if not reference.url.startswith("https://"):
            yield f"lesson.toml: references[{i}]: url must begin with https://"
    words, minutes = reading_words(lesson), lesson.minutes_read
    if words > minutes * PACE:
        yield (
            f"lesson.toml: minutes_read is {minutes}, and {words:,} words take "
            f"{-(-words // PACE)} at {PACE} a minute; write less or say so"
        )


def _figures(lesson: Lesson) -> Iterator[str]:
    runs = [run.id for run in lesson.runs]
    for run in lesson.runs:
        if run.model not in MODELS:
            close = nearest(run.model, MODELS)
            yield f"runs.toml: [{run.id}]: there is no model {run.model!r}{close}"
    for section in lesson.sections:
        file = _file(section)
        kind = section.figure.kind
        if kind not in FIGURES:
            yield (
                f"{file}: figure.kind {kind!r} is not known{nearest(kind, FIGURES)} "
                f"(kinds: {', '.join(FIGURES)})"
            )
        for shown in section.figure.runs:
            if shown not in runs:
                yield f"{file}: figure.runs names {shown!r}, not in runs.toml{nearest(shown, runs)}"


def _sections(lesson: Lesson) -> Iterator[str]:
    for name, count in Counter(s.name for s in lesson.sections).items():
        if count > 1:
            yield f"sections/: {count} files are called {name!r}; each needs a name of its own"
    for section in lesson.sections:
        yield from _prediction(section.predict, f"{_file(section)}: predict")
    answers = [s.predict.answer for s in lesson.sections]
    if len(answers) > ROW and len(set(answers)) == 1:
        yield f"sections/: every prediction's answer is number {answers[0]}; mix the options"


def _prediction(predict: Prediction, where: str) -> Iterator[str]:
    yield from _answer(predict.answer, len(predict.options), where)
    for option, count in Counter(predict.options).items():
        if count > 1:
            yield f"{where}.options has {option!r} twice"


def _answer(answer: int, options: int, where: str) -> Iterator[str]:
    if options < ROW:
        yield f"{where}.options has {options} entry; a question needs two options or more"
    elif not 1 <= answer <= options:
        yield f"{where}.answer is {answer}, and there are {options} options; count from 1"


def _links(lesson: Lesson) -> Iterator[str]:
    names = {s.name for s in lesson.sections}
    pages = {*PAGES, f"/lesson/{lesson.id}"}
    for where, text in _prose(lesson):
        if "![" in text:
            yield f"{where} holds a picture (![…]); the figures are the pictures of a lesson"
        for link in prose.links(text):
            if link.startswith("#") and link[1:] not in names:
                yield f"{where} links to {link}, and no section is called so{nearest(link, names)}"
            elif link.startswith("/") and link not in pages:
                yield f"{where} links to {link}, which is no page{nearest(link, pages)}"


def _prose(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Yield every Markdown text with the place where it stands."""
    yield "lesson.toml: fits", lesson.fits
    yield from (("lesson.toml: before", text) for text in lesson.before)
    yield "summary.md", lesson.summary
    yield "cheat-sheet.md", lesson.cheat_sheet
    for s in lesson.sections:
        file = _file(s)
        yield from ((file, text) for text in (s.body, s.after, s.predict.why, s.figure.caption))
    for question in lesson.practice.self_check:
        yield f"self-check.toml: [{question.id}]", question.model_answer
    for card in lesson.practice.cards:
        yield from ((f"cards.toml: [{card.id}]", text) for text in (card.front, card.back))
    for case in lesson.practice.clinic:
        yield f"clinic.toml: [{case.id}]", case.diagnosis.why


def _sorting(lesson: Lesson) -> Iterator[str]:
    sorting = lesson.practice.sorting
    bins = _bins(sorting)
    items = {item.id: item for item in sorting.items}
    yield from _enough(len(items), "items", "sorting.toml")
    yield from _unanswered(sorting, bins)
    sections = {s.name for s in lesson.sections}
    for item in sorting.items:
        where = f"sorting.toml: [items.{item.id}]"
        yield from _bin_names(item, bins, where)
        if item.show is not None and item.show not in sections:
            close = nearest(item.show, sections)
            yield f"{where}: show names {item.show!r}, which is no section{close}"
        if item.twin is not None and item.twin not in items:
            yield f"{where}: twin names {item.twin!r}, which is no item{nearest(item.twin, items)}"
    yield from _order(sorting.items)


def _bins(sorting: Sorting) -> dict[str, list[str]]:
    return {
        "kind": list(KINDS),
        "design": [d.id for d in sorting.designs],
        "failure": [f.id for f in sorting.failures],
    }


def _unanswered(sorting: Sorting, bins: dict[str, list[str]]) -> Iterator[str]:
    """Complain of bins whose wrong choice would be met with silence."""
    for part, names in bins.items():
        given = sorting.defaults.get(part, {})
        for name in names:
            if name not in given:
                yield f"sorting.toml: [defaults.{part}] has no {name!r}; say why it may be wrong"
        for name in given.keys() - set(names):
            yield f"sorting.toml: [defaults.{part}] has {name!r}, no {part}{nearest(name, names)}"
    for part in sorting.defaults.keys() - bins.keys():
        yield f"sorting.toml: [defaults.{part}] is no pass{nearest(part, bins)}"


def _bin_names(item: Item, bins: dict[str, list[str]], where: str) -> Iterator[str]:
    right = {"kind": item.kind, "design": item.design, "failure": item.failure}
    for part, name in right.items():
        if name not in bins[part]:
            yield f"{where}: {part} {name!r} is not known{nearest(name, bins[part])}"
    for part, answers in item.wrong.items():
        if part not in bins:
            yield f"{where}: wrong.{part} is no pass{nearest(part, bins)}"
            continue
        for name in answers:
            if name not in bins[part]:
                yield f"{where}: wrong.{part}.{name} is not known{nearest(name, bins[part])}"
            elif name == right[part]:
                yield f"{where}: wrong.{part}.{name} is the right answer; leave it out"
    for part in bins.keys() - item.wrong.keys():
        yield f"{where}: wrong.{part} is missing; say which cue a wrong {part} misses"


def _order(items: tuple[Item, ...]) -> Iterator[str]:
    """Look-alikes stand side by side, and no category fills a row: that is how contrasts teach."""
    for category, group in groupby(items, key=lambda item: item.category):
        row = list(group)
        if len(row) > ROW:
            names = ", ".join(item.id for item in row)
            yield f"sorting.toml: {len(row)} of {category!r} follow one another ({names}); mix them"
    beside = {frozenset((a.id, b.id)) for a, b in pairwise(items)}
    for item in items:
        if item.twin is not None and frozenset((item.id, item.twin)) not in beside:
            yield f"sorting.toml: [items.{item.id}] must stand next to its twin {item.twin!r}"


def _practice(lesson: Lesson) -> Iterator[str]:
    practice = lesson.practice
    yield from _enough(len(practice.self_check), "self_check", "self-check.toml")
    for question in practice.self_check:
        if not question.points:
            yield f"self-check.toml: [{question.id}]: points is empty; name what to look for"
    if not practice.explain.rubric:
        yield "explain.toml: rubric is empty; name what a good explanation says"
    yield from _enough(len(practice.cards), "cards", "cards.toml")
    sections = {s.name for s in lesson.sections}
    for card in practice.cards:
        where = f"cards.toml: [{card.id}]"
        if card.section not in sections:
            yield f"{where}: section {card.section!r} is none{nearest(card.section, sections)}"
        length = prose.words(card.back)
        if length > LONGEST_BACK:
            yield f"{where}: back has {length} words; say it in {LONGEST_BACK}"


def _clinic(lesson: Lesson) -> Iterator[str]:
    cases = lesson.practice.clinic
    yield from _enough(len(cases), "clinic", "clinic.toml")
    for case in cases:
        where = f"clinic.toml: [{case.id}]"
        d, t = case.diagnosis, case.treatment
        yield from _answer(d.answer, len(d.options), f"{where}: diagnosis")
        yield from _answer(t.answer, len(t.options), f"{where}: treatment")
        yield from _prediction(t.predict, f"{where}: treatment.predict")
        tried = t.tried or t.answer
        if not 1 <= tried <= len(t.options) or not t.options[tried - 1].settings:
            yield f"{where}: treatment: option {tried} trains nothing; name one that does by tried"
        yield from _recorded(case, where)
    answers = [case.diagnosis.answer for case in cases]
    if len(answers) > ROW and len(set(answers)) == 1:
        yield f"clinic.toml: every diagnosis is number {answers[0]}; mix the options"


def _recorded(case: Case, where: str) -> Iterator[str]:
    for name in ("model", "source", "settings", "seed", "evidence"):
        if name not in case.recorded:
            yield f"{where}: clinic/{case.id}.json has no {name!r}; write it with scripts/clinic.py"


def _enough(count: int, what: str, file: str) -> Iterator[str]:
    if count < LEAST[what]:
        yield f"{file}: there are {count}; practice needs {LEAST[what]} or more"


def _file(section: Section) -> str:
    return f"sections/{section.id[1:]}.md"


def _recipes(lesson: Lesson, settings: Settings) -> Iterator[str]:
    """Ask whether what is to be trained is a recipe."""
    for run in lesson.runs:
        wrong = settings(run.model, run.source, run.settings)
        if wrong:
            yield f"runs.toml: [{run.id}]: {wrong}"
    for case in lesson.practice.clinic:
        own = (str(case.recorded.get("model")), str(case.recorded.get("source")))
        wrong = settings(*own, case.recorded.get("settings", {}))
        if wrong:
            yield f"clinic/{case.id}.json: {wrong}"
        for i, option in enumerate(case.treatment.options, 1):
            model, source = option.model or own[0], option.source or own[1]
            wrong = settings(model, source, option.settings)
            if wrong:
                yield f"clinic.toml: [{case.id}]: treatment.options[{i}]: {wrong}"


CHECKS: tuple[Callable[[Lesson], Iterable[str]], ...] = (
    _front, _figures, _sections, _links, _sorting, _practice, _clinic,
)  # fmt: skip
