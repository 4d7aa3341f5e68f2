"""`makebelieve completion`: what a shell needs to complete commands, options and names of runs."""

from __future__ import annotations

import click

__all__ = ["completion"]

HELP = """Print the completion script of SHELL (bash, zsh or fish).

It completes commands, options, models, data sets and the names of runs.

\b
Examples:
  makebelieve completion bash >> ~/.bashrc
  makebelieve completion zsh >> ~/.zshrc
  makebelieve completion fish > ~/.config/fish/completions/makebelieve.fish
"""


@click.command("completion", help=HELP, short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def completion(shell: str) -> None:
    """Print a completion script."""
    from click.shell_completion import get_completion_class

    from makebelieve.cli import cli

    script = get_completion_class(shell)
    if script is not None:
        click.echo(script(cli, {}, "makebelieve", "_MAKEBELIEVE_COMPLETE").source())
