"""The state of the workshop is its address: opened again from there, a page looks the same."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

expect = pytest.importorskip("playwright.sync_api").expect

CURSOR = "() => { const s = document.querySelector('.cross').style; return [s.left, s.top]; }"


@pytest.fixture
def here(server, browse):
    """Somebody in the workshop."""
    return browse(server.url, reduced_motion="reduce", bears=("Failed to load resource",))


def again(page, words):
    """Wait until the address says so, and open it anew, as somebody to whom it was sent would."""
    page.wait_for_url(re.compile(words))
    page.goto(page.url)


def test_sliders_of_codes_and_labels(here):
    page = here.go("/workshop/runs/vae?tab=codes&n=3")
    page.get_by_label(re.compile("^glasses")).focus()
    page.keyboard.press("PageUp")
    page.get_by_label(re.compile("^Number 2")).focus()
    page.keyboard.press("End")
    expect(page.locator(".main figcaption")).to_have_text("changed")  # the direction is learned
    page.wait_for_url(re.compile("more=glasses"))
    said = page.locator(".sliders output").all_inner_texts()
    seen = here.ink(page.locator(".bench canvas.huge"))
    again(page, "z=2")
    expect(page.locator(".sliders output")).to_have_text(said)
    assert here.ink(page.locator(".bench canvas.huge")) == seen
    page.get_by_role("button", name="Another").click()
    expect(page.locator(".main figcaption")).to_have_text("as it began")
    expect(page).not_to_have_url(re.compile("more=|z="))


def test_place_on_the_map_follows_a_fast_hand(here):
    page = here.go("/workshop/runs/vae?tab=map")
    place = page.locator(".map")
    place.hover(trial=True)  # waits until it lies still, and in sight
    here.settled()
    box = place.bounding_box()
    # More moves than a browser lets a page write into the address.
    for i in range(300):
        page.mouse.move(box["x"] + 60 + i, box["y"] + 80 + i % 9)
    page.mouse.move(box["x"] + 40, box["y"] + 50)
    page.wait_for_function("() => parseFloat(document.querySelector('.cross').style.left) < 12")
    cursor = page.evaluate(CURSOR)
    expect(page).to_have_url(re.compile("at="))
    page.wait_for_timeout(500)
    again(page, "at=")
    page.wait_for_selector(".cross")
    assert page.evaluate(CURSOR) == cursor


def test_way_of_a_morph(here):
    page = here.go("/workshop/runs/vae?tab=morph&ends=seed&a=5&b=9")
    page.get_by_label(re.compile("^The way")).focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    said = page.locator(".morph output").inner_text()
    seen = here.ink(page.locator(".morph .main canvas"))
    again(page, "t=0.1")
    expect(page.locator(".morph output")).to_have_text(said)
    assert here.ink(page.locator(".morph .main canvas")) == seen


@pytest.mark.parametrize(
    ("path", "line"), [("runs/vae?log=1", r"\btraining"), ("compare?runs=vae,ae", r"\bae")]
)
def test_lines_that_were_hidden(here, path, line):
    page = here.go(f"/workshop/{path}")
    button = page.locator(".chart .legend").get_by_role("button", name=re.compile(line)).first
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    again(page, "off=")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page).not_to_have_url(re.compile("off="))


def test_settings_that_stand_behind_a_fold_are_shown(here):
    page = here.go("/workshop/new?step=settings&source=avatars&model=vae&data.labels=wings")
    expect(page.get_by_label("labels")).to_have_value("wings")
    expect(page.get_by_label("labels")).to_be_visible()
    expect(page.locator(".command code")).to_have_text(
        "makebelieve train vae avatars --labels wings --keep 20"
    )
    page.get_by_role("button", name="Start the training").click()
    expect(page.locator(".field.wrong")).to_contain_text("no column 'wings'")
    expect(page.get_by_label("labels")).to_be_focused()


def test_a_broken_address_breaks_no_page(here):
    for odd in ("tab=codes&z=%25zz:1,2:x,9:1&more=wings:2", "tab=map&at=x", "tab=morph&t=x"):
        page = here.go(f"/workshop/runs/vae?{odd}")
        expect(page.locator(".room canvas").first).to_be_visible()
    page = here.go("/workshop/compare?runs=%25,vae")
    expect(page.get_by_text("There is no run called %")).to_be_visible()
