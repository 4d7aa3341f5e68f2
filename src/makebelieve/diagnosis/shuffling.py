"""What a code is worth to its decoder: the same pictures from their own codes and from others'."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from makebelieve.diagnosis import draw
from makebelieve.metrics.codes import kl_per_dimension, posterior
from makebelieve.runs.run import to_examples

if TYPE_CHECKING:
    from pathlib import Path

    from makebelieve.diagnosis.case import Case

__all__ = ["gap_share", "nats", "shuffled"]


def gap_share(case: Case) -> float:
    """Return what another's code costs, as a share of what an example costs with its own.

    Costs are differences to the best that any code could do, which is not known; the share of the
    whole is the careful choice, for it is smaller.
    """
    own = abs(case.value("elbo")) - case.value("kl")
    return case.value("shuffle-gap") / max(abs(own), 1e-9)


def nats(case: Case, folder: Path) -> Path:
    """Draw what each dimension of the code says."""
    x, y = case.sitting.inputs(case.sitting.split)
    kl = kl_per_dimension(*posterior(case.sitting.model, x, case.sitting.told(y))).cpu().numpy()
    title = "what each dimension of the code says, in nats"
    return draw.bars(kl, folder / "kl.png", title=title, limit=("alive", 0.1))


@torch.no_grad()
def shuffled(case: Case, folder: Path) -> list[Path]:
    """Show pictures, what their own codes become, and what the codes of others become."""
    s = case.sitting
    if s.data.spec.kind != "pictures":
        return []
    x, y = s.inputs(s.split)
    x, told = x[:12], s.told(y)
    told = None if told is None else told[:12]
    mean = posterior(s.model, x, told)[0].float()
    own, others = (
        to_examples(s.model.decode(z, told), s.data.spec) for z in (mean, mean.roll(1, 0))
    )
    shown = [("real", to_examples(x, s.data.spec)), ("own code", own), ("another's code", others)]
    return [draw.rows(shown, folder / "shuffled-codes.png")]
