"""The part of a report that says how a run came about, and how to do it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from makebelieve.reports.card.blocks import Block, Command, Facts, Folded, Table, Words
from makebelieve.reports.card.plainly import again, plainly
from makebelieve.reports.words import duration, plain_source
from makebelieve.runs.settings import settings

if TYPE_CHECKING:
    from makebelieve.reports.card.gather import Card
    from makebelieve.runs.settings import Setting

__all__ = ["origin"]


def origin(card: Card) -> list[Block]:
    """Return what was set, data, versions, machine, and the command."""
    found = settings(card.run)
    changed = [setting for setting in found if setting.changed]
    blocks: list[Block] = [*_again(card)]
    if changed:
        rows = [(s.path, _written(s.value), _written(s.usual)) for s in changed]
        caption = "What was set differently from what this model chooses for these data"
        blocks.append(Table(caption, ("Setting", "Here", "By default"), rows, frozenset({0, 1, 2}),
                            stacked=True))  # fmt: skip
    else:
        blocks.append(Words("Every setting is what this model chooses for these data by itself."))
    blocks += [Facts(_facts(card)), _whole(found)]
    return blocks


def _again(card: Card) -> list[Block]:
    command = again(card.run)
    if not command:
        words = "It was trained on data in memory, so only the Python that had them can do it again"
        return [Words(f"{words}: makebelieve.train({card.model!r}, data).")]
    source = card.run.recipe.data.source
    plain = plain_source(source)
    where = "" if plain == source else f", in the folder that holds {plain}"
    return [Words(f"To train the same anew{where}:"), Command(command)]


def _facts(card: Card) -> list[tuple[str, str]]:
    about, status, data = card.run.about, card.run.status, card.run.about["data"]
    counts = ", ".join(f"{data[split]:,} {split}" for split in ("train", "validation", "test"))
    parts = about["parameters"]
    numbers = f"{sum(parts.values()):,}"
    if len(parts) > 1:
        numbers += f" ({', '.join(f'{n} {c:,}' for n, c in parts.items())})"
    shape = " × ".join(map(str, about["spec"]["shape"]))
    rows: list[tuple[str, Any]] = [
        ("Data", f"{card.source}: {counts}"),
        ("About the data", data.get("about")),
        ("Labels", data.get("label_column")),
        ("Files left out", len(data.get("skipped", ())) or None),
        ("Fingerprint of the data", data["fingerprint"]),
        ("Shape of an example", f"{shape} ({about['spec']['kind']})"),
        ("Numbers learned", numbers),
        ("Examples seen", f"{status['seen']:,}"),
        ("Time", duration(status["seconds"])),
        ("State", _state(card)),
        ("Seed", card.run.recipe.training.seed),
        ("Begun", about.get("created")),
        ("Machine", f"{about.get('platform')}, {about.get('threads')} threads"),
        ("makebelieve", about.get("makebelieve")),
        ("PyTorch", about.get("torch")),
        ("Python", about.get("python")),
    ]  # fmt: skip
    return [(name, str(value)) for name, value in rows if value not in (None, "")]


def _state(card: Card) -> str:
    status = card.run.status
    reason = plainly(status["reason"], card.run)
    return f"{status['state']} ({reason})" if reason else str(status["state"])


def _whole(found: list[Setting]) -> Folded:
    rows = [(s.path, _written(s.value)) for s in found]
    table = Table("The whole recipe", ("Setting", "Value"), rows, frozenset({0, 1}), "settings")
    return Folded(f"The whole recipe: {len(rows)} settings", [table])


def _written(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)
