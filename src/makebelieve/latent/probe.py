"""A witness for every label at once: a small net that learns from pixels what each column says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

from makebelieve.data.loading import to_tensor
from makebelieve.errors import InputError
from makebelieve.latent.names import properties
from makebelieve.models.model import Judges
from makebelieve.nets.blocks import Activation
from makebelieve.rng import seed_for, some

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    from makebelieve.data.spec import Column, Dataset
    from makebelieve.runs.run import Run

__all__ = ["Probe", "learn_probe"]

LARGEST = 32  # pixels a side; larger pictures are averaged down to it
WIDTH, BATCH, STEPS, RATE, MOST = 128, 128, 600, 4e-3, 20_000


@dataclass(frozen=True)
class Probe:
    """Says of any picture what every column says, by probability.

    Args:
        columns: the columns, by name.
        net: numbers of an example → (n, columns · most values) logits, padded.
        accuracy: of each column, the share of held-out pictures that it is right about.
        judges: the run of a judge for some of the columns, which is asked instead.
    """

    columns: Mapping[str, Column]
    net: nn.Module
    accuracy: Mapping[str, float] = field(default_factory=dict)
    judges: Mapping[str, Run] = field(default_factory=dict)

    def __call__(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        """Return (n, values) probabilities by column, of examples as data sets store them."""
        with torch.no_grad():
            logits = self.net(looked_at(examples)).view(len(examples), len(self.columns), -1)
        found = {}
        for i, (name, column) in enumerate(self.columns.items()):
            if name in self.judges:
                found[name] = self.judges[name].probabilities(examples)
            else:
                found[name] = logits[:, i, : len(column.values)].softmax(1).numpy()
        return found

    def verdicts(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        """Return the (n,) likeliest codes by column."""
        return {name: rows.argmax(1) for name, rows in self(examples).items()}


def looked_at(examples: np.ndarray) -> Tensor:
    """Return (n, numbers): pixels from −1 to 1 of pictures no larger than 32 × 32; or points."""
    x = to_tensor(examples)
    if x.dim() == 4:
        x = F.adaptive_avg_pool2d(x, LARGEST) if max(x.shape[2:]) > LARGEST else x
        x = 2 * x - 1
    return x.flatten(1).contiguous()


def learn_probe(data: Dataset, judge: Run | None = None, seed: int = 0) -> Probe:
    """Learn from the training pictures what every column says, and test it on held-out ones.

    One hidden layer for all columns together: of the embedded faces it recognises 92 % of the
    earrings and 95 % of the beards, where a logistic regression comes to 87 % and 90 %.

    Args:
        data: labelled examples.
        judge: a judge of one of the columns, to be asked instead.
        seed: start of the weights and of the order.

    Raises:
        InputError: there are no labels, or the judge is of none of the columns.
    """
    columns = properties(data)
    rows = some(data.rows("train"), MOST)
    net = _net(data, columns, seed)
    _train(net, data, columns, rows, seed)
    judges = {} if judge is None else {_column_of(judge, columns): judge}
    probe = Probe(columns, net, judges=judges)
    held = some(np.concatenate([data.rows("test"), data.rows("validation")]), MOST // 2)
    return Probe(columns, net, accuracy(probe, data, held), judges) if len(held) else probe


def accuracy(probe: Probe, data: Dataset, rows: np.ndarray) -> dict[str, float]:
    """Return the share of known labels that a probe is right about, by column."""
    found = {}
    for name, said in probe.verdicts(np.asarray(data.examples[rows])).items():
        truth = probe.columns[name].codes[rows]
        known = truth >= 0
        found[name] = float((said == truth)[known].mean()) if known.any() else float("nan")
    return found


def _net(data: Dataset, columns: Mapping[str, Column], seed: int) -> nn.Module:
    numbers = looked_at(np.asarray(data.examples[:1])).shape[1]
    outputs = len(columns) * max(len(column.values) for column in columns.values())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(seed, "probe"))
        return torch.nn.Sequential(
            torch.nn.Linear(numbers, WIDTH), Activation(), torch.nn.Linear(WIDTH, outputs)
        )


def _train(
    net: nn.Module, data: Dataset, columns: Mapping[str, Column], rows: np.ndarray, seed: int
) -> None:
    """Descend the sum of the columns' cross-entropies, with Adam and a falling step size."""
    x = looked_at(np.asarray(data.examples[rows]))
    labels = torch.from_numpy(np.stack([c.codes[rows] for c in columns.values()], 1))
    most = max(len(column.values) for column in columns.values())
    # One product for all columns: the logits of values that a column does not have are shut out.
    shut = torch.stack([torch.arange(most) >= len(c.values) for c in columns.values()])
    random = torch.Generator().manual_seed(seed_for(seed, "probe", "order"))
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.05)
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - step / STEPS)
        picked = torch.randint(len(x), (BATCH,), generator=random)
        logits = net(x[picked]).view(BATCH, len(columns), most).masked_fill(shut, -torch.inf)
        loss = F.cross_entropy(
            logits.flatten(0, 1), labels[picked].flatten(), ignore_index=-1, reduction="sum"
        )
        optimiser.zero_grad(set_to_none=True)
        (loss / BATCH).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    net.eval().requires_grad_(False)


def _column_of(judge: Run, columns: Mapping[str, Column]) -> str:
    """Return the name of the column that a judge was trained on."""
    judge.able(Judges, "give a verdict: train a judge")
    same = [name for name, c in columns.items() if c.values == judge.spec.classes]
    chosen = judge.about["data"].get("label_column")
    if chosen in same:
        return str(chosen)
    if len(same) == 1:
        return same[0]
    raise InputError(
        f"{judge.name} judges {', '.join(judge.spec.classes)}, and no label of these data has "
        f"these values (labels: {', '.join(columns)})"
    )
