"""Reads a lesson's folder: TOML for what has a shape, Markdown for what is read."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from makebelieve.lessons.lesson import (
    Card,
    Case,
    Explain,
    Lesson,
    Practice,
    Question,
    Reference,
    Section,
    Sorting,
    Trained,
)
from makebelieve.lessons.prose import Block, Line
from makebelieve.lessons.shape import fill

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.lessons.shape import Say

__all__ = ["FIGURE", "PREFIX", "read"]

FIGURE = "[figure]"
"""The line of a section's text where its figure stands."""

PREFIX = "lesson:"
"""What the source of data begins with that come with a lesson."""

FRONT = re.compile(r"\A\+\+\+\n(.*?)^\+\+\+$\n?", re.DOTALL | re.MULTILINE)
NUMBERED = re.compile(r"\d+-[a-z0-9-]+\.md")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Front:
    """What lesson.toml says; the names are those of `Lesson`."""

    title: str
    promise: str
    minutes_read: int
    minutes_practice: int
    difficulty: str
    fits: Block
    before: tuple[Line, ...]
    outcomes: tuple[str, ...]
    references: tuple[Reference, ...]


def read(folder: Path, say: Say) -> Lesson | None:
    """Read a lesson.

    Args:
        folder: the lesson's; its name is the lesson's id.
        say: takes each complaint, one sentence with the file and the key.

    Returns:
        the lesson, or None where a complaint was made.
    """
    if not folder.is_dir():
        say(f"{folder} is not a folder; a lesson is a folder with a lesson.toml in it")
        return None
    # All files are read before anything is given up, so that every mistake is said at once.
    front = _filled(folder, "lesson.toml", Front, say)
    practice: dict[str, Any] = {
        "self_check": _entries(folder, "self-check.toml", Question, say),
        "sorting": _filled(folder, "sorting.toml", Sorting, say),
        "explain": _filled(folder, "explain.toml", Explain, say),
        "cards": _entries(folder, "cards.toml", Card, say),
        "clinic": _cases(folder, say),
    }
    parts: dict[str, Any] = {
        "runs": _entries(folder, "runs.toml", Trained, say),
        "sections": _sections(folder, say),
        "summary": _text(folder, "summary.md", say),
        "cheat_sheet": _text(folder, "cheat-sheet.md", say),
    }
    if front is None or None in [*practice.values(), *parts.values()]:
        return None
    return Lesson(id=folder.name, **vars(front), **parts, practice=Practice(**practice))


def _filled(folder: Path, name: str, kind: type[Made], say: Say) -> Made | None:
    table = _toml(folder, name, say)
    return None if table is None else fill(kind, table, name, say)


def _entries(folder: Path, name: str, kind: type[Made], say: Say) -> tuple[Made, ...] | None:
    """Read a file whose tables are named by the ids of what they hold."""
    table = _toml(folder, name, say)
    if table is None:
        return None
    made = [_entry(key, entry, f"{name}: [{key}]", kind, say) for key, entry in table.items()]
    whole = tuple(one for one in made if one is not None)
    return whole if len(whole) == len(made) else None


def _entry(key: str, entry: Any, where: str, kind: type[Made], say: Say) -> Made | None:
    return fill(kind, {"id": key, **entry} if isinstance(entry, dict) else entry, where, say)


def _cases(folder: Path, say: Say) -> tuple[Case, ...] | None:
    """Read the clinic's words, and beside each case what was recorded of it."""
    table = _toml(folder, "clinic.toml", say)
    if table is None:
        return None
    made = []
    for key, entry in table.items():
        recorded = _json(folder, f"clinic/{key}.json", say)
        if isinstance(entry, dict) and recorded is not None:
            entry = {**entry, "recorded": recorded}
        made.append((recorded, _entry(key, entry, f"clinic.toml: [{key}]", Case, say)))
    whole = tuple(case for recorded, case in made if case is not None and recorded is not None)
    return whole if len(whole) == len(made) else None


def _json(folder: Path, name: str, say: Say) -> dict[str, Any] | None:
    """Read what scripts/clinic.py wrote, where {lesson} stands for the lesson's own files."""
    text = _raw(folder, name, say)
    if text is None:
        return None
    try:
        value = json.loads(text.replace("{lesson}", PREFIX + folder.name))
    except (ValueError, RecursionError) as error:
        say(f"{name} is not JSON ({error}); write it again with scripts/clinic.py")
        return None
    if isinstance(value, dict):
        return value
    say(f"{name} must hold one object; write it again with scripts/clinic.py")
    return None


def _sections(folder: Path, say: Say) -> tuple[Section, ...] | None:
    files = sorted((folder / "sections").glob("*.md"), key=lambda file: file.name)
    if not files:
        say("sections/ holds no .md file; a lesson needs sections, such as sections/1-start.md")
    made = [_section(folder, file.name, say) for file in files]
    whole = tuple(section for section in made if section is not None)
    return whole if files and len(whole) == len(made) else None


def _section(folder: Path, file: str, say: Say) -> Section | None:
    name = f"sections/{file}"
    if not NUMBERED.fullmatch(file):
        say(f"{name} must be called by its number and a name, such as 2-the-hourglass.md")
        return None
    text = _raw(folder, name, say)
    if text is None:
        return None
    found = FRONT.match(text)
    if found is None:
        say(f"{name} must begin with its settings in TOML between two lines of +++")
        return None
    table = _parsed(found[1], name, say)
    before, line, after = text[found.end() :].partition(f"\n{FIGURE}\n")
    if not line:
        say(f"{name} has no line {FIGURE}; put it where the figure is to stand")
        return None
    if table is None:
        return None
    for key in ("id", "body", "after"):
        if key in table:
            say(f"{name}: {key!r} is given by the file itself; leave it out")
            return None
    parts = {"id": f"s{file.removesuffix('.md')}", "body": before, "after": after}
    return fill(Section, {**table, **parts}, name, say)


def _text(folder: Path, name: str, say: Say) -> Block | None:
    text = _raw(folder, name, say)
    if text is not None and not text.strip():
        say(f"{name} is empty; write what the learner is to read")
        return None
    return None if text is None else Block(text.strip())


def _toml(folder: Path, name: str, say: Say) -> dict[str, Any] | None:
    text = _raw(folder, name, say)
    return None if text is None else _parsed(text, name, say)


def _parsed(text: str, name: str, say: Say) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        say(f"{name} is not TOML: {error}")
        return None


def _raw(folder: Path, name: str, say: Say) -> str | None:
    try:
        return (folder / name).read_text(encoding="utf-8").replace("\r\n", "\n")
    except FileNotFoundError:
        say(f"{name} is missing; docs/lessons.md says what belongs into it")
    except OSError as error:
        say(f"{name} cannot be read: {error.strerror or error}")
    except UnicodeDecodeError:
        say(f"{name} is not text in UTF-8; save it as UTF-8")
    return None
