"""One page, whole in itself, that shows judge and makers side by side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

import makebelieve
from makebelieve import recipe
from makebelieve.data import pictures
from makebelieve.reports import sections
from makebelieve.reports.card.brief import brief, verdicts
from makebelieve.reports.card.report import report
from makebelieve.reports.evidence import Evidence, gather
from makebelieve.reports.figures import there_and_back, uri
from makebelieve.reports.guess import guess
from makebelieve.reports.learning import learning
from makebelieve.reports.markup import POLICY, Markup, join, style, tag
from makebelieve.reports.novelty import novelty
from makebelieve.reports.sections import section
from makebelieve.reports.words import NAMES, ROLES, duration, listed, percent, plain_source
from makebelieve.runs.folder import write_json, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from makebelieve.data.spec import Dataset
    from makebelieve.reports.card.report import Report
    from makebelieve.runs.run import Run

__all__ = ["make_page", "page"]

MEASURED = 500  # examples on either side for the report card: more would take longer than it tells
COUNTS = {1: "one machine", 2: "two machines", 3: "three machines", 4: "four machines"}


def make_page(
    folder: Path,
    data: Dataset,
    *,
    seconds: float,
    cores: int,
    failures: Mapping[str, str],
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    """Measure the runs of a demo and write its page, facts and pictures.

    Args:
        folder: holds one run for each model; the page becomes page.html in it.
        data: what they were trained on.
        seconds: how long training took.
        cores: how many processor cores there were.
        failures: the sentence of each model that could not be trained.
        asked: the demo's settings.

    Returns:
        every number on the page.
    """
    e = gather(folder, data, seconds=seconds, cores=cores, failures=failures)
    found = report(*e.runs.values(), n=MEASURED, data=data) if e.runs else None
    facts = {
        **e.facts(),
        "verdicts": verdicts(found),
        "page": str((folder / "page.html").absolute()),
    }
    write_json(folder / "facts.json", facts)
    _write_pictures(folder, e)
    if found is not None:
        found.write(folder)
    write_text(folder / "page.html", page(e, asked, found))
    return facts


def _write_pictures(folder: Path, e: Evidence) -> None:
    """Write samples, slide and reconstructions as files of their own."""
    spec = e.data.spec
    for name, made in e.makers.items():
        pictures.save(pictures.show(made.examples[:64], spec), folder / f"samples-{name}.png")
    if not e.pictured:
        return
    rebuilt = [
        m.rebuilt.examples[: sections.ROW] for m in e.makers.values() if m.rebuilt is not None
    ]
    if rebuilt:
        rows = np.concatenate([e.held.examples[: len(rebuilt[0])], *rebuilt])
        sheet = pictures.grid(rows, columns=len(rebuilt[0]))
        pictures.save(sheet, folder / "reconstructions.png")
    slide = next((e.makers[n].slide for n in ("vae", "gan") if n in e.makers), None)
    if slide is not None:
        pictures.animate(there_and_back(slide), folder / "morph.webp")
        pictures.save(pictures.strip(slide), folder / "morph.png")


def page(e: Evidence, asked: Mapping[str, Any], found: Report | None = None) -> str:
    """Return the whole page as HTML.

    Args:
        e: what was measured.
        asked: the demo's settings.
        found: the report card of all models.
    """
    parts = [
        sections.judge(e),
        sections.makers(e),
        sections.rebuilt(e),
        sections.slides(e),
        novelty(e),
        learning(e),
        None if found is None else brief(found),
        _yourself(e, asked),
    ]
    shown = [part for part in parts if part is not None]
    body = tag(
        "body",
        tag("a", "Skip to the content", href="#main", class_="skip"),
        _header(e),
        tag("main", shown, id="main"),
        _footer(e),
    )
    return "<!doctype html>\n" + tag("html", _head(e), body, lang="en") + "\n"


def _title(e: Evidence) -> str:
    count = COUNTS.get(len(e.runs), "machines")
    return f"What {count} learned from {plain_source(e.data.name)}"


def _head(e: Evidence) -> Markup:
    icon = None
    if e.pictured:
        known = next((m for name, m in e.makers.items() if name != "autoencoder"), e.real)
        icon = tag("link", rel="icon", href=uri(pictures.to_image(known.examples[0])))
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content=f"makebelieve {makebelieve.__version__}"),
        tag("title", _title(e)),
        icon,
        style(),
    )


def _header(e: Evidence) -> Markup:
    return tag(
        "header",
        tag("p", "makebelieve", class_="eyebrow"),
        tag("h1", _title(e)),
        tag("p", verdict(e), class_="lead"),
        _troubles(e),
        guess(e),
        _team(e),
    )


def verdict(e: Evidence) -> str:
    """Say in a sentence or three what was trained, on what, how long, and to what effect."""
    count, spec = len(e.data.rows("train")), e.data.spec
    size = f" of {spec.size} × {spec.size} pixels" if e.pictured else ""
    cores = f"{e.cores} processor core{'s' if e.cores > 1 else ''}"
    who = listed([f"{_article(name)} {NAMES[name]}" for name in e.runs])
    told = f"In {duration(e.seconds)}, on {cores}, {who} learned from {count:,} {e.noun}{size}."
    if e.judge is not None:
        unseen = "it had never seen" if e.held.split != "train" else "it was trained on"
        right = percent(e.judge.accuracy)
        told += f" The judge is right about {right} of {e.judge.count:,} {e.noun} {unseen}."
    shares = [f"{percent(m.told_apart)} of the {NAMES[name]}’s" for name, m in e.makers.items()]
    if shares:
        told += (
            f" A simple test tells inventions from real {e.noun} in {listed(shares)} cases; "
            f"50% would be a coin toss, and real against real gives {percent(e.real.told_apart)}."
        )
    return told


def _article(name: str) -> str:
    return "an" if name == "autoencoder" else "a"


def _team(e: Evidence) -> Markup:
    rows = []
    for name, run in e.runs.items():
        status = run.status
        rows.append(
            tag(
                "tr",
                tag("th", tag("span", NAMES[name], class_=f"model {name}"), scope="row"),
                tag("td", ROLES[name], class_="words role"),
                tag("td", f"{status['seen']:,}"),
                tag("td", duration(status["seconds"])),
            )
        )
    head = ["Machine", "What it does", "Examples seen", "Time"]
    kinds = ["words", "words role", None, None]
    titles = [tag("th", h, scope="col", class_=k) for h, k in zip(head, kinds, strict=True)]
    table = tag(
        "table",
        tag("caption", "Who learned, and how long"),
        tag("thead", tag("tr", titles)),
        tag("tbody", rows),
    )
    return tag("div", table, class_="table team")


def _troubles(e: Evidence) -> Markup | None:
    lines = [
        tag("li", f"The {NAMES[name]} could not be trained: {why}")
        for name, why in e.failures.items()
    ]
    for name, run in e.runs.items():
        if run.status["state"] not in {"finished", "failed"}:
            lines.append(tag("li", f"The {NAMES[name]} was not trained to the end of its budget."))
    return tag("ul", lines, class_="warning") if lines else None


def _yourself(e: Evidence, asked: Mapping[str, Any]) -> Markup:
    return section(
        "yourself",
        "Do it yourself",
        tag("p", "This page was made by one command. Everything on it was measured in that run."),
        tag("pre", tag("code", command(asked))),
        tag("p", "The folder of this page holds a run for each machine. From inside it:"),
        tag("pre", tag("code", "\n".join(_commands(e)))),
        tag("p", "On your own pictures: put them in a folder, those of each kind in a sub-folder."),
        tag("pre", tag("code", "makebelieve data my-pictures\nmakebelieve demo my-pictures")),
        tag("h3", "What is not shown here"),
        tag(
            "ul",
            tag("li", "“Invent” and “imagine” are short for drawing a sample from a learned "
                "distribution. No machine here knows what a picture is about."),
            tag("li", "The judge’s confidence measures whether a sample fits one of its labels. "
                "It does not measure whether samples are realistic, or as varied as real ones."),
            tag("li", "Each machine was trained once, from one seed. Another seed gives other "
                "figures; how far they spread was not measured."),
            class_="plain",
        ),
        tag("h3", "The fine print"),
        _versions(e, asked),
        [_details(name, run) for name, run in e.runs.items()],
    )  # fmt: skip


def command(asked: Mapping[str, Any]) -> str:
    """Return the command that makes the same again.

    Example:
        >>> command({"source": "avatars", "minutes": 4.0, "seed": 0, "labels": None})
        'makebelieve demo avatars --minutes 4'
    """
    words = ["makebelieve demo", _quoted(plain_source(asked["source"]))]
    for name in ("minutes", "examples", "size", "seed", "pixels", "labels"):
        value = asked.get(name)
        if value is not None and (name, value) != ("seed", 0):
            words.append(f"--{name} {f'{value:g}' if name == 'minutes' else _quoted(str(value))}")
    return " ".join(words)


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)


def _commands(e: Evidence) -> list[str]:
    made = [name for name in ("gan", "vae", "autoencoder") if name in e.runs]
    found = [f"makebelieve sample {name} --n 64 --out {name}.png" for name in made[:1]]
    if "vae" in e.runs and e.pictured:
        found.append("makebelieve morph vae --out slide.webp")
    if "judge" in e.runs and e.pictured:
        found.append("makebelieve judge judge a-picture.png")
    return found


def _versions(e: Evidence, asked: Mapping[str, Any]) -> Markup:
    about = next(iter(e.runs.values())).about if e.runs else {}
    count = f"{len(e.data):,} {e.noun}"
    rows = {
        "Data": "; ".join(filter(None, [f"{plain_source(e.data.name)}: {count}", e.data.about])),
        "makebelieve": about.get("makebelieve"),
        "PyTorch": about.get("torch"),
        "Python": about.get("python"),
        "Seed": asked.get("seed"),
        "Processor cores": e.cores,
    }
    items = [tag("div", tag("dt", k), tag("dd", v)) for k, v in rows.items() if v is not None]
    return tag("dl", items, class_="versions")


def _details(name: str, run: Run) -> Markup:
    count = sum(run.about["parameters"].values())
    values = recipe.to_dict(run.recipe)
    values["data"]["source"] = plain_source(values["data"]["source"])
    scores = ", ".join(f"{k.replace('_', ' ')} {v:.4g}" for k, v in run.result.items())
    return tag(
        "details",
        tag("summary", tag("span", NAMES[name], class_=f"model {name}"),
            f" {count:,} numbers learned, run folder “{run.name}”"),
        tag("p", f"Own scores on the whole test split: {scores or 'none'}."),
        tag("p", "Recipe:"),
        tag("pre", tag("code", json.dumps(values, indent=1, ensure_ascii=False))),
    )  # fmt: skip


def _footer(e: Evidence) -> Markup:
    return tag(
        "footer",
        tag("p", join(f"Made by makebelieve {makebelieve.__version__} with seed "
                      f"{_seed(e)}. This page is one file and asks no network for anything.")),
    )  # fmt: skip


def _seed(e: Evidence) -> str:
    return listed(sorted({str(run.recipe.training.seed) for run in e.runs.values()})) or "none"
