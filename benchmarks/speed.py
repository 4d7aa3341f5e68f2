"""Part "speed": our engine against the peers' programs, on the peers' networks."""

import statistics

from benchmarks import ceilings
from benchmarks.contestants import GROUPS
from benchmarks.machine import line
from benchmarks.measure import flops_of, interleave, ratios, speeds, spread
from benchmarks.pictures import size_in_bytes
from benchmarks.targets import MEMORY_MB, SPEED

__all__ = ["measure", "promised", "section"]

OURS = "makebelieve"
EPOCH = 60_000
PRECISIONS = ("fp32", "bf16")


def measure(options):
    """Return, for each group, its arithmetic and what was measured of its contestants."""
    found = {"ceilings": ceilings.measure(options), "data_bytes": size_in_bytes(options.pictures)}
    found["groups"], found["left_out"] = {}, []
    for group in GROUPS:
        present = [c for c in group.contestants if c.here]
        missing = [c for c in group.contestants if not c.here]
        found["left_out"] += [f"{c.name} on {group.key} (no {c.needs})" for c in missing]
        if group.peer not in present:
            continue  # nothing to compare with
        print(f"  {group.title}", flush=True)
        found["groups"][group.key] = {
            "flops": flops_of(group.peer, options),
            "contestants": interleave(present, options),
        }
    return found


def section(runs):
    """Return the part of the page: a table for each group."""
    run = runs[-1]
    tables = [_group(group, runs) for group in GROUPS if group.key in run["found"]["groups"]]
    heights = (f"{ceilings.best(run['found']['ceilings'], p):,.0f} in {p}" for p in PRECISIONS)
    notes = [f"The ceilings of this run, GFLOP/s: {' and '.join(heights)}.", line(run)]
    if left_out := run["found"]["left_out"]:
        notes.insert(1, f"Left out: {'; '.join(left_out)}.")
    return "\n\n".join([HEAD, *tables, *notes, ""])


HEAD = """\
## Speed on the same networks

Pictures a second while training, on the peers' networks, data and batch size: the median of
interleaved rounds, in brackets the slowest and the fastest. Each contestant has a process of its
own and waits while another has its turn; × is the median of the ratios within a round. The peers do
all that their programs do for a step, and pythae is the published package as it is.

- **must** and **aim** are multiples of the peer's speed; **met** says in how many of the kept runs
  the *must* held.
- **Share** is the arithmetic of the peer's plain step, as PyTorch counts it, over the time it took,
  as a share of the ceiling: the fastest 2048³ matrix product of the same run and precision. An
  engine that leaves out work which the peer does and throws away still gets the peer's count.
- **CPU s** are user and system seconds of all its threads and processes for 60,000 pictures.
- **Memory** is the process's peak, PyTorch itself included, over the pictures as bytes; we promise
  at most 600 MB and aim at 300.
- **First step** is the time from the start of the process to the end of the first step."""


def _group(group, runs):
    columns = (
        "", "pictures/s", "×", "must", "aim", "met", "share", "CPU s", "memory, MB", "first step, s"
    )  # fmt: skip
    lines = [f"### {group.title}", ""]
    lines += [_row(columns), "|---|" + "---:|" * (len(columns) - 1)]
    for contestant in group.contestants:
        if contestant.name in runs[-1]["found"]["groups"][group.key]["contestants"]:
            lines.append(_row(_cells(group, contestant, runs)))
    return "\n".join(lines)


def _row(cells):
    return f"| {' | '.join(cells)} |"


def _cells(group, contestant, runs):
    run = runs[-1]
    found = run["found"]["groups"][group.key]
    mine, peer = found["contestants"][contestant.name], found["contestants"][group.peer.name]
    target = promised(group, contestant)
    share = statistics.median(speeds(mine)) * found["flops"] / 1e9
    share /= ceilings.best(run["found"]["ceilings"], contestant.precision)
    epoch = statistics.median(t["cpu_s"] / t["examples"] for t in mine["rounds"]) * EPOCH
    return (
        contestant.name,
        spread(speeds(mine)),
        "1" if contestant is group.peer else spread(ratios(mine, peer), "{:.2f}"),
        f"{target.must:.1f}" if target else "",
        f"{target.aim:.1f}" if target else "",
        _met(group, contestant, target, runs) if target else "",
        f"{share:.0%}",
        f"{epoch:,.1f}",
        _memory(contestant, mine, run),
        f"{mine['first_step_s']:.1f}",
    )


def promised(group, contestant):
    """Return the target of one of ours; None of peers, and where nothing was promised."""
    return SPEED.get((group.key, contestant.precision)) if _is_ours(contestant) else None


def _is_ours(contestant):
    return contestant.name.startswith(OURS)


def _met(group, contestant, target, runs):
    """Return what was reached, and in how many of the runs that were made to be judged."""
    if runs[-1]["quick"]:
        return "not judged"
    reached = []
    for run in runs:
        measured = run["found"]["groups"].get(group.key, {}).get("contestants", {})
        if contestant.name in measured and not run["quick"]:
            pair = measured[contestant.name], measured[group.peer.name]
            reached.append(target.met(statistics.median(ratios(*pair))))
    kept = sum(each != "no" for each in reached)
    return f"{reached[-1]} ({kept} of {len(reached)})"


def _memory(contestant, mine, run):
    over = (mine["peak"] - run["found"]["data_bytes"]) / 1e6
    if not _is_ours(contestant) or run["quick"]:
        return f"{over:,.0f}"
    return f"{over:,.0f} ({MEMORY_MB.met(over)})"
