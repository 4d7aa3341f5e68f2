"""Export: a folder with the weights, a card, and ONNX graphs that were checked against PyTorch."""

from __future__ import annotations

import importlib.util
import json
import math
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch

import makebelieve
from makebelieve.data import pictures
from makebelieve.errors import InputError
from makebelieve.models.model import Generates
from makebelieve.recipe import nearest
from makebelieve.runs.card import describe, sealed
from makebelieve.runs.parts import MOST, Part, parts_of, trial
from makebelieve.runs.plain import source_of
from makebelieve.runs.readme import readme
from makebelieve.runs.run import Run
from makebelieve.runs.whole import check_free, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

__all__ = ["BATCHES", "LIMIT", "check", "difference", "export", "graph_of", "parity"]

OPSET = 17  # known to onnxruntime from 1.12 on
LIMIT = 1e-4
BATCHES = (1, 2, MOST)
SHOWN = {"pictures": 64, "points": 1000}  # samples in the picture
CHECKED = 2  # examples of each part that go along, for whoever computes it elsewhere


def export(
    run: Run | str | Path,
    folder: str | Path,
    *,
    onnx: bool = True,
    parts: Sequence[str] | None = None,
    findings: Sequence[Mapping[str, Any]] | None = None,
    scores: Mapping[str, Mapping[str, Any]] | None = None,
) -> Path:
    """Write a trained model as files that others can use; the folder is whole or not there.

    Args:
        run: a run, its folder, or its name.
        folder: where to write; new or empty.
        onnx: write ONNX graphs, too, and check each against PyTorch.
        parts: which graphs, such as ["decoder"]; None for all.
        findings: of a diagnosis, for the card.
        scores: that were measured, for the card.

    Raises:
        InputError: the place is taken, ONNX is not installed, or a graph failed its check.
    """
    opened, target = run if isinstance(run, Run) else Run(run), Path(folder)
    check(opened, target, onnx=onnx, parts=parts)
    model = opened.model
    found = parts_of(model)
    card = describe(opened, found, findings, scores)
    files = {
        "model.safetensors": _weights(opened, model),
        "check.safetensors": safetensors.torch.save(examples_of(found)),
    }
    if isinstance(model, Generates):
        made = opened.sample(SHOWN[opened.spec.kind])
        files["samples.png"] = pictures.png_bytes(pictures.show(made, opened.spec))
    for name in (parts or found) if onnx else ():
        part, file = found[name], f"{name}.onnx"
        files[file] = graph_of(part, model)
        card["parts"][name] |= {"file": file, "parity": _checked(part, files[file], opened.name)}
    card["files"] = {name: sealed(content) for name, content in files.items()}
    # Of the last part: what makes something, where something is made.
    files["README.md"] = readme(card, source_of([*found.values()][-1])).encode()
    card["files"]["README.md"] = sealed(files["README.md"])
    text = json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False)
    files["card.json"] = f"{text}\n".encode()
    write_whole(target, files)
    return target


def check(run: Run, folder: Path, *, onnx: bool, parts: Sequence[str] | None) -> None:
    """Refuse what `export` would refuse, before any work is done.

    Raises:
        InputError: the place is taken, ONNX is not installed, or there is no such part.
    """
    check_free(folder)
    known = parts_of(run.model)
    for name in parts or ():
        if name not in known:
            raise InputError(
                f"{run.name} has no part {name!r}{nearest(name, known)} (parts: {', '.join(known)})"
            )
    if onnx:
        _check_installed()


def _check_installed() -> None:
    missing = [name for name in ("onnx", "onnxruntime") if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"ONNX needs the package {' and '.join(missing)}: pip install 'makebelieve[export]', "
            "or leave ONNX out with --no-onnx (in Python: onnx=False)"
        )


def _weights(run: Run, model: torch.nn.Module) -> bytes:
    """Return the weights that a person uses, averaged where the run keeps averages."""
    tensors = {name: t.detach().contiguous() for name, t in model.state_dict().items()}
    odd = [name for name, t in tensors.items() if not torch.isfinite(t).all()]
    if odd:
        raise InputError(
            f"{odd[0]} of {run.name} has numbers that are not finite, so it is not exported: "
            "train it again"
        )
    return safetensors.torch.save(tensors, {"makebelieve": makebelieve.__version__})


