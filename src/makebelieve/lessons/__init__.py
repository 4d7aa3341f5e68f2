"""Lessons are folders of TOML and Markdown: those of the package, and those of a teacher."""

from __future__ import annotations

import os
from pathlib import Path

from makebelieve.errors import InputError
from makebelieve.lessons.folder import PREFIX, read
from makebelieve.lessons.lesson import Lesson
from makebelieve.lessons.validate import complaints
from makebelieve.recipe import nearest

__all__ = ["Lesson", "complaints", "file", "find", "lessons", "load", "path_of"]

CONTENT = Path(__file__).parent / "content"
SERVED = (".png", ".webp", ".npz")


def lessons() -> dict[str, Path]:
    """Return the folder of every lesson by its id.

    A folder named by MAKEBELIEVE_LESSONS, with one folder a lesson in it, adds a teacher's own; one
    of the same id takes the place of the package's.

    Example:
        >>> "imagine" in lessons()
        True
    """
    own = os.environ.get("MAKEBELIEVE_LESSONS")
    places = [CONTENT, *([Path(own).expanduser()] if own else [])]
    if own and not places[-1].is_dir():
        raise InputError(f"MAKEBELIEVE_LESSONS is {own!r}, which is not a folder")
    return {
        found.parent.name: found.parent
        for place in places
        for found in sorted(place.glob("*/lesson.toml"))
    }


def find(lesson: str) -> Path:
    """Return the folder of a lesson by its id.

    Raises:
        InputError: there is no such lesson.
    """
    known = lessons()
    if lesson not in known:
        raise InputError(
            f"there is no lesson {lesson!r}{nearest(lesson, known)} (lessons: {', '.join(known)})"
        )
    return known[lesson]


def load(lesson: str) -> Lesson:
    """Read a lesson by its id.

    Raises:
        InputError: there is no such lesson, or it cannot be read; the first mistake is named.

    Example:
        >>> load("imagine").title
        'Teaching machines to imagine'
    """
    found: list[str] = []
    read_lesson = read(find(lesson), found.append)
    if read_lesson is None:
        more = f" (and {len(found) - 1} more; see makebelieve lesson)" if len(found) > 1 else ""
        raise InputError(f"the lesson {lesson} cannot be read: {found[0]}{more}")
    return read_lesson


def file(lesson: str, name: str) -> Path:
    """Return one of a lesson's files that a page may ask for: a picture, or data of the clinic.

    Args:
        lesson: its id.
        name: the path inside its folder, such as "clinic/quiet-code.png".

    Raises:
        InputError: there is no such file, or it is none of those that are served.
    """
    inside = find(lesson).resolve()
    path = (inside / name).resolve()
    if path.suffix not in SERVED or not path.is_relative_to(inside) or not path.is_file():
        raise InputError(f"the lesson {lesson} has no file {name!r}")
    return path


def path_of(source: str) -> str:
    """Return where data of a lesson lie, such as lesson:imagine/clinic/badges.npz.

    Any other source stays as it is, so a command that names such data runs on every machine.

    Raises:
        InputError: there is no such lesson or file.

    Example:
        >>> path_of("avatars")
        'avatars'
    """
    if not source.startswith(PREFIX):
        return source
    lesson, _, name = source.removeprefix(PREFIX).partition("/")
    return str(file(lesson, name))
