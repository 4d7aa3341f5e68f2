"""What the files of a run say, read without PyTorch so that a listing takes no second."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from makebelieve.errors import InputError
from makebelieve.recipe import VERSION
from makebelieve.runs.folder import held, read_json

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Facts", "read_facts"]

HEADLINES = {
    "judge": "accuracy",
    "autoencoder": "reconstruction",
    "vae": "negative_elbo",
    "gan": "ahead",
}
"""Model → the score that stands for a run in a list; another model's first score stands for it."""


@dataclass(frozen=True)
class Facts:
    """What there is to know about a run without opening its model.

    Args:
        path: the run's folder.
        recipe: every key by its path.
        about: what was written down when the run began.
        status: how far it came, as in `Run.status`.
        result: the scores on the test split; {} until it has finished.
        problem: why the run cannot be read; "" when it can.
    """

    path: Path
    recipe: dict[str, Any] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    status: dict[str, Any] = field(default_factory=dict)
    result: dict[str, float] = field(default_factory=dict)
    problem: str = ""

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.path.resolve().name

    @property
    def model(self) -> str:
        """The model's name."""
        return str(self.recipe.get("model.name", "?"))

    @property
    def data(self) -> str:
        """What the data are called."""
        return str(self.about.get("data", {}).get("name", "?"))

    @property
    def state(self) -> str:
        """Running, finished, interrupted, failed, stopped (killed) or unreadable."""
        return "unreadable" if self.problem else str(self.status.get("state", "?"))

    @property
    def seen(self) -> int:
        """How many examples it has seen."""
        return int(self.status.get("seen", 0))

    @property
    def when(self) -> str:
        """When the run began, in local time."""
        try:
            made = datetime.datetime.fromisoformat(self.about["created"])
        except (KeyError, TypeError, ValueError):
            return "?"
        return made.astimezone().strftime("%Y-%m-%d %H:%M")

    @property
    def score(self) -> tuple[str, float] | None:
        """The score that stands for the run, by name; None until there is one."""
        name = HEADLINES.get(self.model, "")
        if name not in self.result:
            name = next(iter(self.result), "")
        return (name, self.result[name]) if name else None

    def to_dict(self) -> dict[str, Any]:
        """Return what a script wants of a run in a list."""
        return {
            "run": str(self.path.absolute()),
            "name": self.name,
            "model": self.model,
            "data": self.data,
            "state": self.state,
            "reason": self.problem or self.status.get("reason", ""),
            "seen": self.seen,
            "seconds": self.status.get("seconds", 0.0),
            "created": self.about.get("created"),
            "result": self.result,
        }


def read_facts(path: Path, *, strict: bool = True) -> Facts:
    """Read the files of a run.

    Args:
        path: its folder.
        strict: raise what is wrong with it; otherwise it becomes the run's `problem`.

    Raises:
        InputError: a file is missing or damaged, or of another version.
    """
    try:
        return Facts(
            path,
            _recipe(path),
            dict(read_json(path / "about.json")),
            _status(path),
            dict(read_json(path / "result.json")) if (path / "result.json").exists() else {},
        )
    except (InputError, OSError, TypeError, ValueError, KeyError, AttributeError) as error:
        if strict and isinstance(error, (InputError, OSError)):
            raise
        if strict:
            raise InputError(f"{path} is not a whole run: its files do not fit together") from None
        return Facts(path, problem=str(error))


def _recipe(path: Path) -> dict[str, Any]:
    values = read_json(path / "recipe.json")
    version = values.get("version")
    if version != VERSION:
        raise InputError(
            f"{path / 'recipe.json'} has version {version!r} and this makebelieve reads version "
            f"{VERSION}; open it with the makebelieve that made it (about.json names it)"
        )
    parts = ("model", "data", "training")
    return {f"{part}.{name}": value for part in parts for name, value in values[part].items()}


def _status(path: Path) -> dict[str, Any]:
    """Return the status; a run that says "running" and holds no lock was killed."""
    found = dict(read_json(path / "status.json"))
    if found["state"] == "running" and not held(path):
        found["state"] = "stopped"
    return found
