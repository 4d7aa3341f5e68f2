"""What a learner did in the lesson is there when the page is loaded again."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LESSON = "/lesson/imagine"
STORED = "k => localStorage.getItem(`makebelieve/${k}`)?.length > 20"


@pytest.fixture
def lesson(browse, lesson_server):
    """A page of the lesson whose sections open one by one."""

    class Reading:
        def __init__(self):
            self.visit = browse(lesson_server.url)
            self.page = self.visit.page

        def at(self, kind, query=""):
            self.visit.go(f"{LESSON}{query}")
            place = self.page.locator("section.section", has=self.page.locator(".predict"))
            number = ("judge", "hourglass", "map", "contest", "routes", "kind").index(kind)
            self.place = place.nth(number)
            self.place.get_by_role("button", name="Just show me the figure").click()
            return self.place

        def kept(self, words):
            """Wait until the address says so, and load the page again."""
            self.page.wait_for_url(f"**{words}**")
            self.again()

        def again(self):
            self.page.reload()
            self.place.scroll_into_view_if_needed()

    return Reading()


def test_a_drawing_is_still_on_the_easel(lesson):
    place = lesson.at("judge")
    place.locator(".heap .face").nth(3).click()
    lesson.page.wait_for_url("**face=yes-3**")
    place.locator(".verdict").wait_for()
    face = lesson.visit.ink(place.locator(".easel canvas"))
    place.locator(".easel canvas").click(position={"x": 100, "y": 100})
    lesson.page.wait_for_function(STORED, arg="easel")
    drawn = lesson.visit.ink(place.locator(".easel canvas"))
    assert drawn != face
    lesson.again()
    place.locator(".verdict").wait_for()
    assert lesson.visit.ink(place.locator(".easel canvas")) == drawn
    place.get_by_role("button", name="Reset").click()
    lesson.page.wait_for_function("() => localStorage.getItem('makebelieve/easel') === 'null'")


def test_a_code_that_was_moved_stays_moved(lesson):
    place = lesson.at("hourglass")
    number = place.get_by_role("slider", name="Number 2")
    number.focus()
    for _ in range(9):
        number.press("ArrowRight")
    place.get_by_text("Painted from your code").wait_for()
    lesson.page.wait_for_url("**numbers=**")
    value = number.get_attribute("aria-valuetext")
    lesson.again()
    place.get_by_text("Painted from your code").wait_for()
    expect(number).to_have_attribute("aria-valuetext", value)
    place.get_by_role("button", name="Its own code again").click()
    place.get_by_text("Rebuilt from 4 numbers").wait_for()


def test_where_one_landed_is_remembered(lesson):
    place = lesson.at("hourglass")
    for n in (1, 2):
        place.get_by_role("button", name="Land somewhere at random").click()
        place.get_by_role("img", name=f"landing {n}").wait_for()
    place.get_by_role("radio", name="both").check()
    lesson.kept("marks=both")
    place.get_by_role("img", name="landing 2").wait_for()
    expect(place.get_by_role("radio", name="both")).to_be_checked()


def test_guesses_and_verdicts_stay_given(lesson):
    place = lesson.at("contest")
    place.get_by_role("radio", name="The fakes find every group").check()
    place.get_by_text("Play it to the end").wait_for()
    lesson.again()
    place.get_by_text("Play it to the end").wait_for()

    place = lesson.at("routes")
    place.locator(".blind label").nth(2).click()
    place.get_by_role("button", name="Reveal").click()
    place.get_by_text("of 8 right").wait_for()
    lesson.kept("shown=yes")
    place.get_by_text("of 8 right").wait_for()

    place = lesson.at("kind")
    place.locator(".bin").first.click()
    place.locator(".which .note").wait_for()
    lesson.again()
    place.locator(".which .note").wait_for()
