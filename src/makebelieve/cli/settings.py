"""Recipe keys from the command line: options, --set, and files of recipes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from makebelieve import models, recipe
from makebelieve.cli.patience import patient
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["OPTIONS", "TakesKeys", "known_keys", "merge", "read_recipe"]

OPTIONS = {
    "examples": "training.examples",
    "minutes": "training.minutes",
    "size": "model.size",
    "seed": "training.seed",
    "pixels": "data.size",
    "channels": "data.channels",
    "labels": "data.labels",
    "fit": "data.fit",
    "skip_bad": "data.skip_bad",
    "device": "training.device",
}
"""Options of `train` with a help of their own → the key that each sets."""

FOUND = "makebelieve.keys"
TRUTHS = {"true", "false", "yes", "no", "0", "1"}


class TakesKeys(click.Command):
    """A command for which every recipe key is an option, too: `--beta 4`, `--conditional`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the recipe keys out of the arguments before click sees them."""
        own = {name: option for option in self.get_params(ctx) for name in option.opts}
        with patient():  # to know a flag from a value, the models are imported
            found, rest = _split(args, own, guess=ctx.resilient_parsing)
        ctx.meta[FOUND] = found
        return super().parse_args(ctx, rest)


def _split(
    args: list[str], own: Mapping[str, click.Parameter], *, guess: bool
) -> tuple[list[tuple[str, str]], list[str]]:
    """Separate `--key value` from the command's own arguments.

    Args:
        args: what was typed.
        own: the command's own options.
        guess: while completing, take every unknown option for one with a value.
    """
    found: list[tuple[str, str]] = []
    rest: list[str] = []
    waiting = list(args)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if word == "--":
            return found, [*rest, word, *waiting]
        if not name.startswith("--"):
            rest.append(word)
        elif name in own:
            rest.append(word)
            if not equals and waiting and not getattr(own[name], "is_flag", False):
                rest.append(waiting.pop(0))
        elif equals:
            found.append((name, value))
        elif not guess and name[2:].rpartition(".")[2].replace("-", "_") in _flags():
            told = waiting and waiting[0].lower() in TRUTHS
            found.append((name, waiting.pop(0) if told else "true"))
        elif waiting and not waiting[0].startswith("--"):
            found.append((name, waiting.pop(0)))
        else:
            found.append((name, ""))
    return found, rest


def _flags() -> set[str]:
    """Return the names of the keys that are true or false, over all models."""
    every = (key for model in models.MODELS for key in known_keys(model).values())
    return {key.name for key in every if key.annotation == "bool"}


def known_keys(model: str) -> dict[str, recipe.Key]:
    """Return every key of a model's recipe by its path.

    Raises:
        InputError: there is no such model.

    Example:
        >>> known_keys("vae")["model.beta"].default
        1.0
    """
    parts = {
        "model": models.find(model).Options,
        "data": recipe.DataRecipe,
        "training": recipe.TrainingRecipe,
    }
    return {key.path: key for prefix, part in parts.items() for key in recipe.keys(part, prefix)}


def merge(
    model: str,
    given: Mapping[str, Any],
    keys: Iterable[tuple[str, str]],
    assignments: Iterable[str],
) -> dict[str, Any]:
    """Join what the options, the keys and --set say, by path; what comes later wins.

    Args:
        model: whose keys they are.
        given: the values of `OPTIONS`, None or False where not given.
        keys: other options as typed, such as ("--beta", "4").
        assignments: the arguments of --set.

    Raises:
        InputError: an option that is no key, with its nearest neighbour.
    """
    known = known_keys(model)
    settings = {
        OPTIONS[name]: value for name, value in given.items() if value is not None and value != ""
    }
    _check_size(settings.get("model.size"))
    for option, value in keys:
        path = _path(option[2:], known)
        if path is None:
            raise InputError(_no_option(option, model, known))
        if value == "":
            raise InputError(f"{option} needs a value: {known[path].takes}")
        settings[path] = value
    for assignment in assignments:
        name, value = recipe.parse_assignment(assignment)
        settings[_path(name, known) or name] = value
    return settings


def _path(name: str, known: Mapping[str, recipe.Key]) -> str | None:
    """Return the path of a key by path or name: the model's first, then training's, then data's."""
    leaf = name.replace("-", "_")
    tried = [leaf, *(f"{prefix}.{leaf}" for prefix in ("model", "training", "data"))]
    return next((path for path in tried if path in known), None)


def _no_option(option: str, model: str, known: Mapping[str, recipe.Key]) -> str:
    owners = [other for other in models.MODELS if _path(option[2:], known_keys(other))]
    if owners:
        return f"{option} is a setting of {' and '.join(owners)}, not of {model}"
    names = [key.name for key in known.values()] + list(OPTIONS) + ["out", "set", "recipe"]
    options = {f"--{name.replace('_', '-')}" for name in names}
    close = recipe.nearest(option, sorted(options))
    return f"there is no option {option}{close} (all settings: makebelieve recipe {model})"


def _check_size(size: Any) -> None:
    """Meet the one confusion that the name --size invites."""
    if isinstance(size, str) and size.isdecimal():
        raise InputError(
            f"--size is the model's size (small, medium or large), not {size}; for pictures of "
            f"{size} × {size} pixels use --pixels {size}"
        )


def read_recipe(path: Path) -> dict[str, Any]:
    """Read settings by path from a TOML file, or from the recipe.json of a run.

    Raises:
        InputError: it cannot be read, or is not a recipe.
    """
    if path.suffix.lower() != ".json":
        return recipe.read_toml(path)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read the recipe {path}: {error.strerror or error}") from None
    except ValueError as error:
        raise InputError(f"{path} is not a JSON file: {error}") from None
    parts = ("model", "data", "training")
    if not isinstance(values, dict) or not all(isinstance(values.get(p), dict) for p in parts):
        raise InputError(f"{path} is not a recipe: it has no model, data and training")
    if values.get("version") != recipe.VERSION:
        raise InputError(
            f"{path} has version {values.get('version')!r} and this makebelieve reads version "
            f"{recipe.VERSION}"
        )
    return {f"{part}.{name}": value for part in parts for name, value in values[part].items()}
