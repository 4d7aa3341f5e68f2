"""The practice in a real browser: each exercise with the mouse, and with the keyboard alone."""

import datetime
import json
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

EXERCISES = ["", "/self-check", "/sorting", "/explain", "/cards", "/clinic", "/clinic?case=alder"]


class Learner:
    """Somebody at the practice, and what their browser keeps of it."""

    def __init__(self, visit):
        self.visit, self.page = visit, visit.page
        self.press = visit.press

    def reach(self, name):
        self.visit.tab_to_words(re.escape(name))

    def go(self, path=""):
        return self.visit.go(f"/practice{path}")

    def kept(self, name):
        return self.page.evaluate(
            "name => JSON.parse(localStorage.getItem(`makebelieve/practice/imagine/${name}`))", name
        )

    def keeps(self, name, holds):
        """Wait until what is kept is so: `holds` is JavaScript about `kept`."""
        self.page.wait_for_function(
            f"name => {{ const kept = JSON.parse(localStorage.getItem("
            f"`makebelieve/practice/imagine/${{name}}`)); return kept && {holds} }}",
            arg=name,
        )

    def keep(self, name, value):
        self.page.evaluate(
            "([k, v]) => localStorage.setItem(`makebelieve/practice/imagine/${k}`, v)",
            [name, json.dumps(value)],
        )


@pytest.fixture
def learner(browse, server):
    someone = Learner(browse(server.url, reduced_motion="reduce", bears=("status of 409",)))
    # Cards of the home's own runs would come in between; the tests of them let them in.
    someone.page.route("**/diagnosis", lambda route: route.fulfill(json={"findings": []}))
    return someone


@pytest.fixture(scope="module")
def practice(server):
    return server.page.get("/api/lessons/imagine").value["practice"]


def button(page, name, exact=False):
    return page.get_by_role("button", name=name, exact=exact)


def main(page):
    """The page without what is only said aloud."""
    return page.locator("#main")


# ---- overview


def test_the_overview_leads_on_and_says_what_is_done(learner):
    page = learner.go()
    expect(page.locator(".exercises > li")).to_have_count(5)
    page.get_by_role("link", name="Begin: Self-check").click()
    button(page, "I don’t know").click()
    button(page, "That is my grade").click()
    page.get_by_role("link", name="Practice", exact=True).last.click()
    expect(page.locator(".exercises > li").first).to_contain_text("1 of 8 answered")
    expect(page.get_by_role("link", name="Go on: Self-check")).to_be_visible()


# ---- self-check


def test_the_model_answer_opens_only_after_an_answer(learner, practice):
    question = practice["self_check"][0]
    page = learner.go("/self-check")
    show = button(page, "Show the model answer")
    expect(show).to_be_disabled()
    page.get_by_label("Your answer").fill("x")
    page.get_by_label("Sure", exact=True).check()
    expect(show).to_be_disabled()
    page.get_by_label("Your answer").fill("It learns a border between the kinds.")
    page.reload()
    expect(page.get_by_label("Your answer")).to_have_value("It learns a border between the kinds.")
    show.click()
    page.get_by_label(question["points"][0]).check()
    button(page, "That is my grade").click()
    expect(main(page).get_by_text("You were sure, and named 1")).to_be_visible()
    button(page, "Next question").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(practice["self_check"][1]["question"])
    page.reload()
    expect(page.get_by_role("heading", level=2)).to_have_text(practice["self_check"][1]["question"])


def test_a_sure_error_comes_back_before_the_others(learner, practice):
    points = [len(q["points"]) for q in practice["self_check"]]
    ids = [q["id"] for q in practice["self_check"]]
    answers = {}
    for k, (id_, n) in enumerate(zip(ids, points, strict=True)):
        held = [k not in (1, 2)] * n
        answers[id_] = [{"text": "x", "unknown": False, "sure": k == 2, "points": held, "at": k}]
    learner.keep("self-check", answers)
    page = learner.go("/self-check")
    expect(page.get_by_role("heading", level=2)).to_have_text(practice["self_check"][2]["question"])
    expect(page.get_by_text("comes back")).to_be_visible()


def test_the_self_check_with_the_keyboard_alone(learner, practice):
    page = learner.go("/self-check")
    learner.reach("Your answer")
    page.keyboard.type("It learns the border between two kinds of picture.")
    learner.reach("Sure")
    learner.press("Space")
    learner.reach("Show the model answer")
    learner.press("Enter")
    for point in practice["self_check"][0]["points"]:
        learner.reach(point)
        learner.press("Space")
    learner.reach("That is my grade")
    learner.press("Enter")
    expect(main(page).get_by_text("this holds")).to_be_visible()
    learner.reach("Next question")
    learner.press("Enter")
    expect(page.get_by_text("Question 2 of")).to_be_visible()


