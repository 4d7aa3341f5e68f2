"""What a lesson is made of; how it is written in files, docs/lessons.md says."""

from dataclasses import dataclass, field
from typing import Any

from makebelieve import recipe
from makebelieve.lessons.prose import Block, Line
from makebelieve.lessons.shape import Choice, plain

__all__ = [
    "Card",
    "Case",
    "Design",
    "Diagnosis",
    "Explain",
    "Failure",
    "Figure",
    "Item",
    "Lesson",
    "Option",
    "Practice",
    "Prediction",
    "Question",
    "Reference",
    "Section",
    "Sorting",
    "Term",
    "Trained",
    "Treatment",
    "TreatmentOption",
]


@dataclass(frozen=True)
class Prediction:
    """A question that is answered before something is seen."""

    question: str
    options: tuple[str, ...]
    answer: Choice
    why: Line


@dataclass(frozen=True)
class Figure:
    """A live figure: its kind, the trained models that it shows, and what it says of itself."""

    kind: str
    caption: Line
    runs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Term:
    """A word of the field, explained where it is first used."""

    word: str
    meaning: str


@dataclass(frozen=True)
class Section:
    """A part of the lesson: text, a prediction, a figure, and text that looks back at it."""

    id: str
    title: str
    body: Block
    predict: Prediction
    figure: Figure
    after: Block
    terms: tuple[Term, ...] = ()

    @property
    def name(self) -> str:
        """The id without its number: what other files of the lesson call the section."""
        return self.id.partition("-")[2]


@dataclass(frozen=True)
class Trained:
    """A model that is trained while the lesson is read."""

    id: str
    model: str
    source: str
    about: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reference:
    """Where to read on."""

    text: str
    url: str


@dataclass(frozen=True)
class Question:
    """An open question with the points that a good answer names."""

    id: str
    question: str
    points: tuple[str, ...]
    model_answer: Block


@dataclass(frozen=True)
class Design:
    """A way to build a system, and how to recognise it."""

    id: str
    name: str
    cue: str


@dataclass(frozen=True)
class Failure:
    """A way for a system to go wrong."""

    id: str
    name: str
    about: str


@dataclass(frozen=True)
class Item:
    """An everyday system to be sorted: by kind, by design, and by the failure to expect.

    Args:
        cue: what gives it away.
        wrong: what to say of a wrong bin, by pass (kind, design, failure) and bin.
        show: the section that shows such a thing.
        twin: the item that looks like it and is sorted otherwise.
    """

    id: str
    name: str
    about: str
    category: str
    kind: str
    design: str
    failure: str
    cue: str
    wrong: dict[str, dict[str, str]] = field(default_factory=dict)
    show: str | None = None
    twin: str | None = None


@dataclass(frozen=True)
class Sorting:
    """The sorting exercise; `defaults` answers every wrong bin that an item says nothing of."""

    designs: tuple[Design, ...]
    failures: tuple[Failure, ...]
    defaults: dict[str, dict[str, str]]
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Explain:
    """What to explain in three sentences, what a good explanation names, and one of them."""

    prompt: str
    rubric: tuple[str, ...]
    example: str


@dataclass(frozen=True)
class Card:
    """A flashcard: one question, and an answer of forty words at most."""

    id: str
    front: Line
    back: Line
    section: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """One of several answers, and what to say to whoever chose it."""

    text: str
    feedback: str


@dataclass(frozen=True)
class Diagnosis:
    """What may be wrong with a run, and what is."""

    options: tuple[Option, ...]
    answer: Choice
    why: Line


@dataclass(frozen=True)
class TreatmentOption:
    """Something to try: a training with these settings, or nothing at all where there are none.

    Args:
        settings: all of them, not only what is changed.
        model: another than the case's.
        source: another than the case's.
    """

    text: str
    feedback: str
    settings: dict[str, Any] = field(default_factory=dict)
    model: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Treatment:
    """What may help a run, what does, and what to expect of it.

    Args:
        tried: the option whose outcome is to be predicted; None: the answer.
    """

    options: tuple[TreatmentOption, ...]
    answer: Choice
    predict: Prediction
    tried: Choice | None = None


