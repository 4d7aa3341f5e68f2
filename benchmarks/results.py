"""The measured files: one for each part, its last runs, newest last."""

import json

from makebelieve.errors import InputError

__all__ = ["KEPT", "add", "read", "write"]

KEPT = 3


def read(folder, part):
    """Return the runs of a part, newest last; none where it was never measured.

    Raises:
        InputError: the file is damaged.
    """
    path = folder / f"{part}.json"
    try:
        runs = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({error}): {_remedy(part)}") from None
    whole = isinstance(runs, list) and all(
        isinstance(run, dict) and {"machine", "found"} <= run.keys() for run in runs
    )
    if not whole:
        raise InputError(f"{path} is not a list of runs: {_remedy(part)}")
    return runs


def _remedy(part):
    return f"restore it, or remove it and run scripts/bench {part}"


def add(folder, part, run):
    """Append a run, and forget all but the last few."""
    write(folder / f"{part}.json", [*read(folder, part), run][-KEPT:])


def write(path, value):
    """Write JSON in one go: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
