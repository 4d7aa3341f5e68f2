"""Watch a GAN find the eight dots of a ring, event by event; how many does it cover?"""

import argparse
from pathlib import Path

import numpy as np

from makebelieve.data import pictures
from makebelieve.data.points import RING
from makebelieve.runs import drive
from makebelieve.training.loop import Finished, Validated

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--examples", type=int, default=400_000)
parser.add_argument("--loss", default="relativistic", help="try: non-saturating, hinge, wgan-gp")
parser.add_argument("--out", type=Path, default=Path("ring"))
asked = parser.parse_args()


def watch(event, state):
    """Print what happens at each validation; `state` has everything that training carries."""
    if isinstance(event, Validated):
        print(f"{event.seen:>9,} examples: ahead {event.validation['ahead']:.2f}")
    elif isinstance(event, Finished):
        print(f"{event.reason} used up after {event.step:,} steps")


plan = drive.plan("gan", "ring", {"examples": asked.examples, "loss": asked.loss})
run = drive.start(plan, asked.out / "run", watch=watch)

points = run.sample(2_000)
dot, distance = RING.nearest(points)  # the density is known, so this can be counted
near = distance < 3
covered = np.unique(dot[near])
print(f"{len(covered)} of 8 dots, {near.mean():.0%} of the points within 3 σ of one")
pictures.save(pictures.scatter(points), asked.out / "points.png")
