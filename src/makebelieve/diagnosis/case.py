"""One patient: a run, its log, its scores and its samples, each looked up once."""

from __future__ import annotations

import shlex
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from PIL import Image

from makebelieve import models
from makebelieve.data import pictures
from makebelieve.diagnosis.course import Course
from makebelieve.diagnosis.rule import Missing
from makebelieve.errors import InputError
from makebelieve.metrics.sitting import CAPABILITIES, Sitting
from makebelieve.metrics.suite import METRICS
from makebelieve.recipe import MEMORY
from makebelieve.runs.heldout import load_data
from makebelieve.runs.planning import fitting
from makebelieve.runs.scribe import GRID
from makebelieve.runs.settings import command, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from makebelieve.data.spec import Dataset
    from makebelieve.metrics.score import Score
    from makebelieve.runs.run import Run

__all__ = ["Case"]

T = TypeVar("T")


class Case:
    """Everything that the rules look at.

    Args:
        run: what was trained.
        data: what to compare it with; None: what it was trained on.
        n: how many examples on either side, where there are so many.
        judge: a judge of the same data; it names classes.
        seed: start of the samples.
    """

    def __init__(
        self,
        run: Run,
        data: Dataset | None = None,
        *,
        n: int = 1000,
        judge: Run | None = None,
        seed: int = 0,
    ) -> None:
        self.run, self.n, self.judge, self.seed = run, n, judge, seed
        self._data = data
        self.scores: dict[str, Score] = {}
        self._done: dict[Callable[[Case], Any], Any] = {}

    def once(self, work: Callable[[Case], T]) -> T:
        """Return what a rule works out of this case: verdict and evidence share it."""
        if work not in self._done:
            self._done[work] = work(self)
        found: T = self._done[work]
        return found

    # What it is

    @property
    def model(self) -> str:
        """The model's name in the table of models."""
        return self.run.recipe.model

    @property
    def options(self) -> Any:
        """The model's part of the recipe."""
        return self.run.recipe.options

    @property
    def rate(self) -> float:
        """The learning rate."""
        found = self.run.recipe.training.learning_rate
        assert found is not None
        return found

    @cached_property
    def able(self) -> frozenset[str]:
        """The capabilities of the model, by the names that rules use."""
        built = models.build(self.run.recipe, self.run.spec)
        found = {name for name, kind in CAPABILITIES.items() if isinstance(built, kind)}
        if self.run.spec.kind == "pictures":
            found.add("pictures")
        return frozenset(found)

    @property
    def trained(self) -> Any:
        """The trained model.

        Raises:
            Missing: there is no checkpoint.
        """
        if not self.run.states:
            raise Missing("there is no checkpoint yet", f"makebelieve resume {self._name}")
        return self.run.model

    @cached_property
    def data(self) -> Dataset:
        """What it is compared with.

        Raises:
            Missing: the data are not there any more.
        """
        try:
            return load_data(self.run) if self._data is None else self._data
        except InputError as error:
            raise Missing(str(error)) from None

    @cached_property
    def sitting(self) -> Sitting:
        """The evaluation of its samples.

        Raises:
            Missing: there is no checkpoint, or too few examples are held out.
        """
        assert self.trained is not None
        try:
            return Sitting(self.data, self.n, run=self.run, judge=self.judge, seed=self.seed)
        except InputError as error:
            raise Missing(str(error)) from None

    # Scores

    def score(self, name: str) -> Score:
        """Return one score of the suite, measured once.

        Raises:
            Missing: it cannot be measured, and why.
        """
        if name not in self.scores:
            lacking = set(METRICS[name].needs) - self.sitting.able
            if "classes" in lacking:
                raise Missing(
                    "to name classes it needs a judge: give one with --judge",
                    f"makebelieve train judge {shlex.quote(self.run.recipe.data.source)}",
                )
            if lacking:
                raise Missing(f"{name} needs {', '.join(sorted(lacking))}")
            self.scores |= METRICS[name].measured(self.sitting)
        if name not in self.scores:
            raise Missing(f"too few examples are held out to measure {name}")
        return self.scores[name]

    def value(self, name: str) -> float:
        """Return the value of one score."""
        return self.score(name).value

    def null(self, name: str) -> float:
        """Return what real examples get."""
        found = self.score(name).null
        assert found is not None
        return found

    def enough(self, least: int, what: str) -> None:
        """Return if there are enough held-out examples.

        Raises:
            Missing: there are fewer.
        """
        if self.sitting.n < least:
            raise Missing(f"{what} needs {least} held-out examples, and there are {self.sitting.n}")

    # The log

    @cached_property
    def course(self) -> Course:
        """What the log says."""
        return Course(self.model, self.run.log)

    # Samples on the way

    @cached_property
    def sheets(self) -> tuple[np.ndarray, np.ndarray]:
        """What the same codes gave at each checkpoint: (k,) seen, (k, 64, h, w, c) uint8.

        Raises:
            Missing: there are none, or they are no pictures.
        """
        spec = self.run.spec
        if spec.kind != "pictures":
            raise Missing("points on the way are not kept")
        files = self.run.samples
        if not files:
            raise Missing("no samples were drawn on the way")
        shape = (spec.size, spec.size, spec.channels)
        sheets = []
        for file in files:
            with Image.open(file) as sheet:
                sheets.append(pictures.ungrid(np.asarray(sheet), GRID, shape))
        return np.asarray([int(file.stem) for file in files]), np.stack(sheets)

    # Commands

    @property
    def _name(self) -> str:
        return shlex.quote(self.run.name)

    def retrain(self, **changes: Any) -> str:
        """Return the command that trains it anew with other settings.

        What was set by hand before stays, unless it is changed. Data in memory only Python has, so
        there the command is a line of Python.

        Args:
            changes: recipe keys by path, with "__" for the dot; None leaves a key to its default.
        """
        kept = {**self._settings(), **{k.replace("__", "."): v for k, v in changes.items()}}
        return command(self.model, self.run.recipe.data.source, kept)

    def instead(self, model: str) -> str:
        """Return the command that trains another kind of model on the same data."""
        seed = self.run.recipe.training.seed or None
        kept = {k: v for k, v in self._settings().items() if k.startswith("data.")}
        return command(model, self.run.recipe.data.source, kept | {"training.seed": seed})

    def on_what_it_is_compared_with(self) -> str:
        """Return the command that trains it on the data that samples are compared with.

        "" where that is what it was trained on.
        """
        trained = self.run.about["data"]["fingerprint"]
        data = self._data
        if data is None or data.fingerprint == trained:
            return ""
        kept = {k: v for k, v in self._settings().items() if not k.startswith("data.")}
        if data.origin is None:
            return command(self.model, MEMORY, kept, variable="against")
        shown = {f"data.{key}": value for key, value in data.origin.items() if key != "source"}
        return command(self.model, data.origin["source"], shown | kept)

    @cached_property
    def usual(self) -> dict[str, Any]:
        """What planning fills in for such a model and as many examples."""
        n = self.run.about["data"]["train"]
        found: dict[str, Any] = models.find(self.model).defaults(self.run.spec, n)
        return found | {"batch": fitting(found["batch"], n)}

    def _settings(self) -> dict[str, Any]:
        """Return what somebody chose, as far as it matters for what comes out."""
        return {
            setting.path: setting.value
            for setting in settings(self.run)
            if setting.changed and setting.path.rpartition(".")[2] not in NO_MATTER
        }


NO_MATTER = {"checkpoint", "validate", "threads", "device", "keep", "log", "tensorboard",
             "warmup", "minutes"}  # fmt: skip
"""Settings that a remedy need not repeat."""
