"""A model as a plain torch.nn.Module: your own loop, your own optimiser, your own data."""

import argparse
from pathlib import Path

import torch

import makebelieve as mb
from makebelieve.data import pictures
from makebelieve.data.loading import Batch, to_tensor
from makebelieve.models import find
from makebelieve.rng import Step
from makebelieve.runs.run import to_examples

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--examples", type=int, default=60_000)
parser.add_argument("--out", type=Path, default=Path("own-loop"))
asked = parser.parse_args()

data = mb.load("digits")
x = to_tensor(data.examples[data.rows("train")])  # (n, 1, 8, 8) in 0 … 1

torch.manual_seed(0)
VAE = find("vae")
model = VAE(data.spec, VAE.Options(latent_dim=8))
optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)

for index in range(asked.examples // 128):
    batch = Batch(x[torch.randint(len(x), (128,))])
    # A model yields one turn for each of its players; a VAE has one.
    for turn in model.turns(batch, Step(seed=0, index=index)):
        optimiser.zero_grad()
        turn.loss.backward()
        optimiser.step()
    if index % 100 == 0:
        print(index, {name: round(float(value), 2) for name, value in turn.parts.items()})

with torch.no_grad():
    made = model.sample(torch.randn(64, 8))
asked.out.mkdir(parents=True, exist_ok=True)
pictures.save(pictures.grid(to_examples(made, data.spec)), asked.out / "digits.png")
print(f"look at {asked.out / 'digits.png'}")
