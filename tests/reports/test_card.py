"""The report card: the same in three forms, for every model, and where something is missing."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest

import makebelieve as mb
from makebelieve.cli import main
from makebelieve.data.spec import Dataset, Spec
from makebelieve.diagnosis.examine import Diagnosis
from makebelieve.diagnosis.rule import Finding
from makebelieve.errors import InputError
from makebelieve.metrics.score import Score
from makebelieve.models import MODELS
from makebelieve.reports.card import compare
from makebelieve.reports.card.as_markdown import plain
from makebelieve.reports.card.gather import Verdicts, gather
from makebelieve.reports.card.plainly import again
from makebelieve.reports.card.report import Report, report
from makebelieve.reports.card.scores import against_real
from makebelieve.runs.run import Run
from makebelieve.runs.settings import settings

RUNS = [(model, source) for source in ("digits", "ring") for model in MODELS]


@pytest.fixture(scope="module")
def made(trained):
    """Reports of every model."""
    found = {}

    def get(model, source="digits"):
        if (model, source) not in found:
            found[model, source] = report(trained(model, source), n=64)
        return found[model, source]

    return get


def words_of(text: str) -> str:
    """Return Markdown without its marks, as a page's text has it."""
    return " ".join(re.sub(r"\\([\\`*_\[\]<>|&])", r"\1", text).split())


@pytest.mark.parametrize(("model", "source"), RUNS)
def test_every_model_has_a_page_that_is_whole(made, page, model, source):
    found = made(model, source)
    text = found.html()
    assert len(text) < 1.5e6
    read = page(text)
    facts = found.to_dict()["runs"][0]
    assert facts["sentence"] in read.text
    assert facts["run"] in read.text
    names = {part.name for part in found.sections}
    assert {"findings", "curves", "scores", "origin"} <= names
    assert ("samples" in names) == (model != "judge")
    assert ("rebuilt" in names) == (model in {"vae", "autoencoder"})


@pytest.mark.parametrize(("model", "source"), RUNS)
def test_the_three_forms_say_the_same(made, page, model, source):
    found = made(model, source)
    read, text = page(found.html()).text, words_of(found.markdown())
    facts = json.loads(json.dumps(found.to_dict(), allow_nan=False))["runs"][0]
    for finding in facts["findings"]:
        title = f"{finding['name']} ({finding['code']})"
        assert title in read and title in text
        if finding["remedy"]:
            assert finding["remedy"] in read and finding["remedy"] in text
    for name, score in facts["scores"].items():
        assert name in read and name in text, name
        assert score["n"] >= 16
    for value in (facts["again"], facts["data"]["fingerprint"], f"{facts['seen']:,}"):
        assert value in read and value in text


def test_findings_stand_in_their_order(made):
    verdicts = [f["verdict"] for f in made("vae").to_dict()["runs"][0]["findings"]]
    order = ["failure", "warning", "cannot-tell", "fine"]
    assert verdicts == sorted(verdicts, key=order.index)


def test_the_first_thing_to_read_is_the_verdict_why_and_what_to_do(trained, page):
    run = trained("vae")
    card = gather(run, n=64)
    findings = (
        Finding("C1", "collapse", "failure", "the code says 0 nats", remedy="makebelieve train a"),
        Finding("S4", "blur", "warning", "samples have half of the detail", remedy="mend b"),
        Finding("T3", "overfit", "cannot-tell", "something is missing", remedy="bring c"),
        Finding("T1", "not finite", "fine", "all is finite"),
    )
    for first, words, silent in (
        (0, ("Failure", "Blur: samples have half", "about collapse:", "train a"), ("mend b",)),
        (1, ("Warning", "Blur: samples have half", "about blur:", "mend b"), ("bring c",)),
        (2, ("Cannot tell", "about overfit:", "bring c"), ("Nothing needs mending",)),
        (3, ("Fine", "Nothing needs mending", f"makebelieve export {run.name} --out"), ("mend",)),
    ):
        card.diagnosis = Diagnosis(run.name, findings[first:], {})
        found = Report((card,))
        for text in (page(found.html()).text, words_of(found.markdown())):
            head = text.partition("A VAE trained on")[0]
            assert all(word in head for word in words), (first, head)
            assert not any(word in head.partition("Nothing")[0] for word in silent), (first, head)


