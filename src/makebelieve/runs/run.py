"""A run: the folder that training leaves behind, and everything one can ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from makebelieve import models, recipe
from makebelieve.data import pictures
from makebelieve.data.loading import to_tensor
from makebelieve.data.spec import Spec
from makebelieve.errors import InputError
from makebelieve.models.model import Encodes, Generates, Judges
from makebelieve.recipe import nearest
from makebelieve.rng import seed_for
from makebelieve.runs import store
from makebelieve.runs.folder import Log, held, read_json
from makebelieve.training.state import read_tensors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

__all__ = ["Run", "Verdict", "from_model", "generate", "noise", "to_examples"]

CHUNK = 256


@dataclass(frozen=True)
class Verdict:
    """What a judge says of one example.

    Args:
        label: the likeliest class.
        confidence: its calibrated probability, 0 … 1.
        probabilities: of every class, by name.
    """

    label: str
    confidence: float
    probabilities: dict[str, float]


class Run:
    """A training run on disk; open it by folder or by name.

    Args:
        run: a folder, or a name in the store.

    Raises:
        InputError: there is no such run, or it is of a version that cannot be read.

    Example:
        run = Run("vae-avatars-1"); run.sample(16)
    """

    def __init__(self, run: str | Path) -> None:
        self.path = store.resolve(run)
        self.about: dict[str, Any] = read_json(self.path / "about.json")

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.path.resolve().name

    @cached_property
    def recipe(self) -> recipe.Recipe:
        """Every setting, resolved."""
        values = read_json(self.path / "recipe.json")
        return recipe.from_dict(values, models.find(values["model"]["name"]).Options)

    @cached_property
    def spec(self) -> Spec:
        """What one example looks like."""
        found = self.about["spec"]
        return Spec(found["kind"], tuple(found["shape"]), tuple(found["classes"]))

    @property
    def status(self) -> dict[str, Any]:
        """How far it came: {"state", "reason", "step", "seen", "seconds"}.

        The state is "running", "finished", "interrupted", "failed" or "stopped" (killed).
        """
        found: dict[str, Any] = read_json(self.path / "status.json")
        if found["state"] == "running" and not held(self.path):
            found["state"] = "stopped"
        return found

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of log.jsonl: means of every part, and validation scores."""
        return Log.read(self.path / "log.jsonl")

    @property
    def curves(self) -> dict[str, list[list[float]]]:
        """Each score at each look at the data: `split/name` → pairs of examples seen and value."""
        found: dict[str, list[list[float]]] = {}
        for line in self.log:
            for split, scores in line.get("scores", {}).items():
                for name, value in scores.items():
                    found.setdefault(f"{split}/{name}", []).append([line["seen"], value])
        return found

    @property
    def result(self) -> dict[str, float]:
        """The model's own scores on the whole test split; {} until training has finished."""
        path = self.path / "result.json"
        return dict(read_json(path)) if path.exists() else {}

    @property
    def states(self) -> list[Path]:
        """The checkpoints, oldest first."""
        return sorted((self.path / "states").glob("*.safetensors"))

    @property
    def samples(self) -> list[Path]:
        """The pictures drawn at checkpoints, oldest first: the same codes every time."""
        return sorted((self.path / "samples").glob("*.png"))

    @cached_property
    def model(self) -> Any:
        """The trained model, with averaged weights where the run keeps them; a plain module.

        Raises:
            InputError: there is no checkpoint yet.
        """
        if not self.states:
            raise InputError(
                f"{self.name} has no checkpoint yet: let it train a little longer, or go on with "
                f"makebelieve resume {self.name}"
            )
        return self.model_at(self.states[-1])

    def model_at(self, state: Path) -> Any:
        """Return the model as it was at one checkpoint."""
        model: Any = models.build(self.recipe, self.spec)
        tensors, _ = read_tensors(state)
        weights = {n[6:]: t for n, t in tensors.items() if n.startswith("model/")}
        try:
            model.load_state_dict(weights)
        except RuntimeError as error:
            raise InputError(f"{state} does not fit the run's recipe: {error}") from None
        for player, module in model.players.items():
            for name, p in module.named_parameters():
                averaged = tensors.get(f"{player}/average/{name}")
                if averaged is not None:
                    p.data.copy_(averaged)
        return model.to(memory_format=torch.channels_last).eval().requires_grad_(False)

    def able(self, capability: type, verb: str) -> Any:
        """Return the model if it has a capability.

        Raises:
            InputError: it has not.
        """
        if not isinstance(self.model, capability):
            raise InputError(f"{self.name} is a {self.recipe.model} and cannot {verb}")
        return self.model

    def sample(self, n: int = 16, *, seed: int = 0, label: str | int | None = None) -> np.ndarray:
        """Make n new examples from noise.

        Args:
            n: how many.
            seed: the same seed makes the same examples.
            label: a class, for a conditional model; None: all classes in turn.

        Returns:
            (n, height, width, channels) uint8, or (n, 2) float32 points.
        """
        model = self.able(Generates, "make anything new: train a vae or a gan")
        labels = None if label is None else self._labels(n, label)
        return generate(model, self.spec, n, seed=seed, labels=labels)

    def codes(self, n: int, seed: int = 0) -> Tensor:
        """Return the (n, latent_dim) noise that `sample` uses."""
        return noise(n, self.model.latent_dim, seed)

    def reconstruct(self, examples: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Encode examples and decode them again.

        Args:
            examples: (n, height, width, channels) uint8, or (n, 2) float32.
            labels: (n,) codes of their classes, for a conditional model.
        """
        model = self.able(Encodes, "rebuild pictures: train an autoencoder or a vae")
        x = to_tensor(self.fitting(examples))
        y = None if labels is None else torch.from_numpy(labels)

        def made(rows: slice) -> Tensor:
            picked = None if y is None else y[rows]
            found: Tensor = model.decode(model.encode(x[rows], picked), picked)
            return found

        return from_model(self.spec, made, len(x))

    def judge(self, examples: np.ndarray) -> list[Verdict]:
        """Return the judge's verdict on each example, (n, height, width, channels) uint8."""
        probabilities = self.probabilities(examples)
        classes = self.spec.classes
        return [
            Verdict(
                classes[int(row.argmax())],
                float(row.max()),
                dict(zip(classes, map(float, row), strict=True)),
            )
            for row in probabilities
        ]

    def probabilities(self, examples: np.ndarray) -> np.ndarray:
        """Return the judge's calibrated probabilities, (n, classes) float32."""
        model = self.able(Judges, "give a verdict: train a judge")
        x = to_tensor(self.fitting(examples))
        with torch.no_grad():
            rows = [model.logits(part).softmax(1) for part in torch.split(x, CHUNK)]
        return np.asarray(torch.cat(rows).numpy())

    def fitting(self, examples: np.ndarray) -> np.ndarray:
        """Return the examples if they have the shape that the model was trained on.

        Raises:
            InputError: they have another.
        """
        shape = self.spec.shape
        wanted = (*shape[1:], shape[0]) if self.spec.kind == "pictures" else shape
        if examples.shape[1:] != wanted or len(examples) == 0:
            raise InputError(
                f"{self.name} was trained on examples of shape {wanted} and these have shape "
                f"{examples.shape[1:]}: load them with size={self.spec.size} and "
                f"channels={self.spec.channels}"
            )
        return examples

    def _labels(self, n: int, label: str | int) -> Tensor:
        if not getattr(self.model, "classes", 0):
            raise InputError(
                f"{self.name} was trained without classes: train with model.conditional=true to "
                "ask for one"
            )
        return torch.full((n,), self.class_code(label))

    def class_code(self, label: str | int) -> int:
        """Return the code of a class by its name or number.

        Raises:
            InputError: there is no such class.
        """
        classes = self.spec.classes
        if str(label) in classes:
            return classes.index(str(label))
        if str(label).isdecimal() and int(label) < len(classes):
            return int(label)
        raise InputError(
            f"there is no class {label!r}{nearest(str(label), classes)} "
            f"(classes: {', '.join(classes)})"
        )

    def __repr__(self) -> str:
        status = self.status
        return f"Run({self.name!r}, {status['state']} after {status['seen']:,} examples)"

    def _repr_png_(self) -> bytes | None:
        """Show sixteen samples in a notebook."""
        if not self.states or not isinstance(self.model, Generates):
            return None
        return pictures.png_bytes(pictures.show(self.sample(16), self.spec))

    def _repr_html_(self) -> str:
        """Show name, state and scores in a notebook."""
        import base64
        import html

        status = self.status
        scores = ", ".join(f"{name} {value:.4g}" for name, value in self.result.items())
        line = f"{status['state']} after {status['seen']:,} examples"
        png = self._repr_png_()
        picture = ""
        if png is not None:
            data = base64.b64encode(png).decode()
            picture = f'<br><img alt="Sixteen samples" src="data:image/png;base64,{data}">'
        return (
            f"<div><strong>{html.escape(self.name)}</strong>: {html.escape(line)}"
            f"{'; ' + html.escape(scores) if scores else ''}{picture}</div>"
        )


def noise(n: int, latent_dim: int, seed: int = 0) -> Tensor:
    """Return (n, latent_dim) standard normal numbers: the same seed gives the same."""
    generator = torch.Generator().manual_seed(seed_for(seed, "sample"))
    return torch.randn(n, latent_dim, generator=generator)


def generate(
    model: Any,
    spec: Spec,
    n: int,
    *,
    seed: int = 0,
    labels: Tensor | None = None,
    device: torch.device | str = "cpu",
) -> np.ndarray:
    """Make n new examples from noise.

    Args:
        model: can sample, and is on the device.
        spec: what an example looks like.
        n: how many.
        seed: the same seed makes the same examples.
        labels: (n,) classes for a conditional model; None: all classes in turn.
        device: where to compute.
    """
    codes = noise(n, model.latent_dim, seed).to(device)
    classes: int = getattr(model, "classes", 0)
    if labels is None and classes:
        labels = torch.arange(n) % classes
    told = None if labels is None else labels.to(device)

    def made(rows: slice) -> Tensor:
        found: Tensor = model.sample(codes[rows], None if told is None else told[rows])
        return found

    return from_model(spec, made, n)


def to_examples(x: Tensor, spec: Spec) -> np.ndarray:
    """Turn what a model made into stored examples: the inverse of `to_tensor`."""
    if spec.kind == "points":
        return np.asarray(x.float().cpu().numpy())
    scaled = x.float().clamp(0, 1).mul(255).round().to(torch.uint8)
    return np.ascontiguousarray(scaled.permute(0, 2, 3, 1).cpu().numpy())


@torch.no_grad()
def from_model(spec: Spec, made: Callable[[slice], Tensor], n: int) -> np.ndarray:
    """Collect n examples in chunks.

    Args:
        spec: what an example looks like.
        made: given rows, returns the model's output for them.
        n: how many.
    """
    if n < 1:
        raise InputError(f"{n} examples cannot be made: ask for at least 1")
    rows = (slice(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK))
    return np.concatenate([to_examples(made(part), spec) for part in rows])
