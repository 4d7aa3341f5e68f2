"""The verbs of the package: train, go on training, and pass on what was trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from makebelieve.diagnosis.examine import diagnose
from makebelieve.diagnosis.watch import Watcher
from makebelieve.metrics.suite import METRICS
from makebelieve.runs import drive
from makebelieve.runs import export as exporting
from makebelieve.runs.progress import Progress
from makebelieve.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from makebelieve.data.spec import Dataset
    from makebelieve.training.loop import Event
    from makebelieve.training.state import State

__all__ = ["export", "resume", "train"]


EXAMINED = 500  # examples on either side of the diagnosis of an export


def train(
    model: str,
    data: str | Path | Dataset,
    *,
    out: str | Path | None = None,
    quiet: bool = False,
    **settings: Any,
) -> Run:
    """Train a judge, an autoencoder, a VAE or a GAN, and return the run.

    Args:
        model: "judge", "autoencoder", "vae" or "gan".
        data: a source for `load`, or what `load` returned.
        out: the run's folder, which must be empty; None makes one in the store.
        quiet: show no progress.
        settings: recipe keys by name, such as beta=4 or examples=200_000.

    Raises:
        InputError: something about the arguments or the data.
        TrainingError: a number was not finite.

    Example:
        >>> import tempfile, makebelieve as mb
        >>> folder = tempfile.mkdtemp()
        >>> run = mb.train("vae", "ring", out=folder, quiet=True, examples=256)
        >>> run.sample(4).shape
        (4, 2)
    """
    plan = drive.plan(model, data, settings)
    with Progress(plan, quiet=quiet) as progress:
        return drive.start(plan, out, watch=_both(progress, plan.recipe.model), stop=progress.stop)


def _both(progress: Progress, model: str) -> Callable[[Event, State], list[str]]:
    """Show progress, and say what is going wrong as it happens: here, and to the run's files."""
    said: list[str] = []
    watcher = Watcher(model, said.append)

    def watch(event: Event, state: State) -> list[str]:
        progress.watch(event, state)
        said.clear()
        watcher.watch(event, state)
        for sentence in said:
            progress.say(sentence)
        return said

    return watch


def resume(
    run: str | Path | Run, data: Dataset | None = None, *, quiet: bool = False, **settings: Any
) -> Run:
    """Go on with a run from its last checkpoint, as if it had never stopped.

    Args:
        run: a run, its folder, or its name.
        data: its data, if they were not loaded from a source.
        quiet: show no progress.
        settings: a longer budget (examples, minutes), or another device.

    Raises:
        InputError: there is no such run, its data have changed, or it is being trained.
        TrainingError: a number was not finite.
    """
    opened = run if isinstance(run, Run) else Run(run)
    with Progress(None, quiet=quiet) as progress:
        watch = _both(progress, opened.recipe.model)
        return drive.resume(opened, data, settings=settings, watch=watch, stop=progress.stop)


def export(
    run: str | Path | Run,
    folder: str | Path,
    *,
    onnx: bool = True,
    parts: Sequence[str] | None = None,
    findings: bool = True,
) -> Path:
    """Write a trained model as files that others can use: weights, cards, checked ONNX graphs.

    Args:
        run: a run, its folder, or its name.
        folder: where to write; new or empty.
        onnx: write ONNX graphs, too.
        parts: which graphs, of "judge", "encoder", "decoder" and "generator"; None for all.
        findings: diagnose the run first and put what is found into the cards.

    Raises:
        InputError: the place is taken, ONNX is not installed, or a graph differs from PyTorch.
    """
    opened, target = run if isinstance(run, Run) else Run(run), Path(folder)
    exporting.check(opened, target, onnx=onnx, parts=parts)
    found = diagnose(opened, n=EXAMINED, evidence=False).to_dict() if findings else {}
    for name, score in found.get("scores", {}).items():
        score |= {"about": METRICS[name].about, "good": METRICS[name].good}
    return exporting.export(
        opened,
        target,
        onnx=onnx,
        parts=parts,
        findings=found.get("findings"),
        scores=found.get("scores"),
    )
