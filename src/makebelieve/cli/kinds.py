"""The kinds of argument that several commands take, with their completion."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "MODEL",
    "RUN",
    "SOURCE",
    "Words",
    "against_option",
    "json_option",
    "out_option",
    "sample_options",
    "speaks",
]


class Words(click.ParamType):  # type: ignore[type-arg]
    """A text whose likely values a shell can complete.

    Args:
        name: what it is called in the help.
        words: returns the values.
        paths: complete files and folders as well.
    """

    def __init__(self, name: str, words: Callable[[], list[str]], *, paths: bool = False) -> None:
        self.name, self.words, self.paths = name, words, paths

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return what the shell may offer."""
        items = [CompletionItem(word) for word in self.words() if word.startswith(incomplete)]
        if self.paths and (not items or os.sep in incomplete):
            items.append(CompletionItem(incomplete, type="file"))
        return items


SEED = "Start of the samples."
JUDGE = "A judge of the same data, to name classes and for its features."
FRESH = "Measure anew: do not use what was measured of the run before."
COUNT = "How many samples and held-out examples; fewer where fewer are held out."


def _runs() -> list[str]:
    from makebelieve.runs import store

    return store.names()


def _models() -> list[str]:
    from makebelieve.models import MODELS

    return list(MODELS)


def _sources() -> list[str]:
    from makebelieve.data.embedded import EMBEDDED

    return list(EMBEDDED)


RUN = Words("run", _runs, paths=True)
MODEL = Words("model", _models)
SOURCE = Words("source", _sources, paths=True)


def json_option(what: str) -> Callable[[Any], Any]:
    """Add --json to a command."""
    return click.option("--json", "as_json", is_flag=True, help=what)


def out_option(what: str) -> Callable[[Any], Any]:
    """Add a required --out to a command."""
    return click.option(
        "--out", required=True, type=click.Path(path_type=Path), metavar="PATH", help=what
    )


def sample_options(n: int) -> Callable[[Any], Any]:
    """Add --n, --judge, --seed and --fresh: how samples are drawn and looked at.

    Args:
        n: how many by default.
    """

    def added(command: Any) -> Any:
        for option in (
            click.option("--fresh", is_flag=True, help=FRESH),
            click.option("--seed", type=int, default=0, show_default=True, help=SEED),
            click.option("--judge", type=RUN, metavar="RUN", help=JUDGE),
            click.option("--n", "count", type=click.IntRange(16), default=n, show_default=True,
                         help=COUNT),
        ):  # fmt: skip
            command = option(command)
        return command

    return added


def against_option() -> Callable[[Any], Any]:
    """Add --against to a command."""
    what = "What to compare with. By default the data that the run was trained on."
    return click.option("--against", type=SOURCE, metavar="SOURCE", help=what)


def speaks() -> bool:
    """Say whether this process may print results: of a `torchrun` job only the first."""
    return os.environ.get("RANK", "0") == "0"
