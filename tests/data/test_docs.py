"""The page on one's own data knows every source, and quotes sentences that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from makebelieve.data import SOURCES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "data" / "your-own.md").read_text("utf-8")
CODE = "".join(
    re.sub(r'"\s*\n\s*f?"', "", path.read_text("utf-8"))
    for path in sorted((ROOT / "src" / "makebelieve" / "data").glob("*.py"))
)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_source_is_on_the_page(source):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {source.name} |"))
    assert f"`{source.example}`" in row
    assert re.sub(r"[`\[\]]|\(.*\)", "", row).split("|")[3].strip() == source.line


def test_quoted_sentences_exist():
    tables = PAGE.partition("## When a file cannot be used")[2]
    rows = [line.split("|")[1].strip() for line in tables.splitlines() if line.startswith("| ")]
    quoted = [row for row in rows if row != "the sentence says"]
    assert len(quoted) > 12
    for sentence in quoted:
        plain = re.sub(r" \(or .*\)| PNG.*|HEIC.*|64,000,000.*", "…", sentence)
        for part in filter(None, (part.strip() for part in plain.split("…"))):
            assert part.removeprefix("it is ") in CODE, part
