"""Curves as an SVG file of their own: readable in light and dark, and by screen readers."""

import math
from dataclasses import dataclass
from html import escape

from makebelieve.reports.charts import ticks

__all__ = ["Curve", "chart"]

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 34, 50
APART = 17  # least distance between two names
STYLE = """
svg { font: 13px system-ui, sans-serif; --ink: #24292f; --faint: #d0d7de; --paper: #ffffff;
      --ours: #0550ae; --peer: #bc4c00; --other: #6e7781; }
@media (prefers-color-scheme: dark) {
svg { --ink: #e6edf3; --faint: #30363d; --paper: #0d1117;
      --ours: #79c0ff; --peer: #ffa657; --other: #9da7b3; } }
text { fill: var(--ink); } .paper { fill: var(--paper); }
.rule { stroke: var(--faint); } .reference { stroke: var(--ink); stroke-dasharray: 4 4; }
.line { fill: none; stroke-width: 2; } .band { opacity: 0.18; } .end { text-anchor: end; }
.middle { text-anchor: middle; }
.ours { stroke: var(--ours); } .peer { stroke: var(--peer); } .other { stroke: var(--other); }
.ours.fill { fill: var(--ours); stroke: none; } .peer.fill { fill: var(--peer); stroke: none; }
.other.fill { fill: var(--other); stroke: none; }
.name { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; font-weight: 600; }
.name.ours { fill: var(--ours); } .name.peer { fill: var(--peer); }
.name.other { fill: var(--other); }"""


@dataclass(frozen=True)
class Curve:
    """One line with the range around it.

    Args:
        name: written at its right end.
        points: (x, lowest, median, highest) each, from left to right.
        style: "ours", "peer" or "other".
    """

    name: str
    points: list
    style: str


class Frame:
    """From numbers to places: x in powers of ten, y straight or in powers of ten, too."""

    def __init__(self, curves, reference, powers):
        xs = [p[0] for c in curves for p in c.points]
        ys = [y for c in curves for p in c.points for y in p[1:]] + [reference[0]] * bool(reference)
        self.x_low, self.x_high = math.log10(min(xs)), math.log10(max(xs))
        self.powers = powers
        low, high = self._scaled(min(ys)), self._scaled(max(ys))
        margin = 0.05 * (high - low) or 1.0
        self.y_low, self.y_high = low - margin, high + margin

    def _scaled(self, y):
        return math.log10(y) if self.powers else y

    def x(self, value):
        """Return the place of an x."""
        share = (math.log10(value) - self.x_low) / ((self.x_high - self.x_low) or 1)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value):
        """Return the place of a y."""
        share = (self._scaled(value) - self.y_low) / (self.y_high - self.y_low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    def y_ticks(self):
        """Return round numbers along the y axis."""
        found = _powers if self.powers else ticks
        return found(self.y_low, self.y_high)


def _powers(low, high):
    """Return 1, 2 and 5 times the powers of ten between two logarithms."""
    whole = range(math.floor(low), math.ceil(high) + 1)
    values = (m * 10.0**power for power in whole for m in (1, 2, 5))
    return [value for value in values if low <= math.log10(value) <= high]


def chart(curves, *, title, summary, x_label, y_label, reference=None, powers=False):
    """Return the text of an SVG file.

    Args:
        curves: at least one.
        title: what it shows.
        summary: what can be read from it, for those who cannot see it.
        x_label: along the bottom, whose scale is logarithmic.
        y_label: above the axis.
        reference: a level worth knowing, and its name.
        powers: whether the scale of y is logarithmic, too.
    """
    frame = Frame(curves, reference, powers)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-labelledby="title desc">',
        f'<title id="title">{escape(title)}</title><desc id="desc">{escape(summary)}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        *_grid(frame),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label, "middle"),
        _text(8, 18, y_label),
        *_reference(frame, reference),
        *(_curve(curve, frame) for curve in curves),
        *_names(curves, frame),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _text(x, y, words, style=""):
    return f'<text x="{x}" y="{y}" class="{style}">{escape(words)}</text>'


def _rule(x1, y1, x2, y2, style="rule"):
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{style}"/>'


def _grid(frame):
    parts = []
    for value in frame.y_ticks():
        y = frame.y(value)
        parts += [_rule(LEFT, y, WIDTH - RIGHT, y), _text(LEFT - 8, y + 4, f"{value:g}", "end")]
    for value in _powers(frame.x_low, frame.x_high):
        x = frame.x(value)
        parts += [_rule(x, TOP, x, HEIGHT - BOTTOM)]
        parts += [_text(x, HEIGHT - BOTTOM + 18, f"{value:g}", "middle")]
    return parts


def _reference(frame, reference):
    if reference is None:
        return []
    y = frame.y(reference[0])
    return [
        _rule(LEFT, y, WIDTH - RIGHT, y, "reference"),
        _text(LEFT + 6, y - 6, reference[1]),
    ]


def _curve(curve, frame):
    places = [(frame.x(x), *(frame.y(y) for y in ys)) for x, *ys in curve.points]
    dots = [f'<circle cx="{p[0]}" cy="{p[2]}" r="3" class="{curve.style} fill"/>' for p in places]
    if len(places) == 1:
        return dots[0]
    around = [(p[0], p[1]) for p in places] + [(p[0], p[3]) for p in reversed(places)]
    edge, line = ("L".join(f"{x} {y}" for x, y in each) for each in (around, _middles(places)))
    band = f'<path d="M{edge}Z" class="{curve.style} fill band"/>'
    return f'{band}<path d="M{line}" class="{curve.style} line"/>{"".join(dots)}'


def _middles(places):
    return [(p[0], p[2]) for p in places]


def _names(curves, frame):
    """Write each name at its line's end, pushed apart where two would touch."""
    ends = sorted(
        ((frame.y(c.points[-1][2]), frame.x(c.points[-1][0]), c) for c in curves),
        key=lambda end: end[0],
    )
    places, last = [], -math.inf
    for y, *_ in ends:
        last = max(y, last + APART)
        places.append(last)
    over = max(0.0, last - (HEIGHT - BOTTOM - 4)) if places else 0.0  # not into the axis
    return [
        _text(x + 8, round(place - over + 4, 1), curve.name, f"name {curve.style}")
        for place, (_, x, curve) in zip(places, ends, strict=True)
    ]
