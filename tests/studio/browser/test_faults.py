"""What goes wrong around a page, and how it says so and goes on: nothing is lost."""

import re

import pytest
from playwright.sync_api import expect

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
