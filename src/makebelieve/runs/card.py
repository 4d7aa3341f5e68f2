"""The card of an exported model: everything about it that a machine may ask, as plain values."""

from __future__ import annotations

import datetime
import hashlib
import math
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

import makebelieve
from makebelieve import recipe
from makebelieve.data.load import recognise
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from makebelieve.runs.parts import Part
    from makebelieve.runs.run import Run

__all__ = ["FORMAT", "MADE_BY", "VERSION", "describe", "public", "sealed"]

FORMAT, VERSION = "makebelieve export", 1
LOOKS = 64  # points of a curve
MADE_BY = ("makebelieve", "torch", "python", "platform")


def describe(
    run: Run,
    parts: Mapping[str, Part],
    findings: Sequence[Mapping[str, Any]] | None,
    scores: Mapping[str, Mapping[str, Any]] | None,
) -> dict[str, Any]:
    """Say everything about a run that belongs to its export, but for its files.

    Args:
        run: what is exported.
        parts: of its model.
        findings: of a diagnosis, or None where there was none.
        scores: that were measured, by name.
    """
    about, status, spec = run.about, run.status, run.spec
    chosen = recipe.to_dict(run.recipe)
    chosen["data"]["source"] = public(chosen["data"]["source"])
    data = {k: v for k, v in about["data"].items() if k != "skipped"}
    data["name"] = public(str(data["name"]))
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": run.name,
        "model": run.recipe.model,
        "spec": {"kind": spec.kind, "shape": list(spec.shape), "classes": list(spec.classes)},
        "conditional": bool(getattr(run.model, "classes", 0)),
        "parameters": about["parameters"],
        "parts": {name: _part(part, run.model) for name, part in parts.items()},
        "recipe": chosen,
        "data": data,
        "training": {k: status[k] for k in ("state", "step", "seen", "seconds")}
        | {k: about.get(k) for k in ("created", *MADE_BY)},
        "curves": {name: _finite(_thinned(points)) for name, points in run.curves.items()},
        "result": run.result,
        "scores": None if scores is None else {k: _finite(dict(v)) for k, v in scores.items()},
        "findings": None if findings is None else [_finding(f) for f in findings],
        "exported": {
            "on": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "makebelieve": makebelieve.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
    }


def _thinned(points: list[list[float]]) -> list[list[float]]:
    """Return at most so many points of a curve, the first and the last among them."""
    if len(points) <= LOOKS:
        return points
    return [points[round(i * (len(points) - 1) / (LOOKS - 1))] for i in range(LOOKS)]


def public(source: str) -> str:
    """Return a source without the folders of the machine that it was on.

    Example:
        >>> public("/secret/cats"), public("digits"), public("memory:cats")
        ('./cats', 'digits', 'memory:cats')
    """
    if source.startswith(recipe.MEMORY):
        return recipe.MEMORY + Path(source.removeprefix(recipe.MEMORY)).name
    try:
        local = recognise(source).local
    except InputError:  # it is not there any more
        local = True
    return f"./{Path(source).name}" if local else source


def _part(part: Part, model: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "about": part.about,
        "inputs": [port.to_dict() for port in part.inputs],
        "outputs": [port.to_dict() for port in part.outputs],
        "file": None,
        "parity": None,
    }
    buffers = dict(model.named_buffers())
    if part.name == "decoder" and "code_mean" in buffers:
        # Without a prior, this is all there is to draw new codes from.
        found |= {name: buffers[name].tolist() for name in ("code_mean", "code_std")}
    return found


def _finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the pictures of the evidence, which stay with the run."""
    kept: dict[str, Any] = _finite({k: v for k, v in finding.items() if k != "evidence"})
    return kept


def _finite(values: Any) -> Any:
    """Replace numbers that JSON does not know by None."""
    if isinstance(values, dict):
        return {k: _finite(v) for k, v in values.items()}
    if isinstance(values, list | tuple):
        return [_finite(v) for v in values]
    return None if isinstance(values, float) and not math.isfinite(values) else values


def sealed(content: bytes) -> dict[str, Any]:
    """Return size and hash of a file, by which an import knows it again."""
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
