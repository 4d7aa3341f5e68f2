"""Every mistake of a lesson has its sentence, and none has a traceback."""

# ruff: noqa: E501 (a table of mistakes is read line by line)

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from makebelieve.errors import InputError
from makebelieve.lessons import complaints, find, lessons, load
from makebelieve.lessons.lesson import Card, Prediction, Sorting
from makebelieve.lessons.shape import fill

FIRST = "sections/1-judge-and-maker.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the lesson to spoil."""
    return shutil.copytree(find("imagine"), tmp_path / "imagine")


def spoil(folder: Path, file: str, old: str, new: str) -> list[str]:
    """Change one file and return what is said of it."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert re.search(old, text, re.MULTILINE), f"{old} is not in {file}"
    path.write_text(re.sub(old, new, text, count=1, flags=re.MULTILINE), encoding="utf-8")
    return complaints(folder)


MISTAKES = [
    # file, what is there, what a hasty hand writes, what is said
    ("lesson.toml", r"^title =", "tittle =", "lesson.toml: 'tittle' is not known here; did you mean title?"),
    ("lesson.toml", r"^title = .*$", "", "lesson.toml: 'title' is missing; it is a text"),
    ("lesson.toml", r"^title = .*$", 'title = "  "', "title is empty"),
    ("lesson.toml", r"^minutes_read = 7", 'minutes_read = "7"', "minutes_read must be a whole number"),
    ("lesson.toml", r"^minutes_read = 7", "minutes_read = true", "minutes_read must be a whole number"),
    ("lesson.toml", r"^minutes_read = 7", "minutes_read = 2", "words take 7 at 200 a minute"),
    ("lesson.toml", r"^title = ", "title ", "lesson.toml is not TOML"),
    ("lesson.toml", r"https://arxiv", "http://arxiv", "url must begin with https://"),
    ("lesson.toml", r'^  "Tell a judge.*$', "", "outcomes has 3 entries; give 4"),
    ("lesson.toml", r"^before = \[", "before = 3\nother = [", "before must be a list"),
    ("runs.toml", r'^model = "judge"', 'model = "juge"', "no model 'juge'; did you mean judge?"),
    ("runs.toml", r"^\[judge\]", "[referee]", "figure.runs names 'judge', not in runs.toml"),
    ("runs.toml", r"^\[judge\]", "[[judge]]", "[judge] must be a table"),
    ("runs.toml", r"\A", "loose = 3\n", "[loose] must be a table"),
    (FIRST, r"^answer = 2", "answer = 4", "predict.answer is 4, and there are 3 options; count from 1"),
    (FIRST, r"^answer = 2", "answer = 0", "predict.answer is 0"),
    (FIRST, r"^question = .*$", "", "predict: 'question' is missing"),
    (FIRST, r'^kind = "judge-and-maker"', 'kind = "juge-and-maker"', "did you mean judge-and-maker?"),
    (FIRST, r"^\[figure\]\n\n", "", "has no line [figure]"),
    (FIRST, r"^\+\+\+", "---", "must begin with its settings in TOML"),
    (FIRST, r"^\[predict\]", 'id = "x"\n[predict]', "'id' is given by the file itself"),
    (FIRST, r"A \*\*judge\*\*", "A [judge](#the-jugde)", "links to #the-jugde, and no section"),
    (FIRST, r"A \*\*judge\*\*", "A [judge](/practise)", "/practise, which is no page; did you mean /practice?"),
    (FIRST, r"A \*\*judge\*\*", "![judge](https://example.org/x.png)", "holds a picture"),
    (FIRST, r'"Always fifty-fifty"', '"“I don\'t know this”"', "twice"),
    ("summary.md", r"(?s)\A.*\Z", "\n", "summary.md is empty"),
    ("sorting.toml", r"^cue = \"Your mail.*$", "", "items.spam-filter: 'cue' is missing"),
    ("sorting.toml", r'^kind = "judge"', 'kind = "jugde"', "kind 'jugde' is not known; did you mean judge?"),
    ("sorting.toml", r'^design = "vae"', 'design = "vea"', "design 'vea' is not known; did you mean vae?"),
    ("sorting.toml", r'^failure = "blur"', 'failure = "blurr"', "failure 'blurr' is not known"),
    ("sorting.toml", r"^wrong\.kind\..*$", "", "[items.spam-filter]: wrong.kind is missing"),
    ("sorting.toml", r"^wrong\.kind\.maker", "wrong.kind.judge", "wrong.kind.judge is the right answer"),
    ("sorting.toml", r"^wrong\.kind\.maker", "wrong.kind.painter", "wrong.kind.painter is not known"),
    ("sorting.toml", r"^wrong\.kind\.maker", "wrong.sort.maker", "wrong.sort is no pass"),
    ("sorting.toml", r'^blur = "Nothing.*$', "", "[defaults.failure] has no 'blur'"),
    ("sorting.toml", r"^\[defaults\.kind\]", "[defaults.kind]\nrobot = \"no\"", "has 'robot', no kind"),
    ("sorting.toml", r"^\[defaults\.kind\]", "[defaults.knd]\nx = \"y\"\n[defaults.kind]", "[defaults.knd] is no pass; did you mean kind?"),
    ("sorting.toml", r'^show = "judge-and-maker"', 'show = "jugde"', "show names 'jugde', which is no section"),
    ("sorting.toml", r'^twin = "smart-reply"', 'twin = "smart-repl"', "twin names 'smart-repl', which is no item"),
    ("sorting.toml", r'^twin = "smart-reply"', 'twin = "font-slider"', "must stand next to its twin"),
    ("sorting.toml", r'^category = "faces"', 'category = "language"', "3 of 'language' follow one another"),
    ("sorting.toml", r"^\[items\.picture-caption\]", "[items.bird-app]", "sorting.toml is not TOML"),
    ("self-check.toml", r"(?s)^\[noise\].*\Z", "", "there are 1; practice needs 5 or more"),
    ("self-check.toml", r"(?s)^points = \[.*?\]", "points = []", "points is empty"),
    ("explain.toml", r"(?s)^rubric = \[.*?^\]", "rubric = []", "rubric is empty"),
    ("cards.toml", r'^section = "judge-and-maker"', 'section = "judge"', "section 'judge' is none"),
    ("cards.toml", r'^back = "', 'back = "' + "word " * 41, "say it in 40"),
    ("cards.toml", r"(?s)^\[code\].*\Z", "", "there are 13; practice needs 40 or more"),
    ("clinic.toml", r"(?s)^\[elm\].*\Z", "", "practice needs 12 or more"),
    ("clinic.toml", r"^tried = 1$", "", "treatment: option 2 trains nothing"),
    ("clinic/birch.json", r'"seed": 5,\n "pictures"', '"pictures"', "clinic/birch.json has no 'seed'"),
    ("clinic/birch.json", r"\A\{", "[", "clinic/birch.json is not JSON"),
    ("clinic/birch.json", r"(?s)\A.*\Z", "[]", "must hold one object"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), MISTAKES)
def test_mistake_has_its_sentence(folder: Path, file: str, old: str, new: str, said: str) -> None:
    found = spoil(folder, file, old, new)
    assert any(said in sentence for sentence in found), found
    assert all("\n" not in sentence for sentence in found), found


@pytest.mark.parametrize("file", ["lesson.toml", "summary.md", "cards.toml", "clinic/birch.json"])
def test_missing_and_unreadable_files_are_named(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"\xff\xfe\x00")
    assert any(f"{file} is not text in UTF-8" in sentence for sentence in complaints(folder))
    (folder / file).unlink()
    assert any(f"{file} is missing" in sentence for sentence in complaints(folder))
    (folder / file).mkdir()
    assert any(f"{file} cannot be read" in sentence for sentence in complaints(folder))


def test_sections_need_numbers_and_names_of_their_own(folder: Path) -> None:
    first = folder / FIRST
    shutil.copy(first, folder / "sections" / "7-judge-and-maker.md")
    assert any("2 files are called 'judge-and-maker'" in s for s in complaints(folder))
    first.rename(folder / "sections" / "first.md")
    assert any("must be called by its number and a name" in s for s in complaints(folder))
    shutil.rmtree(folder / "sections")
    assert any("sections/ holds no .md file" in s for s in complaints(folder))


def test_predictions_in_one_place_are_noticed(folder: Path) -> None:
    for file in (folder / "sections").glob("*.md"):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"^answer = \d", "answer = 1", text, flags=re.M), encoding="utf-8")
    assert any("every prediction's answer is number 1" in s for s in complaints(folder))


def test_all_mistakes_of_all_files_are_said_at_once(folder: Path) -> None:
    spoil(folder, "cards.toml", r"^front = ", "font = ")
    found = spoil(folder, "lesson.toml", r"^title = ", "tittle = ")
    assert any("cards.toml" in sentence for sentence in found)
    assert any("lesson.toml" in sentence for sentence in found)


def test_recipe_that_does_not_parse_is_named(folder: Path) -> None:
    found = complaints(folder, lambda model, *_: f"{model} is odd")
    assert "runs.toml: [judge]: judge is odd" in found


def test_no_folder_is_said(tmp_path: Path) -> None:
    assert complaints(tmp_path / "none") == [
        f"{tmp_path / 'none'} is not a folder; a lesson is a folder with a lesson.toml in it"
    ]


def test_own_lessons_are_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = folder.rename(folder.with_name("second"))
    monkeypatch.setenv("MAKEBELIEVE_LESSONS", str(own.parent))
    assert list(lessons()) == ["imagine", "second"]
    assert load("second").to_json()["sections"][0]["id"] == "s1-judge-and-maker"
    (own / "summary.md").unlink()
    with pytest.raises(InputError, match=r"summary\.md is missing"):
        load("second")
    monkeypatch.setenv("MAKEBELIEVE_LESSONS", str(own / "nowhere"))
    with pytest.raises(InputError, match="which is not a folder"):
        lessons()


# ---- whatever TOML holds, there is a sentence and no traceback

LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
WORDS = st.sampled_from(
    ["id", "front", "back", "section", "tags", "question", "options", "answer", "why", "designs",
     "failures", "defaults", "items", "wrong", "kind"]
)  # fmt: skip
VALUES = st.recursive(
    LEAF, lambda v: st.lists(v, max_size=3) | st.dictionaries(WORDS | st.text(), v, max_size=5)
)


@pytest.mark.parametrize("kind", [Card, Prediction, Sorting])
@settings(max_examples=60, deadline=None)
@given(table=VALUES)
def test_any_table_is_taken_or_complained_of(kind: type, table: Any) -> None:
    said: list[str] = []
    made = fill(kind, table, "file.toml", said.append)
    assert (made is None) == bool(said)
    assert all(sentence.startswith("file.toml") for sentence in said)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_broken_toml_gives_a_sentence(data: st.DataObject, tmp_path_factory: Any) -> None:
    source = find("imagine")
    name = data.draw(st.sampled_from(["lesson.toml", "runs.toml", "cards.toml", FIRST]))
    text = (source / name).read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(1, 40))
    middle = data.draw(st.sampled_from(["", "=", '"', "[", "]]", "\x00", "+++", "'''", "{", "1"]))
    folder = tmp_path_factory.mktemp("broken") / "imagine"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.png", "*.npz"))
    (folder / name).write_text(text[:start] + middle + text[start + length :], encoding="utf-8")
    found = complaints(folder)
    assert all(sentence.strip() and "Traceback" not in sentence for sentence in found)


def test_examples_of_the_documentation_are_toml() -> None:
    page = Path(__file__).parents[2] / "docs" / "lessons.md"
    blocks = re.findall(r"^```toml\n(.*?)^```$", page.read_text(encoding="utf-8"), re.S | re.M)
    assert len(blocks) >= 5
    for block in blocks:
        tomllib.loads(block)
