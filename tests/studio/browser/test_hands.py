"""A finger on a phone, and files dropped from outside: real events, as the browser makes them."""

import pytest
from playwright.sync_api import expect

from makebelieve.data import load
from makebelieve.data.pictures import png_bytes, to_image

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PHONE = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}


class Finger:
    """A finger that touches the glass, moves in small steps and leaves it."""

    def __init__(self, visit):
        self.page = visit.page
        self._glass = visit.context.new_cdp_session(visit.page)

    def _touch(self, what, *points):
        self._glass.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": list(points)})

    def stroke(self, x, y, dx, dy, steps=12):
        self._touch("touchStart", {"x": x, "y": y})
        for k in range(1, steps + 1):
            self._touch("touchMove", {"x": x + dx * k / steps, "y": y + dy * k / steps})
            self.page.wait_for_timeout(16)
        self._touch("touchEnd")
        self.page.wait_for_timeout(200)  # a page that were thrown would still roll

    def up_through(self, place):
        """Stroke upwards through the middle of something, as one also scrolls."""
        place.tap(trial=True)  # waits until it lies still, and in sight
        box = place.bounding_box()
        self.stroke(
            box["x"] + box["width"] / 2, box["y"] + 0.8 * box["height"], 0, -0.6 * box["height"]
        )

    def scrolls_by(self, x, y, dy=-200):
        before = self.page.evaluate("scrollY")
        self.stroke(x, y, 0, dy)
        self.page.wait_for_function("y => scrollY > y + 50", arg=before)


def test_a_finger_paints_on_the_easel_and_the_page_stays(browse, lesson_server):
    here = browse(lesson_server.url, 390, **PHONE)
    page = here.go("/lesson/imagine?face=no-1#s1-judge-and-maker")
    finger, easel = Finger(here), page.locator(".easel canvas")
    page.locator(".verdict").first.wait_for()
    here.settled()
    easel.tap(trial=True)
    before, at = here.ink(easel), page.evaluate("scrollY")
    finger.up_through(easel)
    here.shows(easel, before, so=False)
    rows = (
        "c => { const p = c.getContext('2d').getImageData(8, 0, 1, 16).data; let n = 0; "
        "for (let y = 0; y < 16; y++) n += !(p[4 * y] | p[4 * y + 1] | p[4 * y + 2]); return n }"
    )
    assert easel.evaluate(rows) >= 9, "a line without gaps"
    assert page.evaluate("scrollY") == at
    here.button("Undo").tap()
    here.shows(easel, before)
    finger.scrolls_by(6, 600)  # beside the easel, the same stroke moves the page


def test_a_finger_wanders_over_the_map_and_the_page_stays(browse, lesson_server):
    here = browse(lesson_server.url, 390, **PHONE)
    page = here.go("/lesson/imagine?map=pictures#s3-the-smooth-map")
    figure = page.locator("figure[data-kind=smooth-map]")
    field, under = figure.locator(".field").first, figure.locator(".under canvas").first
    under.wait_for()
    here.settled()
    field.tap(trial=True)
    before, at = here.ink(under), page.evaluate("scrollY")
    finger = Finger(here)
    finger.up_through(field)
    here.shows(under, before, so=False)
    assert page.evaluate("scrollY") == at
    page.wait_for_url("**smooth=**")
    finger.scrolls_by(6, 600)


def test_a_finger_sorts_by_tapping_and_scrolls_over_the_card(browse, server):
    here = browse(server.url, 390, **PHONE)
    page = here.go("/practice/sorting")
    name = page.locator(".item h2").inner_text()
    items = server.page.get("/api/lessons/imagine").value["practice"]["sorting"]["items"]
    item = next(i for i in items if i["name"] == name)
    page.evaluate("document.body.style.paddingBottom = '900px'")
    card = page.locator(".item")
    card.tap(trial=True)
    box = card.bounding_box()
    Finger(here).scrolls_by(box["x"] + 60, box["y"] + box["height"] - 10, -150)
    expect(page.locator(".item .note")).to_have_count(0)
    page.locator(f".bin[data-bin={item['kind']}]").tap()
    expect(page.locator(".item .note")).to_contain_text(item["cue"])
    here.button("Next").tap()
    expect(page.locator(".item h2")).not_to_have_text(name)


@pytest.fixture
def folder(tmp_path):
    """A person's own pictures in folders within folders."""
    data = load("avatars")
    whole = tmp_path / "my faces"
    for row in range(120):  # a folder is read a hundred files at a time
        place = whole / ("hats/deep" if row > 110 else "bare") / f"{row}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(png_bytes(to_image(data.examples[row])))
    return whole


def drop(visit, path, place):
    """Drag a file or folder from outside over the page, and let go of it."""
    session = visit.context.new_cdp_session(visit.page)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for what in ("dragEnter", "dragOver", "drop"):
        at = {"type": what, "x": box["x"] + 20, "y": box["y"] + 12, "data": data}
        session.send("Input.dispatchDragEvent", at)


def test_a_dropped_folder_is_walked_to_its_last_file(browse, server, folder):
    here = browse(server.url)
    page = here.go("/workshop/new")
    drop(here, folder, page.locator(".drop"))
    expect(page.get_by_role("heading", name="What is in my-faces?")).to_be_visible()
    numbers = page.get_by_role("table", name="The data in numbers")
    expect(numbers).to_contain_text("120")
    expect(page.get_by_role("region", name="Labels")).to_contain_text("hats")
    kept = server.home / "uploads" / "my-faces"
    sent = {p.relative_to(folder.parent): p.read_bytes() for p in folder.rglob("*.png")}
    assert {p.relative_to(kept): p.read_bytes() for p in kept.rglob("*.png")} == sent


def test_what_misses_its_place_does_not_take_the_page_away(browse, server, folder):
    here = browse(server.url)
    page = here.go("/workshop/new")
    # A browser opens a dropped file in place of the page, unless the page says no to it.
    page.evaluate(
        "addEventListener('dragover', e => "
        "{ window.refused = e.defaultPrevented && e.dataTransfer.dropEffect === 'none' })"
    )
    drop(here, next(folder.rglob("*.png")), page.locator("h1"))
    page.wait_for_function("() => window.refused")
    expect(page.get_by_role("heading", name="What should it learn from?")).to_be_visible()