# ---- sorting


def placed(learner, practice, pass_="kind"):
    """The system that is shown, and the numbers of its bins."""
    name = learner.page.locator(".item h2").inner_text()
    item = next(i for i in practice["sorting"]["items"] if i["name"] == name)
    bins = learner.page.locator(".bin").evaluate_all("all => all.map(b => b.dataset.bin)")
    return item, bins, bins.index(item[pass_])


def test_sorting_with_the_mouse_says_which_cue_was_missed(learner, practice):
    page = learner.go("/sorting")
    item, bins, right = placed(learner, practice)
    wrong = (right + 1) % len(bins)
    page.locator(".bin").nth(wrong).click()
    expect(page.locator(".item .note")).to_contain_text(item["wrong"][f"kind:{bins[wrong]}"])
    if item["show"]:
        there = page.get_by_role("link", name="Show me").get_attribute("href")
        assert there == item["show"]["path"]
    button(page, "Take it back").click()
    expect(page.locator(".item h2")).to_have_text(item["name"])
    page.locator(".bin").nth(right).click()
    expect(page.locator(".item .note")).to_contain_text(item["cue"])
    assert learner.kept("sorting")["placed"]["kind"] == [
        {"item": item["id"], "given": item["kind"], "seen": True}
    ]


def test_a_card_can_be_dragged_onto_its_bin(learner, practice):
    page = learner.go("/sorting")
    item, _, right = placed(learner, practice)
    page.locator(".item").drag_to(page.locator(".bin").nth(right))
    expect(page.locator(".item .note")).to_contain_text(item["cue"])


def test_sorting_ends_on_mastery_and_goes_on_after_a_reload(learner, practice):
    page = learner.go("/sorting")
    for n in range(40):
        if n == 5:
            before = page.locator(".item h2").inner_text()
            page.reload()
            expect(page.locator(".item h2")).to_have_text(before)
        _, _, right = placed(learner, practice)
        learner.press(str(right + 1))
        page.wait_for_selector(".answered")
        learner.press("Enter")
        page.wait_for_selector(".item:not(.answered), .sorting h2:has-text('Mastered: ')")
        if not page.locator(".bin").count():
            break
    expect(page.get_by_role("heading", name="Mastered: Judge or maker?")).to_be_visible()
    assert 9 <= n <= 25
    button(page, "Next pass").click()
    expect(page.get_by_role("group", name="How is it most likely built?")).to_be_visible()
    learner.go()
    expect(page.get_by_text("1 of 3 passes mastered")).to_be_visible()


def test_sorting_with_arrows_and_enter(learner, practice):
    page = learner.go("/sorting")
    item, bins, right = placed(learner, practice)
    learner.reach(page.locator(".bin").first.inner_text().splitlines()[-1])
    learner.press("Space", *["ArrowDown"] * right)
    expect(page.locator(".bin").nth(right)).to_have_attribute("data-picked", "")
    learner.press("Enter")
    expect(page.locator(".item .note")).to_contain_text(item["cue"])
    expect(page.locator("#polite")).to_contain_text("Right")
    learner.press("u")
    expect(page.locator(".item h2")).to_have_text(item["name"])
    expect(page.locator(".bin")).to_have_count(len(bins))


# ---- three sentences


TEXT = "It learns from many faces. It squeezes each into a few numbers. Then it paints new ones."


def test_three_sentences_with_the_mouse(learner, practice):
    page = learner.go("/explain")
    rubric, example = practice["explain"]["rubric"], practice["explain"]["example"]
    box = page.get_by_label("Your three sentences")
    box.fill(TEXT.rpartition(" T")[0])
    expect(page.get_by_text("2 sentences of three")).to_be_visible()
    expect(button(page, "Grade it")).to_be_disabled()
    box.fill(TEXT)
    page.reload()
    expect(box).to_have_value(TEXT)
    expect(page.get_by_text(example)).to_have_count(0)
    button(page, "Grade it").click()
    page.get_by_label(rubric[0]).check()
    button(page, "That is my grade").click()
    expect(page.get_by_text(example)).to_be_visible()
    assert [t["text"] for t in learner.kept("explain")["tries"]] == [TEXT]


