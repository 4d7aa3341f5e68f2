"""`makebelieve recipe`: everything that can be set for a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from makebelieve.cli.kinds import MODEL, json_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from makebelieve.recipe import Key

__all__ = ["recipe"]

HELP = """List every setting of MODEL: its key, default, what it takes, and what it means.

A key is set on the command line by its name (--beta 4), by its path (--set model.beta=4), or in a
TOML file (--recipe FILE). "auto" stands for what suits the model and the data.

\b
Examples:
  makebelieve recipe vae
  makebelieve recipe gan --toml > my-gan.toml
  makebelieve train gan avatars --recipe my-gan.toml
"""


@click.command("recipe", help=HELP, short_help="List everything that can be set.")
@click.argument("model", type=MODEL, metavar="MODEL")
@click.option("--toml", "as_toml", is_flag=True, help="Print a file for --recipe, to be edited.")
@json_option("Print a JSON list.")
def recipe(model: str, as_toml: bool, as_json: bool) -> None:
    """List the settings of a model."""
    from makebelieve.cli.settings import known_keys

    known = known_keys(model).values()
    if as_json:
        click.echo(json.dumps([_facts(key) for key in known], indent=1, ensure_ascii=False))
    elif as_toml:
        click.echo(_toml(model, known))
    else:
        click.echo(_text(known))


def _facts(key: Key) -> dict[str, Any]:
    return {
        "key": key.path,
        "option": _option(key),
        "default": key.default,
        "takes": key.takes,
        "low": key.low,
        "high": key.high,
        "choices": list(key.choices),
        "doc": key.doc,
    }


def _option(key: Key) -> str:
    """Return how a key is written as an option of `train`."""
    from makebelieve.cli.settings import OPTIONS

    named = next((name for name, path in OPTIONS.items() if path == key.path), key.name)
    return f"--{named.replace('_', '-')}"


def _doc(key: Key) -> str:
    """Return what a key means, in the words of the command line."""
    return key.doc.replace("(None:", "(auto:")


def _text(known: Iterable[Key]) -> str:
    """Write the keys part by part, two lines each."""
    from makebelieve.cli.tables import short

    lines: list[str] = []
    part = ""
    for key in known:
        if key.path == "data.source":
            continue  # given by position
        prefix = key.path.partition(".")[0]
        if prefix != part:
            part = prefix
            lines += ["", f"[{part}]"] if lines else [f"[{part}]"]
        lines.append(f"  {_option(key):<21} {short(key.default):<12} {_doc(key)}")
        lines.append(f"  {'':<34} {key.takes}")
    return "\n".join(lines)


def _toml(model: str, known: Iterable[Key]) -> str:
    """Write the keys as a recipe in which every default is a comment."""
    lines: list[str] = []
    part = ""
    for key in known:
        prefix, _, name = key.path.partition(".")
        if prefix != part:
            part = prefix
            lines += ["", f"[{part}]"] if lines else [f"[{part}]"]
            lines += [f'name = "{model}"'] if part == "model" else []
        default = "…" if key.default is None else json.dumps(key.default)
        lines += [f"# {_doc(key)}: {key.takes}", f"# {name} = {default}"]
    return "\n".join(lines)
