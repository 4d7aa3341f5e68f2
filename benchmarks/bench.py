"""Measure this machine and write docs/benchmarks.md from the measured files.

Every part's result is kept in benchmarks/results, and the page is written from those files alone.
"""

import argparse
import dataclasses
import importlib
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks import machine, pictures, results
from benchmarks.options import Options
from makebelieve.errors import InputError

__all__ = ["PARTS", "main", "write"]

# In the order of the page.
PARTS = (
    "quality", "speed", "profile", "defaults", "evaluation", "demo", "studio", "scale", "gpu",
    "ceilings",
)  # fmt: skip
ASKED_FOR = {"gpu", "studio"}  # measured only when named: not every machine can

HEAD = """\
<!-- Written by scripts/bench from benchmarks/results: measure again rather than editing. -->

# Benchmarks

Measured by `scripts/bench`, which writes this page from the files in `benchmarks/results` and
measures your machine in the same way. Another machine gives other numbers, and so does the same one
when it is busy: only ratios within a table mean much.
"""


def available():
    """Return the parts that there are, in order."""
    return [part for part in PARTS if find_spec(f"benchmarks.{part}")]


def module(part):
    """Return the module of a part.

    It has `measure(options)`, which returns a dictionary that JSON can hold, and `section(runs)`,
    which writes Markdown from the runs that were kept, newest last, each with its "found". One
    that has figures has `draw(runs, folder)`, too.
    """
    return importlib.import_module(f"benchmarks.{part}")


def write(options):
    """Write the page and its figures from the results alone."""
    measured = {part: results.read(options.results, part) for part in available()}
    sections = [_section(part, runs, options) for part, runs in measured.items() if runs]
    options.page.write_text("\n".join([HEAD, *sections]), encoding="utf-8")


def _section(part, runs, options):
    """Return a part of the page, and draw its figures."""
    try:
        text = module(part).section(runs).strip()
        if hasattr(module(part), "draw"):
            module(part).draw(runs, options.page.parent / "images")
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise InputError(
            f"{options.results / part}.json holds something else than {part} measures now "
            f"({type(error).__name__}: {error}): remove it and run scripts/bench {part}"
        ) from error
    return f"{text}\n"


def run(parts, options):
    """Measure parts one after another; each is kept as soon as it is there."""
    for part in available():
        results.read(options.results, part)  # a damaged file is refused before the work
    about = machine.about(options)  # before our own work is part of the load
    with tempfile.TemporaryDirectory() as folder:
        options = dataclasses.replace(options, pictures=Path(folder))
        origin = pictures.prepare(folder, options.source, 2_000 if options.quick else None)
        for part in parts:
            print(f"measuring {part}", flush=True)
            found = module(part).measure(options)
            record = {
                "machine": about, "quick": options.quick, "rounds": options.rounds,
                "seconds": options.seconds, "data": origin, "found": found,
            }  # fmt: skip
            results.add(options.results, part, record)


def main(arguments=None):
    """Read the command line."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    options = Options(
        rounds=asked.rounds, seconds=asked.seconds, threads=asked.threads, quick=asked.quick,
        jobs=asked.jobs, source=asked.data,
    )  # fmt: skip
    parts = asked.parts or [p for p in available() if p not in ASKED_FOR]
    if unknown := [part for part in parts if part not in available()]:
        parser.error(f"there is no part {unknown[0]}: choose from {', '.join(available())}")
    try:
        if asked.quick:
            with tempfile.TemporaryDirectory() as folder:
                _quick(parts, options, Path(folder))
            return 0
        if not asked.page:
            run(parts, options)
        write(options)
    except InputError as error:
        print(f"scripts/bench: {error}", file=sys.stderr)
        return 2
    shown = options.page.read_text(encoding="utf-8") if asked.print else ""
    print(f"{shown}written to {options.page}")
    return 0


def _quick(parts, options, folder):
    """Measure for seconds, print the page, and leave the real results alone."""
    options = dataclasses.replace(
        options, rounds=1, seconds=0.2, results=folder, page=folder / "benchmarks.md"
    )
    run(parts, options)
    write(options)
    print(options.page.read_text(encoding="utf-8"))


def _parser():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART",
        help=f"what to measure: {', '.join(available())} (default: all but gpu and studio)",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each turn")
    parser.add_argument("--threads", type=int, help="of each process")
    parser.add_argument("--jobs", type=int, default=1, help="of the part quality, at a time")
    parser.add_argument("--quick", action="store_true", help="a trial of seconds; nothing is kept")
    parser.add_argument("--print", action="store_true", help="show the page, too")
    parser.add_argument("--page", action="store_true", help="measure nothing, only write the page")
    parser.add_argument("--data", type=Path, default=pictures.FASHION, help="Fashion-MNIST's files")
    return parser


if __name__ == "__main__":
    sys.exit(main())
