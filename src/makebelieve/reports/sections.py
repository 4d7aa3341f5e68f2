"""The parts of a page that show judge and makers: verdicts, samples, rebuilding, slides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from makebelieve.reports.evidence import MAKERS
from makebelieve.reports.figures import cloud, moving, picture
from makebelieve.reports.judged import SURE, noise
from makebelieve.reports.markup import Markup, tag
from makebelieve.reports.words import NAMES, listed, percent, points_apart, sureness

if TYPE_CHECKING:
    from makebelieve.reports.evidence import Evidence
    from makebelieve.reports.judged import Judged, Noise
    from makebelieve.reports.made import Made, Seen

__all__ = ["judge", "makers", "paragraph", "rebuilt", "section", "slides"]

SHOWN = 16  # samples of each maker
VERDICTS = 8
CHANCE = 0.03  # two shares of a thousand differ by as much without a reason
ROW = 8  # pictures side by side


def section(name: str, title: str, *children: object) -> Markup:
    """Return a part of the page under a heading that can be linked to."""
    heading = tag("h2", title, id=f"{name}-title")
    return tag("section", heading, children, id=name, aria_labelledby=f"{name}-title")


def paragraph(*words: object, class_: str | None = None) -> Markup:
    """Return a paragraph."""
    return tag("p", *words, class_=class_)


def judge(e: Evidence) -> Markup:
    """Show what the judge says of held-out examples, and of noise."""
    j = e.judge
    if j is None:
        return section("judge", "The judge", paragraph(_no_judge(e)))
    column, classes = e.data.label_column or "label", list(e.data.spec.classes)
    unseen = "it had never seen" if e.held.split != "train" else "it was trained on"
    return section(
        "judge",
        "The judge",
        paragraph(
            "A judge looks and says what it sees. This one was asked one question of every "
            f"{e.noun[:-1]}: “{column}”? The possible answers: {listed(classes)}."
        ),
        _verdicts(e, j),
        paragraph(
            tag(
                "strong",
                f"It is right about {j.right:,} of {j.count:,} {e.noun} {unseen}: "
                f"{percent(j.accuracy)}. ",
            ),
            f"Always answering “{j.commonest[0]}”, the commonest label among them, would be right "
            f"about {percent(j.commonest[1])}.",
        ),
        paragraph(_calibration(j)),
        _noise(e, j.noise),
    )


def _no_judge(e: Evidence) -> str:
    if "judge" in e.failures:
        return f"The judge could not be trained: {e.failures['judge']}"
    found = e.data.spec.classes
    why = f"have only one label ({found[0]})" if len(found) == 1 else "have no labels"
    return (
        f"There is no judge: these {e.noun} {why}, and a judge needs at least two to tell apart. "
        "Put the pictures of each kind in a sub-folder of its own, or name a column with --labels."
    )


def _calibration(j: Judged) -> str:
    gap = j.confidence - j.accuracy
    if abs(gap) < 0.01:
        verdict = "so on average its confidence can be taken at its word"
    else:
        verdict = f"so it is {points_apart(gap, 0)} {'too sure' if gap > 0 else 'too modest'}"
    return (
        f"Is its confidence honest? Its mean confidence on them is {percent(j.confidence)} and it "
        f"is right about {percent(j.accuracy)}, {verdict}. (Sorted into fifteen bins by "
        f"confidence, stated and true share of right answers differ by "
        f"{100 * j.calibration_error:.1f} points on average.)"
    )


def _verdicts(e: Evidence, j: Judged) -> Markup:
    """Show some verdicts: right ones of all degrees of confidence, and the surest wrong ones."""
    p = j.probabilities
    if not e.pictured:
        return _verdict_cloud(e, j)
    known = np.flatnonzero(e.held.labels >= 0)
    sure, said = p.max(axis=1), p.argmax(axis=1)
    hit = said[known] == e.held.labels[known]
    wrong = known[~hit][np.argsort(-sure[known[~hit]], kind="stable")][: VERDICTS // 2]
    right = known[hit][np.argsort(sure[known[hit]], kind="stable")]
    places = np.linspace(0, len(right) - 1, min(len(right), VERDICTS - len(wrong))).astype(int)
    cards = [_verdict(e, int(i), p[i]) for i in [*right[places[::-1]], *wrong]]
    rule = (
        f"The {len(wrong)} marked wrong are its surest mistakes"
        if len(wrong) > 1
        else "The one marked wrong is its surest mistake"
        if len(wrong)
        else "It made no mistake that could be shown"
    )
    return tag(
        "figure",
        tag("ul", cards, class_="verdicts"),
        tag(
            "figcaption",
            f"Held-out pictures and what the judge says of them. {rule}; the others run from its "
            "surest right verdict to its least sure.",
        ),
    )


def _verdict(e: Evidence, i: int, probabilities: np.ndarray) -> Markup:
    classes = e.data.spec.classes
    true, said = classes[e.held.labels[i]], classes[int(probabilities.argmax())]
    confidence = float(probabilities.max())
    right = true == said
    mark = "right" if right else f"wrong: it is “{true}”"
    return tag(
        "li",
        picture(e.held.examples[i], f"Held-out picture number {i + 1}, labelled {true}"),
        tag("span", f"“{said}”", class_="said"),
        tag("span", tag("span", style=f"width:{confidence:.1%}"), class_="meter",
            aria_hidden="true"),
        tag("span", f"{sureness(confidence)} sure", class_="number"),
        tag("span", mark, class_="mark"),
        class_="right" if right else "wrong",
    )  # fmt: skip


def _verdict_cloud(e: Evidence, j: Judged) -> Markup:
    said = j.probabilities.argmax(axis=1)
    alt = f"{len(said):,} held-out points, coloured by the judge’s verdict"
    image = cloud(e.held.examples, said, e.held.examples, alt)
    return tag("figure", image, tag("figcaption", f"{alt}."))


def _noise(e: Evidence, n: Noise) -> Markup:
    moral = (
        "It has no answer for “none of these”, so it is sure of nonsense as well. A confident "
        "verdict says which of its labels fits best, not that anything real was there."
        if n.confidence > 0.7
        else "It is unsure here, as it should be: but it has no answer for “none of these”, so it "
        "still names a label every time."
    )
    shown: Markup | None = None
    if e.pictured:
        cells = [picture(x, "") for x in noise(e.data, 6)]
        shown = tag(
            "div", cells, class_="cells few", role="img",
            aria_label="Six pictures of pure noise: every pixel has a random colour",
        )  # fmt: skip
    return tag(
        "aside",
        tag("h3", "And of pure noise?"),
        shown,
        paragraph(
            f"Shown {n.count} {e.noun} of pure noise, the judge is {percent(n.confidence)} sure on "
            f"average, and calls {percent(n.verdict_share)} of them “{n.verdict}”. {moral}"
        ),
        class_="noise",
    )


def makers(e: Evidence) -> Markup:
    """Show samples of all makers beside real examples, with the judge's figures."""
    cards = [_card(e, "real", e.real), *(_card(e, name, m) for name, m in e.makers.items())]
    return section(
        "makers",
        "The makers, side by side",
        paragraph(
            "A maker turns random numbers into something that should pass for one of the "
            f"{e.noun} it learned from. Here is what each made of its first random numbers."
        ),
        tag("div", cards, class_="cards"),
        _how_measured(e),
        _why_holes(e),
        _missing(e),
    )


