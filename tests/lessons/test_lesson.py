"""The shipped lesson: whole, safe to show, and what the page is promised."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest

from makebelieve import models, recipe
from makebelieve.data.embedded import EMBEDDED
from makebelieve.errors import InputError
from makebelieve.lessons import Lesson, complaints, file, find, lessons, load
from makebelieve.lessons.validate import FIGURES, PACE, reading_words

LESSONS = sorted(lessons())
TAGS = {"p", "em", "strong", "code", "a", "ul", "ol", "li", "h2", "h3", "table", "thead", "tbody",
        "tr", "th", "td", "br", "hr", "blockquote"}  # fmt: skip


def as_recipe(model: str, source: str, settings: dict[str, Any]) -> str | None:
    """Say what is wrong with settings."""
    try:
        kind = models.find(model)
        recipe.build(model, kind.Options, {"data.source": source, **settings})
    except InputError as error:
        return str(error)
    return None


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request: pytest.FixtureRequest) -> Lesson:
    """Every lesson of the package."""
    return load(request.param)


@pytest.fixture(scope="module")
def imagine() -> dict[str, Any]:
    """What the page gets."""
    values: dict[str, Any] = json.loads(json.dumps(load("imagine").to_json()))
    return values


def test_there_is_nothing_to_complain_of(lesson: Lesson) -> None:
    assert complaints(find(lesson.id), as_recipe) == []


def test_reading_time_is_honest(lesson: Lesson) -> None:
    assert 0.8 < reading_words(lesson) / (PACE * lesson.minutes_read) <= 1


class Tags(HTMLParser):
    """Collects what HTML is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag and its attributes."""
        self.found.append((tag, dict(attrs)))


def texts(value: Any) -> list[str]:
    """Return every text in plain values."""
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inside for text in texts(one)]


def test_html_is_safe(lesson: Lesson) -> None:
    for text in texts(lesson.to_json()):
        tags = Tags()
        tags.feed(text)
        for tag, attributes in tags.found:
            assert tag in TAGS, text
            assert set(attributes) <= {"href", "rel"}, text
            assert re.match(r"https://|/", attributes.get("href") or "/"), text


def test_page_gets_what_the_contract_says(imagine: dict[str, Any]) -> None:
    assert set(imagine) == {
        "id", "title", "promise", "minutes_read", "minutes_practice", "difficulty", "fits",
        "before", "outcomes", "runs", "sections", "summary", "cheat_sheet", "references",
        "practice",
    }  # fmt: skip
    assert imagine["title"] == "Teaching machines to imagine"
    assert (imagine["minutes_read"], imagine["minutes_practice"]) == (7, 15)
    assert len(imagine["outcomes"]) == 4
    assert [s["figure"]["kind"] for s in imagine["sections"]] == list(FIGURES)
    for s in imagine["sections"]:
        assert set(s) == {"id", "title", "body", "predict", "figure", "after", "terms"}
        assert s["body"].startswith("<p>")
        assert s["after"].startswith("<p>")
        assert 0 <= s["predict"]["answer"] < len(s["predict"]["options"])
    assert set(imagine["practice"]) == {"self_check", "sorting", "explain", "cards", "clinic"}


def test_answers_are_not_always_in_the_same_place(imagine: dict[str, Any]) -> None:
    predicted = Counter(s["predict"]["answer"] for s in imagine["sections"])
    assert len(predicted) >= 2
    assert max(predicted.values()) <= len(imagine["sections"]) / 2


def test_runs_are_those_of_the_figures(imagine: dict[str, Any]) -> None:
    assert list(imagine["runs"])[:2] == ["judge", "vae-2"]
    shown = {run for s in imagine["sections"] for run in s["figure"]["runs"]}
    assert shown == set(imagine["runs"])
    for run in imagine["runs"].values():
        assert run["source"] in EMBEDDED
        assert run["settings"]["examples"] <= 240_000


def test_no_wrong_answer_meets_silence(imagine: dict[str, Any]) -> None:
    sorting = imagine["practice"]["sorting"]
    bins = {
        "kind": ["judge", "maker", "both"],
        "design": [d["id"] for d in sorting["designs"]],
        "failure": [f["id"] for f in sorting["failures"]],
    }
    assert bins["design"] == ["judge", "vae", "gan", "diffusion", "autoregressive", "other", "both"]
    for item in sorting["items"]:
        for part, names in bins.items():
            wrong = {f"{part}:{name}" for name in names if name != item[part]}
            assert wrong == {key for key in item["wrong"] if key.startswith(part)}, item["id"]


def test_practice_is_large_and_mixed(imagine: dict[str, Any]) -> None:
    practice = imagine["practice"]
    items = practice["sorting"]["items"]
    assert len(items) >= 44
    for part, least in (("kind", 2), ("design", 2), ("failure", 2)):
        assert min(Counter(item[part] for item in items).values()) >= least, part
    assert len(practice["cards"]) >= 44
    assert len({card["front"] for card in practice["cards"]}) == len(practice["cards"])
    per_section = Counter(card["section"] for card in practice["cards"])
    assert set(per_section) == {s["id"] for s in imagine["sections"]}
    assert len(practice["self_check"]) == 8


def test_twins_point_at_each_other(imagine: dict[str, Any]) -> None:
    items = {item["id"]: item for item in imagine["practice"]["sorting"]["items"]}
    for item in items.values():
        if item["twin"]:
            twin = items[item["twin"]]
            assert twin["twin"] == item["id"]
            assert any(item[part] != twin[part] for part in ("kind", "design", "failure"))


def test_show_leads_to_a_section(imagine: dict[str, Any]) -> None:
    places = {f"/lesson/imagine#{s['id']}" for s in imagine["sections"]}
    shown = [i["show"]["path"] for i in imagine["practice"]["sorting"]["items"] if i["show"]]
    assert set(shown) <= places
    assert len(shown) >= 40


def test_reading_a_lesson_needs_no_pytorch() -> None:
    code = (
        "import sys; from makebelieve.lessons import load; load('imagine').to_json();"
        "print({'torch', 'numpy', 'starlette'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_unknown_lesson_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean imagine"):
        load("imagin")


@pytest.mark.parametrize(
    "name", ["../../__init__.py", "lesson.toml", "clinic/none.png", "/etc/hosts"]
)
def test_only_pictures_and_data_are_served(name: str) -> None:
    with pytest.raises(InputError, match="has no file"):
        file("imagine", name)
