"""The state of the workshop is its address: opened again from there, a page looks the same."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

expect = pytest.importorskip("playwright.sync_api").expect

CURSOR = "() => { const s = document.querySelector('.cross').style; return [s.left, s.top]; }"


@pytest.fixture
def opened(server, browse):
    """A page of the workshop at an address."""
    visit = browse(server.url, reduced_motion="reduce", bears=("Failed to load resource",))
    return lambda path: visit.go(path)


def again(page, words):
    """Wait until the address says so, and open it anew, as somebody to whom it was sent would."""
    page.wait_for_url(re.compile(words))
    page.goto(page.url)


def ink(page, selector):
    """What a canvas shows, once it no longer changes."""
    page.wait_for_function(
        """s => { const now = document.querySelector(s)?.toDataURL();
            const same = now && now === window.drawn; window.drawn = now; return same; }""",
        arg=selector, polling=400,
    )  # fmt: skip
    return page.locator(selector).first.evaluate("c => c.toDataURL()")


def test_sliders_of_codes_and_labels(opened):
    page = opened("/workshop/runs/vae?tab=codes&n=3")
    page.get_by_label(re.compile("^glasses")).focus()
    page.keyboard.press("PageUp")
    page.get_by_label(re.compile("^Number 2")).focus()
    page.keyboard.press("End")
    expect(page.locator(".main figcaption")).to_have_text("changed")  # the direction is learned
    page.wait_for_url(re.compile("more=glasses"))
    said = page.locator(".sliders output").all_inner_texts()
    seen = ink(page, ".bench canvas.huge")
    again(page, "z=2")
    expect(page.locator(".sliders output")).to_have_text(said)
    assert ink(page, ".bench canvas.huge") == seen
    page.get_by_role("button", name="Another").click()
    expect(page.locator(".main figcaption")).to_have_text("as it began")
    expect(page).not_to_have_url(re.compile("more=|z="))


def test_place_on_the_map_follows_a_fast_hand(opened):
    page = opened("/workshop/runs/vae?tab=map")
    box = page.locator(".map").bounding_box()
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


def test_way_of_a_morph(opened):
    page = opened("/workshop/runs/vae?tab=morph&ends=seed&a=5&b=9")
    page.get_by_label(re.compile("^The way")).focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    said = page.locator(".morph output").inner_text()
    seen = ink(page, ".morph .main canvas")
    again(page, "t=0")
    expect(page.locator(".morph output")).to_have_text(said)
    assert ink(page, ".morph .main canvas") == seen


@pytest.mark.parametrize(
    ("path", "line"), [("runs/vae?log=1", "training"), ("compare?runs=vae,ae", "ae")]
)
def test_lines_that_were_hidden(opened, path, line):
    page = opened(f"/workshop/{path}")
    button = page.locator(".chart .legend").get_by_role("button", name=re.compile(line)).first
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    again(page, "off=")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page).not_to_have_url(re.compile("off="))


def test_settings_that_stand_behind_a_fold_are_shown(opened):
    page = opened("/workshop/new?step=settings&source=avatars&model=vae&data.labels=wings")
    expect(page.get_by_label("labels")).to_have_value("wings")
    expect(page.get_by_label("labels")).to_be_visible()
    expect(page.locator(".command code")).to_have_text(
        "makebelieve train vae avatars --labels wings --keep 20"
    )
    page.get_by_role("button", name="Start the training").click()
    expect(page.locator(".field.wrong")).to_contain_text("no column 'wings'")
    expect(page.get_by_label("labels")).to_be_focused()


def test_a_broken_address_breaks_no_page(opened):
    for odd in ("tab=codes&z=%25zz:1,2:x,9:1&more=wings:2", "tab=map&at=x", "tab=morph&t=x"):
        page = opened(f"/workshop/runs/vae?{odd}")
        expect(page.locator(".room canvas").first).to_be_visible()
    page = opened("/workshop/compare?runs=%25,vae")
    expect(page.get_by_text("There is no run called %")).to_be_visible()
