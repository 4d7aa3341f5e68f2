"""Train a VAE on drawn faces; save a sheet of new faces and a slide between two of them."""

import argparse
from pathlib import Path

import makebelieve as mb
from makebelieve.data import pictures

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--examples", type=int, default=200_000)
parser.add_argument("--out", type=Path, default=Path("faces"))
asked = parser.parse_args()

faces = mb.load("avatars")
run = mb.train("vae", faces, out=asked.out / "run", examples=asked.examples)
print(run.result)  # scores on faces that it was not trained on, in nats

pictures.save(pictures.grid(run.sample(64)), asked.out / "new.png")

held_out = faces.examples[faces.rows("test")]
way = mb.morph(run, held_out[0], held_out[1], steps=24)
pictures.save(pictures.strip(way[::3]), asked.out / "morph.png")
pictures.animate(way, asked.out / "morph.gif")
print(f"look at {asked.out}")
