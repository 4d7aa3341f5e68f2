"""The documentation is whole: every name is in it, every link leads somewhere, every block runs.

Commands and their options have a test beside the commands, in tests/cli/test_table.py.
"""

from __future__ import annotations

import importlib.util
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import makebelieve
from makebelieve.cli import main
from makebelieve.data import SOURCES, load
from makebelieve.data.embedded import EMBEDDED
from makebelieve.models import MODELS, find
from makebelieve.models.gan import LOSSES, PENALTIES
from makebelieve.models.terms import LIKELIHOODS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    [*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "examples").glob("*.md")],
    key=lambda page: str(page),
)
RUN = re.compile(r"<!-- run -->\n```(python|sh)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)


@cache
def text(page: Path) -> str:
    """Read a page."""
    return page.read_text(encoding="utf-8")


@cache
def headings(page: Path) -> frozenset[str]:
    """Return the headings of a page without their marks."""
    return frozenset(h.replace("`", "") for h in HEADING.findall(FENCE.sub("", text(page))))


def anchor(heading: str) -> str:
    """Return the anchor that the site gives a heading."""
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


def mentioned(name: str, page: Path) -> bool:
    """Say whether a name stands in a page as code or as a heading."""
    return (
        name in headings(page)
        or re.search(rf"`[^`\n]*{re.escape(name)}[^`\n]*`", text(page)) is not None
    )


def test_recipe_and_rules_say_what_the_code_says() -> None:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    assert text(DOCS / "recipe.md") == reference.page(), "run scripts/fix"
    assert text(DOCS / "diagnosis.md") == reference.rules_page(), "run scripts/fix"


@pytest.mark.parametrize("model", MODELS)
def test_model_is_documented_with_every_option(model: str) -> None:
    assert model in headings(DOCS / "models.md")
    section = text(DOCS / "models.md").partition(f"\n## {model}\n")[2].partition("\n## ")[0]
    explained_for_all = {"size", "likelihood", "latent_dim", "conditional"}
    for option in set(find(model).Options.__dataclass_fields__) - explained_for_all:
        assert f"`{option}`" in section or f"`{option}=" in section, option
    assert all(f"`{o}`" in text(DOCS / "models.md") for o in explained_for_all)


@pytest.mark.parametrize("name", [*LOSSES, *PENALTIES, *LIKELIHOODS])
def test_loss_penalty_and_likelihood_are_documented(name: str) -> None:
    assert f"\n| `{name}` |" in text(DOCS / "models.md")


@pytest.mark.parametrize("name", EMBEDDED)
def test_embedded_data_are_documented(name: str) -> None:
    assert name in headings(DOCS / "data" / "embedded.md")
    assert f"`{name}`" in text(ROOT / "README.md")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_data_source_is_documented(source: Any) -> None:
    pages = (DOCS / "data").glob("*.md")
    assert any(mentioned(source.example, page) or mentioned(source.name, page) for page in pages)


@pytest.mark.parametrize("name", makebelieve.__all__)
def test_public_name_is_there_and_documented(name: str) -> None:
    assert callable(getattr(makebelieve, name))
    assert name in headings(DOCS / "python.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", text(page))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), target
        assert ROOT in linked.parents, target
        if fragment:
            assert fragment in {anchor(h) for h in headings(linked)}, target


def test_every_decision_is_listed() -> None:
    pages = {page.name for page in (DOCS / "decisions").glob("[0-9]*.md")}
    assert (
        set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", text(DOCS / "decisions" / "index.md"))) == pages
    )
    for page in pages:
        body = text(DOCS / "decisions" / page)
        assert all(f"**{part}.**" in body for part in ("Context", "Decision", "Consequences"))


def write_pictures(folder: Path) -> None:
    """Write what the newcomer of the documentation has: oblong pictures in two sub-folders."""
    clothes = load("fashion")
    assert clothes.labels is not None
    for code, name in ((0, "cats"), (1, "dogs")):
        (folder / name).mkdir(parents=True)
        for number, row in enumerate((clothes.labels == code).nonzero()[0][:60], 1):
            picture = Image.fromarray(clothes.examples[row, :, :, 0]).resize((48, 40))
            picture.save(folder / name / f"{number:03d}.jpg")


def run_commands(block: str) -> None:
    """Run every `makebelieve` of a block in this process, with a budget of seconds."""
    for line in block.splitlines():
        words = shlex.split(re.sub(r"--minutes [\d.]+", "--examples 256", line), comments=True)
        if words and words[0] == "makebelieve":
            assert main(words[1:]) == 0, line
        else:
            assert not words or words[0] in {"source", "scripts/install"}, line


RUNNABLE = [page for page in PAGES if RUN.search(text(page))]


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAKEBELIEVE_HOME", str(tmp_path / "home"))
    write_pictures(tmp_path / "my-pictures")
    names: dict[str, Any] = {}
    for language, block in RUN.findall(text(page)):
        if language == "sh":
            run_commands(block)
        else:
            exec(compile(block, str(page), "exec"), names)


def test_the_pages_for_newcomers_are_run() -> None:
    assert {DOCS / "five-minutes.md", DOCS / "python.md", ROOT / "README.md"} <= set(RUNNABLE)
