"""Write what the code declares into the docs: recipe keys and rules; with --check, only compare."""

import sys
from pathlib import Path

from makebelieve.diagnosis.rules import RULES
from makebelieve.models import MODELS, find
from makebelieve.recipe import DataRecipe, Key, TrainingRecipe, keys

__all__ = ["PAGE", "RULES_PAGE", "page", "rules_page"]

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "recipe.md"
RULES_PAGE = DOCS / "diagnosis.md"
MARK = "<!-- From here on written by scripts/reference.py from the code. -->\n"
GROUPS = {
    "T": "Training",
    "C": "The code of a VAE",
    "S": "Samples",
    "D": "The contest of a GAN",
    "J": "Judges",
}

HEAD = """\
<!-- Written by scripts/reference.py from the code: change the code, then run scripts/fix. -->

# Recipe

A recipe is every setting of a run. It has three parts: `model`, `data` and `training`. A setting
that you leave alone has the default below; a default of `auto` is chosen from the model and the
data when a run begins, and the run's `recipe.json` says what was chosen.

There are three ways to set a key, here the key `model.beta`:

| where | how |
|---|---|
| command line | `makebelieve train vae avatars --set model.beta=4` |
| Python | `mb.train("vae", "avatars", beta=4)` |
| a file in TOML | `[model]`, and under it `beta = 4` |

The part may be left out: `beta` means `model.beta`. Where two parts have a key of the same name,
`model` comes first, then `training`, then `data`; so `size` is the size of the nets, and the size
of the pictures is `data.size`. Whole numbers may be written as `60k` or `2M`. A key that does not
exist, or a value that does not fit, is refused with one sentence before anything is trained.
"""


def page() -> str:
    """Return the whole page."""
    parts = [HEAD, "## Data\n\n" + table(keys(DataRecipe, "data"))]
    parts.append("## Training\n\n" + table(keys(TrainingRecipe, "training")))
    for name, (_, line) in MODELS.items():
        title = f"## Model: {name}\n\n`{name}`: {line}. More in [Models](models.md#{name}).\n\n"
        parts.append(title + table(keys(find(name).Options, "model")))
    return "\n".join(parts)


def rules_page() -> str:
    """Return the page of rules: its first part as it stands, then a section for each rule."""
    parts = [RULES_PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK]
    group = ""
    for code, rule in RULES.items():
        if code[0] != group:
            group = code[0]
            parts.append(f"## {GROUPS[group]}\n")
        limits = ", ".join(f"`{name}` {value:g}" for name, value in rule.limits.items())
        parts.append(f"### {code} {rule.name}\n\n{rule.about} {rule.why}\n")
        parts.append(f"Limits: {limits}.\nSource: {rule.source}\n")
    return "\n".join(parts)


def table(rows: list[Key]) -> str:
    """Return one Markdown table."""
    lines = ["| key | default | takes | what it is |", "|---|---|---|---|"]
    for k in rows:
        doc = k.doc.replace("(None:", "(auto:")
        cells = f"`{k.path}`", f"`{shown(k.default)}`", k.takes, doc
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def shown(value: object) -> str:
    """Write a default as one would write it on the command line."""
    if value is None:
        return "auto"
    return str(value).lower() if isinstance(value, bool) else str(value)


def main() -> int:
    """Write the pages, or say which of them is stale."""
    stale = False
    for path, text in ((PAGE, page()), (RULES_PAGE, rules_page())):
        if path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in sys.argv:
            print(f"docs/{path.name} does not say what the code says: run scripts/fix")
            stale = True
        else:
            path.write_text(text, encoding="utf-8")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