def test_three_sentences_with_the_keyboard_alone(learner, practice):
    page = learner.go("/explain")
    learner.reach("Your three sentences")
    page.keyboard.type(TEXT)
    learner.reach("Grade it")
    learner.press("Enter")
    learner.reach(practice["explain"]["rubric"][1])
    learner.press("Space")
    learner.reach("That is my grade")
    learner.press("Enter")
    expect(page.get_by_text(practice["explain"]["example"])).to_be_visible()


# ---- flashcards


NOW = datetime.datetime(2026, 3, 2, 10, tzinfo=datetime.UTC)


def learn(page):
    """Recall one card, sure and right, with two keys."""
    page.wait_for_selector(".flash .front")
    page.keyboard.press("1")
    page.wait_for_selector(".flash .back")
    page.keyboard.press("1")
    page.wait_for_selector(".flash .back", state="detached")


def test_cards_come_back_on_the_right_day(learner, practice):
    ids = {c["id"] for c in practice["cards"]}
    learner.page.clock.set_fixed_time(NOW)
    page = learner.go("/cards")
    for n in range(10):
        expect(page.locator(".head .tally").first).to_contain_text(str(10 - n))
        learner.page.clock.set_fixed_time(NOW + datetime.timedelta(seconds=n))
        learn(page)
    expect(page.get_by_role("heading", name="Done for today")).to_be_visible()
    first = [r["card"] for r in learner.kept("cards")]
    assert len(set(first)) == 10
    assert set(first) <= ids
    page.reload()
    expect(page.get_by_role("heading", name="Done for today")).to_be_visible()

    page.clock.set_fixed_time(NOW + datetime.timedelta(days=1))
    learner.go()
    expect(page.get_by_role("link", name="Go on: Flashcards")).to_be_visible()
    learner.go("/cards")
    expect(page.locator(".head")).to_contain_text("10 due")
    for _ in range(10):
        learn(page)
    second = [r["card"] for r in learner.kept("cards")][10:]
    assert sorted(second) == sorted(first)

    page.clock.set_fixed_time(NOW + datetime.timedelta(days=2))
    learner.go("/cards")
    expect(page.locator(".head")).not_to_contain_text("due")


def test_a_missed_card_returns_in_the_same_sitting(learner):
    page = learner.go("/cards")
    front = page.locator(".asked").inner_text()
    page.get_by_label("Your answer").fill("something else")
    button(page, "Sure", exact=True).click()
    expect(page.get_by_text("something else")).to_be_visible()
    button(page, "I missed it").click()
    expect(page.locator(".head")).to_contain_text("1 again")
    for _ in range(3):
        expect(page.locator(".asked")).not_to_have_text(front)
        learn(page)
    expect(page.locator(".asked")).to_have_text(front)


def test_the_back_is_not_there_before_the_answer(learner, practice):
    page = learner.go("/cards")
    expect(page.locator(".flash .back")).to_have_count(0)
    learner.reach("Not sure")
    learner.press("Enter")
    expect(page.locator(".flash .back")).to_be_focused()
    learner.reach("I had it")
    learner.press("Enter")
    learner.keeps("cards", "kept[0].sure === false && kept[0].right === true")


def settled(learner, practice):
    """Every card of the lesson was met yesterday, and is known today."""
    now = int(datetime.datetime.now().timestamp() * 1000) - 1
    learner.keep("cards", [
        {"card": c["id"], "at": at, "right": True, "sure": True}
        for at in (now - 86_400_000, now) for c in practice["cards"]
    ])  # fmt: skip


def test_own_runs_become_cards_with_new_pictures_each_time(learner, practice):
    learner.page.unroute("**/diagnosis")
    settled(learner, practice)
    page = learner.go("/cards")
    expect(page.get_by_text("What would you say of the maker")).to_be_visible()
    expect(page.locator(".flash canvas")).to_have_count(12)
    expect(button(page, "Sure", exact=True)).to_be_disabled()
    page.locator(".kinds input").first.check()
    button(page, "Sure", exact=True).click()
    expect(page.locator(".flash")).to_contain_text("seed")
    button(page, "Next", exact=True).click()
    learner.keeps("cards", "kept.at(-1).card.startsWith('run:')")


