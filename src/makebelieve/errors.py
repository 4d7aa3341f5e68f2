"""The two ways in which a command ends badly, each with one sentence for its user."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["InputError", "TrainingError"]


class InputError(ValueError):
    """A user's mistake: one sentence that says what was wrong, where, and what to do.

    The command line prints the sentence on stderr and exits with 2.
    """


class TrainingError(RuntimeError):
    """Training could not go on; the sentence names the step and the term.

    The command line prints the sentence on stderr and exits with 3.

    Args:
        sentence: what went wrong.
        folder: the run, whose last good state is kept.
    """

    def __init__(self, sentence: str, folder: Path | None = None) -> None:
        super().__init__(sentence)
        self.folder = folder
