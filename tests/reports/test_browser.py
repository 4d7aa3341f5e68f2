"""The page in a browser: nothing is fetched, nothing complains, nothing sticks out."""

import json

import pytest

from makebelieve.cli import main

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", params=["digits", "ring"])
def demo(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / request.param
    assert main(["demo", request.param, "--examples", "600", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def visit(browse, demo):
    def opened(*looks, name="page.html", **more):
        return browse((demo / name).as_uri(), *looks, **more)

    return opened


PAGES = pytest.mark.parametrize("name", ["page.html", "report.html"])


@PAGES
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 800, 1280])
def test_it_fits_any_screen_and_asks_for_nothing(visit, width, scheme, name):
    seen = visit(width, scheme, name=name)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    broken = "[...document.images].filter(i => !i.complete || !i.naturalWidth).length"
    assert seen.page.evaluate(broken) == 0


@PAGES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit, scheme, name):
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5."""
    seen = visit(800, scheme, name=name)
    seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    script = """() => {
      const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(v => v / 255)
        .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b };
      const ground = e => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor;
        if (c !== 'rgba(0, 0, 0, 0)') return c } return 'rgb(255, 255, 255)' };
      return [...document.querySelectorAll('p, td, th, h1, h2, h3, span, dt, dd, text, a, summary')]
        .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .map(e => { const style = getComputedStyle(e);
          const ink = light(e.tagName === 'text' ? style.fill : style.color);
          const [a, b] = [ink, light(ground(e))].sort((x, y) => y - x);
          return [(a + .05) / (b + .05), e.textContent.slice(0, 30)] })
        .filter(([contrast]) => contrast < 4.5) }"""
    assert seen.page.evaluate(script) == []


def test_pictures_move_only_for_those_who_let_them(visit, demo):
    if json.loads((demo / "facts.json").read_text())["source"] == "ring":
        pytest.skip("points do not move")
    shown = "document.querySelector('picture img').currentSrc.length"
    moving, still = (visit(800, reduced_motion=motion) for motion in ("no-preference", "reduce"))
    assert moving.page.evaluate(shown) > 2 * still.page.evaluate(shown)
    stage = moving.page.locator(".stage").first
    stage.get_by_label("Hold still").check()
    assert not stage.locator("picture").is_visible()
    assert stage.locator("img.held").is_visible()
    assert still.page.get_by_label("Hold still").first.is_hidden()


def test_what_the_report_says_is_reached_with_the_keyboard_and_named(visit):
    seen = visit(800, name="report.html")
    links = "[...document.querySelectorAll('nav a')].every(a => document.querySelector(a.hash))"
    assert seen.page.evaluate(links)
    unnamed = """[...document.querySelectorAll('section, nav, [role]:not(table, table [role])')]
      .filter(e => {
      const by = e.getAttribute('aria-labelledby');
      const told = e.getAttribute('aria-label') ||
        (by || '').split(' ').map(id => document.getElementById(id)?.textContent || '').join('');
      return !told.trim() }).length"""
    assert seen.page.evaluate(unnamed) == 0
    seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("document.activeElement.textContent") == "Skip to the content"


def test_no_table_of_the_report_scrolls_on_a_phone(visit):
    page = visit(360, name="report.html").page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    # A matrix of classes is one, and scrolls under the names of its rows.
    wide = """[...document.querySelectorAll('.table:not(:has(.confusion))')]
      .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)"""
    assert page.evaluate(wide) == []
    stays = """e => { e.scrollLeft = 50; const [a, b] = [e, e.querySelector('tbody th')]
      .map(x => x.getBoundingClientRect().left); return e.tabIndex === 0 && Math.abs(a - b) < 1 }"""
    assert page.locator(".table:has(.confusion)").evaluate(stays)
    # Each cell still says what it is, to the eye and to a screen reader.
    assert page.get_by_role("columnheader", name="What is good").count() > 0
    assert page.get_by_role("rowheader", name="fd-pixels").count() > 0
    unnamed = """[...document.querySelectorAll('.stacked td:not(:empty)')].filter(cell => {
      const row = [...cell.parentNode.children], table = cell.closest('table');
      return cell.dataset.head !== table.tHead.rows[0].cells[row.indexOf(cell)].textContent ||
        !getComputedStyle(cell, '::before').content.includes(cell.dataset.head) }).length"""
    assert page.evaluate(unnamed) == 0


def test_the_report_prints_with_nothing_cut_off(visit):
    seen = visit(700, name="report.html")
    seen.page.emulate_media(media="print")
    wide = """[...document.querySelectorAll('table, pre, img, svg')]
      .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
      .map(e => [e.tagName, e.className.baseVal ?? e.className])"""
    assert seen.page.evaluate(wide) == []
    assert seen.page.locator("nav").is_hidden()
    # Of several runs paper holds what is not folded away: all of it would be thirty pages.
    assert seen.page.locator("details table").first.is_hidden()
