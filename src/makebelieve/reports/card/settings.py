"""How a run came about: what was set by hand, and the command that does it again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from makebelieve import models, recipe
from makebelieve.reports.words import plain_source
from makebelieve.runs.planning import fitting

if TYPE_CHECKING:
    from makebelieve.runs.run import Run

__all__ = ["Setting", "again", "plainly", "quoted", "settings", "told_plainly"]

# What planning finds out by itself on each machine.
MACHINE = {"training.kernels"}


@dataclass(frozen=True)
class Setting:
    """One key of a recipe.

    Args:
        path: such as "model.beta".
        value: what it was.
        usual: what it would have been, had nobody said anything.
    """

    path: str
    value: Any
    usual: Any

    @property
    def changed(self) -> bool:
        """Whether somebody chose it."""
        return bool(self.value != self.usual) and self.path not in MACHINE


def settings(run: Run) -> list[Setting]:
    """Return every key of a run's recipe, but for what the model and its data are called."""
    usual = _usual(run)
    found = []
    given = recipe.to_dict(run.recipe)
    for part in ("model", "data", "training"):
        for name, value in given[part].items():
            path = f"{part}.{name}"
            if path not in {"model.name", "data.source"}:
                found.append(Setting(path, value, usual.get(path)))
    return found


def _usual(run: Run) -> dict[str, Any]:
    """Return what planning would have chosen for this model, these data and this length."""
    r, n = run.recipe, run.about["data"]["train"]
    kind = models.find(r.model)
    defaults: dict[str, Any] = dict(kind.defaults(run.spec, n))
    length = r.training.examples or defaults["examples"]
    if r.training.minutes is not None:
        defaults.pop("examples", None)
    defaults |= {"checkpoint": max(1, length // 20), "validate": max(1, length // 40)}
    defaults["warmup"] = min(defaults.get("warmup", 0), length // 3)
    defaults["batch"] = fitting(defaults["batch"], n)
    plain = recipe.build(r.model, type(r.options), {})
    parts = {"model": plain.options, "data": plain.data, "training": plain.training}
    found = {}
    for part, values in parts.items():
        for name, value in vars(recipe.filled(values, defaults)).items():
            found[f"{part}.{name}"] = value
    return found


def again(run: Run) -> str:
    """Return the command that trains the same anew; "" for data that were in memory."""
    source = run.recipe.data.source
    if source.startswith("memory:"):
        return ""
    words = ["makebelieve", "train", run.recipe.model, plain_source(source)]
    for setting in settings(run):
        if setting.changed and setting.value is not None:
            words += [recipe.option(setting.path), *_text(setting.value)]
    return quoted(words)


def quoted(words: list[str]) -> str:
    """Write a command so that a shell reads these words."""
    return shlex.join(words)


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
    return quoted([plain_source(word) if word == source else word for word in words])


def _text(value: Any) -> list[str]:
    if value is True:
        return []
    if isinstance(value, bool):
        return ["false"]
    # Every digit, so that the same is trained again.
    return [repr(value).removesuffix(".0") if isinstance(value, float) else str(value)]