def test_everything_is_written_and_the_pictures_are_there(made, tmp_path):
    files = made("vae").write(tmp_path / "report")
    assert [file.name for file in files] == ["report.html", "report.md", "report.json"]
    shown = re.findall(r"!\[[^\n]*?\]\(([^)]+)\)", files[1].read_text())
    assert len(shown) > 3
    assert all((tmp_path / "report" / name).is_file() for name in shown)


def test_curves_are_those_of_the_log(made, trained):
    curves = made("vae").to_dict()["runs"][0]["curves"]
    looks = [line for line in trained("vae").log if "scores" in line]
    assert curves["validation/kl"] == [
        [line["seen"], line["scores"]["validation"]["kl"]] for line in looks
    ]
    assert curves.keys() == {
        f"{split}/{name}" for split, scores in looks[-1]["scores"].items() for name in scores
    }


def test_several_runs_side_by_side(trained, page):
    runs = [trained("judge"), trained("vae"), trained("vae", beta=4.0)]
    found = report(*runs, n=64)
    read = page(found.html())
    facts = found.to_dict()
    assert [run["run"] for run in facts["runs"]] == [run.name for run in runs]
    assert all(run.name in read.text for run in runs)
    # The judge among them names classes for the others.
    assert "class-distance" in facts["runs"][1]["scores"]
    assert facts["comparison"]["elbo"]["reason"] == ""
    assert "accuracy" not in facts["comparison"]
    told = [one for one in facts["comparison"].values() if not one["reason"]]
    assert f"{len(told)} scores that can be compared" in found.leaders
    for run in runs[1:]:
        wins = sum(one["best"] == run.name for one in told)
        assert (f"{run.name} in {wins}" in found.leaders) == (wins > 0)
    assert found.leaders in read.text and found.leaders in words_of(found.markdown())


def test_scores_that_may_not_be_compared_are_not(trained, page):
    found = report(trained("vae"), trained("vae", "ring"), n=64)
    told = found.to_dict()["comparison"]["elbo"]
    assert told["best"] is None
    assert found.leaders == ""
    assert "different data" in told["reason"]
    assert told["reason"] in page(found.html()).text


def score(value, spread, better="low", null=0.0, n=100):
    return Score("fd", value, spread, null, 0.1, n, "test", "pixels", 0, "1", better, "abc")


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (score(1.0, 0.1), score(2.0, 0.1), "a"),
        (score(1.0, 0.5), score(2.0, 0.5), None),  # within the spread
        (score(1.0, 0.1, "high"), score(2.0, 0.1, "high"), "b"),
        (score(0.9, 0.1, "real", 1.0), score(3.0, 0.1, "real", 1.0), "a"),
        (score(0.9, 0.1, "real", None), score(3.0, 0.1, "real", None), None),
        (score(float("nan"), 0.1), score(2.0, 0.1), None),
    ],
)
def test_the_best_leads_by_more_than_its_spread(a, b, expected):
    assert compare.best({"a": a, "b": b}) == (expected, "")


def test_scores_of_other_protocols_give_the_reason():
    run, reason = compare.best({"a": score(1.0, 0.1), "b": score(2.0, 0.1, n=50)})
    assert run is None
    assert "give both the same --n" in reason


@pytest.mark.parametrize(
    ("value", "better", "word"),
    [(0.1, "low", "as real"), (1.0, "low", "10 sd worse"), (-1.0, "low", "10 sd better"),
     (1.0, "high", "10 sd better"), (1.0, "real", "10 sd away"), (1e9, "low", "sd worse")],
)  # fmt: skip
def test_a_score_is_told_against_real_examples(value, better, word):
    found = against_real(score(value, 0.1, better))
    assert word in found.text and word in found.markup
    assert "nan" not in found.markup