def _how_measured(e: Evidence) -> Markup:
    count = len(e.real.examples)
    lines = [
        f"Those shown are the first ones, none were chosen; the figures are of {count} each. "
        "“Told from real”: real and made ones are mixed, and each is called what its nearest "
        "neighbour is, pixel by pixel. 50% is a coin toss, the mark of a perfect counterfeit; "
        "at 100% every one is told. The real ones were mixed with training pictures."
        if e.pictured
        else f"The figures are of {count} each. “Told from real”: real and made ones are mixed, "
        "and each is called what its nearest neighbour is. 50% is a coin toss, the mark of a "
        "perfect counterfeit; at 100% every one is told."
    ]
    if e.judge is not None:
        lines.append(
            f" “Judge is sure” is the share of which the judge is at least {SURE:.0%} sure, "
            f"whatever its verdict. That is no praise by itself: of pure noise it is sure of "
            f"{percent(e.judge.noise.sure)}."
        )
    return paragraph(*lines, class_="note")


def _card(e: Evidence, name: str, made: Made) -> Markup:
    title = "Real, held out" if name == "real" else NAMES[name]
    what = (
        f"{SHOWN} real held-out {e.noun}" if name == "real" else f"{SHOWN} samples of the {title}"
    )
    rows = [("Told from real", percent(made.told_apart))]
    if made.seen is not None:
        rows += [
            ("Judge is sure", percent(made.seen.recognised)),
            ("Mean confidence", percent(made.seen.confidence)),
            ("Kinds found", _kinds(made.seen)),
        ]
    what += "; " + ", ".join(f"{k.lower()}: {v}" for k, v in rows)
    facts = [tag("div", tag("dt", k), tag("dd", v)) for k, v in rows]
    return tag(
        "figure",
        tag("h3", title[0].upper() + title[1:], class_=f"model {name}"),
        _cells(e, made.examples, what),
        tag("dl", facts),
        class_="card",
    )


def _kinds(seen: Seen) -> str:
    return f"{int((seen.counts > 0).sum())} of {len(seen.counts)}"


def _cells(e: Evidence, examples: np.ndarray, what: str) -> Markup:
    if not e.pictured:
        return cloud(examples, None, e.held.examples, what)
    cells = [picture(x, "") for x in examples[:SHOWN]]
    return tag("div", cells, class_="cells", role="img", aria_label=what)


