"""What was measured of a run, kept in its folder, so that the same is not measured twice."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

import makebelieve
from makebelieve.metrics.score import Score
from makebelieve.runs.folder import write_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from makebelieve.data.spec import Dataset
    from makebelieve.runs.run import Run

__all__ = ["FOLDER", "Kept", "digest"]

FOLDER = "measured"
ABOVE = ("cli", "lessons", "reports", "studio")  # code that measures nothing


class Kept:
    """What is known of one checkpoint of a run, by one way to measure.

    A file holds for everything that its numbers depend on, which it lists: the checkpoint, the
    data, how many examples, the seed, the judge, and the code of this package. Where anything of
    that is different, it is not used, and is written anew.

    Args:
        run: what is measured; it has a checkpoint.
        data: what it is compared with.
        n: how many examples on either side.
        judge: names classes.
        seed: start of the samples.
        fresh: take nothing that was kept.
    """

    def __init__(
        self,
        run: Run,
        data: Dataset,
        *,
        n: int,
        judge: Run | None = None,
        seed: int = 0,
        fresh: bool = False,
    ) -> None:
        self._run, self._newest = run, run.states[-1]
        asked = {"data": data.fingerprint, "n": n, "seed": seed, "judge": judge and judge.name}
        self._of = {
            "run": _weights(run),
            "data": {
                "name": data.name,
                "classes": list(data.spec.classes),
                "print": data.fingerprint,
            },
            "n": n,
            "seed": seed,
            "judge": judge and _weights(judge),
            "code": _code(),
        }
        name = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]
        self._path = run.path / FOLDER / f"{name}.json"
        values = {} if fresh else self._read()
        self.scores = {k: Score.from_dict(v) for k, v in values.get("scores", {}).items()}
        self._parts: dict[str, Any] = values.get("parts", {})

    def _read(self) -> dict[str, Any]:
        with contextlib.suppress(OSError, ValueError):
            values = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(values, dict) and values.get("of") == self._of:
                return values
        return {}

    def part(self, name: str, of: object) -> Any:
        """Return what somebody else keeps here; None where it is of something different.

        Args:
            name: of the part.
            of: what it depends on besides, as plain values.
        """
        found = self._parts.get(name, {})
        return found["values"] if found.get("of") == of else None

    def put(self, name: str, of: object, values: Any) -> None:
        """Take a part into what `save` writes; the arguments are those of `part`."""
        self._parts[name] = {"of": of, "values": values}

    def save(self) -> None:
        """Write it, whole or not at all; a folder that cannot be written is done without.

        While a run is trained, its newest checkpoint may not be the one that was looked at.
        """
        if self._run.states[-1:] != [self._newest]:
            return
        scores = {name: score.to_dict() for name, score in self.scores.items()}
        part = self._path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            write_json(part, {"of": self._of, "scores": scores, "parts": self._parts})
            part.replace(self._path)


def digest(files: Iterable[Path]) -> str:
    """Return 16 hexadecimal digits that stand for the files that are there: names and bytes."""
    found = hashlib.blake2b(digest_size=8)
    for path in filter(Path.is_file, files):
        found.update(f"{path.name}\0".encode())
        with path.open("rb") as file:
            found.update(hashlib.file_digest(file, "blake2b").digest())
    return found.hexdigest()


def _weights(run: Run) -> str:
    return digest([run.path / "recipe.json", run.path / "about.json", run.states[-1]])


@functools.cache
def _code() -> str:
    """Return what stands for the code that measures, so that no change of it is overlooked."""
    root = Path(makebelieve.__file__).parent
    files = root.rglob("*.py")
    below = sorted(file for file in files if file.relative_to(root).parts[0] not in ABOVE)
    return f"{digest(below)}, torch {torch.__version__}"
