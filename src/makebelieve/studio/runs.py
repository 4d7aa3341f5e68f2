"""Runs as the page sees them, read from their files without PyTorch."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

from makebelieve.errors import InputError
from makebelieve.runs import store
from makebelieve.runs.facts import Facts, read_facts
from makebelieve.runs.folder import Log, held, read_json, write_json, write_text
from makebelieve.studio.messages import CAPABILITIES, Refused, sentence

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "PICTURE",
    "deleted",
    "details",
    "find",
    "one",
    "progress",
    "renamed",
    "rewind",
    "sample_file",
    "summaries",
    "summary",
]

TAIL = 8_192  # bytes at the end of a log that are read for its last line
PICTURE = re.compile(r"\d{12}\.png")


def find(name: str) -> Path:
    """Return the folder of a run of the store; nothing outside it can be named.

    Raises:
        Refused: there is none.
    """
    if store.NAME.fullmatch(name) and store.is_run(store.store() / name):
        return store.store() / name
    raise Refused(404, f"There is no run called {name[:100]!r}.")


def summaries() -> list[dict[str, Any]]:
    """Return what a list shows of every run, oldest first."""
    return [summary(store.store() / name) for name in store.names()]


def one(name: str) -> dict[str, Any]:
    """Return what a list shows of a run, by its name."""
    return summary(find(name))


def summary(folder: Path) -> dict[str, Any]:
    """Return what a list shows of one run."""
    facts = read_facts(folder, strict=False)
    if facts.problem:
        return _unreadable(facts)
    spec, done = facts.about["spec"], progress(facts)
    return {
        "name": facts.name,
        "model": facts.model,
        "source": facts.recipe.get("data.source", "?"),
        "kind": spec["kind"],
        "shape": spec["shape"],
        "classes": spec["classes"],
        "state": facts.state,
        "reason": facts.status.get("reason", ""),
        **done,
        "latent_dim": facts.recipe.get("model.latent_dim"),
        "capabilities": list(CAPABILITIES.get(facts.model, ())),
        "created": facts.about.get("created"),
        "result": facts.result,
        "sample": next(reversed(_sheets(folder)), None),
    }


def _unreadable(facts: Facts) -> dict[str, Any]:
    return {
        "name": facts.name, "model": "?", "source": "?", "kind": "pictures", "shape": [],
        "classes": [], "state": "unreadable", "reason": facts.problem, "seen": 0, "total": None,
        "seconds": 0.0, "share": 0.0, "left": None, "latent_dim": None, "capabilities": [],
        "created": None, "result": {}, "sample": None,
    }  # fmt: skip


def progress(facts: Facts) -> dict[str, Any]:
    """Return how far a run is: the status is written at checkpoints, the log more often."""
    last = _last_line(facts.path / "timing.jsonl")
    seen = max(facts.seen, int(last.get("seen", 0)))
    seconds = max(float(facts.status.get("seconds", 0.0)), float(last.get("seconds", 0.0)))
    total, minutes = facts.recipe.get("training.examples"), facts.recipe.get("training.minutes")
    shares = [seen / total if total else 0.0, seconds / (60 * minutes) if minutes else 0.0]
    share = 1.0 if facts.state == "finished" else min(1.0, max(shares))
    going = facts.state == "running" and share > 0
    left = round(seconds * (1 - share) / share, 1) if going else None
    return {"seen": seen, "total": total, "seconds": seconds, "share": share, "left": left}


def _last_line(path: Path) -> dict[str, Any]:
    """Return the last whole line of a log; {} when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            *whole, _ = file.read().split(b"\n")
        return dict(json.loads(whole[-1])) if whole else {}
    except (OSError, ValueError, TypeError):
        return {}


def details(name: str) -> dict[str, Any]:
    """Return everything of one run that is plain text or numbers."""
    folder = find(name)
    found = summary(folder)
    if found["state"] == "unreadable":
        return found | {
            "recipe": {}, "log": [], "samples": [], "states": [], "attributes": None,
            "findings": [], "settings": {},
        }  # fmt: skip
    return found | {
        "recipe": read_json(folder / "recipe.json"),
        "about": read_json(folder / "about.json"),
        "log": Log.read(folder / "log.jsonl"),
        "findings": Log.read(folder / "findings.jsonl"),
        "samples": [{"file": file, "seen": int(file[:-4])} for file in _sheets(folder)],
        "states": [int(p.stem) for p in _states(folder)],
        "attributes": None,
    }


def _sheets(folder: Path) -> list[str]:
    """Return the names of the sheets of samples, oldest first."""
    found = (path.name for path in (folder / "samples").glob("*.png"))
    return sorted(name for name in found if PICTURE.fullmatch(name))


def _states(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / "states").glob("*.safetensors") if p.stem.isdecimal())


def sample_file(name: str, file: str) -> Path:
    """Return the path of one sheet of samples.

    Raises:
        Refused: there is none.
    """
    folder = find(name)
    if PICTURE.fullmatch(file) and (folder / "samples" / file).is_file():
        return folder / "samples" / file
    raise Refused(404, f"{name} has no such sheet of samples.")


def rewind(name: str, seen: Any) -> str:
    """Make a new run that stands where this one stood at a checkpoint, and return its name.

    Raises:
        Refused: there is no such checkpoint any more, or the run is an imported one.
    """
    folder = find(name)
    if held(folder):
        raise Refused(409, f"{name} is being trained: stop it first, then rewind it.")
    kept = {int(p.stem): p for p in _states(folder)}
    if seen not in kept:
        known = ", ".join(f"{each:,}" for each in kept) or "none"
        raise Refused(404, f"{name} keeps no checkpoint at {seen} examples (kept: {known}).")
    clock = _clock(kept[seen])
    target = store.fresh(f"{name}-from-{seen}")
    for part in ("states", "samples"):
        (target / part).mkdir()
        for file in sorted((folder / part).iterdir()):
            if file.stem.isdecimal() and int(file.stem) <= seen:
                shutil.copyfile(file, target / part / file.name)
    for log in ("log.jsonl", "timing.jsonl", "findings.jsonl"):
        if (folder / log).exists():
            shutil.copyfile(folder / log, target / log)
            Log(target / log, clock["step"]).close()
    write_text(target / "about.json", (folder / "about.json").read_text(encoding="utf-8"))
    reason = f"rewound from {name} to {seen:,} examples"
    status = {k: clock[k] for k in ("step", "seen", "seconds")}
    write_json(target / "status.json", {"state": "interrupted", "reason": reason, **status})
    # Last, because it makes the folder a run.
    write_text(target / "recipe.json", (folder / "recipe.json").read_text(encoding="utf-8"))
    return target.name


def _clock(state: Path) -> dict[str, Any]:
    """Return the clock in the header of a checkpoint.

    Raises:
        Refused: the file is damaged, or of an imported model, which cannot go on.
    """
    try:
        with state.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(size, 1 << 24)))
        return dict(json.loads(header["__metadata__"]["clock"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused(409, f"{state.name} cannot be read, so nothing goes back to it.") from None


def renamed(name: str, to: Any) -> str:
    """Give a run another name.

    Raises:
        Refused: the name cannot be used, or the run is being trained.
    """
    find(name)
    if not isinstance(to, str):
        raise Refused(400, "A new name is a text.")
    try:
        return store.rename(name, to).name
    except InputError as error:
        raise Refused(409, sentence(error)) from None


def deleted(name: str) -> None:
    """Delete a run and everything in it.

    Raises:
        Refused: it is being trained.
    """
    find(name)
    try:
        store.delete(name)
    except InputError as error:
        raise Refused(409, sentence(error)) from None
