"""`makebelieve runs`: list, show, compare, rename and delete runs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from makebelieve.cli.kinds import RUN, json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from makebelieve.runs.facts import Facts

__all__ = ["runs"]

HELP = """List, show, compare, rename or delete runs.

A RUN is a folder, or a name in the store (MAKEBELIEVE_HOME).

\b
Examples:
  makebelieve runs list
  makebelieve runs show vae-avatars-1
  makebelieve runs compare vae-avatars-1 vae-avatars-2 --json
"""

LIST = """List the runs of the store, oldest first.

\b
Examples:
  makebelieve runs list
  makebelieve runs list --json
"""

SHOW = """Show one run: its state, scores, recipe and files.

\b
Examples:
  makebelieve runs show vae-avatars-1
  makebelieve runs show runs/digits --json
"""

COMPARE = """Show side by side where the recipes and the scores of runs differ.

\b
Examples:
  makebelieve runs compare vae-avatars-1 vae-avatars-2
  makebelieve runs compare vae-avatars-1 gan-avatars-1 --json
"""

RENAME = """Give a run another name; it stays in its folder's place.

\b
Examples:
  makebelieve runs rename vae-avatars-1 faces
"""

DELETE = """Delete runs and everything in them: states, samples, logs. It cannot be undone.

\b
Examples:
  makebelieve runs delete vae-avatars-1
  makebelieve runs delete vae-avatars-1 gan-avatars-1 --yes
"""


class InOrder(click.Group):
    """A group that shows its commands in the order of this file."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands."""
        return list(self.commands)