def _why_holes(e: Evidence) -> Markup | None:
    plain, vae = e.makers.get("autoencoder"), e.makers.get("vae")
    if plain is None:
        return None
    reason = (
        "Why the autoencoder is no maker: it was only ever asked to rebuild. Each picture got a "
        "code, but nothing said what should lie between the codes, so the space of codes has "
        "holes. A code drawn at random can fall into one, and what comes out was never practised. "
        "The VAE is the same machine with one more rule: the codes have to fill the space from "
        "which random codes are drawn."
    )
    if vae is None:
        return paragraph(reason)
    ours, theirs = percent(plain.told_apart), percent(vae.told_apart)
    seen = (
        f" The test sees the difference: {ours} of its samples and real ones are told apart, "
        f"against {theirs} of the VAE’s."
        if plain.told_apart > vae.told_apart + CHANCE
        else f" In this run the test does not see it clearly: {ours} of its samples and real ones "
        f"are told apart, against {theirs} of the VAE’s. Look for yourself."
    )
    return paragraph(reason + seen)


def _missing(e: Evidence) -> Markup | None:
    lines = [f"The {NAMES[m]} is missing: {e.failures[m]}" for m in MAKERS if m in e.failures]
    return paragraph(*lines, class_="warning") if lines else None


def rebuilt(e: Evidence) -> Markup | None:
    """Show held-out examples above their reconstructions."""
    able = {name: m.rebuilt for name, m in e.makers.items() if m.rebuilt is not None}
    if not able:
        return None
    strips = [_strip(e, "Original", e.held.examples, "real")]
    lines = []
    for name, m in able.items():
        strips.append(_strip(e, f"Rebuilt by the {NAMES[name]}", m.examples, name))
        code = e.runs[name].recipe.options.latent_dim
        unit = " grey levels of 255" if e.pictured else ""
        lines.append(
            f"the {NAMES[name]} misses by {e.distance(m.error)}{unit} through a code of "
            f"{code} numbers"
        )
    count = len(next(iter(able.values())).examples)
    return section(
        "rebuilt",
        "Rebuilt from a few numbers",
        paragraph(
            f"{e.noun.capitalize()} that no machine was trained on, squeezed into a short code and "
            f"rebuilt from the code alone. A {e.noun[:-1]} here is {e.data.spec.dims:,} numbers."
        ),
        tag("div", strips, class_="strips" if e.pictured else "cards"),
        paragraph(
            f"On {count} held-out {e.noun}, {listed(lines)} (root mean square). The GAN is not "
            "here: it has no way from a picture to a code."
        ),
    )


def _strip(e: Evidence, title: str, examples: np.ndarray, name: str) -> Markup:
    if not e.pictured:
        image = cloud(examples, None, e.held.examples, f"{title}: {len(examples)} points")
        return tag("figure", tag("h3", title, class_=f"model {name}"), image, class_="card")
    cells = [picture(x, "") for x in examples[:ROW]]
    row = tag("div", cells, class_="row", role="img", aria_label=f"{title}, side by side")
    return tag("figure", tag("h3", title, class_=f"model {name}"), row)


def slides(e: Evidence) -> Markup | None:
    """Show the way between two examples through the codes of VAE and GAN."""
    able = [name for name in ("vae", "gan") if name in e.makers]
    if not able:
        return None
    return section(
        "slide",
        "A slide between two",
        paragraph(
            "Codes can be mixed. Each row walks in a straight line or arc from one code to another "
            "and shows what the machine makes of the codes on the way. A good maker has something "
            "plausible at every stop; a fade, with two pictures showing through each other, would "
            "mean that it only mixes pixels."
        ),
        [_slide(e, name) for name in able],
    )


def _slide(e: Evidence, name: str) -> Markup | None:
    frames = e.makers[name].slide
    if frames is None:
        return None
    ends = (
        "between two held-out originals, each first squeezed into its code"
        if name == "vae"
        else "between two random codes"
    )
    what = f"{NAMES[name]}: {len(frames)} stops {ends}"
    title = tag("h3", NAMES[name], class_=f"model {name}")
    if not e.pictured:
        image = cloud(frames, None, e.held.examples, what)
        return tag("figure", title, image, tag("figcaption", f"{what}."), class_="card")
    chosen = frames[np.linspace(0, len(frames) - 1, 9).astype(int)]
    row = tag(
        "div", [picture(x, "") for x in chosen], class_="row nine", role="img", aria_label=what
    )
    alt = f"{what}, there and back, as an animation"
    hold = tag("input", type="checkbox", id=f"hold-{name}")
    label = tag("label", hold, " Hold still")
    still = picture(frames[len(frames) // 2], f"{what}: the stop in the middle", class_="held")
    figure = tag("div", tag("div", moving(frames, alt), still, label, class_="stage"), row,
                 class_="slide")  # fmt: skip
    return tag("figure", title, figure, tag("figcaption", f"{what}."))
