"""The model card: what an exported model is, in Markdown, written from its card alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["readme"]

KINDS = {
    "judge": "a judge: it says which class an example belongs to, and how sure it is",
    "autoencoder": "an autoencoder: it squeezes an example into a code and rebuilds it",
    "vae": "a variational autoencoder: it rebuilds examples from codes, and makes new ones",
    "gan": "the generator of a generative adversarial network: it makes new examples from noise",
}
LIMITS = {
    "judge": (
        "It always answers with one of its classes, also for a picture of something else.",
        "Its confidence is calibrated for examples like those it was trained on, for no others.",
    ),
    "maker": (
        "It imitates the examples it was trained on: with their gaps, and with their mistakes.",
        "What it makes may resemble a training example; the findings say what was measured.",
        "What it makes is no evidence of anything that exists.",
    ),
}

BLOCKS = "▁▂▃▄▅▆▇█"


def readme(card: dict[str, Any], code: str | None) -> str:
    """Write the model card of an export.

    Args:
        card: what `card.json` will hold, but for this file.
        code: a part in plain PyTorch.
    """
    sections = (
        _what(card), _findings(card), _limits(card), _use(card, code), _parts(card), _data(card),
        _training(card), _curves(card), _scores(card),
    )  # fmt: skip
    return "\n\n".join(filter(None, sections)) + "\n"


def plain(text: object) -> str:
    r"""Return text that Markdown takes as it stands, on one line.

    Example:
        >>> print(plain("a   <b>"))
        a \<b\>
    """
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", " ".join(str(text).split()))


def _what(card: dict[str, Any]) -> str:
    kind = KINDS.get(card["model"], f"a {card['model']}")
    spec = card["spec"]
    shape = " × ".join(map(str, spec["shape"]))
    size = f"pictures of {shape} (channels, rows, columns)"
    about = "points of the plane" if spec["kind"] == "points" else size
    count = sum(card["parameters"].values())
    text = (
        f"# {plain(card['name'])}\n\n"
        f"This is {kind}. It works on {about} and has {count:,} parameters in all."
    )
    if card["conditional"]:
        text += " It is told the class of each example."
    if spec["classes"]:
        column = card["data"].get("label_column")
        of = f" ({plain(column)})" if column else ""
        text += f"\n\nClasses{of}, in order: {', '.join(map(plain, spec['classes']))}."
    if "samples.png" in card["files"]:
        text += (
            "\n\n![What it makes of noise](samples.png)\n\n"
            "What it makes of noise: the first samples, none were chosen."
        )
    return text


def _data(card: dict[str, Any]) -> str:
    data = card["data"]
    counts = ", ".join(f"{data[s]:,} {s}" for s in ("train", "validation", "test"))
    origin = plain(data.get("about") or "not recorded; whoever passes the model on has to know")
    return (
        f"## Data\n\n- Name: `{_code(data['name'])}`\n- Origin and licence: {origin}\n"
        f"- Examples: {counts}\n- Fingerprint: `{_code(data['fingerprint'])}`\n\n"
        "The licence of the weights is for whoever trained them to choose; the licence of the data "
        "may bind them."
    )


def _training(card: dict[str, Any]) -> str:
    t, made = card["training"], card["exported"]
    state = "" if t["state"] == "finished" else f" Its training had not ended ({t['state']})."
    return (
        f"## Training\n\n{t['seen']:,} examples seen in {t['step']:,} steps and "
        f"{t['seconds']:,.0f} seconds, with makebelieve {t['makebelieve']} and PyTorch "
        f"{t['torch']}.{state} Every setting is in `card.json` under `recipe`. Exported "
        f"{made['on']} with makebelieve {made['makebelieve']}."
    )


def _curves(card: dict[str, Any]) -> str:
    """Tell how the scores of held-out examples went, and where those of training ones ended."""
    known = {
        name: [(seen, value) for seen, value in points if value is not None]
        for name, points in card["curves"].items()
    }
    split = "validation" if any(name.startswith("validation/") for name in known) else "train"
    rows = []
    for path, points in known.items():
        of, _, name = path.partition("/")
        if of != split or len(points) < 2:
            continue
        values = [value for _, value in points]
        train = known.get(f"train/{name}", [])
        ends = (values[0], min(values), max(values), values[-1], train[-1][1] if train else None)
        rows.append((f"`{_code(name)}`", f"`{sparkline(values)}`", *map(_number, ends)))
    if not rows:
        return ""
    of = "held-out" if split == "validation" else "training"
    head = ("score", "over time", "first", "least", "greatest", "last", "last, training")
    text = f"How the scores of {of} examples went while it was trained:"
    return "\n".join([text, "", *_table(head, rows)])


def sparkline(values: Sequence[float], most: int = 24) -> str:
    """Draw numbers as a line of blocks.

    Example:
        >>> sparkline([1.0, 2.0, 3.0, 2.0])
        '▁▅█▅'
    """
    if len(values) > most:
        values = [values[round(i * (len(values) - 1) / (most - 1))] for i in range(most)]
    low, span = min(values), max(values) - min(values)
    return "".join(BLOCKS[round((v - low) / span * 7) if span else 0] for v in values)


def _scores(card: dict[str, Any]) -> str:
    lines = []
    if card["result"]:
        own = [(f"`{_code(k)}`", f"{v:.4g}") for k, v in card["result"].items()]
        lines += ["The model's own scores on the test split:", ""]
        lines += _table(("score", "value"), own)
    if card["scores"]:
        head = ("score", "value", "±", "real", "n", "what it is: what is good")
        rows = [
            (
                f"`{_code(name)}`",
                *(_number(s.get(k)) for k in ("value", "spread", "null", "n")),
                plain(": ".join(s[k] for k in ("about", "good") if s.get(k))),
            )
            for name, s in card["scores"].items()
        ]
        said = 'Measured; "real" is what real examples get in the same way:'
        lines += ["", said, "", *_table(head, rows)] if lines else [said, "", *_table(head, rows)]
    return "\n".join(["## Scores", "", *lines]) if lines else ""


def _findings(card: dict[str, Any]) -> str:
    found = card["findings"]
    if found is None:
        return "## Findings\n\nNobody looked for faults before this export."
    told = [f for f in found if f.get("verdict") in ("failure", "warning")]
    rest = [f for f in found if f not in told]
    blocks = ["## Findings"]
    if told:
        blocks += ["This was found to be wrong with it:", _found(told)]
    else:
        blocks.append("Nothing was found to be wrong with it.")
    if rest:
        fine = sum(f.get("verdict") == "fine" for f in rest)
        summary = f"{fine} of {len(found)} rules found it fine"
        blocks.append(f"<details><summary>{summary}</summary>\n\n{_found(rest)}\n\n</details>")
    return "\n\n".join(blocks)


def _found(findings: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (f.get("verdict", ""), f"{f.get('name', '')} ({f.get('code', '')})", f.get("sentence", ""))
        for f in findings
    ]
    head = ("verdict", "what was looked for", "what was found")
    return "\n".join(_table(head, [tuple(map(plain, row)) for row in rows]))


def _limits(card: dict[str, Any]) -> str:
    lines = LIMITS["judge" if card["model"] == "judge" else "maker"]
    return "\n".join(["## Limits", "", *(f"- {line}" for line in lines)])


def _parts(card: dict[str, Any]) -> str:
    rows = []
    for name, part in card["parts"].items():
        for side in ("inputs", "outputs"):
            rows += [
                (name, side[:-1], f"`{p['name']}`", p["dtype"], _shape(p["shape"]), p["about"])
                for p in part[side]
            ]
    text = _table(("part", "", "name", "type", "shape", "what it is"), rows)
    checked = [
        f"- `{part['file']}`: differs from PyTorch by at most "
        f"{max(part['parity']['difference'].values()):.1e} (limit {part['parity']['limit']:g}), "
        f"in batches of {', '.join(map(str, part['parity']['batches']))}"
        for part in card["parts"].values()
        if part["parity"]
    ]
    return "\n".join(["## Inputs and outputs", "", *text, *([""] if checked else []), *checked])


def _use(card: dict[str, Any], code: str | None) -> str:
    blocks = ["## How to use it", "With makebelieve:", _fenced("sh", "makebelieve import .")]
    graphs = [part for part in card["parts"].values() if part["file"]]
    if graphs:
        blocks += ["With onnxruntime alone:", _fenced("python", _onnx(graphs[-1]))]
    if code:
        blocks += ["With PyTorch and safetensors alone:", _fenced("python", code)]
    blocks.append(
        "`check.safetensors` holds a few inputs of each part (`PART/in/NAME`) with its outputs "
        "(`PART/out/NAME`), to check any other way of computing it."
    )
    return "\n\n".join(blocks)


def _onnx(part: dict[str, Any]) -> str:
    lines = [
        "import json",
        "from pathlib import Path",
        "",
        "import numpy as np",
        "import onnxruntime",
        "",
        f'session = onnxruntime.InferenceSession("{part["file"]}")',
    ]
    for port in part["inputs"]:
        shape = ", ".join(map(str, [4, *port["shape"][1:]]))
        made = {
            "picture": f"np.random.rand({shape}).astype(np.float32)",
            "label": "np.arange(4) % 2",
        }.get(port["name"], f"np.random.randn({shape}).astype(np.float32)")
        lines.append(f"{port['name']} = {made}  # {port['about']}")
    if "code_mean" in part:
        lines += [
            'card = json.loads(Path("card.json").read_text(encoding="utf-8"))',
            'about = card["parts"]["decoder"]',
            'code = (about["code_mean"] + code * about["code_std"]).astype(np.float32)',
        ]
    else:
        del lines[:3]
    fed = ", ".join(f'"{p["name"]}": {p["name"]}' for p in part["inputs"])
    outputs = ", ".join(p["name"] for p in part["outputs"])
    lines.append(f"({outputs},) = session.run(None, {{{fed}}})  # {part['about']}")
    return "\n".join(lines)


def _fenced(language: str, code: str) -> str:
    return f"```{language}\n{code}\n```"


def _code(text: object) -> str:
    return " ".join(str(text).replace("`", "'").split())


def _shape(shape: Sequence[object]) -> str:
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


def _number(value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
