"""The main job, as a person runs it: a process of its own, from a source to the page."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from makebelieve.data import load
from makebelieve.runs.run import Run

MODELS = ("judge", "autoencoder", "vae", "gan")


def command(*arguments, home):
    # One thread each: beside other tests, threads that wait for each other cost more than they do.
    environment = {**os.environ, "MAKEBELIEVE_HOME": str(home), "OMP_NUM_THREADS": "1"}
    line = [sys.executable, "-c", "from makebelieve.cli import main; raise SystemExit(main())"]
    return subprocess.Popen(
        [*line, "demo", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def demo(*arguments, home, code=0):
    process = command(*arguments, home=home)
    out, err = process.communicate(timeout=200)
    assert process.returncode == code, err
    assert "Traceback" not in err
    return out, err


class Reader(HTMLParser):
    """Collects what a page holds, and checks that every element is closed in order."""

    VOID = frozenset({"br", "img", "input", "link", "meta", "source"})

    def __init__(self):
        super().__init__()
        self.open, self.images, self.ids, self.links, self.headings = [], [], [], [], []
        self.texts = []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[k] for k in ("href", "src", "srcset") if k in found]
        if tag == "img":
            self.images.append(found)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def read(path):
    text = Path(path).read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    reader.text = " ".join(" ".join(reader.texts).split())
    return text, reader


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A whole demo on digits, in seconds."""
    home = tmp_path_factory.mktemp("a home with spaces")
    out, err = demo("digits", "--examples", "1500", "--out", home / "demo", "--json", home=home)
    facts, path = out.splitlines()
    assert path == str(home / "demo" / "page.html")
    assert all(f"{model:<12} finished" in err for model in MODELS)
    return home / "demo", json.loads(facts), home


def test_every_figure_is_that_of_the_runs(finished):
    folder, facts, _ = finished
    for model in MODELS:
        run = Run(folder / model)
        status = run.status
        assert status["state"] == "finished"
        assert facts["runs"][model]["seen"] == status["seen"] >= 1500
        assert facts["runs"][model]["seconds"] == status["seconds"]
        assert facts["runs"][model]["result"] == run.result
    assert facts["judge"]["accuracy"] == pytest.approx(facts["runs"]["judge"]["result"]["accuracy"])
    assert facts["judge"]["right"] == round(facts["judge"]["accuracy"] * 180)
    assert json.loads((folder / "facts.json").read_text()) == facts
    for name in ("samples-gan.png", "reconstructions.png", "morph.webp", "morph.png"):
        assert (folder / name).stat().st_size > 0


def test_the_page_is_whole_in_itself(finished):
    folder, facts, _ = finished
    text, page = read(folder / "page.html")
    assert len(text) < 3e6
    outside_pictures = re.sub(r"data:image/webp;base64,[\w+/=]+", "", text)
    assert not re.search(r"https?:|//|@import|<script|\son\w+=", outside_pictures)
    inside = [link for link in page.links if link != "report.html"]
    assert all(link.startswith(("data:image/", "#")) for link in inside)
    assert (folder / "report.html").is_file()
    assert len(page.ids) == len(set(page.ids))
    assert all("alt" in image and image["width"] and image["height"] for image in page.images)
    assert page.headings[0] == 1 and page.headings.count(1) == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    assert f"{facts['judge']['right']} of 180" in page.text
    assert f"{facts['makers']['gan']['nearest_median']:.1f}" in page.text
    assert set(facts["verdicts"]) == set(MODELS)
    for told in facts["verdicts"].values():
        assert told["sentence"] in page.text
        wrong = [f for f in told["findings"] if f["verdict"] in {"failure", "warning"}]
        assert all(f"{f['name']} ({f['code']})" in page.text for f in wrong)


def test_a_finished_demo_is_only_drawn_again(finished):
    folder, facts, home = finished
    (folder / "page.html").unlink()
    before = {model: (folder / model / "log.jsonl").read_bytes() for model in MODELS}
    out, err = demo("--out", folder, "--json", home=home)
    assert "finished" not in err
    assert json.loads(out.splitlines()[0]) == facts
    assert (folder / "page.html").is_file()
    assert before == {model: (folder / model / "log.jsonl").read_bytes() for model in MODELS}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fashion",), "holds a demo of digits, not of fashion"),
        (("--examples", "2k"), "leave --examples out to go on with it"),
        (("--size", "huge"), "small, medium or large"),
        (("--seed", "-1"), "training.seed takes a whole number"),
    ],
)
def test_what_does_not_fit_is_said_in_one_sentence(finished, arguments, words):
    folder, _, home = finished
    out, err = demo(*arguments, "--out", folder, home=home, code=2)
    assert words in err and err.count("\n") == 1 and out == ""


