"""What was measured is measured once, and again where anything that it depends on is different."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

import makebelieve as mb
from makebelieve.diagnosis import examine
from makebelieve.diagnosis.examine import diagnose
from makebelieve.diagnosis.rules import RULES
from makebelieve.metrics import kept, suite
from makebelieve.reports.card.gather import gather
from makebelieve.runs.run import Run


@pytest.fixture
def run(trained, tmp_path):
    """A run of which nothing is known."""
    return Run(shutil.copytree(trained("vae").path, tmp_path / "mine"))


@pytest.fixture(scope="module")
def once(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("known") / "mine"
    diagnose(Run(shutil.copytree(trained("vae").path, folder)), n=64)
    return folder


@pytest.fixture
def known(once, tmp_path):
    """A run that was diagnosed before."""
    return Run(shutil.copytree(once, tmp_path / "mine"))


@pytest.fixture
def work(monkeypatch):
    """What is measured, and which rules are asked, from now on."""
    done = []

    def counted(name, measured):
        return lambda sitting: done.append(name) or measured(sitting)

    def asked(rule, case, **options):
        done.append(rule.code)
        return examine_one(rule, case, **options)

    examine_one = examine.examine
    for name, metric in suite.METRICS.items():
        told = dataclasses.replace(metric, measured=counted(name, metric.measured))
        monkeypatch.setitem(suite.METRICS, name, told)
    monkeypatch.setattr(examine, "examine", asked)
    return done


def files(run):
    return sorted((run.path / kept.FOLDER).glob("*"))


def test_a_report_after_a_diagnosis_measures_only_the_rest(run, work):
    first = diagnose(run, n=64)
    assert work
    before = set(first.scores)
    work.clear()
    card = gather(Run(run.path), n=64)
    assert card.diagnosis == first
    assert work and before.isdisjoint(work) and RULES.keys().isdisjoint(work)
    assert len(files(run)) == 1

    work.clear()
    again = gather(Run(run.path), n=64)
    assert work == []
    assert again.to_dict() == card.to_dict()
    assert suite.measure(run, n=64, only=["kl"])["kl"] == card.scores["kl"]
    assert work == []

    fresh = gather(Run(run.path), n=64, fresh=True)
    assert before <= set(fresh.scores) and "kl" in work
    assert fresh.to_dict() == card.to_dict()


def retrained(run, tmp_path, _):
    other = mb.train("vae", "digits", out=tmp_path / "other", quiet=True, examples=900)
    shutil.copyfile(other.states[-1], run.states[-1])


def another_recipe(run, *_):
    recipe = json.loads((run.path / "recipe.json").read_text())
    recipe["training"]["minutes"] = 7.0
    (run.path / "recipe.json").write_text(json.dumps(recipe))


def newer(run, *_):
    shutil.copyfile(run.states[-1], run.path / "states" / "999999999999.safetensors")


def another_code(*given):
    given[-1].setattr(kept, "_code", lambda: "another")


def damaged(run, *_):
    for file in files(run):
        file.write_text(file.read_text()[:-9])


ANEW = [retrained, another_recipe, newer, another_code, damaged]


@pytest.mark.parametrize("change", ANEW)
def test_scores_are_measured_anew(known, work, tmp_path, monkeypatch, change):
    change(known, tmp_path, monkeypatch)
    diagnose(Run(known.path), n=64)
    assert "kl" in work and "C1" in work


def other_names(data):
    return dataclasses.replace(
        data, spec=dataclasses.replace(data.spec, classes=tuple("abcdefghij"))
    )


def other_split(data):
    return dataclasses.replace(data, split=np.roll(data.split, 1))


QUESTIONS = [
    {"n": 65},
    {"seed": 1},
    {"judge": "judge"},
    {"data": other_names},
    {"data": other_split},
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_another_question_has_another_answer(known, trained, work, question):
    if "judge" in question:
        question = {"judge": trained(question["judge"])}
    if "data" in question:
        question = {"data": question["data"](mb.load("digits"))}
    diagnose(known, **{"n": 64, **question})
    assert "kl" in work
    work.clear()
    diagnose(known, **{"n": 64, **question})
    assert work == []


def test_a_judge_that_learned_more_is_another_judge(run, trained, work, tmp_path):
    judge = Run(shutil.copytree(trained("judge").path, tmp_path / "judge"))
    diagnose(run, n=64, judge=judge)
    work.clear()
    diagnose(run, n=64, judge=judge)
    assert work == []
    newer(judge)
    diagnose(run, n=64, judge=Run(judge.path))
    assert "kl" in work


def log(run, _):
    with (run.path / "log.jsonl").open("a") as file:
        file.write('{"step": 9999, "seen": 9999}\n')


def sheet(run, _):
    shutil.copyfile(run.samples[-1], run.path / "samples" / "999999999999.png")


def state(run, _):
    status = json.loads((run.path / "status.json").read_text())
    (run.path / "status.json").write_text(json.dumps(status | {"state": "interrupted"}))


def limits(_, patch):
    patch.setitem(RULES, "C1", dataclasses.replace(RULES["C1"], limits={"kl": 0.25}))


@pytest.mark.parametrize("change", [log, sheet, state, limits])
def test_rules_are_asked_again_and_scores_stay(known, work, monkeypatch, change):
    change(known, monkeypatch)
    diagnose(Run(known.path), n=64)
    assert "C1" in work and suite.METRICS.keys().isdisjoint(work)


def test_a_copy_says_its_own_name(known, work):
    copied = diagnose(Run(known.path.rename(known.path.with_name("renamed"))), n=64)
    assert copied.sentence.startswith("renamed")
    assert suite.METRICS.keys().isdisjoint(work)


def test_a_picture_that_is_gone_is_drawn_again(tmp_path, work):
    run = mb.train("vae", "digits", out=tmp_path / "run", quiet=True, examples=1500, beta=80.0)
    drawn = [f for found in diagnose(run, n=64).findings for f in found.evidence]
    assert drawn
    (run.path / drawn[0]).unlink()
    diagnose(run, n=64)
    assert (run.path / drawn[0]).is_file()
    work.clear()
    assert [f for found in diagnose(run, n=64).findings for f in found.evidence] == drawn
    assert work == []


def test_what_a_checkpoint_that_came_meanwhile_would_blur_is_not_kept(run):
    opened = kept.Kept(run, mb.load("digits"), n=64)
    newer(run)
    opened.save()
    assert files(run) == []


def test_a_folder_that_cannot_be_written_is_done_without(run):
    (run.path / kept.FOLDER).write_text("in the way")
    assert diagnose(run, n=64).findings