@dataclass(frozen=True)
class Case:
    """A recorded run of the clinic: its story, and the questions about it.

    Args:
        recorded: what scripts/clinic.py measured, from clinic/ID.json.
    """

    id: str
    title: str
    story: str
    healthy: bool
    diagnosis: Diagnosis
    treatment: Treatment
    recorded: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Practice:
    """Everything to practise with."""

    self_check: tuple[Question, ...]
    sorting: Sorting
    explain: Explain
    cards: tuple[Card, ...]
    clinic: tuple[Case, ...]


@dataclass(frozen=True)
class Lesson:
    """A lesson."""

    id: str
    title: str
    promise: str
    minutes_read: int
    minutes_practice: int
    difficulty: str
    fits: Block
    before: tuple[Line, ...]
    outcomes: tuple[str, ...]
    runs: tuple[Trained, ...]
    sections: tuple[Section, ...]
    summary: Block
    cheat_sheet: Block
    references: tuple[Reference, ...]
    practice: Practice

    def place(self, name: str) -> str:
        """Return the path of a section by its name.

        Raises:
            KeyError: there is no such section.
        """
        return f"/lesson/{self.id}#{ {s.name: s.id for s in self.sections}[name] }"

    def to_json(self, files: str | None = None) -> dict[str, Any]:
        """Return plain values for the page, Markdown as HTML.

        Args:
            files: where the lesson's files are served; None: by the studio.
        """
        base = f"/api/lessons/{self.id}/files" if files is None else files
        values: dict[str, Any] = plain(self, Lesson, self._link)
        values["runs"] = {run.pop("id"): run for run in values["runs"]}
        practice = values["practice"]
        sorting = practice["sorting"]
        for item in sorting["items"]:
            item["wrong"] = _answers(item, sorting)
            item["show"] = {"path": self.place(item["show"])} if item["show"] else None
        ids = {s.name: s.id for s in self.sections}
        for card in practice["cards"]:
            card["section"] = ids[card["section"]]
        practice["clinic"] = [_case(case, base) for case in practice["clinic"]]
        return values

    def _link(self, to: str) -> str:
        return self.place(to[1:]) if to.startswith("#") else to


def _answers(item: dict[str, Any], sorting: dict[str, Any]) -> dict[str, str]:
    """Return what to say for every wrong bin: the item's own words, or the default ones."""
    answers = {
        f"{part}:{bin_}": text
        for part, bins in sorting["defaults"].items()
        for bin_, text in bins.items()
        if bin_ != item[part]
    }
    own = {f"{part}:{b}": text for part, bins in item["wrong"].items() for b, text in bins.items()}
    return answers | own


def _case(case: dict[str, Any], base: str) -> dict[str, Any]:
    """Put what was recorded beside the words; each treatment names its model, data and command."""
    recorded = case.pop("recorded")
    pictures = {name: f"{base}/{file}" for name, file in recorded.get("pictures", {}).items()}
    evidence = recorded.get("evidence", {}) | pictures
    for choice in case["treatment"]["options"]:
        choice["model"] = choice["model"] or recorded["model"]
        choice["source"] = choice["source"] or recorded["source"]
        trains = bool(choice["settings"])
        parts = (choice["model"], choice["source"], choice["settings"])
        choice["command"] = recipe.command(*parts) if trains else None
    about = {name: recorded[name] for name in ("model", "source", "settings", "seed")}
    about["command"] = recipe.command(about["model"], about["source"], about["settings"])
    treatment = case["treatment"]
    if treatment["tried"] is None:
        treatment["tried"] = treatment["answer"]
    treated = recorded.get("treated")
    if treated is not None:
        treated = {**treated, "samples": evidence.pop("treated")}
    return case | about | {"evidence": evidence, "treated": treated}