@click.group(
    "runs",
    cls=InOrder,
    invoke_without_command=True,
    help=HELP,
    short_help="List, show, compare, rename, delete.",
)
@click.pass_context
def runs(ctx: click.Context) -> None:
    """Show the help where no command is named."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@runs.command("list", help=LIST, short_help="List the runs of the store.")
@json_option("Print a JSON list.")
def list_runs(as_json: bool) -> None:
    """List the runs of the store."""
    from makebelieve.cli.tables import table
    from makebelieve.runs import store
    from makebelieve.runs.facts import read_facts

    found = [read_facts(store.store() / name, strict=False) for name in store.names()]
    if as_json:
        click.echo(json.dumps([facts.to_dict() for facts in found], indent=1, ensure_ascii=False))
    elif found:
        head = ("name", "model", "data", "state", "examples", "began", "test score")
        click.echo(table(head, map(_row, found)))
    else:
        click.echo(f"no runs yet in {store.store()}; try: makebelieve train vae avatars", err=True)


def _row(facts: Facts) -> tuple[str, ...]:
    seen = f"{facts.seen:,}"
    return (facts.name, facts.model, facts.data, facts.state, seen, facts.when, _score(facts))


def _score(facts: Facts) -> str:
    from makebelieve.cli.tables import short

    if facts.score is None:
        return "–"
    name, value = facts.score
    return f"{name.replace('_', ' ')} {short(value)}"


@runs.command("show", help=SHOW, short_help="Show one run.")
@click.argument("run", type=RUN, metavar="RUN")
@json_option("Print one JSON object.")
def show(run: str, as_json: bool) -> None:
    """Show one run."""
    from makebelieve.runs import store
    from makebelieve.runs.facts import read_facts

    facts = read_facts(store.resolve(run))
    files = [
        (str(path.relative_to(facts.path)), path.stat().st_size)
        for path in sorted(facts.path.rglob("*"))
        if path.is_file() and path.name != "lock"
    ]
    if as_json:
        whole = facts.to_dict() | {
            "recipe": facts.recipe,
            "about": facts.about,
            "files": [{"path": name, "bytes": size} for name, size in files],
        }
        click.echo(json.dumps(whole, indent=1, ensure_ascii=False))
        return
    click.echo(_description(facts, files))


def _description(facts: Facts, files: Sequence[tuple[str, int]]) -> str:
    """Write a run as text: a block of facts, then scores, recipe and files."""
    from makebelieve.cli.tables import short

    blocks = [_summary(facts)]
    if facts.result:
        scores = [(name.replace("_", " "), short(v)) for name, v in facts.result.items()]
        blocks.append(("scores on the test split", scores))
    settings = [(k, short(v)) for k, v in facts.recipe.items() if k != "model.name"]
    blocks.append(("recipe", settings))
    blocks.append(("files", _by_folder(files)))
    width = max(len(name) for _, lines in blocks for name, _ in lines)
    return "\n\n".join(
        "\n".join([title, *(f"  {name:<{width}}  {value}" for name, value in lines)])
        for title, lines in blocks
    )


def _summary(facts: Facts) -> tuple[str, list[tuple[str, str]]]:
    from makebelieve.cli.tables import clock

    about, status = facts.about, facts.status
    data, spec = about["data"], about["spec"]
    shape = "×".join(map(str, spec["shape"]))
    counts = ", ".join(f"{data[split]:,} {split}" for split in ("train", "validation", "test"))
    reason = f" ({status['reason']})" if status["reason"] else ""
    seconds = float(status["seconds"])
    speed = f" ({facts.seen / seconds:,.0f} a second)" if seconds else ""
    lines = [
        ("state", f"{facts.state}{reason}"),
        ("folder", str(facts.path.absolute())),
        ("began", f"{facts.when}, makebelieve {about['makebelieve']}, torch {about['torch']}"),
        ("data", f"{facts.data}: {shape} {spec['kind']}, {counts}"),
        ("examples seen", f"{facts.seen:,} in {clock(seconds)}{speed}"),
        ("parameters", ", ".join(f"{n} {c:,}" for n, c in about["parameters"].items())),
    ]
    if spec["classes"]:
        lines.append(("classes", _listed(spec["classes"])))
    if data["skipped"]:
        lines.append(("left out", _listed([s["path"] for s in data["skipped"]])))
    return f"{facts.name}: {facts.model}", lines


def _listed(words: Sequence[str], most: int = 12) -> str:
    more = f" and {len(words) - most:,} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def _by_folder(files: Sequence[tuple[str, int]]) -> list[tuple[str, str]]:
    """Sum up the files of each folder; those of the run itself are named one by one."""
    sizes: dict[str, list[int]] = {}
    for name, size in files:
        folder, slash, _ = name.partition("/")
        sizes.setdefault(folder + slash, []).append(size)
    return [
        (name, f"{len(found)} × " * name.endswith("/") + _bytes(round(sum(found) / len(found))))
        for name, found in sizes.items()
    ]


def _bytes(size: int) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size = round(size / 1000, 1)  # type: ignore[assignment]
    return f"{size:.3g} GB"


@runs.command("compare", help=COMPARE, short_help="Compare runs side by side.")
@click.argument("names", nargs=-1, required=True, type=RUN, metavar="RUN RUN...")
@json_option("Print one JSON object.")
def compare(names: tuple[str, ...], as_json: bool) -> None:
    """Compare runs."""
    from makebelieve.runs import store
    from makebelieve.runs.facts import read_facts

    if len(names) < 2:
        raise click.UsageError("a comparison needs two runs or more")
    found = [read_facts(store.resolve(name)) for name in names]
    differences = _differences(found)
    scores = _scores(found)
    warnings = _warnings(found)
    if as_json:
        result = {
            "runs": [facts.to_dict() for facts in found],
            "differences": differences,
            "scores": scores,
            "notes": warnings,
        }
        click.echo(json.dumps(result, indent=1, ensure_ascii=False))
        return
    _print_comparison(found, differences, scores)
    for warning in warnings:
        click.echo(f"\nnote: {warning}")


def _differences(found: Sequence[Facts]) -> dict[str, list[Any]]:
    """Return every key of the recipes that is not the same in all; None where a run has none."""
    keys = dict.fromkeys(key for facts in found for key in facts.recipe)
    rows = {key: [facts.recipe.get(key) for facts in found] for key in keys}
    return {key: values for key, values in rows.items() if any(v != values[0] for v in values)}


def _scores(found: Sequence[Facts]) -> dict[str, list[float | None]]:
    names = dict.fromkeys(name for facts in found for name in facts.result)
    return {name: [facts.result.get(name) for facts in found] for name in names}


def _warnings(found: Sequence[Facts]) -> list[str]:
    """Say what stands between these scores and a fair comparison."""
    said = []
    if len({facts.about["data"]["fingerprint"] for facts in found}) > 1:
        said.append("the data differ, so the scores were not measured on the same examples")
    likelihoods = {facts.recipe.get("model.likelihood") for facts in found} - {None}
    if len(likelihoods) > 1:
        said.append("the likelihoods differ, so nats of one are not nats of the other")
    return said + [
        f"{facts.name} is {facts.state} and has not used up its budget"
        for facts in found
        if facts.state != "finished"
    ]


def _print_comparison(
    found: Sequence[Facts], differences: dict[str, list[Any]], scores: dict[str, list[float | None]]
) -> None:
    from makebelieve.cli.tables import clock, short, table

    names = [facts.name for facts in found]
    facts_of = [
        ("state", *(facts.state for facts in found)),
        ("examples seen", *(f"{facts.seen:,}" for facts in found)),
        ("training time", *(clock(float(facts.status["seconds"])) for facts in found)),
    ]
    recipes = [(key, *map(short, values)) for key, values in differences.items()]
    measured = [
        (name.replace("_", " "), *("–" if v is None else short(v) for v in values))
        for name, values in scores.items()
    ]
    rows = [*facts_of, ("", *[""] * len(names)), *recipes]
    if not recipes:
        rows.append(("recipe", *["the same"] * len(names)))
    rows += [("", *[""] * len(names)), *measured] if measured else []
    click.echo(table(("", *names), rows))


@runs.command("rename", help=RENAME, short_help="Give a run another name.")
@click.argument("run", type=RUN, metavar="RUN")
@click.argument("name", metavar="NAME")
@json_option("Print one JSON object.")
def rename(run: str, name: str, as_json: bool) -> None:
    """Rename a run."""
    from makebelieve.runs import store

    folder = store.rename(run, name).absolute()
    click.echo(json.dumps({"run": str(folder), "name": name}) if as_json else folder)


@runs.command("delete", help=DELETE, short_help="Delete runs.")
@click.argument("names", nargs=-1, required=True, type=RUN, metavar="RUN...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option("Print a JSON list of the folders that were deleted.")
def delete(names: tuple[str, ...], yes: bool, as_json: bool) -> None:
    """Delete runs."""
    from makebelieve.runs import store

    folders = list(dict.fromkeys(store.resolve(name) for name in names))
    if not yes:
        _ask([folder.resolve().name for folder in folders])
    gone = [str(store.delete(folder).absolute()) for folder in folders]
    if as_json:
        click.echo(json.dumps(gone))
        return
    for folder in gone:
        click.echo(f"deleted {folder}")


def _ask(names: Sequence[str]) -> None:
    """Let the user say yes, or refuse where nobody can answer."""
    listed = ", ".join(names)
    if not sys.stdin.isatty():
        raise click.UsageError(f"deleting {listed} cannot be undone: add --yes to do it")
    click.confirm(f"Delete {listed} and everything in it?", abort=True, err=True)
