"""Every rule, over the table: documented, grounded, and heard in all its verdicts."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

import makebelieve as mb
from benchmarks.plants import PLANTS
from makebelieve.cli.settings import known_keys, merge
from makebelieve.diagnosis import draw
from makebelieve.diagnosis.case import Case
from makebelieve.diagnosis.course import Course
from makebelieve.diagnosis.examine import Diagnosis, diagnose, examine
from makebelieve.diagnosis.rule import VERDICTS, Finding, Missing
from makebelieve.diagnosis.rules import RULES
from makebelieve.diagnosis.watch import Watcher
from makebelieve.metrics.sitting import CAPABILITIES

DOCS = (Path(__file__).parents[2] / "docs" / "diagnosis.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    made = {}
    for name, settings in {
        "vae": {"data": "digits", "examples": 30_000},
        "collapsed": {"model": "vae", "data": "digits", "examples": 30_000, "beta": 50},
        "gan": {"data": "digits", "examples": 4_000},
        "judge": {"data": "digits", "examples": 8_000},
        "autoencoder": {"data": "digits", "examples": 4_000},
        "ring": {"model": "gan", "data": "ring", "examples": 4_000},
        "ring-vae": {"model": "vae", "data": "ring", "examples": 4_000},
        "begun": {"model": "vae", "data": "digits", "examples": 512},
    }.items():
        options = {"model": name, "quiet": True, "threads": 1} | settings
        made[name] = mb.train(out=folder / name, **options)
    return made


@pytest.fixture(scope="module")
def found(runs):
    return {name: diagnose(run, n=200, judge=runs["judge"] if name in {"vae", "gan"} else None)
            for name, run in runs.items()}  # fmt: skip


# The table


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_a_rule_is_whole(rule):
    assert re.fullmatch(r"[TCSDJ]\d", rule.code)
    assert rule.about.endswith(".")
    assert rule.why.endswith(".")
    assert rule.source.endswith(".")
    assert set(rule.suits) <= {*CAPABILITIES, "pictures"}
    assert rule.limits


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_a_rule_is_documented_with_its_limits(rule):
    (section,) = re.findall(rf"^### {rule.code} {rule.name}\n(.*?)(?=^##|\Z)", DOCS, re.M | re.S)
    assert rule.about in " ".join(section.split())
    for name, value in rule.limits.items():
        assert f"`{name}` {value:g}" in section, name


def test_names_and_codes_are_different():
    assert len({rule.name for rule in RULES.values()}) == len(RULES)


def test_every_rule_has_a_planted_fault():
    """But for those that every run has, or that one number decides."""
    planted = {plant.code for plant in PLANTS.values()}
    assert set(RULES) - planted == {"T1", "C2", "J2", "J4"}


# Findings


@pytest.mark.parametrize(
    "name", ["vae", "collapsed", "gan", "judge", "autoencoder", "ring", "ring-vae", "begun"]
)
def test_findings_of_every_model(found, runs, name):
    diagnosis = found[name]
    case = Case(runs[name])
    assert {f.code for f in diagnosis.findings} == {
        code for code, rule in RULES.items() if set(rule.suits) <= case.able
    }
    grave = [VERDICTS.index(f.verdict) for f in diagnosis.findings]
    assert grave == sorted(grave)
    json.dumps(diagnosis.to_dict(), allow_nan=False)
    for finding in diagnosis.findings:
        assert finding.sentence
        assert not finding.sentence.endswith(".")
        if finding.verdict in {"failure", "warning"}:
            assert finding.remedy
            assert finding.measured
        for file in finding.evidence:
            assert (runs[name].path / file).stat().st_size > 200


def test_remedies_can_be_run(found):
    for diagnosis in found.values():
        for finding in diagnosis.findings:
            words = shlex.split(finding.remedy)
            assert not words or words[0] == "makebelieve"
            if words[1:2] == ["train"]:
                check_settings(words)


def check_settings(words):
    """Every option of the command is a key of the recipe, with a value that fits."""
    model, options = words[2], words[4:]
    keys = {}
    while options:
        name = options.pop(0).removeprefix("--")
        flag = not options or options[0].startswith("--")
        keys[name] = "true" if flag else options.pop(0)
    own = {"examples", "pixels", "seed", "size"}
    given = {name: value for name, value in keys.items() if name in own}
    merge(model, given, [(f"--{k}", v) for k, v in keys.items() if k not in own], [])
    assert known_keys(model)


def verdict(diagnosis: Diagnosis, code: str) -> str:
    return next(f.verdict for f in diagnosis.findings if f.code == code)


def test_a_clean_vae_has_not_failed(found):
    assert found["vae"].of("failure") == ()
    assert "has failed" not in found["vae"].sentence


def test_a_collapsed_vae_is_named_and_its_remedy_clears_it(found, runs, tmp_path):
    assert verdict(found["collapsed"], "C1") == "failure"
    (finding,) = [f for f in found["collapsed"].findings if f.code == "C1"]
    assert "posterior collapse" in found["collapsed"].sentence
    assert {"diagnosis/kl.png", "diagnosis/shuffled-codes.png"} == set(finding.evidence)
    words = shlex.split(finding.remedy)
    assert words[:4] == ["makebelieve", "train", "vae", "digits"]
    from makebelieve.cli import main

    assert main([*words[1:], "--out", str(tmp_path / "mended"), "--quiet"]) == 0
    mended = diagnose(mb.Run(tmp_path / "mended"), n=200, evidence=False)
    assert verdict(mended, "C1") == "fine"


def test_what_has_just_begun_is_not_called_sick(found):
    assert verdict(found["begun"], "T2") == "failure"
    assert [f.code for f in found["begun"].of("failure")] == ["T2"]
    assert all("still improving fast" in f.sentence for f in found["begun"].of("cannot-tell")
               if f.measured)  # fmt: skip


def test_a_contest_of_a_few_steps_has_begun_however_often_it_looked(tmp_path):
    run = mb.train("gan", "digits", out=tmp_path / "short", quiet=True, examples=2_000)
    (finding,) = [f for f in diagnose(run, n=100, evidence=False).findings if f.code == "T2"]
    assert finding.measured["looks"] > 1
    assert finding.verdict == "failure"
    assert "2,048 examples, where such a contest usually takes 150,000" in finding.sentence
    assert finding.remedy == "makebelieve train gan digits"


def test_data_in_memory_that_samples_are_compared_with_are_named(runs):
    from benchmarks.plants import few

    others = dataclasses.replace(few(200)(mb.load("avatars"), 0), origin=None)
    assert Case(runs["gan"]).on_what_it_is_compared_with() == ""
    told = Case(runs["gan"], others).on_what_it_is_compared_with()
    assert told.startswith("mb.train('gan', against")


def test_without_a_judge_classes_cannot_be_named(runs):
    case = Case(runs["gan"], n=200)
    with pytest.raises(Missing, match="--judge") as missing:
        case.value("classes-found")
    assert missing.value.remedy == "makebelieve train judge digits"


def test_too_few_held_out_examples_are_said(tmp_path):
    data = mb.load("digits")
    from benchmarks.plants import few

    little = few(40)(data, 0)
    held = np.isin(np.arange(len(little.examples)), little.rows("train"))
    held[little.rows("validation")[:4]] = True
    from benchmarks.plants import subset

    run = mb.train("vae", subset(little, np.flatnonzero(held)), out=tmp_path / "few", quiet=True,
                   examples=3_000)  # fmt: skip
    diagnosis = diagnose(run, n=200, evidence=False)
    unknown = {f.code: f.sentence for f in diagnosis.of("cannot-tell")}
    assert "in memory" in unknown["S1"]
    assert verdict(diagnosis, "T3") in {"fine", "warning", "failure"}


def test_a_run_without_a_checkpoint(runs, tmp_path):
    import shutil

    copied = tmp_path / "bare"
    shutil.copytree(runs["vae"].path, copied)
    for state in (copied / "states").iterdir():
        state.unlink()
    diagnosis = diagnose(mb.Run(copied), evidence=False)
    assert "no checkpoint" in {f.code: f.sentence for f in diagnosis.findings}["C1"]


def test_a_number_that_is_none(runs, tmp_path):
    import shutil

    copied = tmp_path / "broken"
    shutil.copytree(runs["vae"].path, copied)
    status = json.loads((copied / "status.json").read_text())
    status |= {"state": "failed", "reason": "step 7: kl of the vae was not finite, so it stopped"}
    (copied / "status.json").write_text(json.dumps(status))
    finding = examine(RULES["T1"], Case(mb.Run(copied)))
    assert finding.verdict == "failure"
    assert "kl of the vae" in finding.sentence
    assert "--clip 1" in finding.remedy


# While training


def lines(**scores):
    """Return a log in which the scores of both splits go through these values."""
    return [
        {"seen": 1000 * (i + 1), "scores": {"train": dict(zip(scores, row, strict=True)),
                                            "validation": dict(zip(scores, row, strict=True))}}
        for i, row in enumerate(zip(*scores.values(), strict=True))
    ]  # fmt: skip


def test_a_thing_is_said_once():
    said = []
    watcher = Watcher("vae", said.append)
    for i, line in enumerate(lines(kl=[0.01] * 10)):
        watcher.log(line, i / 10)
    assert len(said) == 1
    assert said[0].startswith("C1 posterior collapse")


def test_nothing_is_said_of_a_code_that_speaks():
    said = []
    watcher = Watcher("vae", said.append)
    for line in lines(kl=[0.01, 5.0, 9.0, 12.0]):
        watcher.log(line, 0.9)
    assert said == []


def test_a_discriminator_that_wins():
    course = Course("gan", progress=0.5)
    course.lines = [
        {"seen": 1000 * i, "ahead": 0.999, "logit_real": 6.0, "logit_fake": -6.0}
        for i in range(1, 9)
    ]
    assert "is winning" in RULES["D2"].early(course)
    for line in course.lines:
        line |= {"logit_real": 0.3, "logit_fake": -0.3}
    assert RULES["D2"].early(course) is None


def test_training_says_what_happens(runs, capsys, tmp_path):
    mb.train("vae", "digits", out=tmp_path / "run", examples=8_000, beta=50, threads=1)
    assert capsys.readouterr().err.count("C1 posterior collapse") == 1


def test_every_letter_of_a_chart_is_in_the_font():
    font = ImageFont.load_default(draw.TEXT)
    code = "".join(file.read_text() for file in Path(draw.__file__).parent.rglob("*.py"))
    titles = re.findall(r'title = f?"(.+)"', code)
    assert len(titles) > 6
    none = bytes(font.getmask("\uffff"))
    for letter in {*"".join([*titles, "10–20 %"]).translate(draw.DRAWN)}:
        assert letter == " " or bytes(font.getmask(letter)) != none, letter


# The sentence


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (["failure", "warning"], "x has failed: a; s."),
        (["warning", "fine"], "x works, with 1 warning: a."),
        (["cannot-tell", "fine"], "x is fine by 1 rule, and 1 could not be looked into."),
        (["cannot-tell"], "Nothing can be told of x yet."),
        (["fine", "fine"], "x is fine by 2 rules."),
    ],
)
def test_the_sentence(verdicts, words):
    findings = tuple(Finding(f"T{i}", "ab"[i], v, "s") for i, v in enumerate(verdicts))
    assert Diagnosis("x", findings, {}).sentence == words
