"""Write docs/recipe.md from the keys that the code declares; with --check, only compare."""

import sys
from pathlib import Path

from makebelieve.models import MODELS, find
from makebelieve.recipe import DataRecipe, Key, TrainingRecipe, keys

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "recipe.md"

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
    """Write the page, or say that it is stale."""
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == page():
        return 0
    print("docs/recipe.md does not say what the code says: run scripts/fix", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
