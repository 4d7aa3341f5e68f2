"""The command line: a table of commands, each imported when it is called."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

import click

from makebelieve import __version__
from makebelieve.cli import broken
from makebelieve.recipe import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "Commands", "cli", "main"]

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("makebelieve.cli.demo:demo", "train judge and makers, and show them on one page"),
    "studio": ("makebelieve.cli.studio:studio", "open the lesson and the workshop in the browser"),
    "data": ("makebelieve.cli.data:data", "describe a source before training on it"),
    "train": ("makebelieve.cli.train:train", "train a judge, an autoencoder, a VAE or a GAN"),
    "resume": ("makebelieve.cli.resume:resume", "go on with a run where it stopped"),
    "sample": ("makebelieve.cli.sample:sample", "make new examples from noise"),
    "reconstruct": (
        "makebelieve.cli.reconstruct:reconstruct",
        "squeeze pictures into codes and rebuild them",
    ),
    "morph": ("makebelieve.cli.morph:morph", "slide from one picture to another"),
    "edit": ("makebelieve.cli.edit:edit", "change what a label names in a picture"),
    "traverse": ("makebelieve.cli.traverse:traverse", "show what each number of the code does"),
    "map": ("makebelieve.cli.map:map_codes", "draw the map of the codes, and its holes"),
    "judge": ("makebelieve.cli.judge:judge", "say what each picture is, and how surely"),
    "measure": ("makebelieve.cli.measure:measure", "score a run, or samples of any other tool"),
    "diagnose": ("makebelieve.cli.diagnose:diagnose", "say what went wrong, and what to do"),
    "report": ("makebelieve.cli.report:report", "write the report card of runs, on one page"),
    "export": ("makebelieve.cli.export:export", "write a model as files that others can use"),
    "import": ("makebelieve.cli.importing:import_folder", "make a run of an exported folder"),
    "runs": ("makebelieve.cli.runs:runs", "list, show, compare, rename or delete runs"),
    "lesson": ("makebelieve.cli.lesson:lesson", "check a lesson before a class sees it"),
    "recipe": ("makebelieve.cli.recipe:recipe", "list everything that can be set for a model"),
    "completion": ("makebelieve.cli.completion:completion", "print a shell's completion script"),
}
"""Name → where the command is, and its line of help: a command is one file and one line here."""

HELP = """Teach machines to imagine.

Train judges (what is this?) and makers (more like this!) on your own pictures or on data that
come with the package, and look into what they learned.

\b
Examples:
  makebelieve demo
  makebelieve train vae avatars
  makebelieve sample vae-avatars-1 --out faces.png
"""

EPILOG = """\b
Exit codes:
  0    done
  2    a mistake in what was asked; one sentence on stderr says which
  3    training failed; the sentence names the step and the term
  130  interrupted; a training has kept a checkpoint

Runs are kept in MAKEBELIEVE_HOME, by default the platform's folder for data. With
MAKEBELIEVE_DEBUG=1 every error shows its traceback as well.
"""


class Commands(click.Group):
    """A group whose commands are imported when they are called, so that --help is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the arguments, or say which was probably meant."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            close = nearest(args[0], COMMANDS) or "; see makebelieve --help"
            raise click.UsageError(f"there is no command {args[0]!r}{close}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=Commands,
    invoke_without_command=True,
    help=HELP,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="makebelieve", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Show the help where no command is named."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    Where nobody reads what is printed any more, as in `makebelieve runs list | head -1`, click ends
    the process quietly with 1.

    Args:
        arguments: what follows `makebelieve`; None: what the process was started with.
    """
    _speak_any_alphabet()
    try:
        code: Any = cli.main(
            None if arguments is None else list(arguments),
            prog_name="makebelieve",
            standalone_mode=False,
        )
    except (Exception, KeyboardInterrupt) as error:
        code = broken.explain(error)
        if code is None:
            raise
        if os.environ.get("MAKEBELIEVE_DEBUG") == "1":
            traceback.print_exception(error)
    return code if isinstance(code, int) else 0


def _speak_any_alphabet() -> None:
    """Let no character, and no odd byte in a file's name, break a sentence on its way out."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
