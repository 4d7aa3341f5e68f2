"""What holds for every command: help with examples, lightness, documentation, completion."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from makebelieve.cli import COMMANDS, cli

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"


def every_command() -> list[tuple[str, click.Command]]:
    """Return every command and sub-command with its whole name."""
    context = click.Context(cli)
    found = []
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {sub}", child) for sub, child in command.commands.items()]
    return found


def sections(text: str) -> dict[str, str]:
    """Return what the documentation says of each command, by the heading."""
    parts = re.split(r"^#{2,3} `makebelieve ([^`]+)`$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("name", "command"), every_command())
def test_help_has_examples_and_every_option_a_line(name: str, command: click.Command) -> None:
    text = command.get_help(click.Context(command, info_name=f"makebelieve {name}"))
    assert "Examples:" in text
    assert f"makebelieve {name}" in text.partition("Examples:")[2]
    options = [p for p in command.params if isinstance(p, click.Option)]
    assert all(option.help for option in options)
    assert command.short_help


@pytest.mark.parametrize(("name", "command"), every_command())
def test_documentation_names_every_command_and_option(name: str, command: click.Command) -> None:
    section = sections(DOCS.read_text(encoding="utf-8")).get(name)
    assert section is not None, f"docs/commands.md has no heading for makebelieve {name}"
    for param in command.params:
        for option in param.opts if isinstance(param, click.Option) else ():
            assert f"`{option}" in section, f"{option} of {name} is not documented"


def test_documentation_names_no_command_that_is_not_there() -> None:
    known = {name for name, _ in every_command()}
    assert set(sections(DOCS.read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["train", "--help"], ["runs", "list"]]
)
def test_light_commands_import_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from makebelieve.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'torch', 'numpy', 'PIL', 'rich', 'lightning_fabric'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_version_and_help_of_the_whole() -> None:
    for flag, expected in (("--version", "makebelieve 0."), ("--help", "Exit codes:")):
        done = subprocess.run(
            [sys.executable, "-m", "makebelieve", flag], capture_output=True, text=True, check=True
        )
        assert expected in done.stdout
        assert done.stderr == ""


@pytest.mark.parametrize("arguments", [[], ["runs"]])
def test_no_command_shows_the_help(call, arguments: list[str]) -> None:
    code, out, err = call(*arguments)
    assert (code, err) == (0, "")
    assert "Examples:" in out


def test_a_name_that_is_nearly_a_command(call) -> None:
    code, out, err = call("trian")
    assert (code, out) == (2, "")
    assert err == "error: there is no command 'trian'; did you mean train?\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_script(call, shell: str) -> None:
    code, out, _ = call("completion", shell)
    assert code == 0
    assert "_MAKEBELIEVE_COMPLETE" in out


def completed(*words: str) -> list[str]:
    """Return what bash would offer for the last word."""
    environment = os.environ | {
        "_MAKEBELIEVE_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["makebelieve", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from makebelieve.cli import main; sys.exit(main())"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_completion_offers_commands_models_sources_options_and_runs(home: Path) -> None:
    assert completed("re") == ["resume", "reconstruct", "report", "recipe"]
    assert completed("train", "a") == ["autoencoder"]
    assert completed("train", "vae", "av") == ["avatars"]
    assert completed("train", "vae", "avatars", "--exa") == ["--examples"]
    assert completed("runs", "show", "f") == ["faces"]
