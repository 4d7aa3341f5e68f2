"""The workshop in a real browser over a real studio: from a folder of pictures to a report card."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from makebelieve.data import load
from makebelieve.data.pictures import png_bytes, to_image

pytestmark = pytest.mark.browser


@pytest.fixture
def visit(browse):
    def opened(server, *looks, **more):
        return browse(server.url, *looks, reduced_motion="reduce", **more)

    return opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A person's own pictures: faces, in a folder for each label."""
    data = load("avatars")
    column = data.columns["glasses"]
    whole = tmp_path_factory.mktemp("own") / "my-faces"
    for row in range(240):
        label = column.values[column.codes[row]]
        place = whole / f"glasses {label}" / f"{row}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(png_bytes(to_image(data.examples[row])))
    return whole


def tab(visit, name):
    visit.page.get_by_role("navigation", name="Ways of looking").get_by_role(
        "link", name=name
    ).click()


def state(visit, words):
    expect(visit.page.locator(".gauges .state")).to_contain_text(words)


def train(home, *words):
    """Start a training as a person would in a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "makebelieve", "train", *words, "--quiet", "--threads", "1"],
        env=os.environ | {"MAKEBELIEVE_HOME": str(home), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def test_own_pictures_from_the_folder_to_the_report_card(server, visit, folder):
    here = visit(server)
    page = here.go("/workshop")
    page.get_by_role("link", name="New training").click()
    page.locator("input[type=file]").first.set_input_files(folder)
    expect(page.get_by_role("heading", name=re.compile("What is in"))).to_be_visible()
    expect(page.get_by_role("table", name="The data in numbers")).to_contain_text("240")
    expect(page.locator(".sheet canvas")).to_have_count(24)
    page.get_by_role("link", name="Use these").click()
    page.get_by_role("link", name=re.compile("VAE")).click()
    page.wait_for_url("**model=vae**")
    page.get_by_label("Examples to see in all").fill("4000k")
    expect(page.locator(".command code")).to_contain_text("4000k")
    here.button("Start the training").click()
    page.wait_for_url("**/workshop/runs/**")
    state(here, "training")
    expect(page.locator(".plot canvas").first).to_be_visible()
    tab(here, "Samples")
    expect(page.locator(".sheet-image")).to_be_visible()

    here.button("Stop", exact=True).click()
    state(here, "stopped")
    here.button("Resume").click()
    page.get_by_label("Examples in all").fill("20000")
    name = page.url.split("/runs/")[1].split("?")[0]
    # What was seen already is more than this, so there is nothing to go on for.
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    tab(here, "Codes")
    slider = page.get_by_label(re.compile("^Number")).first
    main = page.locator(".bench canvas.huge")
    before = here.ink(main)
    slider.focus()
    page.keyboard.press("End")
    here.shows(main, before, so=False)
    here.button("Reset").click()
    here.shows(main, before)

    tab(here, "Morph")
    expect(page.get_by_role("img", name="The whole way, from left to right.")).to_be_visible()
    tab(here, "Report card")
    frame = page.frame_locator("iframe.report")
    expect(frame.locator("h1").first).to_be_visible()
    tab(here, "Recipe")
    expect(page.locator(".command code").first).to_contain_text("makebelieve train vae")

    page = here.go(f"/workshop/compare?runs={name},vae")
    expect(page.get_by_role("heading", name="What was set otherwise")).to_be_visible()
    expect(page.get_by_role("table").last).to_contain_text("training.examples")
    page = here.go("/workshop")
    here.button(f"Delete {name}").click()
    expect(page.get_by_role("dialog")).to_contain_text(name)
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)


def test_main_path_by_keyboard_alone(server, visit):
    here = visit(server)
    page = here.go("/workshop")
    here.tab_to_words("New training")
    page.keyboard.press("Enter")
    expect(page.get_by_text("ring", exact=True)).to_be_visible()
    here.tab_to_words("^ring ?20,000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Use these")).to_be_visible()
    here.tab_to_words("Use these")
    page.keyboard.press("Enter")
    page.wait_for_url("**step=model**")
    here.tab_to_words("VAE ?Makes new")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Examples to see in all")).to_be_visible()
    here.tab_to_words("Examples to see in all")
    page.keyboard.type("3000")
    page.keyboard.press("Enter")
    page.wait_for_url("**/workshop/runs/**")
    state(here, "finished")
    here.tab_to_words("^Map$")
    page.keyboard.press("Enter")
    expect(page.locator(".map")).to_be_visible()
    here.tab_to_words("Map of the codes")
    expect(page.locator("#map-words")).not_to_be_empty()
    before = page.locator("#map-words").text_content()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#map-words")).not_to_have_text(before)
    expect(page.locator("#polite")).not_to_be_empty()
    page.go_back()


def test_run_of_the_command_line_appears_and_is_followed(server, home, visit):
    # The one that looks at what the other deletes asks for it once more.
    one, other = (visit(server, bears=("status of 404",)) for _ in range(2))
    for each in (one, other):
        each.go("/workshop")
    process = train(
        home, "vae", "ring", "--examples", "400k", "--out", str(home / "runs" / "typed")
    )
    try:
        link = one.page.get_by_role("link", name="typed", exact=True)
        expect(link).to_be_visible()
        expect(other.page.get_by_role("link", name="typed", exact=True)).to_be_visible()
        link.click()
        expect(one.page.locator(".plot canvas").first).to_be_visible()
    finally:
        process.wait(timeout=120)
    state(one, "finished")
    # Deleted in one browser, it is gone in the other.
    other.button("Delete typed").click()
    other.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(one.page.get_by_text("This run is not there any more.")).to_be_visible()


def test_killed_trainer_is_said_and_resumed(server, home, visit):
    here = visit(server)
    process = train(
        home, "gan", "avatars", "--examples", "3m", "--checkpoint", "256", "--batch", "64",
        "--out", str(home / "runs" / "killed"),
    )  # fmt: skip
    try:
        page = here.go("/workshop")
        page.get_by_role("link", name="killed", exact=True).click()
        expect(page.locator(".gauges")).to_contain_text("Ctrl-C")
        tab(here, "Samples")
        expect(page.locator(".sheet-image")).to_be_visible()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    expect(page.get_by_text("The training was cut short.")).to_be_visible()
    here.button("Resume").click()
    here.button("Go on").click()
    state(here, "training")
    here.button("Stop", exact=True).click()
    state(here, "stopped")
    here.settled()
    here.button("Rewind").click()
    here.button("Make the new run").click()
    page.wait_for_url("**/killed-from-**")
    state(here, "stopped")


def test_server_that_was_away_comes_back(trained, tmp_path, begin, visit):
    home = tmp_path / "home"
    shutil.copytree(trained, home)
    with begin(home, "--no-train") as first:
        here = visit(first)
        here.go("/workshop/runs/vae")
        expect(here.page.locator(".plot canvas").first).to_be_visible()
        port = first.url.split(":")[2].split("/")[0]
        first.process.kill()
        expect(here.page.get_by_text("The studio does not answer.").first).to_be_visible()
        first.process.wait()
    with begin(home, "--no-train", "--port", port) as second:
        assert second.url == first.url
        expect(here.page.locator(".away")).to_have_count(0)
        tab(here, "Samples")
        expect(here.page.locator(".pairs canvas").first).to_be_visible()


def test_refusals_are_sentences_where_they_belong(server, visit, tmp_path):
    here = visit(server, bears=("status of 4",))
    (tmp_path / "notes.txt").write_text("no picture")
    page = here.go("/workshop/new")
    page.locator("input[type=file]").nth(1).set_input_files(tmp_path / "notes.txt")
    expect(page.get_by_role("alert")).to_contain_text("It was not taken.")
    page = here.go("/workshop/new?step=settings&source=avatars&model=vae")
    page.get_by_label("Numbers in the code").fill("-3")
    here.button("Start the training").click()
    expect(page.locator(".field.wrong")).to_contain_text("latent_dim")
    expect(page.locator("[data-path='model.latent_dim']")).to_be_focused()
    page = here.go("/workshop/new?step=look&source=/nowhere")
    expect(page.get_by_role("alert")).to_contain_text("nowhere")
    page = here.go("/workshop/runs/nobody")
    expect(page.get_by_text("This run is not there any more.")).to_be_visible()


def test_own_picture_is_edited_and_saved(server, visit, folder):
    here = visit(server)
    page = here.go("/workshop/runs/ae?tab=edit")
    page.locator("input[type=file]").set_input_files(next(folder.rglob("*.png")))
    expect(page.get_by_text("rebuilt", exact=True)).to_be_visible()
    main = page.locator(".bench canvas.huge")
    before = here.ink(main)
    glasses = page.get_by_label(re.compile("^glasses"))
    glasses.focus()
    page.keyboard.press("End")
    here.shows(main, before, so=False)
    with page.expect_download() as saved:
        here.button("Save as PNG").click()
    assert saved.value.suggested_filename == "ae-edit.png"


def test_what_was_made_can_be_taken_away(server, visit):
    here = visit(server)
    page = here.go("/workshop/runs/vae?tab=morph")
    with page.expect_download() as saved:
        here.button("Save as an animation").click()
    assert Path(saved.value.path()).read_bytes()[8:12] == b"WEBP"
    tab(here, "Export")
    here.button("Export", exact=True).click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Download the zip").click()
    assert Path(saved.value.path()).read_bytes()[:2] == b"PK"


def test_verdicts_and_noise(server, visit):
    here = visit(server)
    page = here.go("/workshop/runs/judge?tab=verdicts")
    expect(page.locator(".verdicts > li")).to_have_count(12)
    page.get_by_label("Pure noise").check()
    expect(page.get_by_text("it is as sure as ever")).to_be_visible()
    page.wait_for_url("**of=noise**")


ROOMS = ["/workshop", "/workshop/new", "/workshop/new?step=look&source=avatars",
         "/workshop/new?step=model&source=avatars",
         "/workshop/new?step=settings&source=avatars&model=gan", "/workshop/compare?runs=vae,gan",
         *(f"/workshop/runs/vae?tab={t}" for t in ("curves", "samples", "map", "codes", "morph",
           "edit", "diagnosis", "report", "export", "recipe")),
         "/workshop/runs/judge?tab=verdicts", "/workshop/runs/points?tab=samples",
         "/workshop/runs/points?tab=codes"]  # fmt: skip


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_every_room_is_accessible_and_fits(server, visit, width, scheme):
    here = visit(server, width, scheme)
    wrong = []
    for room in ROOMS:
        page = here.go(room)
        with contextlib.suppress(Exception):
            page.wait_for_function(
                "() => !document.querySelector('main [aria-busy=true]')", timeout=40_000
            )
        page.wait_for_timeout(400)
        wrong += [(room, *barrier) for barrier in here.barriers()]
    assert wrong == [], wrong