def test_an_unknown_source_leaves_nothing_behind(tmp_path):
    _, err = demo("no-such-thing", home=tmp_path, code=2)
    assert "no-such-thing" in err
    assert list(tmp_path.rglob("*")) == []


def test_too_few_pictures_are_refused_once(tmp_path):
    np.save(tmp_path / "few.npy", np.arange(5 * 64, dtype=np.uint8).reshape(5, 8, 8))
    out, err = demo(tmp_path / "few.npy", "--out", tmp_path / "d", home=tmp_path, code=2)
    assert "too few" in err and out == ""


def test_without_labels_there_is_no_judge(tmp_path):
    out, _ = demo("digits", "--labels", "none", "--examples", "300", home=tmp_path)
    path = Path(out.strip())
    assert path.parent.parent == tmp_path / "runs"
    _, page = read(path)
    assert "There is no judge: these pictures have no labels" in page.text
    assert "What three machines learned from digits" in page.text
    assert not (path.parent / "judge").exists()


def test_points_are_drawn_as_clouds(tmp_path):
    out, _ = demo("ring", "--examples", "600", "--out", tmp_path / "ring", home=tmp_path)
    text, page = read(out.strip())
    assert "points" in page.text and len(text) < 3e6
    assert all(image["alt"] for image in page.images if image.get("class") == "cloud")


def test_ctrl_c_keeps_everything_and_a_second_demo_goes_on(tmp_path):
    folder = tmp_path / "demo"
    process = command("digits", "--examples", "20k", "--out", folder, home=tmp_path)
    wait_for(lambda: learning(folder / "gan"))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"makebelieve demo --out {folder}" in err and "Traceback" not in err
    kept = Run(folder / "gan").status
    assert kept["state"] == "interrupted" and 0 < kept["seen"] < 20_000
    shorten(folder, kept["seen"])
    demo("--out", folder, home=tmp_path)
    assert all(Run(folder / model).status["state"] == "finished" for model in MODELS)


def test_killed_parent_stops_the_workers_with_checkpoints(tmp_path):
    folder = tmp_path / "demo"
    process = command("digits", "--examples", "2M", "--out", folder, home=tmp_path)
    wait_for(lambda: learning(folder / "gan"))
    process.kill()
    process.communicate(timeout=60)
    wait_for(lambda: Run(folder / "gan").status["state"] == "interrupted")


def learning(run):
    log = run / "log.jsonl"
    return log.is_file() and log.stat().st_size > 0


def wait_for(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def shorten(folder, seen):
    """Let what is left of a demo take a moment only."""
    kept = json.loads((folder / "demo.json").read_text())
    kept["asked"]["examples"] = 500
    (folder / "demo.json").write_text(json.dumps(kept))
    for path in folder.glob("*/recipe.json"):
        recipe = json.loads(path.read_text())
        recipe["training"]["examples"] = seen + 500
        path.write_text(json.dumps(recipe))


def test_one_failure_does_not_stop_the_others(finished, tmp_path):
    folder = shutil.copytree(finished[0], tmp_path / "demo")
    status = json.loads((folder / "gan" / "status.json").read_text())
    status |= {"state": "failed", "reason": "step 7: <generator> was not finite"}
    (folder / "gan" / "status.json").write_text(json.dumps(status))
    out, err = demo("--out", folder, home=tmp_path, code=3)
    assert "step 7" in err
    text, page = read(out.strip())
    assert "The GAN could not be trained: step 7: <generator> was not finite" in page.text
    assert "<generator>" not in text


def test_odd_names_are_escaped(tmp_path):
    digits = load("digits")
    name = tmp_path / 'a <b> & "c".npz'
    labels = np.where(digits.labels % 2 == 0, "<script>", "x & y")
    np.savez(name, x=digits.examples, y=labels)
    out, _ = demo(name, "--examples", "300", "--out", tmp_path / "d", home=tmp_path)
    text, page = read(out.strip())
    assert "<script" not in text and "<b>" not in text
    assert "<script>" in page.text
    assert str(tmp_path) not in text
