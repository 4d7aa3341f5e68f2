"""Train a judge on a folder of pictures (sub-folders are the classes) and ask it about the rest.

python examples/own_folder.py my-pictures
"""

import argparse
from pathlib import Path

import makebelieve as mb

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("source", help="the folder, or any other source")
parser.add_argument("--pixels", type=int, default=32)
parser.add_argument("--examples", type=int, default=100_000)
parser.add_argument("--out", type=Path, default=Path("my-judge"))
asked = parser.parse_args()

try:
    data = mb.load(asked.source, size=asked.pixels, skip_bad=True)
    print(mb.describe(data))
    run = mb.train("judge", data, out=asked.out, examples=asked.examples)
except mb.InputError as error:
    raise SystemExit(f"{error}") from None

test = data.rows("test")
verdicts = run.judge(data.examples[test])
right = sum(
    verdict.label == data.spec.classes[code]
    for verdict, code in zip(verdicts, data.labels[test], strict=True)
)
print(f"right about {right} of {len(test)} pictures that it was not trained on")

# The most instructive mistakes are those of which it was surest.
wrong = [
    (verdict.confidence, verdict.label, data.spec.classes[code], row)
    for verdict, code, row in zip(verdicts, data.labels[test], test, strict=True)
    if verdict.label != data.spec.classes[code]
]
for confidence, said, true, row in sorted(wrong, reverse=True)[:5]:
    name = data.names[row] if data.names is not None else f"picture {row}"
    print(f"{name}: said {said} ({confidence:.0%}), is {true}")
