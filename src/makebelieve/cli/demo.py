"""`makebelieve demo`: the main job, from a source to four trained models and one page."""

from __future__ import annotations

import json
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from makebelieve.data.spec import Dataset
    from makebelieve.runs.crew import Job

__all__ = ["demo"]

MODELS = ("judge", "autoencoder", "vae", "gan")
MINUTES = 4.0  # for all four, when nobody says otherwise
PAGE_SECONDS = 10.0  # kept free for measuring and drawing

HELP = """Train a judge, an autoencoder, a VAE and a GAN on SOURCE and show them on one page.

SOURCE is the name of embedded data (avatars, fashion, digits, ring, grid), a folder of pictures
(sub-folders are labels), or anything else that "makebelieve data" can describe; without it, the
embedded faces (avatars). The models are trained side by side, as many at a time as there are
processor cores. The page is one HTML file that needs no network; its path is the last line printed.

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
class Wish:
    """What a person asked for: what DIR/demo.json remembers."""

    source: str
    minutes: float | None
    examples: int | None
    size: str | None
    seed: int
    pixels: int | None
    labels: str | None

    def settings(self) -> dict[str, Any]:
        """Return the recipe keys that every model shares."""
        found = {
            "training.seed": self.seed,
            "training.examples": self.examples,
            "model.size": self.size,
            "data.source": self.source,
            "data.size": self.pixels,
            "data.labels": self.labels,
        }
        return {name: value for name, value in found.items() if value is not None}

    def budget(self) -> float | None:
        """Return the minutes for training all models; None where only examples count."""
        if self.minutes is None and self.examples is not None:
            return None
        whole = MINUTES if self.minutes is None else self.minutes
        return max(0.5 * whole, whole - PAGE_SECONDS / 60)


@click.command("demo", help=HELP, short_help="Train judge and makers, and show them on one page.")
@click.argument("source", required=False)
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Where all is kept.")
@click.option(
    "--minutes",
    type=click.FloatRange(0.05, 10_000),
    metavar="M",
    help="Time for all models together (without it: what the recipes say, 4 minutes at most).",
)
@click.option(
    "--examples", type=click.IntRange(1), metavar="N", help="Examples that each model sees."
)
@click.option(
    "--size", type=click.Choice(["small", "medium", "large"]), help="The width of the nets."
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help="Start of randomness.")
@click.option("--pixels", type=int, metavar="N", help="Height and width, 4 to 1024.")
@click.option("--labels", metavar="COLUMN", help='The column with the labels; "none" for none.')
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser.")
@click.option("--json", "as_json", is_flag=True, help="Print what was measured as JSON instead.")
def demo(out: Path | None, opened: bool, as_json: bool, **asked: Any) -> None:
    """Train all models and write the page."""
    from makebelieve.runs.folder import read_json

    began = time.monotonic()
    folder, wish = _settle(out, asked)
    data = _load(wish)
    _remember(folder, wish)
    jobs = _jobs(folder, wish, data)
    todo = [job for job in jobs if job.state == "waiting"]
    if todo:
        _say(f"{data.name}: {len(data.rows('train')):,} {data.spec.kind} to train on, in {folder}")
        _train(todo, folder, wish)
    seconds = _clock(folder, time.monotonic() - began if todo else 0.0)
    _say("measuring and drawing the page")
    # Imported here: it brings PyTorch, for which the training processes need not wait.
    from makebelieve.reports.page import make_page

    failures = {job.model: job.why for job in jobs if job.state == "failed"}
    facts = make_page(
        folder,
        data,
        seconds=seconds,
        cores=read_json(folder / "demo.json")["cores"],
        failures=failures,
        asked=asdict(wish),
    )
    page = folder / "page.html"
    if opened:
        import webbrowser

        webbrowser.open(page.resolve().as_uri())
    click.echo(json.dumps(facts, indent=2) if as_json else str(page))
    if failures:
        model, why = next(iter(failures.items()))
        click.echo(f"Error: the {model} could not be trained: {why}", err=True)
        sys.exit(3)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _settle(out: Path | None, asked: dict[str, Any]) -> tuple[Path, Wish]:
    """Return the folder and the whole wish; an earlier one in the same folder holds.

    Raises:
        InputError: the folder holds something else, or a demo with other settings.
    """
    from makebelieve.errors import InputError
    from makebelieve.runs import store
    from makebelieve.runs.folder import read_json

    given = {name: value for name, value in asked.items() if value is not None}
    wish = Wish(**{**asked, "source": "avatars", "seed": 0, **given})
    if out is None:
        return store.fresh(f"demo-{Path(wish.source).stem}"), wish
    kept = out / "demo.json"
    if kept.is_file():
        earlier: dict[str, Any] = read_json(kept)["asked"]
        for name, value in given.items():
            if earlier.get(name) != value:
                raise InputError(
                    f"{out} holds a demo with {name} {earlier.get(name)}, not {value}: leave "
                    f"--{name} out to go on with it, or choose another folder with --out"
                    if name != "source"
                    else f"{out} holds a demo of {earlier.get(name)}, not of {value}: choose "
                    "another folder with --out"
                )
        return out, Wish(**earlier)
    try:
        out.mkdir(parents=True, exist_ok=True)
        taken = any(out.iterdir())
    except OSError as error:
        raise InputError(f"{out} cannot be the demo's folder: {error.strerror}") from None
    if taken:
        raise InputError(f"{out} is not empty and holds no demo: choose another folder with --out")
    return out, wish


def _load(wish: Wish) -> Dataset:
    from makebelieve.data import load

    return load(wish.source, size=wish.pixels, labels=wish.labels)


def _remember(folder: Path, wish: Wish) -> None:
    from makebelieve.runs.crew import cores
    from makebelieve.runs.folder import write_json

    if not (folder / "demo.json").is_file():
        start = {"asked": asdict(wish), "seconds": 0.0, "cores": cores()}
        write_json(folder / "demo.json", start)


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


def _train(jobs: list[Job], folder: Path, wish: Wish) -> None:
    """Train and show how it goes; Ctrl-C ends all of it cleanly, and then the command."""
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
        _say(f"stopped; everything is kept. To go on: makebelieve demo --out {folder}")
        sys.exit(130)
