"""What somebody chose for a run, and the command that trains so again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from makebelieve import models, recipe
from makebelieve.runs.planning import fitting

if TYPE_CHECKING:
    from makebelieve.runs.run import Run

__all__ = ["Setting", "command", "settings"]

# What planning finds out by itself on each machine.
MACHINE = {"training.kernels", "training.backward"}


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


def command(model: str, source: str, settings: dict[str, Any], *, variable: str = "data") -> str:
    """Write a training as a command, or as a line of Python where only Python has the data.

    Args:
        model: its name.
        source: of the data.
        settings: recipe keys by path; what is None is left to its default.
        variable: what data in memory are called.

    Example:
        >>> command("vae", "my faces", {"model.beta": 2.0, "model.conditional": True})
        "makebelieve train vae 'my faces' --beta 2 --conditional"
    """
    given = {path: value for path, value in settings.items() if value is not None}
    if source.startswith(recipe.MEMORY):
        keys = [
            f"{path.rpartition('.')[2]}={value!r}"
            for path, value in given.items()
            if not path.startswith("data.")
        ]
        return f"mb.train({', '.join([repr(model), variable, *keys])})"
    return recipe.command(model, source, given)
