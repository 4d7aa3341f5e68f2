"""`makebelieve lesson`: check a lesson before a class sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

__all__ = ["lesson"]

HELP = """Check a lesson before a class sees it.

A lesson is a folder of TOML and Markdown; docs/lessons.md says how to write one.

\b
Examples:
  makebelieve lesson check my-lessons/second
"""

CHECK = """Say everything that is wrong with the lesson in FOLDER, one sentence each.

\b
Examples:
  makebelieve lesson check my-lessons/second
  MAKEBELIEVE_LESSONS=my-lessons makebelieve studio

\b
Exit codes: 0 when the lesson can be shown, 2 when something is to be mended.
"""

WRONG = 2


@click.group("lesson", help=HELP, short_help="Check a lesson before a class sees it.")
def lesson() -> None:
    """Hold the sub-commands."""


@lesson.command("check", help=CHECK, short_help="Say everything that is wrong with a lesson.")
@click.argument("folder", type=click.Path(path_type=Path))
def check(folder: Path) -> int:
    """Check a lesson."""
    from makebelieve.lessons.folder import read
    from makebelieve.lessons.validate import complaints, reading_words

    folder = folder.resolve()
    found = complaints(folder, _wrong)
    for sentence in found:
        click.echo(sentence)
    if found:
        click.echo(f"\n{len(found)} to mend.", err=True)
        return WRONG
    whole = read(folder, click.echo)
    assert whole is not None
    words, p = reading_words(whole), whole.practice
    click.echo(
        f"{whole.title}: {len(whole.sections)} sections of {words:,} words in all, "
        f"{len(p.sorting.items)} systems to sort, {len(p.cards)} cards, {len(p.self_check)} open "
        f"questions and {len(p.clinic)} cases. Nothing to mend."
    )
    return 0


def _wrong(model: str, source: str, settings: dict[str, Any]) -> str | None:
    """Say what is wrong with settings as a recipe."""
    from makebelieve import models, recipe
    from makebelieve.errors import InputError

    try:
        options = models.find(model).Options
        recipe.build(model, options, {"data.source": source, **settings})
    except InputError as error:
        return str(error)
    return None
