"""Diagnosis while a model is trained: cheap rules, at every look at held-out examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis.course import Course
from makebelieve.diagnosis.rule import Missing
from makebelieve.diagnosis.rules import RULES
from makebelieve.training.loop import Event, Logged, Validated, progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from makebelieve.training.state import State

__all__ = ["Watcher"]


class Watcher:
    """Reads along, and says what is going wrong: each thing once.

    Args:
        model: the model's name.
        say: told each sentence.

    Example:
        >>> said = []
        >>> watcher = Watcher("vae", said.append)
        >>> for seen in (1000, 2000):
        ...     watcher.log({"seen": seen, "scores": {"validation": {"kl": 0.01}}}, 0.5)
        >>> said
        ['C1 posterior collapse: the code is collapsing: it says 0.01 nats']
    """

    def __init__(self, model: str, say: Callable[[str], None]) -> None:
        self.course, self.say = Course(model), say
        self._waiting = {rule.code: rule for rule in RULES.values() if rule.early is not None}

    def watch(self, event: Event, state: State) -> None:
        """Be told an event of the engine."""
        share = 0.0
        if isinstance(event, (Logged, Validated)):
            share = progress(state.recipe, event.seen, state.clock.seconds)
        if isinstance(event, Logged):
            self.course.lines.append({"seen": event.seen, **event.values})
        elif isinstance(event, Validated):
            scores = {"train": event.train, "validation": event.validation}
            self.log({"seen": event.seen, "scores": scores}, share)

    def log(self, line: dict[str, object], share: float) -> None:
        """Take a line of the log, and ask every rule that has not spoken."""
        self.course.lines.append(line)
        self.course.progress = share
        for code, rule in list(self._waiting.items()):
            assert rule.early is not None
            try:
                words = rule.early(self.course)
            except Missing:
                continue
            if words:
                del self._waiting[code]
                self.say(f"{code} {rule.name}: {words}")
