"""The parts of a model as a few lines of plain PyTorch, for people without this package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from makebelieve.nets.blocks import SLOPE, Activation
from makebelieve.nets.conv import ConvDecoder, ConvEncoder, Double
from makebelieve.nets.mlp import MLP, MLPDecoder, MLPEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from makebelieve.runs.parts import Part

__all__ = ["source_of"]

Lines = list[str]
HEAD = """\
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

w = load_file("model.safetensors")
"""


def source_of(part: Part) -> str | None:
    """Return a Python function that computes a part from `model.safetensors`.

    Args:
        part: what it is to compute.

    Returns:
        the source, or None where it holds a layer that is not in the table.
    """
    try:
        body = BODIES[part.name](part.model, [port.name for port in part.inputs])
    except KeyError:
        return None
    names = ", ".join(port.name for port in part.inputs)
    lines = [HEAD, "", f"def {part.name}({names}):", *(f"    {line}" for line in body)]
    return "\n".join(line.rstrip() for line in lines)


def _judge(model: Any, inputs: Sequence[str]) -> Lines:
    return [
        f"h = {inputs[0]}",
        *_lines(model.net, "net"),
        *_lines(model.head, "head"),
        'return (h / w["temperature"]).softmax(1)',
    ]


def _encoder(model: Any, inputs: Sequence[str]) -> Lines:
    told = _told(model)
    lines = [f"h = {inputs[0]}", *told, *_lines(model.encoder, "encoder", joined=bool(told))]
    if model.outputs == 2:
        return [*lines, "mean, log_variance = h.chunk(2, dim=1)", "return mean, log_variance"]
    return [*lines, "return h"]


def _decoder(model: Any, inputs: Sequence[str]) -> Lines:
    return _made(model, inputs, model.decoder, "decoder")


def _generator(model: Any, inputs: Sequence[str]) -> Lines:
    return _made(model, inputs, model.generator, "generator")


def _made(model: Any, inputs: Sequence[str], net: nn.Module, name: str) -> Lines:
    told = _told(model)
    joined = ["h = torch.cat([h, told], 1)"] if told else []
    pictures = model.spec.kind == "pictures"
    return [
        f"h = {inputs[0]}",
        *told,
        *joined,
        *_lines(net, name),
        "return torch.sigmoid(h)" if pictures else "return h",
    ]


def _told(model: Any) -> Lines:
    if not model.classes:
        return []
    return [f"told = F.one_hot(label.clamp(min=0), {model.classes}) * (label >= 0)[:, None]"]


BODIES: dict[str, Callable[[Any, Sequence[str]], Lines]] = {
    "judge": _judge,
    "encoder": _encoder,
    "decoder": _decoder,
    "generator": _generator,
}


def _lines(module: nn.Module, name: str, *, joined: bool = False) -> Lines:
    """Return the lines that turn h into what a module makes of it.

    Raises:
        KeyError: the module is of no kind in the table.
    """
    for kind, lines in LAYERS.items():
        if isinstance(module, kind):
            return lines(module, name, joined)
    raise KeyError(type(module).__name__)


def _of(name: str, *rest: str) -> str:
    return ", ".join(["h", f'w["{name}.weight"]', f'w["{name}.bias"]', *rest])


def _sequence(module: Any, name: str, joined: bool) -> Lines:
    del joined
    return [line for i, child in enumerate(module) for line in _lines(child, f"{name}.{i}")]


def _linear(module: Any, name: str, joined: bool) -> Lines:
    del module, joined
    return [f"h = F.linear({_of(name)})"]


def _activation(module: Any, name: str, joined: bool) -> Lines:
    del module, name, joined
    return [f"h = F.leaky_relu(h, {SLOPE})"]


def _conv(module: Any, name: str, joined: bool) -> Lines:
    del joined
    return [f"h = F.conv2d({_of(name, f'stride={module.stride[0]}')}, padding=1)"]


def _double(module: Any, name: str, joined: bool) -> Lines:
    del joined
    s = module.size
    cut = f"[:, :, :{s}, :{s}]" if s % 2 else ""
    return [f"h = F.conv_transpose2d({_of(f'{name}.conv', 'stride=2', 'padding=1')}){cut}"]


def _join(joined: bool) -> Lines:
    return ["h = torch.cat([h, told], 1)"] if joined else []


def _mlp(module: Any, name: str, joined: bool) -> Lines:
    return [*_join(joined), *_lines(module.layers, f"{name}.layers")]


def _mlp_encoder(module: Any, name: str, joined: bool) -> Lines:
    flat = "h = (2 * h - 1).permute(0, 2, 3, 1).flatten(1)"
    return [flat, *_mlp(module, name, joined)]


def _mlp_decoder(module: Any, name: str, joined: bool) -> Lines:
    shape = ", ".join(map(str, module.shape))
    return [*_mlp(module, name, joined), f"h = h.reshape(-1, {shape}).permute(0, 3, 1, 2)"]


def _conv_encoder(module: Any, name: str, joined: bool) -> Lines:
    return [
        "h = 2 * h - 1",
        *_lines(module.body, f"{name}.body"),
        "h = h.flatten(1)",
        *_join(joined),
        *_lines(module.head, f"{name}.head"),
    ]


def _conv_decoder(module: Any, name: str, joined: bool) -> Lines:
    del joined
    width, base = module.base
    return [
        *_lines(module.stem, f"{name}.stem"),
        f"h = h.reshape(-1, {base}, {base}, {width}).permute(0, 3, 1, 2)",
        *_lines(module.body, f"{name}.body"),
    ]


LAYERS: dict[type[nn.Module], Callable[[Any, str, bool], Lines]] = {
    nn.Sequential: _sequence,
    nn.Linear: _linear,
    nn.Conv2d: _conv,
    Activation: _activation,
    Double: _double,
    MLP: _mlp,
    MLPEncoder: _mlp_encoder,
    MLPDecoder: _mlp_decoder,
    ConvEncoder: _conv_encoder,
    ConvDecoder: _conv_decoder,
}
"""What each kind of module is in plain PyTorch; a new net is one line here."""
