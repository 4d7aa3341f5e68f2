"""Part "profile": where a step's time and memory go, and so why an aim is missed."""

import dataclasses
import statistics

from benchmarks.contestants import GROUPS
from benchmarks.machine import line
from benchmarks.measure import Worker, interleave, ratios
from benchmarks.pictures import size_in_bytes
from benchmarks.speed import promised
from benchmarks.targets import MEMORY_MB

__all__ = ["measure", "section"]

ORDER = (
    "products", "convolutions", "normalisation", "element by element", "copies", "Adam", "calls"
)  # fmt: skip
MULTIPLICATIONS = ORDER[:2]
ROUNDS, SECONDS = 3, 2.0  # enough for shares of a step
MOST = 100  # steps under the profiler, which keeps every operation of them


def measure(options):
    """Return, for each group, speeds and memory in turns, and the kinds of our steps' time."""
    short = dataclasses.replace(
        options, rounds=min(options.rounds, ROUNDS), seconds=min(options.seconds, SECONDS)
    )
    found = {"data_bytes": size_in_bytes(options.pictures), "groups": {}}
    for group in GROUPS:
        judged = [c for c in group.contestants if promised(group, c)]
        if judged and group.peer.here:
            print(f"  {group.title}", flush=True)
            turns = interleave([group.peer, *judged], short)
            profiles = {c.name: _profiled(c, turns[c.name], short) for c in judged}
            found["groups"][group.key] = {"turns": turns, "profiles": profiles}
    return found


def _profiled(contestant, turns, options):
    """Return examples a step, and seconds by kind of as many steps as a turn takes."""
    with Worker(contestant, options) as worker:
        worker.answer()
        batch = worker.ask(steps=1, kinds=True)["examples"]
        worker.ask(seconds=options.seconds / 2)
        steps = round(options.seconds / (_seconds(turns) * batch))
        return {"batch": batch} | worker.ask(steps=max(1, min(MOST, steps)), kinds=True)


def _seconds(turns):
    """Return the seconds that an example takes."""
    return statistics.median(turn["wall_s"] / turn["examples"] for turn in turns["rounds"])


def section(runs):
    """Return the part of the page: a table, and a sentence for each aim that was missed."""
    run = runs[-1]
    groups, data = run["found"]["groups"], run["found"]["data_bytes"]
    steps = [
        _Step(group, contestant, groups[group.key])
        for group in GROUPS
        for contestant in group.contestants
        if contestant.name in groups.get(group.key, {}).get("profiles", {})
    ]
    rows = [each.row() for each in steps]
    judged = [] if run["quick"] else steps
    reasons = [reason for each in judged for reason in (*each.speed(), *each.memory(data))]
    columns = ("", "×", "aim", "step, ms", *(f"{kind}, ms" for kind in ORDER))
    table = [f"| {' | '.join(columns)} |", "|---|" + "---:|" * (len(columns) - 1), *rows]
    return "\n".join([HEAD, "", *table, "", *reasons, "", line(run), ""])


HEAD = """\
## Where a step's time goes

A step of ours on the peers' networks under PyTorch's profiler. Each operation's own time is
counted by its kind; *calls* are all the rest: Python, PyTorch's ways to an operation, autograd. The
profiler makes a step somewhat slower, and calls most of all: its shares are laid on the step that
was measured without it, in turns with the peer. For each aim that was missed, a line says why."""


class _Step:
    """What was measured of one contestant.

    Args:
        group: whose networks.
        contestant: one of ours.
        found: the group's turns and profiles.
    """

    def __init__(self, group, contestant, found):
        mine, peer = found["turns"][contestant.name], found["turns"][group.peer.name]
        profiled = found["profiles"][contestant.name]
        self.name = f"{group.title}: {contestant.name}"
        self.target = promised(group, contestant)
        self.times = statistics.median(ratios(mine, peer))
        self.ms = 1e3 * _seconds(mine) * profiled["batch"]
        whole = sum(profiled["kinds"].values())
        self.kinds = {kind: self.ms * s / whole for kind, s in profiled["kinds"].items()}
        self.bytes = mine["resident"], mine["peak"]

    def row(self):
        """Return the line of the table."""
        cells = (f"{self.kinds[kind]:.2f}" if kind in self.kinds else "" for kind in ORDER)
        return f"| {self.name} | {self.times:.2f} | {self.target.aim:.1f} | {self.ms:.2f} | " + (
            f"{' | '.join(cells)} |"
        )

    def speed(self):
        """Yield why the aim was missed, if it was."""
        if self.target.met(self.times) == "aim":
            return
        allowed = self.ms * self.times / self.target.aim
        needed = sum(self.kinds.get(kind, 0) for kind in MULTIPLICATIONS)
        rest = self.ms - needed
        verdict = (
            "so it takes faster multiplications"
            if needed > allowed
            else f"so {1 - (allowed - needed) / rest:.0%} of all the rest would have to go"
        )
        yield (
            f"- {self.name}, {self.times:.2f} of {self.target.aim:.1f}: the aim allows "
            f"{allowed:.2f} ms; products and convolutions take {needed:.2f}, {verdict}."
        )

    def memory(self, data):
        """Yield where the memory is, if it is more than aimed at over so many bytes of data."""
        before, over = (bytes_ - data for bytes_ in self.bytes)
        if MEMORY_MB.met(over / 1e6) != "aim":
            yield (
                f"- {self.name}, {over / 1e6:,.0f} MB of {MEMORY_MB.aim}: {before / 1e6:,.0f} were "
                "there before the first step, PyTorch and the weights."
            )
