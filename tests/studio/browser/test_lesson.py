"""A learner's whole path through the lesson: with the mouse, with the keys alone, at any width."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LESSON = "/lesson/imagine"
SECTIONS = ["s1-judge-and-maker", "s2-the-hourglass", "s3-the-smooth-map", "s4-the-contest",
            "s5-two-routes", "s6-which-kind"]  # fmt: skip


@pytest.fixture
def visit(browse, lesson_server):
    def opened(*looks, server=lesson_server, **more):
        return browse(server.url, *looks, **more)

    return opened


def figure(visit, kind):
    return visit.page.locator(f'figure[data-kind="{kind}"]')


def open_all(visit):
    """Open every figure, and wait until what it shows has come."""
    for section in SECTIONS:
        place = visit.page.locator(f"#{section}")
        button = place.get_by_role("button", name="Just show me the figure")
        if button.count():
            button.click()
        inside = place.locator(".figure")
        inside.scroll_into_view_if_needed()
        visit.page.wait_for_function(
            "f => f.querySelector('.stage').children.length && "
            "!f.querySelector('[aria-busy=true]')",
            arg=inside.element_handle(),
        )


def predict(visit, section, option):
    place = visit.page.locator(f"#{section}")
    place.locator(".predict label").nth(option).click()
    place.locator(".predict .why").wait_for()
    return place


def test_the_whole_path_with_the_mouse(visit):
    seen = visit()
    page = seen.page
    page.get_by_role("link", name="Start reading").click()
    page.wait_for_url("**/lesson/imagine*")

    place = predict(seen, SECTIONS[0], 0)
    place.locator(".heap .face").first.click()
    place.locator(".verdict").wait_for()
    easel = place.locator(".easel canvas")
    before = seen.ink(easel)
    box = easel.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 160, steps=5)
    page.mouse.up()
    seen.shows(easel, before, so=False)
    place.get_by_role("button", name="Undo").click()
    seen.shows(easel, before)
    place.get_by_role("button", name="Hand it pure noise").click()
    place.locator(".dust li").nth(11).wait_for()
    place.get_by_role("button", name="Ask for brand-new faces").click()
    place.get_by_text("as far from the nearest training picture").wait_for()
    expect(place.locator(".pairs li")).to_have_count(6)
    page.wait_for_url("**made=1**")

    place = predict(seen, SECTIONS[1], 2)
    place.get_by_text("Rebuilt from 4 numbers").wait_for()
    place.get_by_role("slider", name="Length of the code").fill("2")
    place.get_by_text("Rebuilt from 16 numbers").wait_for()
    place.get_by_role("button", name="Land somewhere at random").click()
    place.get_by_role("img", name="landing 1").wait_for()

    place = predict(seen, SECTIONS[2], 0)
    under = place.locator(".latent").first.locator(".under canvas")
    place.locator(".latent .tiles").nth(1).wait_for()
    before = seen.ink(under)
    place.locator(".latent .field").first.hover(position={"x": 20, "y": 20})
    seen.shows(under, before, so=False)
    place.get_by_text(re.compile("The judge calls it")).first.wait_for()
    place.get_by_role("slider", name="Between the two").fill("0.5")
    place.get_by_text("50 % of the way").wait_for()
    place.get_by_role("button", name="Play").click()
    place.get_by_role("button", name="Pause").click()
    place.locator(".chart").wait_for()

    place = predict(seen, SECTIONS[3], 1)
    place.get_by_text("Before the first turn").wait_for()
    place.get_by_role("button", name="One turn →").click()
    place.get_by_text("The detective has moved").wait_for()
    place.get_by_role("button", name="One turn →").click()
    place.get_by_text("The counterfeiter has moved").wait_for()
    place.locator(".contest").get_by_role("button", name="Play").click()
    place.locator(".contest").get_by_role("button", name="Pause").click()
    place.get_by_role("button", name="Rewind").click()
    place.get_by_text("Before the first turn").wait_for()
    place.get_by_role("radio", name="detective too strong").check()
    place.get_by_role("radio", name="They crowd in some groups").check()
    place.get_by_text("Play it to the end").wait_for()
    place.get_by_role("slider", name="Turn").press("End")
    place.get_by_text("At the last turn:").wait_for()
    place.locator(".sheet-of img.on").wait_for()

    place = predict(seen, SECTIONS[4], 0)
    place.get_by_role("button", name="New samples").click()
    place.locator(".samples .face").first.click()
    place.get_by_text("the nearest training picture", exact=True).wait_for()
    place.locator(".measures b").nth(11).wait_for()
    place.locator(".blind label").first.click()
    place.get_by_role("button", name="Reveal").click()
    place.get_by_text(re.compile("of 8 right")).wait_for()

    place = predict(seen, SECTIONS[5], 2)
    for _ in range(6):
        place.locator(".bin").first.click()
        place.get_by_role("radio", name="Count its mistakes").check()
        if place.get_by_role("button", name="Next system").count():
            place.get_by_role("button", name="Next system").click()
    place.get_by_text(re.compile("of 6 right")).wait_for()
    page.get_by_role("link", name="cheat sheet", exact=True).click()
    page.get_by_role("heading", name=re.compile("the cheat sheet")).wait_for()


def test_the_whole_path_with_the_keys_alone(visit):
    seen = visit(reduced_motion="reduce")
    page = seen.page
    seen.tab_to('a[href^="/lesson/imagine"].button')
    seen.press("Enter")
    page.wait_for_selector(".section")

    seen.tab_to(f"#{SECTIONS[0]} .predict input")
    seen.press("Space")
    seen.tab_to(".easel")
    before = seen.ink(page.locator(".easel canvas"))
    seen.press("ArrowRight")
    seen.heard("row 9, column 10")
    seen.press("ArrowUp", "Space")
    seen.shows(page.locator(".easel canvas"), before, so=False)
    seen.heard("The judge says")

    seen.tab_to(f"#{SECTIONS[1]} .predict input")
    seen.press("Space")
    page.get_by_text("Rebuilt from 4 numbers").wait_for()
    seen.tab_to(".neck-control input")
    seen.press("ArrowRight")
    page.get_by_text("Rebuilt from 16 numbers").wait_for()
    page.locator(f"#{SECTIONS[1]} .field").wait_for()
    seen.tab_to(f"#{SECTIONS[1]} .field")

    seen.tab_to(f"#{SECTIONS[2]} .predict input")
    seen.press("Space")
    page.locator(f"#{SECTIONS[2]} .field").nth(1).wait_for()
    seen.tab_to(f"#{SECTIONS[2]} .field")
    under = page.locator(f"#{SECTIONS[2]} .under canvas").first
    before = seen.ink(under)
    seen.press("Shift+ArrowLeft", "Shift+ArrowUp", "Shift+ArrowUp")
    seen.shows(under, before, so=False)
    seen.heard("across")

    seen.tab_to(f"#{SECTIONS[3]} .predict input")
    seen.press("Space")
    page.locator(".contest .field").wait_for()
    seen.tab_to(".contest .field")
    seen.press("ArrowRight", "ArrowRight")
    page.get_by_text("The counterfeiter has moved").wait_for()
    seen.heard("The counterfeiter has moved")
    seen.press("Space")
    seen.heard("Playing")
    seen.press("Home")
    page.get_by_text("Before the first turn").wait_for()

    seen.tab_to(f"#{SECTIONS[4]} .predict input")
    seen.press("Space")
    page.locator(".samples").nth(1).wait_for()
    seen.tab_to(".routes button")
    seen.press("n")
    page.wait_for_url("**seed=2**")

    seen.tab_to(f"#{SECTIONS[5]} .predict input")
    seen.press("Space")
    page.locator(".which").wait_for()
    seen.tab_to(".step")
    seen.press("1")
    page.locator(".which .note").wait_for()
    seen.press("1")
    page.locator(".which .note").nth(1).wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_stands_in_anybodys_way(visit, width, scheme):
    """WCAG 2.2 AA as far as axe-core can tell, and nothing sticks out."""
    seen = visit(width, scheme)
    for path in ("/", LESSON, f"{LESSON}/cheat-sheet"):
        seen.go(path)
        if path == LESSON:
            open_all(seen)
        assert seen.barriers() == [], path


def test_a_finger_is_enough(visit):
    seen = visit(360, has_touch=True)
    seen.go(f"{LESSON}?map=pictures#s3-the-smooth-map")
    field = figure(seen, "smooth-map").locator(".field").first
    under = figure(seen, "smooth-map").locator(".under canvas").first
    under.wait_for()
    before = seen.ink(under)
    field.tap(position={"x": 15, "y": 15})
    seen.shows(under, before, so=False)


@pytest.mark.parametrize(
    ("query", "kind", "shows"),
    [
        ("face=yes-2&noise=3", "judge-and-maker", "Hand it other noise"),
        ("code=16&who=3", "hourglass", "Rebuilt from 16 numbers"),
        ("from=1&to=4&between=0.50", "smooth-map", "50 % of the way"),
        ("preset=weak-detective&turn=9", "contest", "9 of the "),
        ("zoom=gan-2&seed=4", "two-routes", "the nearest training picture"),
        ("system=3", "which-kind", "Which kind"),
    ],
)
def test_a_link_opens_the_figure_as_it_was(visit, query, kind, shows):
    seen = visit()
    section = next(s for s in SECTIONS if s.endswith((kind, f"the-{kind}")))
    seen.go(f"{LESSON}?{query}#{section}")
    there = figure(seen, kind)
    there.scroll_into_view_if_needed()
    text = there.get_by_text(shows, exact=False).first
    if kind == "which-kind":
        there.locator('.step[aria-current="step"][aria-label^="4"]').wait_for()
    else:
        text.wait_for()


def test_a_word_of_the_field_explains_itself(visit):
    seen = visit()
    seen.go(LESSON)
    word = seen.page.locator(".term").first
    word.click()
    meaning = seen.page.locator(".meaning:popover-open")
    meaning.wait_for()
    expect(meaning).to_contain_text("discriminative")
    seen.press("Escape")
    meaning.wait_for(state="hidden")
    word.focus()
    seen.press("Enter")
    meaning.wait_for()


GROW = "e => { e.prepend(document.createElement('p')); e.firstChild.style.height = '900px'; }"


def test_what_loads_above_moves_the_reader_nowhere(visit):
    seen = visit()
    page = seen.page
    seen.go(LESSON)
    page.evaluate("document.documentElement.style.overflowAnchor = 'none'")  # as in some browsers
    page.locator(f'.rail a[href="#{SECTIONS[2]}"]').click()
    above = page.locator(f"#{SECTIONS[0]}")
    above.evaluate(GROW)
    stays_at(page, SECTIONS[2])
    page.mouse.wheel(0, -50)
    top = page.locator(f"#{SECTIONS[2]}").evaluate("e => e.getBoundingClientRect().top")
    above.evaluate(GROW)
    page.wait_for_function(  # the reader has moved: what they hold is theirs
        "([s, t]) => document.getElementById(s).getBoundingClientRect().top > t + 400",
        arg=[SECTIONS[2], top],
    )


def stays_at(page, section):
    page.wait_for_function(
        "s => Math.abs(document.getElementById(s).getBoundingClientRect().top) < 300", arg=section
    )


def test_the_reader_goes_on_where_they_stopped(visit):
    seen = visit()
    page = seen.page
    seen.go(LESSON)
    predict(seen, SECTIONS[0], 1)
    page.locator(f'.rail a[href="#{SECTIONS[2]}"]').click()
    page.wait_for_url(f"**#{SECTIONS[2]}")
    page.wait_for_function(
        "() => localStorage.getItem('makebelieve/reading/imagine')?.includes('s3-')"
    )
    seen.go("/")
    page.get_by_role("link", name="Go on: The smooth map").click()
    page.wait_for_selector(f"#{SECTIONS[2]}")
    expect(page.locator(f'.rail a[href="#{SECTIONS[0]}"] .dot')).to_have_text("✓")
    stays_at(page, SECTIONS[2])


def test_the_cheat_sheet_prints_on_one_page(visit):
    seen = visit()
    seen.go(f"{LESSON}/cheat-sheet")
    printed = seen.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_before_anything_is_trained_the_page_says_so(visit, begin, tmp_path):
    with begin(tmp_path, "--no-train") as server:
        seen = visit(server=server)
        seen.page.get_by_role("button", name="Train them now").wait_for()
        seen.page.get_by_text("Real training faces").wait_for()
        seen.go(LESSON)
        predict(seen, SECTIONS[1], 0)
        waits = figure(seen, "hourglass").get_by_text("hourglass-4: waiting for its turn")
        waits.first.wait_for()


def test_a_studio_that_goes_away_is_missed_and_comes_back(visit, begin, lesson_home, tmp_path):
    with begin(tmp_path, "--no-train") as server:
        seen = visit(server=server)
        seen.page.locator(".trainings").wait_for()
        server.stop()
        seen.page.get_by_text("The studio does not answer.").first.wait_for()


MEASURED = "performance.getEntriesByName('latent-hover')"


def test_hovering_is_quick(visit, capsys):
    """From the pointer to the picture; printed, not judged: the machine may be busy."""
    seen = visit()
    page = seen.page
    seen.go(f"{LESSON}?map=codes#s3-the-smooth-map")
    field = figure(seen, "smooth-map").locator(".field").first
    field.wait_for()
    seen.settled()
    field.hover(position={"x": 5, "y": 5})
    page.wait_for_function(f"() => {MEASURED}.length")
    page.evaluate("performance.clearMeasures()")
    box = field.bounding_box()
    # On a slow machine many moves share one answer, so the hand goes over the map again.
    for _ in range(30):
        for i in range(150):
            page.mouse.move(box["x"] + 10 + 1.2 * i, box["y"] + 100 + 40 * (i % 7) / 7)
            page.wait_for_timeout(8)
        seen.settled()
        if page.evaluate(f"{MEASURED}.length") > 30:
            break
    times = page.evaluate(f"{MEASURED}.map(e => e.duration).sort((a, b) => a - b)")
    assert len(times) > 30
    middle, late = (times[int(share * (len(times) - 1))] for share in (0.5, 0.95))
    with capsys.disabled():
        print(f"\nlatent hover: {middle:.1f} ms in the middle, p95 {late:.1f} ms, n={len(times)}")
