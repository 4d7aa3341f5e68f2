"""The parts of a model that are of use alone: what goes into each, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from makebelieve.models.model import Encodes, Generates, Judges, Posterior
from makebelieve.rng import seed_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from makebelieve.data.spec import Spec

__all__ = ["MOST", "PARTS", "Part", "Port", "parts_of", "trial"]

PARTS = ("judge", "encoder", "decoder", "generator")
MOST = 17
"""How many rows `trial` can give."""

Output = Tensor | tuple[Tensor, ...]


@dataclass(frozen=True)
class Port:
    """One input or output of a part.

    Args:
        name: "picture", "point", "code", "noise", "label", "mean", "log_variance" or
            "probabilities".
        shape: of one example; a batch has n of them.
        about: its range and unit, for people.
        dtype: "float32" or "int64".
    """

    name: str
    shape: tuple[int, ...]
    about: str
    dtype: str = "float32"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "name": self.name,
            "shape": ["n", *self.shape],
            "dtype": self.dtype,
            "about": self.about,
        }


class Part(nn.Module):
    """One part: a module whose inputs and outputs have names.

    Args:
        name: one of `PARTS`.
        about: one line for people.
        model: the whole model.
        compute: tensors, one for each input → a tensor, or one for each output.
        inputs: what goes in.
        outputs: what comes out.
    """

    def __init__(
        self,
        name: str,
        about: str,
        model: nn.Module,
        compute: Callable[..., Output],
        inputs: tuple[Port, ...],
        outputs: tuple[Port, ...],
    ) -> None:
        super().__init__()
        self.name, self.about, self.model, self.compute = name, about, model, compute
        self.inputs, self.outputs = inputs, outputs

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return one tensor for each output."""
        found = self.compute(*inputs)
        each = found if isinstance(found, tuple) else (found,)
        # The shape is said once more, so that a graph that is drawn from this knows it.
        return tuple(t.reshape(-1, *o.shape) for t, o in zip(each, self.outputs, strict=True))


def parts_of(model: Any) -> dict[str, Part]:
    """Return the parts of a model by name, by what it can do.

    Args:
        model: a model of the table of models.

    Example:
        >>> from makebelieve.data.spec import Spec
        >>> from makebelieve.models.vae import VAE
        >>> list(parts_of(VAE(Spec.points())))
        ['encoder', 'decoder']
    """
    spec: Spec = model.spec
    example = Port(*_example(spec))
    module: nn.Module = model
    classes: int = getattr(model, "classes", 0)
    label = Port("label", (), f"0 … {classes - 1}; -1: not known", "int64")
    told = (label,) if classes else ()
    found = []
    if isinstance(model, Judges):
        verdict = Port(
            "probabilities", (len(spec.classes),), "0 … 1, calibrated, in the order of the classes"
        )
        found.append(
            Part("judge", f"{example.name} → probabilities of the classes", module,
                 lambda x: model.logits(x).softmax(1), (example,), (verdict,))
        )  # fmt: skip
    if isinstance(model, Encodes):
        found += _hourglass(model, example, told)
    elif isinstance(model, Generates):
        noise = Port("noise", (model.latent_dim,), "standard normal numbers")
        found.append(
            Part("generator", f"noise → a new {example.name}", module,
                 model.sample, (noise, *told), (example,))
        )  # fmt: skip
    return {part.name: part for part in found}


def _example(spec: Spec) -> tuple[str, tuple[int, ...], str]:
    if spec.kind == "points":
        return "point", spec.shape, "coordinates, in the unit of the data"
    colour = "grey" if spec.channels == 1 else "red, green and blue"
    return "picture", spec.shape, f"0 … 1, {colour}; channels, rows, columns"


def _hourglass(model: Any, example: Port, told: tuple[Port, ...]) -> list[Part]:
    """Return encoder and decoder."""
    length = (model.latent_dim,)
    if isinstance(model, Posterior):
        code = Port("code", length, "standard normal for new examples; or means of the encoder")
        outputs: tuple[Port, ...] = (
            Port("mean", length, "of the codes of this example: the code to take"),
            Port("log_variance", length, "of the codes of this example: log σ², in nats"),
        )
        coded: Callable[..., Output] = model.posterior
    else:
        code = Port("code", length, "what the encoder gives; see code_mean and code_std")
        outputs, coded = (code,), model.encode
    return [
        Part("encoder", f"{example.name} → code", model, coded, (example, *told), outputs),
        Part("decoder", f"code → {example.name}", model, model.decode, (code, *told), (example,)),
    ]


def trial(part: Part, n: int, seed: int = 0) -> tuple[Tensor, ...]:
    """Return n rows for each input of a part: random ones and extreme ones.

    Args:
        part: for whose inputs.
        n: at most `MOST`; the first rows are always the same.
        seed: start of the randomness.
    """
    return tuple(_rows(port, part.model, seed)[:n] for port in part.inputs)


def _rows(port: Port, model: Any, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed_for(seed, "trial", port.name))
    if port.name == "label":
        labels: Tensor = torch.arange(MOST) % (model.classes + 1) - 1
        return labels
    if port.name == "picture":
        rows = torch.rand(MOST, *port.shape, generator=generator)
        extremes = (0.0, 1.0, 0.5)
    else:
        rows = torch.randn(MOST, *port.shape, generator=generator)
        extremes = (0.0, 4.0, -4.0)
    # The first is an ordinary one; then whole rows of one number, a comb, and one lonely number.
    for row, value in enumerate(extremes, 1):
        rows[row] = value
    rows[4].view(-1)[::2] = extremes[0]
    rows[4].view(-1)[1::2] = extremes[1]
    rows[5] = extremes[0]
    rows[5].view(-1)[0] = extremes[1]
    return rows
