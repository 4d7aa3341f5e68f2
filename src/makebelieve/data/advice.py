"""What we would do with a data set: one small rule a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.data.assemble import MINIMUM
from makebelieve.data.fitting import default_size
from makebelieve.data.options import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from makebelieve.data.describe import Description

    Rule = Callable[[Description], str | None]

__all__ = ["RULES", "advise"]

FEW, AUGMENT = 500, 10_000


def too_few(d: Description) -> str | None:
    """Are there enough examples to learn from?"""
    train = d.splits["train"]
    if train < MINIMUM:
        return (
            f"{counted(train, 'example')} {'is' if train == 1 else 'are'} too few to train on: "
            f"add more until there are {MINIMUM}, better some hundreds."
        )
    if d.count < FEW:
        return (
            f"{d.count:,} examples are few: expect a maker to copy rather than to imagine; some "
            "thousands are better."
        )
    return None


def augment(d: Description) -> str | None:
    """Will a GAN learn the training set by heart?"""
    train = d.splits["train"]
    if d.kind != "pictures" or train >= AUGMENT or train < MINIMUM:
        return None
    return (
        f"With {train:,} training pictures a GAN's discriminator soon knows them by heart: leave "
        "adaptive augmentation on (it matters below about 10,000)."
    )


def one_class(d: Description) -> str | None:
    """Does a judge have anything to tell apart?"""
    if d.label_column is None:
        if d.columns:
            names = ", ".join(list(d.columns)[:6])
            return f"No labels are chosen: a judge needs some, such as --labels with {names}."
        return "There are no labels, which makers do not need and a judge does."
    values = [v for v, n in d.columns[d.label_column].counts.items() if n]
    if len(values) > 1:
        return None
    only = f"only one value ({values[0]})" if values else "no value"
    return f"The labels ({d.label_column}) have {only}: a judge needs two; makers need none."


def unlabelled(d: Description) -> str | None:
    """Are labels missing?"""
    unknown = d.columns[d.label_column].unknown if d.label_column else 0
    if not unknown:
        return None
    without = counted(unknown, "picture has", "pictures have")
    return f"{without} no label: a judge does not learn from them, makers do."


def imbalance(d: Description) -> str | None:
    """Is one label far commoner than another?"""
    counts = d.columns[d.label_column].counts if d.label_column else {}
    known = {value: n for value, n in counts.items() if n}
    if len(known) < 2:
        return None
    most, least = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
    if known[most] <= 10 * known[least]:
        return None
    return (
        f"{most} occurs {known[most] / known[least]:.0f} times as often as {least} "
        f"({known[most]:,} to {known[least]:,}): a judge will lean towards {most}; collect more of "
        f"{least}, and look at the accuracy of each class."
    )


def many_values(d: Description) -> str | None:
    """Are the labels numbers or names rather than classes?"""
    values = len(d.columns[d.label_column].counts) if d.label_column else 0
    if values <= 2 or values * 4 <= d.count:
        return None
    return (
        f"{d.label_column} has {values:,} values for {counted(d.count, 'picture')}, which is too "
        "many for labels: choose another column with --labels, or none with --labels none."
    )


def duplicates(d: Description) -> str | None:
    """Are many pictures copies?"""
    copies = d.exact.members - d.exact.groups
    if d.exact.straddling:
        return (
            f"{counted(d.exact.straddling, 'picture is', 'pictures are')} in two splits at once "
            "(the source fixes them so): results on the test split will look better than they are."
        )
    if copies * 20 <= d.count:
        return None
    return (
        f"{copies:,} of {d.count:,} are exact copies of others: they share a split, so results "
        "stay honest, but the model sees them more often; remove them if that is not meant."
    )


def near_duplicates(d: Description) -> str | None:
    """Do splits share nearly equal pictures?"""
    if d.near is None or not d.near.straddling or d.near.straddling * 100 <= d.count:
        return None
    return (
        f"{counted(d.near.straddling, 'group')} of nearly equal pictures lie across splits: give a "
        "split of your own (folders train and test) that keeps such pictures together."
    )


def pixels(d: Description) -> str | None:
    """Would another size suit the pictures?"""
    if d.sizes is None or d.kind != "pictures":
        return None
    size, short = d.shape[-1], min(d.sizes.median)
    if short < default_size(short):
        return (
            f"Half of the pictures have a side of {short} pixels or fewer: there is hardly "
            "anything on them to learn; look for larger originals."
        )
    if short < size:
        return (
            f"Half of the pictures are smaller than {size} pixels and were enlarged: "
            f"--pixels {default_size(short)} adds nothing that is not there."
        )
    if size > 128:
        return f"{size} pixels take long to train without a GPU: begin with --pixels 64."
    if size <= 32 and short >= 256:
        return (
            f"The originals are {short:,} pixels or more and are shown at {size}: --pixels 64 "
            "keeps more of them and takes longer."
        )
    return None


def empty_split(d: Description) -> str | None:
    """Is there something to check the results with?"""
    empty = [name for name, count in d.splits.items() if not count]
    if not empty:
        return None
    return (
        f"Nothing is left for {' and '.join(empty)}: there are too few different examples, so "
        "results cannot be checked; add more."
    )


def mixed_sizes(d: Description) -> str | None:
    """Were pictures of quite different shapes made square?"""
    if d.sizes is None:
        return None
    width, height = d.sizes.median
    if max(width, height) <= 1.5 * min(width, height):
        return None
    return (
        f"The pictures are oblong (median {width:,} × {height:,}): the middle square is kept "
        "unless --fit pad (keeps all) or --fit stretch (fills the square) is given."
    )


def dark(d: Description) -> str | None:
    """Do the values use the range?"""
    low, high = d.values
    if d.kind != "pictures":
        return None
    if low == high:
        return f"Every pixel of every picture is {low:.0f}: there is nothing to learn."
    if high <= 64:
        return (
            f"No pixel is brighter than {high:.0f} of 255: if white should be {high:.0f}, scale "
            "the pictures first."
        )
    return None


def left_out(d: Description) -> str | None:
    """Were many files left out?"""
    total = d.count + len(d.skipped)
    if len(d.skipped) * 10 <= total:
        return None
    return f"{len(d.skipped):,} of {total:,} files were left out: check where they came from."


RULES: tuple[Rule, ...] = (
    too_few,
    empty_split,
    left_out,
    dark,
    one_class,
    many_values,
    unlabelled,
    imbalance,
    duplicates,
    near_duplicates,
    pixels,
    mixed_sizes,
    augment,
)
"""Every piece of advice, the gravest first."""


def advise(description: Description) -> Iterator[str]:
    """Yield what applies."""
    for rule in RULES:
        if sentence := rule(description):
            yield sentence
