"""`makebelieve demo`: the main job, from a source to four trained models and one page."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from makebelieve.cli.broken import INTERRUPTED
from makebelieve.cli.kinds import SOURCE, json_option
from makebelieve.errors import InputError, TrainingError
from makebelieve.recipe import build, key

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset
    from makebelieve.runs.crew import Job

__all__ = ["demo"]

MODELS = ("judge", "autoencoder", "vae", "gan")
MINUTES = 4.0  # for all four, when nobody says otherwise
PAGE_SECONDS = 20.0  # kept free for measuring, diagnosing and drawing

HELP = """Train a judge, an autoencoder, a VAE and a GAN on SOURCE and show them on one page.

SOURCE is the name of embedded data (avatars, fashion, digits, stacked-digits, ring, grid), a
folder of pictures (sub-folders are labels), or anything else that "makebelieve data" can
describe; without it, the embedded faces (avatars). The models are trained side by side, as many
at a time as there are processor cores. The page is one HTML file that needs no network; its path
is the last line printed. Beside it lies the report card of all models, report.html.

Ctrl-C stops all with checkpoints; the same command with the same --out goes on from there.

\b
Examples:
  makebelieve demo
  makebelieve demo fashion --minutes 7 --open
  makebelieve demo my-pictures --pixels 32 --out my-demo

