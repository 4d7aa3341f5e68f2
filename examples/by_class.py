"""A VAE that is told the class of each example, and makes what it is asked for."""

import argparse
from pathlib import Path

import makebelieve as mb
from makebelieve.data import pictures

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--source", default="digits")
parser.add_argument("--examples", type=int, default=150_000)
parser.add_argument("--out", type=Path, default=Path("by-class"))
asked = parser.parse_args()

run = mb.train(
    "vae", asked.source, out=asked.out / "run", examples=asked.examples, conditional=True
)
# The same noise for every class: what stays alike down a column is style, what differs is class.
rows = [(name, run.sample(12, label=name)) for name in run.spec.classes]
pictures.save(pictures.labelled(rows), asked.out / "by-class.png")
print(f"look at {asked.out / 'by-class.png'}")
