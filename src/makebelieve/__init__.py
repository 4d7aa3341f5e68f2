"""Teach machines to imagine: train judges and makers on your own pictures, and trust every run.

Example:
    import makebelieve as mb
    data = mb.load("avatars")
    run = mb.train("vae", data)
    run.sample(16)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from makebelieve.waiting import share_if_others_work

__version__ = "0.1.0"

share_if_others_work()

if TYPE_CHECKING:
    from makebelieve.api import export, resume, train
    from makebelieve.data import Dataset, Spec, describe, load
    from makebelieve.diagnosis.examine import diagnose
    from makebelieve.errors import InputError, TrainingError
    from makebelieve.latent.edit import edit
    from makebelieve.latent.map import latent_map
    from makebelieve.latent.walk import morph
    from makebelieve.metrics.suite import measure
    from makebelieve.reports.card.report import report
    from makebelieve.runs.opening import import_run
    from makebelieve.runs.run import Run

# Public name → where it lives. Imported when first used: the package itself must not cost a second.
_PUBLIC = {
    "Dataset": "makebelieve.data",
    "InputError": "makebelieve.errors",
    "Run": "makebelieve.runs.run",
    "Spec": "makebelieve.data",
    "TrainingError": "makebelieve.errors",
    "describe": "makebelieve.data",
    "diagnose": "makebelieve.diagnosis.examine",
    "edit": "makebelieve.latent.edit",
    "export": "makebelieve.api",
    "import_run": "makebelieve.runs.opening",
    "latent_map": "makebelieve.latent.map",
    "load": "makebelieve.data",
    "measure": "makebelieve.metrics.suite",
    "morph": "makebelieve.latent.walk",
    "report": "makebelieve.reports.card.report",
    "resume": "makebelieve.api",
    "train": "makebelieve.api",
}

__all__ = [
    "Dataset",
    "InputError",
    "Run",
    "Spec",
    "TrainingError",
    "describe",
    "diagnose",
    "edit",
    "export",
    "import_run",
    "latent_map",
    "load",
    "measure",
    "morph",
    "report",
    "resume",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
