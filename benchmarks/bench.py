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

__all__ = ["PARTS", "main", "page"]

# In the order of the page.
PARTS = {
    "quality": "benchmarks.quality",
    "speed": "benchmarks.speed",
    "defaults": "benchmarks.defaults",
    "evaluation": "benchmarks.evaluation",
    "demo": "benchmarks.demo",
    "scale": "benchmarks.scale",
    "gpu": "benchmarks.gpu",
    "ceilings": "benchmarks.ceilings",
}
ASKED_FOR = {"gpu"}  # measured only when it is named

HEAD = """\
<!-- Written by scripts/bench from benchmarks/results: measure again rather than editing. -->

# Benchmarks

Measured by `scripts/bench`, which writes this page from the files in `benchmarks/results` and
measures your machine in the same way. Another machine gives other numbers, and so does the same one
when it is busy: only ratios within a table mean much.
"""


def available():
    """Return the parts that there are, in order."""
    return [name for name, module in PARTS.items() if find_spec(module)]


def module(part):
    """Return the module of a part: it has `measure(options)` and `section(runs)`."""
    return importlib.import_module(PARTS[part])


def page(folder):
    """Return the whole page, from the results in a folder alone."""
    measured = {part: results.read(folder, part) for part in available()}
    return "\n".join(
        [HEAD, *(module(part).section(runs) for part, runs in measured.items() if runs)]
    )


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
    options.page.write_text(page(options.results), encoding="utf-8")


def main(arguments=None):
    """Read the command line."""
    asked = _parser().parse_args(arguments)
    options = Options(asked.rounds, asked.seconds, asked.threads, asked.quick, asked.data)
    parts = asked.parts or [p for p in available() if p not in ASKED_FOR]
    if asked.page:
        parts = []
    try:
        if asked.quick:
            with tempfile.TemporaryDirectory() as folder:
                return _quick(parts, options, Path(folder), asked)
        run(parts, options)
    except InputError as error:
        print(f"scripts/bench: {error}", file=sys.stderr)
        return 2
    print(page(options.results) if asked.print else f"written to {options.page}")
    return 0


def _quick(parts, options, folder, asked):
    """Measure for seconds, print the page, and leave the real results alone."""
    rounds, seconds = min(asked.rounds, 1), min(asked.seconds, 0.2)
    options = dataclasses.replace(
        options, rounds=rounds, seconds=seconds, results=folder, page=folder / "benchmarks.md"
    )
    run(parts, options)
    print(options.page.read_text(encoding="utf-8"))
    return 0


def _parser():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", choices=[*available(), []],
        help=f"what to measure: {', '.join(available())} (default: all but gpu)",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each turn")
    parser.add_argument("--threads", type=int, help="of each process")
    parser.add_argument("--quick", action="store_true", help="a trial of seconds; nothing is kept")
    parser.add_argument("--print", action="store_true", help="show the page, too")
    parser.add_argument("--page", action="store_true", help="measure nothing, only write the page")
    parser.add_argument("--data", type=Path, default=pictures.FASHION, help="Fashion-MNIST's files")
    return parser


if __name__ == "__main__":
    sys.exit(main())