def test_verdicts_are_counted():
    v = Verdicts(np.arange(4), np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]),
                 np.array([0.95, 0.55, 0.9, 1.0]))  # fmt: skip
    assert v.confusion(2).tolist() == [[1, 1], [0, 2]]
    assert [(right, count) for _, right, count in v.bins()] == [(0.0, 1), (1.0, 3)]


# What is missing


def test_a_failed_run_without_a_checkpoint(trained, tmp_path, page):
    folder = shutil.copytree(trained("vae").path, tmp_path / "sick")
    shutil.rmtree(folder / "states")
    shutil.rmtree(folder / "samples")
    (folder / "result.json").unlink()
    (folder / "log.jsonl").write_text("")
    status = json.loads((folder / "status.json").read_text())
    status |= {"state": "failed", "reason": f"step 7: loss was not finite; kept in {folder}"}
    (folder / "status.json").write_text(json.dumps(status))
    found = report(folder, n=64)
    read = page(found.html())
    assert "Training failed at step 7" in read.text
    assert "There is no checkpoint" in read.text
    assert str(tmp_path) not in found.html() + found.markdown() + json.dumps(found.to_dict())
    assert {part.name for part in found.sections} == {"findings", "curves", "scores", "origin"}


def test_data_that_are_gone(tmp_path, page):
    digits = mb.load("digits")
    source = tmp_path / "mine.npz"
    np.savez(source, x=digits.examples, y=digits.labels)
    run = mb.train("vae", str(source), out=tmp_path / "run", quiet=True, examples=500)
    there = report(run, n=64)
    assert "in the folder that holds mine.npz" in there.markdown()
    source.unlink()
    gone = report(Run(run.path), n=64)
    read = page(gone.html())
    assert "Its data are not there" in read.text
    assert "There are no real pictures to put beside them" in read.text
    for text in (there.html(), gone.html(), gone.markdown(), json.dumps(gone.to_dict())):
        assert str(tmp_path) not in text


def test_data_in_memory(tmp_path, page):
    rng = np.random.default_rng(0)
    split = (np.arange(120) % 3 == 0).astype(np.uint8) * (1 + np.arange(120) % 2).astype(np.uint8)
    examples = rng.integers(0, 256, (120, 8, 8, 1), dtype=np.uint8)
    data = Dataset("<script>alert(1)", Spec.pictures(8, 1), examples, None, split)
    run = mb.train("vae", data, out=tmp_path / "run", quiet=True, examples=200)
    found = report(run, n=64)
    read = page(found.html())
    assert "in memory" in read.text
    assert again(run) == ""
    assert "<script>" in read.text  # as text
    told = report(run, n=32, data=data)
    assert told.to_dict()["runs"][0]["scores"]


def test_hostile_names_stay_text(trained, page):
    run = trained("vae")
    said, command = "`a` | <b> [x](javascript:1)", "makebelieve train vae '$(touch x)`'\n```"
    name = "<img src=x onerror=alert(1)>"
    finding = Finding("C1", name, "failure", said, {"kl": 1.0}, {"kl": 0.5}, command)
    card = gather(run, n=64)
    card.diagnosis = Diagnosis(run.name, (finding,), {})
    found = Report((card,))
    read = page(found.html())
    assert name in read.text
    text = found.markdown()
    assert plain(said) in text
    assert "\n````sh\n" in text


def test_without_runs_there_is_no_report():
    with pytest.raises(InputError, match="at least one run"):
        report()


# Doing it again


def test_what_was_set_by_hand_is_told_and_the_command_does_it_again(trained):
    run = trained("vae", beta=4.0)
    changed = {s.path: s.value for s in settings(run) if s.changed}
    assert changed == {"model.beta": 4.0, "training.examples": 1500}
    command = again(run)
    assert command.startswith("makebelieve train vae digits ")
    assert "--beta 4 " in f"{command} "


def test_the_command_trains_the_same(trained, tmp_path):
    run = trained("vae", beta=4.0)
    line = again(run).split()[1:]
    assert main([*line, "--quiet", "--out", str(tmp_path / "again")]) == 0
    first, second = run.recipe, Run(tmp_path / "again").recipe
    assert first == second
    assert (tmp_path / "again" / "log.jsonl").read_text() == (run.path / "log.jsonl").read_text()