\b
Exit codes: 0 done, 2 your mistake, 3 a training failed (the page says which), 130 interrupted.
"""


@dataclass(frozen=True)
class Options:
    """What the models of a demo have in common."""

    size: str | None = key(None, "the width of the nets", choices=("small", "medium", "large"))


KEYS = {
    "source": "data.source",
    "minutes": "training.minutes",
    "examples": "training.examples",
    "size": "model.size",
    "seed": "training.seed",
    "pixels": "data.size",
    "labels": "data.labels",
    "skip_bad": "data.skip_bad",
}
"""What can be asked for → the recipe key that it sets for every model."""


@dataclass(frozen=True)
class Wish:
    """What a person asked for: what DIR/demo.json remembers."""

    source: str = "avatars"
    minutes: float | None = None
    examples: int | None = None
    size: str | None = None
    seed: int = 0
    pixels: int | None = None
    labels: str | None = None
    skip_bad: bool = False

    @classmethod
    def checked(cls, given: dict[str, Any]) -> Wish:
        """Turn texts into values; what they may be is written in the recipe.

        Raises:
            InputError: a value that does not fit.
        """
        found = build("demo", Options, {KEYS[name]: value for name, value in given.items()})
        parts = {"data": found.data, "training": found.training, "model": found.options}
        values = {}
        for name in given:
            part, _, leaf = KEYS[name].partition(".")
            values[name] = getattr(parts[part], leaf)
        wish = cls(**values)
        return replace(wish, source=_anywhere(wish.source))

    def settings(self) -> dict[str, Any]:
        """Return the recipe keys that every model shares; minutes are divided among them."""
        found = {path: getattr(self, name) for name, path in KEYS.items() if name != "minutes"}
        return {path: value for path, value in found.items() if value is not None}

    def budget(self) -> float | None:
        """Return the minutes for training all models; None where only examples count."""
        if self.minutes is None and self.examples is not None:
            return None
        whole = MINUTES if self.minutes is None else self.minutes
        return max(0.5 * whole, whole - PAGE_SECONDS / 60)


def _anywhere(source: str) -> str:
    """Name a source so that it is found from any folder."""
    from makebelieve.data.embedded import EMBEDDED

    path = Path(source).expanduser()
    return str(path.resolve()) if source not in EMBEDDED and path.exists() else source


@click.command("demo", help=HELP, short_help="Train judge and makers, and show them on one page.")
@click.argument("source", required=False, type=SOURCE, metavar="[SOURCE]")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where all is kept.")
@click.option(
    "--minutes",
    metavar="M",
    help="Time for all models together. By default what the recipes say, and at most 4.",
)
@click.option("--examples", metavar="N", help="How many examples each model sees, such as 20k.")
@click.option("--size", metavar="S", help="The models' size: small, medium or large.")
@click.option("--seed", metavar="N", help="Start of all randomness. By default 0.")
@click.option("--pixels", metavar="N", help="Height and width of the pictures, 4 to 1024.")
@click.option("--labels", metavar="COLUMN", help='The column with the labels; "none" for none.')
@click.option("--skip-bad", is_flag=True, default=None, help="Leave out files that are broken.")
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser.")
@json_option("Print one line of JSON with everything measured before the page's path.")
def demo(out: Path | None, opened: bool, as_json: bool, **asked: Any) -> int:
    """Train all models and write the page."""
    began = time.monotonic()
    folder, wish = _settle(out, {name: v for name, v in asked.items() if v is not None})
    data = _load(wish)  # before any folder is made: it refuses what it cannot use
    folder = _remember(folder, wish)
    jobs = _jobs(folder, wish, data)
    todo = [job for job in jobs if job.state == "waiting"]
    if todo:
        _say(f"{data.name}: {len(data.rows('train')):,} {data.spec.kind} to train on, in {folder}")
        if not _train(todo, folder, wish):
            _say(f"stopped; everything is kept. To go on: makebelieve demo --out {folder}")
            return INTERRUPTED
    seconds = _clock(folder, time.monotonic() - began if todo else 0.0)
    failures = {job.model: job.why for job in jobs if job.state == "failed"}
    _refuse(jobs)
    _show(folder, wish, data, seconds, failures, opened=opened, as_json=as_json)
    if failures:
        model, why = next(iter(failures.items()))
        raise TrainingError(f"the {model} could not be trained: {why}")
    return 0


def _show(
    folder: Path,
    wish: Wish,
    data: Dataset,
    seconds: float,
    failures: dict[str, str],
    *,
    opened: bool,
    as_json: bool,
) -> None:
    """Measure, draw the page, and say where it is."""
    _say("measuring and drawing the page")
    # Imported here: it brings PyTorch, for which the training processes need not wait.
    from makebelieve.reports.page import make_page
    from makebelieve.runs.folder import read_json

    cores = read_json(folder / "demo.json")["cores"]
    facts = make_page(
        folder, data, seconds=seconds, cores=cores, failures=failures, asked=asdict(wish)
    )
    page = (folder / "page.html").absolute()
    if opened:
        import webbrowser

        webbrowser.open(page.as_uri())
    if as_json:
        click.echo(json.dumps(facts))
    click.echo(page)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _refuse(jobs: list[Job]) -> None:
    """Stop here if there is nothing to show.

    Raises:
        InputError: no model could be trained on these data.
        TrainingError: every training failed before its first checkpoint.
    """
    if any(job.state != "failed" or any(job.out.glob("states/*")) for job in jobs):
        return
    kind = InputError if all(job.mistake for job in jobs) else TrainingError
    raise kind(jobs[0].why)


def _settle(out: Path | None, given: dict[str, Any]) -> tuple[Path | None, Wish]:
    """Return the folder and the whole wish; an earlier one in the same folder holds.

    Returns:
        the folder, which may not be there yet, or None for a fresh one; and the wish.

    Raises:
        InputError: the folder holds something else, or a demo with other settings.
    """
    from makebelieve.runs.folder import read_json

    wish = Wish.checked(given)
    if out is None:
        return None, wish
    kept = out / "demo.json"
    if kept.is_file():
        earlier = Wish(**read_json(kept)["asked"])
        _same(out, given, wish, earlier)
        return out, earlier
    try:
        taken = out.exists() and any(out.iterdir())
    except OSError as error:
        raise InputError(f"{out} cannot be the demo's folder: {error.strerror}") from None
    if taken:
        raise InputError(f"{out} is not empty and holds no demo: choose another folder with --out")
    return out, wish


def _same(out: Path, given: dict[str, Any], wish: Wish, earlier: Wish) -> None:
    """Check that nothing else is asked for than what the folder was begun with."""
    for name in given:
        old, new = getattr(earlier, name), getattr(wish, name)
        if old == new:
            continue
        if name == "source":
            raise InputError(
                f"{out} holds a demo of {old}, not of {new}: choose another folder with --out"
            )
        option = "--" + name.replace("_", "-")
        raise InputError(
            f"{out} holds a demo with {option} {old}, not {new}: leave {option} out to go on with "
            "it, or choose another folder with --out"
        )


def _load(wish: Wish) -> Dataset:
    from makebelieve.data import load

    return load(wish.source, size=wish.pixels, labels=wish.labels, skip_bad=wish.skip_bad)


def _remember(folder: Path | None, wish: Wish) -> Path:
    """Write down what was asked for, in a fresh folder unless there is one."""
    from makebelieve.runs import store
    from makebelieve.runs.crew import cores
    from makebelieve.runs.folder import write_json

    if folder is None:
        folder = store.fresh(f"demo-{Path(wish.source).stem}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be the demo's folder: {error.strerror}") from None
    if not (folder / "demo.json").is_file():
        start = {"asked": asdict(wish), "seconds": 0.0, "cores": cores()}
        write_json(folder / "demo.json", start)
    return folder


def _clock(folder: Path, seconds: float) -> float:
    """Add to the time that training has taken in all, and return it."""
    from makebelieve.runs.folder import read_json, write_json

    kept = read_json(folder / "demo.json")
    kept["seconds"] = round(kept["seconds"] + seconds, 1)
    write_json(folder / "demo.json", kept)
    return float(kept["seconds"])


def _jobs(folder: Path, wish: Wish, data: Dataset) -> list[Job]:
    """Return a job for each model, with what an earlier demo in this folder has already done."""
    from makebelieve.runs.crew import Job

    judged = data.labels is not None and len(data.spec.classes) > 1
    jobs = []
    for model in MODELS if judged else MODELS[1:]:
        job = Job(model, wish.source, folder / model, wish.settings())
        job.within = wish.minutes is None
        _catch_up(job)
        jobs.append(job)
    return jobs


def _catch_up(job: Job) -> None:
    import shutil

    from makebelieve.runs import store
    from makebelieve.runs.folder import read_json

    if store.is_run(job.out) and (job.out / "status.json").is_file():
        status = read_json(job.out / "status.json")
        job.resume, job.seen = True, status["seen"]
        if status["state"] in {"finished", "failed"}:
            job.state, job.why = status["state"], status["reason"]
    elif job.out.is_dir():
        shutil.rmtree(job.out)  # killed before it became a run: nothing in it was trained


def _train(jobs: list[Job], folder: Path, wish: Wish) -> bool:
    """Train and show how it goes; False when Ctrl-C ended it, cleanly, before its end."""
    from makebelieve.cli.demo_display import Display
    from makebelieve.runs.crew import together

    try:
        with (
            Display(jobs) as display,
            closing(together(jobs, folder, minutes=wish.budget())) as news,
        ):
            for _ in news:
                display.show()
    except KeyboardInterrupt:
        return False
    return True