@torch.no_grad()
def examples_of(parts: Mapping[str, Part]) -> dict[str, Tensor]:
    """Return a few inputs of each part with its outputs, by `PART/in/NAME` and `PART/out/NAME`."""
    found: dict[str, Tensor] = {}
    for name, part in parts.items():
        inputs = trial(part, CHECKED)
        pairs = {"in": zip(part.inputs, inputs, strict=True),
                 "out": zip(part.outputs, part(*inputs), strict=True)}  # fmt: skip
        for side, pair in pairs.items():
            found |= {f"{name}/{side}/{port.name}": t.contiguous() for port, t in pair}
    return found


def graph_of(part: Part, model: Any) -> bytes:
    """Return a part as an ONNX graph with a free batch dimension, and the classes as metadata.

    Args:
        part: what to draw.
        model: whose part it is.
    """
    import onnx

    inputs, outputs = ([port.name for port in side] for side in (part.inputs, part.outputs))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The exporter of PyTorch's own choice fixes the batch: docs/decisions/0012-export.md.
        warnings.simplefilter("ignore")
        path = Path(folder) / "drawn.onnx"
        try:
            torch.onnx.export(
                part.eval(), trial(part, 3), path, dynamo=False, opset_version=OPSET,
                input_names=inputs, output_names=outputs,
                dynamic_axes={name: {0: "n"} for name in inputs + outputs},
            )  # fmt: skip
        except (ImportError, RuntimeError, TypeError, ValueError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise InputError(
                f"PyTorch {torch.__version__} cannot write the {part.name} as ONNX ({reason}): "
                "export with --no-onnx"
            ) from None
        graph = onnx.load(path)
    graph.graph.name = graph.graph.doc_string = part.about
    classes = json.dumps(model.spec.classes, ensure_ascii=False)
    onnx.helper.set_model_props(graph, {"classes": classes, "part": part.name})
    onnx.checker.check_model(graph)
    return bytes(graph.SerializeToString())


def _checked(part: Part, graph: bytes, name: str) -> dict[str, Any]:
    try:
        found = parity(part, graph)
    except Exception as error:  # noqa: BLE001 (what onnxruntime raises has no class of its own)
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"onnxruntime cannot run the {part.name} of {name} ({reason}), so nothing was "
            "exported: export with --no-onnx"
        ) from None
    greatest = max(found["difference"].values())
    if greatest > LIMIT:
        raise InputError(
            f"the ONNX {part.name} of {name} gives other numbers than PyTorch (by {greatest:.2g}, "
            f"more than {LIMIT:g}), so nothing was exported: export with --no-onnx"
        )
    return found


@torch.no_grad()
def parity(part: Part, graph: bytes) -> dict[str, Any]:
    """Compare a graph with PyTorch, on ordinary and extreme inputs.

    Args:
        part: what PyTorch computes.
        graph: what onnxruntime computes.

    Returns:
        the limit, the sizes of batch, onnxruntime's version, and the greatest `difference` of each
        output.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    greatest = {port.name: 0.0 for port in part.outputs}
    for n in BATCHES:
        inputs = trial(part, n)
        fed = {p.name: t.numpy() for p, t in zip(part.inputs, inputs, strict=True)}
        both = zip(part.outputs, part(*inputs), session.run(None, fed), strict=True)
        for port, expected, found in both:
            off = difference(expected, torch.from_numpy(found))
            greatest[port.name] = max(greatest[port.name], off)
    return {
        "limit": LIMIT,
        "batches": list(BATCHES),
        "onnxruntime": onnxruntime.__version__,
        "opset": OPSET,
        "difference": greatest,
    }


def difference(expected: Tensor, found: Tensor) -> float:
    """Return the greatest difference; where numbers exceed 1, as a share of the greatest.

    It is infinite where a number is not finite, or the shapes are not the same.

    Example:
        >>> difference(torch.tensor([1.0, 200.0]), torch.tensor([1.0, 100.0]))
        0.5
    """
    if expected.shape != found.shape:
        return float("inf")
    scale = expected.abs().max().clamp(min=1)
    off = float((expected - found).abs().max() / scale)
    return round(off, 12) if math.isfinite(off) else math.inf
