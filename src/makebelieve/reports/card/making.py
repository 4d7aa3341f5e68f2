"""The parts of a report that show what a run makes: samples, neighbours, reconstructions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.reports.card.blocks import (
    Beside,
    Block,
    Gallery,
    Item,
    Picture,
    Table,
    Words,
)
from makebelieve.reports.card.gather import SHOWN
from makebelieve.reports.card.pictures import cloud, crisp, one, sheet
from makebelieve.reports.charts import compact
from makebelieve.reports.figures import film
from makebelieve.reports.words import NAMES, number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from makebelieve.reports.card.gather import Card

__all__ = ["filmed", "new", "rebuilt", "samples", "together"]

FIRST, NEAREST = 6, 6  # pairs in the gallery
ROW = 8
FILM = 8  # checkpoints
CELLS = 4  # pictures of each


def samples(card: Card) -> list[Block]:
    """Show samples beside as many held-out examples, laid out alike."""
    if card.samples is None:
        return []
    kind, name = card.run.spec.kind, NAMES.get(card.model, card.model)
    if card.held is None:
        count = _shown(card, len(card.samples))
        return [_lot(card, card.samples[:count], "samples", f"Made by the {name}", card.model),
                Words(f"There are no real {kind} to put beside them.", "note")]  # fmt: skip
    count = _shown(card, min(len(card.samples), len(card.held.examples)))
    real = "held out" if card.held.split != "train" else "from training: none are held out"
    pair = [
        _lot(card, card.samples[:count], "samples", f"Made by the {name}", card.model),
        _lot(card, card.held.examples[:count], "real", f"Real, {real}", "real"),
    ]
    note = f"{count:,} of each; those made are the first ones, none were chosen."
    return [Beside(pair), Words(note, "note")]


def together(cards: Sequence[Card]) -> list[Block]:
    """Show the samples of several runs and what is real once, where all learned from the same."""
    makers = [card for card in cards if card.samples is not None]
    prints = {card.run.about["data"]["fingerprint"] for card in makers}
    if len(makers) < 2 or len(prints) > 1 or makers[0].held is None:
        return []
    held = makers[0].held
    count = min(_shown(c, min(len(c.samples), len(held.examples)))
                for c in makers if c.samples is not None)  # fmt: skip
    lots = [
        _lot(card, card.samples[:count], f"{i}-samples", card.name, card.model)
        for i, card in enumerate(makers)
        if card.samples is not None
    ]
    real = "Real, held out" if held.split != "train" else "Real, from training"
    lots.append(_lot(makers[0], held.examples[:count], "real", real, "real"))
    note = f"{count:,} of each; those made are the first ones, none were chosen."
    return [Beside(lots, "lots"), Words(note, "note")]


def _shown(card: Card, most: int) -> int:
    if not card.pictured:
        return most
    return min(SHOWN, most // ROW * ROW or most)


def _lot(card: Card, examples: np.ndarray, name: str, title: str, model: str) -> Picture:
    what = f"{title}: {len(examples)} {card.run.spec.kind}"
    if not card.pictured:
        frame = examples if card.held is None else card.held.examples
        image = cloud(examples, frame)
        return Picture(name, image, what, crisp=False, title=title, model=model)
    alt = f"{what}, {ROW} in a row"
    return Picture(name, sheet(examples, ROW), alt, crisp=crisp(card.run.spec), title=title,
                   model=model)  # fmt: skip


def new(card: Card) -> list[Block]:
    """Show samples beside the training examples nearest to them."""
    found = card.newness
    if found is None or card.samples is None or card.data is None:
        return []
    unit = "in grey levels, 0 to 255" if card.pictured else "in the plane"
    facts = found.to_dict()
    blocks: list[Block] = []
    if card.pictured:
        order = np.argsort(found.made.distances, kind="stable")[:NEAREST]
        places = [*range(min(FIRST, len(found.made.distances))), *order.tolist()]
        title = f"The first {FIRST} samples, then the {NEAREST} nearest to training"
        caption = (
            "Left a sample, right the training picture nearest to it, pixel by pixel; below, how "
            f"far apart. Half of the held-out pictures are nearer than {facts['real_median']:.1f} "
            "to theirs."
        )
        blocks.append(Gallery("nearest", [_pair(card, i) for i in places], caption, title,
                              crisp(card.run.spec)))  # fmt: skip
    rows = [
        (title, _far(card, facts[f"{of}median"]), _far(card, facts[f"{of}least"]), near)
        for title, of, near in (
            ("Samples", "", percent(facts["near"])),
            ("Real, held out", "real_", "1.0%"),
        )
    ]
    table = Table(
        f"Distance to the nearest of {facts['searched']:,} training examples ({unit}), of "
        f"{len(found.made.distances)} each",
        ("", "Half are nearer than", "Nearest of all", "Nearer than 99 in 100 held out"),
        rows,
        frozenset({0}),
        stacked=True,
    )
    note = (
        "Samples much nearer than held-out examples would be a sign of copying. Blur makes "
        "distances small, too, and a copy moved by one pixel looks far."
    )
    return [*blocks, table, Words(note, "note")]


def _far(card: Card, distance: float) -> str:
    return f"{distance:.1f}" if card.pictured else number(distance)


def _pair(card: Card, i: int) -> Item:
    assert card.samples is not None
    assert card.newness is not None
    assert card.data is not None
    near = card.newness.made
    known = np.asarray(card.data.examples[near.rows[i]])
    far = f"{near.distances[i]:.1f}"
    return Item(
        (one(card.samples[i]), one(known)),
        (f"Sample {i + 1}", f"Nearest in training, {far} away"),
        (far,),
    )


def rebuilt(card: Card) -> list[Block]:
    """Show held-out examples above their reconstructions."""
    found = card.rebuilt
    if found is None or card.held is None:
        return []
    size = getattr(card.run.recipe.options, "latent_dim", None)
    code = f" through a code of {size} numbers" if size else ""
    if not card.pictured:
        lots = [("Original", card.held.examples[: len(found.examples)], "originals"),
                ("Rebuilt", found.examples, "rebuilt")]  # fmt: skip
        pair = [
            Picture(name, cloud(points, card.held.examples), f"{title}: {len(points)} points",
                    crisp=False, title=title)
            for title, points, name in lots
        ]  # fmt: skip
        error = f"They are {found.error:.3f} apart (root mean square){code}."
        return [Beside(pair), Words(error, "note")]
    rows = np.concatenate([card.held.examples[:ROW], found.examples[:ROW]])
    alt = f"{ROW} held-out pictures, and below each what is rebuilt of it"
    caption = (
        f"Above held-out pictures, below what is rebuilt of them{code}: {found.error:.1f} grey "
        f"levels of 255 apart (root mean square over {len(found.examples)})."
    )
    return [Picture("rebuilt", sheet(rows, ROW), alt, caption, crisp(card.run.spec), wide=True)]


def filmed(card: Card) -> list[Block]:
    """Show what the same codes gave at some checkpoints."""
    files = card.run.samples
    if len(files) < 2:
        return []
    items = []
    for seen, images in film(files, card.run.spec, FILM, CELLS):
        image = images[0]
        if len(images) > 1:
            image = sheet(np.stack([_array(one) for one in images]), 2)
        label = f"After {seen:,} examples"
        items.append(Item((image,), (label,), (compact(seen),)))
    caption = "What the same random codes gave after so many examples."
    return [Gallery("film", items, caption, crisp=crisp(card.run.spec))]


def _array(image: object) -> np.ndarray:
    found = np.asarray(image)
    return found if found.ndim == 3 else found[..., None]
