"""What goes wrong around a page, and how it says so and goes on: nothing is lost."""

import re
import shutil
import signal

import numpy as np
import pytest
from playwright.sync_api import expect

from makebelieve.data.pictures import png_bytes, to_image

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def begun(page, server, **settings):
    """Start a training of points, and wait on its page until it is under way."""
    order = {"model": "vae", "source": "ring", "settings": settings}
    answer = server.page.post("/api/jobs", order)
    assert answer.status == 200, answer.value
    page.goto(f"http://{server.page.host}/workshop/runs/{answer.value['run']}")
    expect(page.locator(".gauges .state")).to_contain_text("training")
    return answer.value["run"]


def gauge(page, name):
    return page.locator(".gauges div", has=page.get_by_text(name, exact=True)).locator("dd")


def test_a_paused_training_goes_on_where_it_was(server, browse):
    here = browse(server.url)
    page = here.page
    run = begun(page, server, examples=400_000, batch=64, checkpoint=400_000)
    expect(gauge(page, "Examples seen")).not_to_have_text(re.compile("^0 "))
    here.button("Pause").click()
    expect(gauge(page, "State")).to_contain_text("paused")
    facts = server.page.get(f"/api/runs/{run}").value
    assert facts["states"] == [facts["seen"]], "a pause keeps a checkpoint of the very moment"
    expect(gauge(page, "Examples seen")).to_contain_text(f"{facts['seen']:,}")
    page.goto(f"{here.origin}/workshop")
    expect(page.locator("li.run", has=page.get_by_role("link", name=run))).to_contain_text("paused")
    page.go_back()
    here.button("Resume", exact=True).click()
    expect(gauge(page, "State")).to_contain_text("training")
    expect(gauge(page, "State")).to_contain_text("finished")
    later = server.page.get(f"/api/runs/{run}").value
    assert later["seen"] == 400_000
    before = len(facts["log"])
    assert later["log"][:before] == facts["log"], "what was there stays"
    steps = [line["step"] for line in later["log"] if "scores" not in line]
    assert steps == sorted(set(steps)), "no step is trained twice"


@pytest.fixture
def full(trained, tmp_path, begin):
    """A studio of which one command has no room on its disk, for any file of more than 30 kB."""

    def opened(command):
        home, limit = tmp_path / "home", tmp_path / "limit"
        shutil.copytree(trained, home)
        limit.mkdir()
        (limit / "sitecustomize.py").write_text(
            "import resource, sys\n"
            f"if {command!r} in sys.argv:\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))\n"
        )
        return begin(home, "--no-train", PYTHONPATH=str(limit))

    return opened


def test_a_training_on_a_full_disk_is_told_and_what_was_there_stays(full, browse):
    with full("resume") as server:
        before = server.page.get("/api/runs/vae").value
        here = browse(server.url)
        page = here.go("/workshop/runs/vae")
        here.button("Train longer").click()
        here.button("Go on").click()
        expect(page.locator("main .note.failure")).to_contain_text("how large a file may be")
        expect(page.locator("main .note.failure")).to_contain_text("1,024 examples")
        after = server.page.get("/api/runs/vae").value
        assert after["states"] == before["states"]
        assert after["log"][: len(before["log"])] == before["log"]
        page.get_by_role("link", name="Samples").click()
        expect(page.locator(".pairs canvas").first).to_be_visible()


def test_pictures_that_find_no_room_are_refused_and_leave_nothing(full, browse, tmp_path):
    rng = np.random.default_rng(0)
    own = tmp_path / "own"
    own.mkdir()
    for i in range(12):
        (own / f"{i}.png").write_bytes(
            png_bytes(to_image(rng.integers(0, 256, (8, 8, 3), "uint8")))
        )
    large = tmp_path / "large.png"
    large.write_bytes(png_bytes(to_image(rng.integers(0, 256, (200, 200, 3), "uint8"))))
    with full("studio") as server:
        here = browse(server.url, bears=("status of 500",))
        page = here.go("/workshop/new")
        page.locator("input[type=file]").first.set_input_files(own)
        expect(page.get_by_role("heading", name="What is in own?")).to_be_visible()
        here.go("/workshop/new")
        page.locator("input[type=file]").nth(1).set_input_files(large)
        expect(page.get_by_role("alert")).to_contain_text("It was not taken.")
        expect(page.get_by_role("alert")).to_contain_text("too large")
        kept = sorted(p.name for p in (server.home / "uploads").iterdir())
        assert kept == [".source-own", "own"]
        expect(page.get_by_role("link", name=re.compile("^own"))).to_be_visible()


def test_a_figure_goes_on_by_itself_when_the_studio_is_back(lesson_home, begin, browse):
    with begin(lesson_home, "--no-train") as first:
        here = browse(first.url)
        page = here.go("/lesson/imagine?map=codes#s3-the-smooth-map")
        figure = page.locator("figure[data-kind=smooth-map]")
        field, under = figure.locator(".field").first, figure.locator(".under canvas").first
        field.hover(position={"x": 20, "y": 20})
        expect(figure.get_by_text(re.compile("The judge calls it")).first).to_be_visible()
        shown = here.ink(under)
        # A question is on its way when the studio ends, and another is asked while it is away.
        first.process.send_signal(signal.SIGSTOP)
        field.hover(position={"x": 60, "y": 120})
        figure.get_by_role("slider", name="Between the two").fill("0.5")
        first.process.kill()
        first.process.wait()
        expect(page.locator(".away")).to_contain_text("The studio does not answer.")
        field.hover(position={"x": 150, "y": 150})
        assert under.evaluate("c => c.toDataURL()") == shown, (
            "nothing is painted that no model made"
        )
        port = first.url.split(":")[2].split("/")[0]
    with begin(lesson_home, "--no-train", "--port", port) as second:
        assert second.url == first.url
        expect(page.locator(".away")).to_have_count(0)
        here.shows(under, shown, so=False)
        expect(figure.get_by_text("50 % of the way")).to_be_visible()
        expect(page.locator(".note.failure")).to_have_count(0)
        field.hover(position={"x": 20, "y": 20})
        here.shows(under, shown)
