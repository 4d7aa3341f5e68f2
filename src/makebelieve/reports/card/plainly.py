"""How a run came about, in words that may be shown to others: folders by their last part only."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from makebelieve.recipe import MEMORY
from makebelieve.reports.words import plain_source
from makebelieve.runs.settings import command, settings

if TYPE_CHECKING:
    from makebelieve.runs.run import Run

__all__ = ["again", "plainly", "told_plainly"]


def again(run: Run) -> str:
    """Return the command that trains the same anew; "" for data that were in memory."""
    source = run.recipe.data.source
    if source.startswith(MEMORY):
        return ""
    chosen = {setting.path: setting.value for setting in settings(run) if setting.changed}
    return command(run.recipe.model, plain_source(source), chosen)


def plainly(text: str, run: Run) -> str:
    """Name folders by their last part only: a report is made to be shown to others."""
    for path in (run.recipe.data.source, str(run.path.absolute()), str(run.path.resolve())):
        text = text.replace(path, plain_source(path))
    return text


def told_plainly(command: str, run: Run) -> str:
    """Name a run's source in a command without the folders that lead to it."""
    source = run.recipe.data.source
    try:
        words = shlex.split(command)
    except ValueError:
        return command.replace(source, plain_source(source))
    if source not in words:
        return command
    return shlex.join([plain_source(word) if word == source else word for word in words])
