"""A studio whose lesson has been trained: tiny, but every run is a real one.

`MAKEBELIEVE_TAUGHT` names a home in which the lesson is trained already; the tests copy it.
"""

import json
import os
import shutil

import pytest

EXAMPLES = {"judge": 6_144, "gan": 3_072}  # of each run; the others see 4,096


@pytest.fixture(scope="session")
def taught(tmp_path_factory):
    """A home in which the lesson's runs and contests are there; it is copied, never changed."""
    import makebelieve as mb
    from makebelieve import lessons
    from makebelieve.studio.contest import record
    from makebelieve.studio.presets import PRESETS

    if known := os.environ.get("MAKEBELIEVE_TAUGHT"):
        return known
    home = tmp_path_factory.mktemp("taught")
    for run in lessons.load("imagine").runs:
        settings = run.settings | {"examples": EXAMPLES.get(run.id, 4_096)}
        out = home / "runs" / f"lesson-{run.id}"
        mb.train(run.model, run.source, out=out, quiet=True, threads=1, **settings)
    (home / "contest").mkdir()
    for preset in PRESETS:
        recorded = json.dumps(record(preset, examples=16_000))
        (home / "contest" / f"{preset}.json").write_text(recorded, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def lesson_home(taught, tmp_path_factory):
    """A home of this module's own, with the lesson trained."""
    target = tmp_path_factory.mktemp("lesson")
    shutil.copytree(taught, target, dirs_exist_ok=True)
    return target


@pytest.fixture(scope="module")
def lesson_server(lesson_home, begin):
    """A studio on that home, which trains nothing by itself."""
    with begin(lesson_home, "--no-train") as running:
        yield running