def test_a_deck_is_saved_and_read_again(learner, tmp_path):
    page = learner.go("/cards")
    learn(page)
    page.get_by_text("The deck:").click()
    with page.expect_download() as saved:
        button(page, "Save (JSON").click()
    saved.value.save_as(tmp_path / "deck.json")
    with page.expect_download() as saved:
        button(page, "For Anki").click()
    saved.value.save_as(tmp_path / "deck.txt")
    lines = (tmp_path / "deck.txt").read_text().splitlines()
    assert lines[:2] == ["#separator:tab", "#html:true"]
    assert all(line.count("\t") == 2 for line in lines[5:])
    page.evaluate("localStorage.clear()")
    page.reload()
    page.get_by_text("The deck:").click()
    page.get_by_label("A deck").set_input_files(tmp_path / "deck.json")
    expect(main(page).get_by_text("0 new cards and 1 review from deck.json")).to_be_visible()
    assert len(learner.kept("cards")) == 1


HOSTILE = {
    "empty.json": b"",
    "broken.json": b'{"format": "makebelieve-cards", ',
    "other.json": b'{"cards": []}',
    "binary.txt": b"\x00\x01\x02PK",
    "one-column.txt": b"only a front\n",
    "deep.json": b"[" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_broken_deck_is_refused_in_a_sentence(learner, tmp_path, name):
    (tmp_path / name).write_bytes(HOSTILE[name])
    page = learner.go("/cards")
    page.get_by_text("The deck:").click()
    page.get_by_label("A deck").set_input_files(tmp_path / name)
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed.")
    assert learner.kept("own-cards") is None


def test_a_hostile_deck_runs_nothing(learner, practice, tmp_path):
    settled(learner, practice)
    bad = "<img src=x onerror='window.hit=1'>front &lt;b&gt;\t<script>window.hit=1</script>back\n"
    (tmp_path / "deck.txt").write_text(bad)
    page = learner.go("/cards")
    page.get_by_text("The deck:").click()
    page.get_by_label("A deck").set_input_files(tmp_path / "deck.txt")
    expect(page.locator(".asked")).to_have_text("front <b>")
    learner.press("1")
    expect(page.locator(".flash .back")).to_contain_text("back")
    assert page.evaluate("window.hit") is None


# ---- clinic


def solve(page, case):
    """Look, err once, then say what is the matter, what helps, and what it will do."""
    diagnosis, treatment = case["diagnosis"], case["treatment"]
    wrong = next(i for i in range(len(diagnosis["options"])) if i != diagnosis["answer"])
    for step in (wrong, diagnosis["answer"]):
        page.get_by_label(diagnosis["options"][step]["text"]).check()
        if step == wrong:
            page.get_by_label("Not sure").check()
        button(page, "That is my diagnosis").click()
        expect(page.get_by_text(diagnosis["options"][step]["feedback"])).to_be_visible()
    page.get_by_label(treatment["options"][treatment["answer"]]["text"]).check()
    button(page, "I would do this").click()
    page.get_by_label(treatment["predict"]["options"][0]).check()


def test_a_case_from_the_evidence_to_the_treated_run(learner, practice):
    learner.page.unroute("**/diagnosis")
    case = next(c for c in practice["clinic"] if c["id"] == "alder")
    page = learner.go("/clinic")
    expect(page.locator(".ward > li")).to_have_count(len(practice["clinic"]))
    button(page, case["title"]).last.click()
    expect(page.locator(".sheets img").first).to_have_js_property("complete", True)
    finding = case["evidence"]["findings"][0]["sentence"]
    assert page.get_by_text(finding).count() == 0, "the diagnosis is not told beforehand"
    solve(page, case)
    expect(page.get_by_text(finding).first).to_be_visible()

    def shorter(route):
        order = route.request.post_data_json
        order["settings"] |= {"examples": 3_000}
        route.continue_(post_data=json.dumps(order))

    page.route("**/api/jobs", shorter)
    with page.expect_response("**/api/jobs"):
        button(page, "Run the treatment").click()
    page.reload()
    expect(page.locator(".compared table").first).to_be_visible()
    expect(page.locator(".compared canvas")).to_have_count(32)
    visit = learner.kept("clinic")["alder"]
    assert visit["tried"][-1] == case["diagnosis"]["answer"]
    assert visit["run"].startswith("clinic-alder-")


def test_a_healthy_case_and_what_its_treatment_brought(learner, practice):
    case = next(c for c in practice["clinic"] if c["healthy"] and c["treated"])
    page = learner.go(f"/clinic?case={case['id']}")
    solve(page, case)
    page.get_by_text("What it brought when it was recorded").click()
    expect(page.locator(".recorded")).to_contain_text(case["treated"]["sentence"])
    after = page.locator(".recorded img").last
    expect(after).not_to_have_js_property("naturalWidth", 0)


def test_a_case_with_the_keyboard_alone(learner, practice):
    case = practice["clinic"][0]
    page = learner.go("/clinic")
    learner.reach("The first case")
    learner.press("Enter")
    page.wait_for_selector(".choose")
    first = case["diagnosis"]["options"][0]["text"]
    learner.reach(first)
    learner.press("Space", *["ArrowDown"] * case["diagnosis"]["answer"])
    learner.reach("Sure")
    learner.press("Space")
    learner.reach("That is my diagnosis")
    learner.press("Enter")
    expect(page.get_by_role("heading", name="Treat it")).to_be_visible()
    assert learner.kept("clinic")[case["id"]] | {"sure": True} == learner.kept("clinic")[case["id"]]


def test_a_refused_training_is_told(learner, practice):
    case = practice["clinic"][0]
    done = {"tried": [case["diagnosis"]["answer"]], "treated": [case["treatment"]["answer"]],
            "predicted": 0}  # fmt: skip
    learner.keep("clinic", {case["id"]: done})
    page = learner.go(f"/clinic?case={case['id']}")
    full = {"status": 409, "content_type": "application/json", "body": '{"error": "It is full."}'}
    page.route("**/api/jobs", lambda route: route.fulfill(**full))
    button(page, "Run the treatment").click()
    expect(page.get_by_role("alert")).to_contain_text("It is full.")


# ---- progress


def test_progress_is_saved_forgotten_and_brought_back(learner, tmp_path):
    page = learner.go("/explain")
    page.get_by_label("Your three sentences").fill(TEXT)
    learner.go()
    with page.expect_download() as saved:
        button(page, "Save to a file").click()
    saved.value.save_as(tmp_path / "progress.json")
    button(page, "Forget everything").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    learner.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert learner.kept("explain")["text"] == TEXT
    button(page, "Forget everything").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget everything").click()
    expect(main(page).get_by_text("Forgotten.")).to_be_visible()
    assert learner.kept("explain") is None
    page.get_by_label("A saved progress").set_input_files(tmp_path / "progress.json")
    expect(main(page).get_by_text("Brought back.")).to_be_visible()
    assert learner.kept("explain")["text"] == TEXT
    expect(page.get_by_text("a draft is kept")).to_be_visible()


def test_a_hostile_progress_breaks_nothing(learner, tmp_path):
    junk = [None, 3, "x", [], [None], {"placed": 7}, {"tries": [1]}, {"alder": {"tried": "x"}}]
    names = ["self-check", "self-check-draft", "sorting", "explain", "cards", "own-cards", "clinic"]
    for value in junk:
        progress = {f"practice/imagine/{n}": value for n in names} | {"practice/own-runs": value}
        whole = {"format": "makebelieve-progress", "version": 1, "progress": progress}
        (tmp_path / "bad.json").write_text(json.dumps(whole))
        page = learner.go()
        page.get_by_label("A saved progress").set_input_files(tmp_path / "bad.json")
        expect(main(page).get_by_text("Brought back.")).to_be_visible()
        for path in EXERCISES:
            learner.go(path)
            expect(page.get_by_text("could not be drawn")).to_have_count(0)


# ---- for everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_stands_in_anybodys_way(browse, server, practice, width, scheme):
    learner = Learner(browse(server.url, width, scheme))
    alder = next(c for c in practice["clinic"] if c["id"] == "alder")
    learner.keep("clinic", {"alder": {
        "tried": [0, alder["diagnosis"]["answer"]], "treated": [alder["treatment"]["answer"]],
        "predicted": 0,
    }})  # fmt: skip
    steps = {"/self-check": lambda p: button(p, "I don’t know").click(),
             "/sorting": lambda p: p.keyboard.press("1"),
             "/cards": lambda p: p.keyboard.press("1")}  # fmt: skip
    for path in EXERCISES:
        page = learner.go(path)
        for does in (None, steps.get(path)):
            if does:
                does(page)
            page.wait_for_timeout(150)
            assert learner.visit.barriers() == [], path


def test_it_prints_in_two_columns(learner, practice):
    page = learner.go("/cards")
    page.emulate_media(media="print")
    sides = page.locator(".side")
    expect(sides).to_have_count(2 * len(practice["cards"]))
    left, right = sides.nth(0).bounding_box(), sides.nth(1).bounding_box()
    assert left["y"] == right["y"]
    assert left["x"] < right["x"]
    expect(page.locator(".flash")).to_be_hidden()
