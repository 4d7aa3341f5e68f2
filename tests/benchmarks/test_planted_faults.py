"""Planted faults: a fast slice of them, and a page that says what was found."""

from __future__ import annotations

import json

import pytest

from makebelieve.diagnosis.rules import RULES


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    from benchmarks.planted_faults import one

    keep = tmp_path_factory.mktemp("plants")
    plants = {"vae": 20_000, "beta 50": 20_000, "64 dimensions": 20_000, "vae on 30": 60_000,
              "a tenth of an epoch": 256}  # fmt: skip
    found = {
        name: one(name, "digits", 0, keep, size=None, examples=n) for name, n in plants.items()
    }
    mark = "a mark in the corner"  # of 2 × 2 pixels, which is a quarter of the width of a digit
    return found | {mark: one(mark, "fashion", 0, keep, examples=25_000)}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("beta 50", "C1"),
        ("64 dimensions", "C3"),
        ("vae on 30", "T3"),
        ("a tenth of an epoch", "T2"),
        ("a mark in the corner", "J3"),
    ],
)
def test_a_planted_fault_is_found(found, name, code):
    verdicts = {f["code"]: f["verdict"] for f in found[name]["findings"]}
    assert verdicts[code] in {"warning", "failure"}


def test_a_clean_run_is_not_accused(found):
    verdicts = {f["code"]: f["verdict"] for f in found["vae"]["findings"]}
    assert "failure" not in verdicts.values()


@pytest.mark.parametrize("name", ["beta 50", "64 dimensions"])
def test_the_printed_remedy_helps(found, name):
    assert found[name]["took"]
    assert found[name]["cured"]["verdict"] == "fine"


def test_the_page_counts_what_was_found(found):
    from benchmarks.planted_faults import page

    about = {"date": "2026-01-01T00:00:00", "cores": 2, "cpu": "any"}
    text = page({"machine": about, "found": list(found.values())})
    (line,) = [x for x in text.splitlines() if x.startswith("| C1 ")][:1]
    assert line.startswith("| C1 posterior collapse | 1 | 1 of 1 | 1 |")
    assert line.endswith("| 1 of 1 |")
    sick = json.loads(json.dumps(found["beta 50"]))
    for finding in sick["findings"]:
        finding["verdict"] = "fine"
    text = page({"machine": about, "found": [sick]})
    assert "C1 said fine" in text
    clean = json.loads(json.dumps(found["vae"]))
    next(f for f in clean["findings"] if f["code"] == "C1")["verdict"] = "failure"
    text = page({"machine": about, "found": [clean]})
    assert "C1 spoke without a reason" in text


def test_the_page_is_written_from_its_results():
    from benchmarks.options import RESULTS
    from benchmarks.planted_faults import PAGE, page

    record = json.loads((RESULTS / "planted_faults.json").read_text(encoding="utf-8"))
    assert PAGE.read_text(encoding="utf-8") == page(record)


def test_every_plant_is_of_a_rule_and_its_companions_are_rules():
    from benchmarks.plants import PLANTS

    for plant in PLANTS.values():
        assert plant.code is None or plant.code in RULES
        assert set(plant.companions) <= set(RULES)
        assert plant.code not in plant.companions
