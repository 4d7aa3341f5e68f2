"""One training for the part "quality", in a process of its own: how good after how much CPU time.

Started by `quality.py` as `python -m benchmarks.job ARGUMENTS`; it answers with one line of JSON.
Only training is counted: neither its first step, which pays for starting up, nor what is measured.
"""

import dataclasses
import importlib
import json
import os
import sys
import time

import torch

from benchmarks import pictures
from benchmarks.peers.bound import elbo
from benchmarks.worker import end_with_parent

__all__ = ["Course", "main", "ours", "peer"]

ENDLESS = 2**40  # more examples than any measurement takes
PACE_S = 3.0  # CPU seconds that our speed is taken over, to turn a budget into examples


class Enough(Exception):  # noqa: N818
    """The last mark is passed."""


class Course:
    """What a contestant calls after every step: counts, and measures at marks.

    Args:
        marks: how far, in units.
        unit: "examples" or "cpu_s".
        evaluate: model → a dictionary of scores.
    """

    def __init__(self, marks, unit, evaluate):
        self.marks, self.unit, self.evaluate = list(marks), unit, evaluate
        self.examples, self.cpu_s, self.points = 0, 0.0, []
        self.last = None

    def begins(self, model):
        """Be told what is trained."""
        self.model = model

    def __call__(self, examples):
        """Count a step."""
        now = time.process_time()
        self.cpu_s += now - self.last if self.last is not None else 0.0
        self.examples += examples
        if self.marks and getattr(self, self.unit) >= self.marks[0]:
            self.marks.pop(0)
            self.note()
            if not self.marks:
                raise Enough
        self.skip()

    def skip(self):
        """Leave out what was done since the last step."""
        self.last = time.process_time()

    def note(self):
        """Measure the model as it is."""
        progress = {"cpu_s": self.cpu_s, "examples": self.examples}
        self.points.append(progress | self.evaluate(self.model))


def peer(module, function, kind, marks, unit, seed, n):
    """Train a peer for as long as the marks say."""
    program = importlib.import_module(module)
    measure = Bound(program.bound) if kind == "vae" else Samples(n, program.sample)
    course = Course(marks, unit, measure)
    try:
        getattr(program, function)(course, seed=seed)
    except Enough:
        return {"points": course.points, "null": getattr(measure, "null", None)}


def ours(kind, budget, source, seed, n):
    """Train our default model for so many CPU seconds' worth of examples.

    The schedule anneals to the budget, so every budget is a run of its own. Validation is counted
    only where training learns from it.
    """
    # Here, because a peer's process imports nothing of makebelieve before it trains.
    from makebelieve.data import load
    from makebelieve.runs.planning import plan

    data = load(source)
    settings = {"training.seed": seed}
    if kind == "vae":
        settings["model.likelihood"] = "bernoulli"  # what all are compared by
    endless = plan(kind, data, settings | {"examples": ENDLESS})
    pace = _trained(endless, min(PACE_S, budget))[1]
    examples = max(1_000, int(budget * pace.examples / pace.cpu_s))
    state, course = _trained(plan(kind, data, settings | {"examples": examples}))
    measure = Bound(_bound) if kind == "vae" else Samples(n, _sample)
    state.swap()  # the averaged weights are what a person uses
    point = {"cpu_s": course.cpu_s, "examples": course.examples} | measure(state.model)
    return {"points": [point], "null": getattr(measure, "null", None)}


def _trained(chosen, limit=None):
    """Train to the end of the recipe, or for so many CPU seconds."""
    from makebelieve.data.loading import Loader
    from makebelieve.models.model import Adapts
    from makebelieve.runs.drive import initial
    from makebelieve.training.devices import connect
    from makebelieve.training.loop import Checkpoint, Stepped, Validated, train

    world = connect("cpu")
    state = initial(chosen, world)
    loaders = {split: Loader(chosen.data, split) for split in ("train", "validation")}
    course = Course([], "examples", None)
    learns = isinstance(state.model, Adapts)
    for event in train(state, loaders, world):
        if isinstance(event, Stepped):
            course(chosen.recipe.training.batch)
            if limit is not None and course.cpu_s >= limit:
                break
        elif isinstance(event, Checkpoint) or (isinstance(event, Validated) and not learns):
            course.skip()
    return state, course


def _bound(model, x, generator):
    return elbo(x, *model.posterior(x), model.decode, generator)


def _sample(model, n, seed):
    z = torch.randn(n, model.latent_dim, generator=torch.Generator().manual_seed(seed))
    return torch.cat([model.sample(part) for part in z.split(256)])


class Bound:
    """−ELBO on the whole test set, nats: the same noise for everyone.

    Args:
        bound: (model, x, generator) → (n,).
    """

    def __init__(self, bound):
        self.bound = bound
        self.x = torch.from_numpy(pictures.test())[:, None].float() / 255

    @torch.no_grad()
    def __call__(self, model):
        """Return the score."""
        noise = torch.Generator().manual_seed(0)
        model.eval()
        each = [self.bound(model, part, noise).double() for part in self.x.split(500)]
        model.train()
        return {"negative_elbo": -float(torch.cat(each).mean())}


class Samples:
    """FD and coverage of n samples against n held-out pictures at 32 px, and of as many real ones.

    Pictures of 28 px are enlarged as PyTorch-GAN's program enlarges the real ones it learns from,
    ours and the reference alike.

    Args:
        n: how many.
        sample: (model, n, seed) → (n, 1, size, size) in 0 … 1.
    """

    def __init__(self, n, sample):
        from benchmarks.peers.items import enlarged
        from makebelieve.metrics.features import RandomConv

        self.sample, self.enlarged = sample, enlarged
        held = torch.from_numpy(enlarged(pictures.test()[: 2 * n]))[..., None]
        fit = torch.from_numpy(enlarged(pictures.train()[::6]))[..., None]
        self.extract = RandomConv(1, 32).fit(fit)
        self.real, other = self.extract(held[0::2]), self.extract(held[1::2])
        self.n = len(self.real)
        self.null = self._scores(other)

    @torch.no_grad()
    def __call__(self, model):
        """Return the scores."""
        made = self.sample(model, self.n, 0).clamp(0, 1)
        grey = made.mul(255).round().to(torch.uint8)[:, 0]
        if grey.shape[-1] == pictures.SIZE:
            grey = torch.from_numpy(self.enlarged(grey.numpy()))
        return self._scores(self.extract(grey[..., None]))

    def _scores(self, fake):
        from makebelieve.metrics.frechet import frechet_distance
        from makebelieve.metrics.neighbours import prdc

        fd, found = (
            frechet_distance(self.real, fake),
            dataclasses.asdict(prdc(self.real, fake, k=5)),
        )
        return {"fd": fd, "coverage": found["coverage"]}


def main():
    """Answer over what was standard output; what the contestant prints goes to standard error."""
    end_with_parent()
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    asked = json.loads(sys.argv[1])
    run = {"peer": peer, "ours": ours}[asked.pop("who")]
    print(json.dumps(run(**asked)), file=channel)


if __name__ == "__main__":
    main()
