"""From what a person asked for to a recipe without open ends, and the data that it is for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from makebelieve import models, recipe
from makebelieve.data import check_enough, load
from makebelieve.data.load import recognise, to_path
from makebelieve.data.spec import Dataset
from makebelieve.errors import InputError
from makebelieve.models import manual
from makebelieve.nets.probe import probe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from makebelieve.recipe import Recipe

__all__ = ["Plan", "fitting", "plan"]


@dataclasses.dataclass(frozen=True)
class Plan:
    """A resolved recipe and the data that it was resolved for."""

    recipe: Recipe
    data: Dataset


def plan(model: str, data: str | Path | Dataset, settings: Mapping[str, Any] | None = None) -> Plan:
    """Resolve a recipe: load the data and fill in what was left open.

    Args:
        model: a name in the table of models.
        data: a source for `load`, or what `load` returned.
        settings: recipe keys by path or name.

    Raises:
        InputError: an unknown model or key, or data that cannot be used.
    """
    kind = models.find(model)
    given = dict(settings or {})
    if not isinstance(data, Dataset):
        given.setdefault("data.source", str(data))
    elif data.origin is not None:
        given = {f"data.{key}": value for key, value in data.origin.items()} | given
    else:
        given.setdefault("data.source", recipe.MEMORY + data.name)
    draft = recipe.build(model, kind.Options, given)
    dataset = data if isinstance(data, Dataset) else load(**dataclasses.asdict(draft.data))
    resolved = _resolved(draft, dataset, kind)
    return Plan(resolved, dataset)


def fitting(batch: int, n: int) -> int:
    """Return the batch for n training examples: no more than there are, in powers of two.

    Example:
        >>> fitting(128, 9000), fitting(128, 40)
        (128, 32)
    """
    return min(batch, 1 << (n.bit_length() - 1))


def _resolved(draft: Recipe, data: Dataset, kind: Any) -> Recipe:
    """Fill in every key that was left open, and check what depends on the data."""
    n = len(data.rows("train"))
    check_enough(data)
    t = draft.training
    defaults = kind.defaults(data.spec, n)
    if t.minutes is not None:
        # A budget of minutes alone means: as many examples as fit in.
        length = defaults.pop("examples")
    else:
        length = t.examples or defaults["examples"]
    defaults |= {"checkpoint": max(1, length // 20), "validate": max(1, length // 40)}
    defaults["warmup"] = min(defaults["warmup"], length // 3)
    if t.batch is None:
        defaults["batch"] = fitting(defaults["batch"], n)
    t = recipe.filled(t, defaults)
    # Written into the recipe, so that the run resumes with the same arithmetic.
    if t.kernels == "auto":
        t = dataclasses.replace(t, kernels=probe())
    if t.backward == "auto":
        t = dataclasses.replace(t, backward=manual.probe())
    assert t.batch is not None
    if t.batch % t.accumulate:
        raise InputError(
            f"training.batch is {t.batch} and training.accumulate is {t.accumulate}: the batch "
            "must be a multiple of it"
        )
    source = draft.data.source
    if not source.startswith(recipe.MEMORY) and recognise(source).local:
        # So that the run can be resumed from any folder.
        source = str(to_path(source).resolve())
    return dataclasses.replace(
        draft,
        options=recipe.filled(draft.options, defaults),
        training=t,
        data=dataclasses.replace(draft.data, source=source),
    )
