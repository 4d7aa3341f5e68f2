"""The contract that every model in the table keeps, for every kind of data."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from makebelieve import models, recipe
from makebelieve.data.loading import Batch
from makebelieve.data.spec import Spec
from makebelieve.errors import InputError
from makebelieve.models.gan import LOSSES, PENALTIES
from makebelieve.models.model import Adapts, Bounds, Calibrates, Encodes, Generates, Judges, Model
from makebelieve.models.terms import LIKELIHOODS
from makebelieve.rng import Step

TWO = ("no", "yes")
SPECS = {
    "grey8": Spec.pictures(8, 1, TWO),
    "colour16": Spec.pictures(16, 3, TWO),
    "grey28": Spec.pictures(28, 1, TWO),
    "odd30": Spec.pictures(30, 3, TWO),
    "colour128": Spec.pictures(128, 3, TWO),
    "points": Spec.points(TWO),
}
SMALL = ("grey8", "points")
CAPABILITIES = (Generates, Encodes, Bounds, Judges, Calibrates)


def options_of(name: str) -> dict[str, recipe.Key]:
    return {k.name: k for k in recipe.keys(models.find(name).Options, "model")}


def refused(spec: str, option: str, choice: Any) -> bool:
    """Tell the one kind of choice that does not go with the data: see test_vae."""
    return spec == "points" and option == "likelihood" and not LIKELIHOODS[choice].points


def cases() -> list[Any]:
    """Every model on every kind of data, and on small data every choice that its options have."""
    found: list[tuple[str, str, dict[str, Any]]] = []
    for name in models.MODELS:
        keys = options_of(name)
        found += [(name, spec, {}) for spec in SPECS]
        for spec in SMALL:
            found += [
                (name, spec, {k.name: choice})
                for k in keys.values()
                for choice in ((not k.default,) if k.annotation == "bool" else k.choices)
                if choice != k.default and not refused(spec, k.name, choice)
            ]
        if "loss" in keys:
            found += [
                (name, "grey8", {"loss": loss, "penalty": penalty})
                for loss in LOSSES
                for penalty in PENALTIES
            ]
    return [
        pytest.param(name, spec, o, id="-".join([name, spec, *map(str, o.values())]))
        for name, spec, o in found
    ]


def converted(name: str, given: dict[str, Any]) -> dict[str, Any]:
    built = recipe.build(
        name, models.find(name).Options, {f"model.{k}": v for k, v in given.items()}
    )
    return {k: getattr(built.options, k) for k in given}


def parts_of(batch: Batch, shards: int) -> list[Batch]:
    xs = batch.x.chunk(shards)
    ys = [None] * shards if batch.y is None else batch.y.chunk(shards)
    return [Batch(x, y) for x, y in zip(xs, ys, strict=True)]


def play(model: Any, batch: Batch, shards: int = 1) -> dict[str, tuple[Tensor, dict[str, Tensor]]]:
    """Play one step as the engine does, without moving: loss and gradients of each player."""
    games = [
        model.turns(part, Step(3, 5, seen=40, progress=0.1, shard=i, shards=shards))
        for i, part in enumerate(parts_of(batch, shards))
    ]
    found = {}
    for turns in zip(*games, strict=True):
        player = turns[0].player
        module = model.players[player]
        module.zero_grad()
        loss = torch.stack([t.loss for t in turns]).mean()
        torch.autograd.backward(loss)
        gradients = {
            n: torch.zeros_like(p) if p.grad is None else p.grad.clone()
            for n, p in module.named_parameters()
            if p.requires_grad
        }
        found[player] = (loss.detach(), gradients)
        means = {n: torch.stack([t.parts[n].float() for t in turns]).mean() for n in turns[0].parts}
        for t in turns:
            t.parts = dict(means)
    return found


def still(name: str, model: Any) -> set[str]:
    """Name the parameters that the chosen options leave without any influence on the loss."""
    if name != "gan":
        return set()
    real, fake = torch.tensor([0.2, -0.4]), torch.tensor([0.9, 0.1])
    loss = model.loss.discriminator
    # A loss of differences alone cannot see what is added to every logit; nor can a hinge that
    # pulls both ways.
    same = torch.allclose(loss(real + 0.05, fake + 0.05), loss(real, fake), atol=1e-6)
    last = [n for n, _ in model.discriminator.named_parameters()][-1]
    return {last} if same else set()


@pytest.mark.parametrize(("name", "data", "given"), cases())
def test_contract(kit: Any, name: str, data: str, given: dict[str, Any]) -> None:
    spec = SPECS[data]
    model = kit.build(name, spec, **converted(name, given))
    batch = kit.batch(spec, 2 if data == "colour128" else 8)
    _checks_shape_of(model)
    before = {n: t.clone() for n, t in model.state_dict().items()}
    played = play(model, batch)
    assert list(played) == list(model.players)
    silent = still(name, model)
    for player, (loss, gradients) in played.items():
        assert loss.shape == ()
        assert torch.isfinite(loss)
        dead = {n for n, g in gradients.items() if not g.any()}
        assert dead <= silent, (player, dead)
        assert all(torch.isfinite(g).all() for g in gradients.values())
    named = {id(p) for module in model.players.values() for p in module.parameters()}
    assert {id(p) for p in model.parameters()} == named, "a parameter that no player moves"
    weights = dict(model.named_parameters())
    after = model.state_dict()
    assert all(torch.equal(after[n], before[n]) for n in weights), "a turn moves no weight"
    _checks_validation(model, batch)
    _checks_capabilities(model, spec, batch)


def _checks_shape_of(model: Any) -> None:
    assert isinstance(model, nn.Module)
    assert isinstance(model, Model)
    assert type(model).__name__ in repr(model)
    assert set(model.averaged) <= set(model.players)
    assert set(model.rates) == set(model.players)


def _checks_validation(model: Any, batch: Batch) -> None:
    with torch.no_grad():
        scores = model.validate(batch, Step(1, 2))
    names: set[str] = set()
    for turn in model.turns(batch, Step(1, 2)):
        assert all(part.shape == () and not part.requires_grad for part in turn.parts.values())
        names |= set(turn.parts)
    assert set(scores) <= names
    assert scores
    assert all(v.shape == () and torch.isfinite(v) for v in scores.values())


@torch.no_grad()
def _checks_capabilities(model: Any, spec: Spec, batch: Batch) -> None:
    n = len(batch)
    labels = batch.y if getattr(model, "classes", 0) else None
    can = {c for c in CAPABILITIES if isinstance(model, c)}

    def looks_right(x: Tensor) -> None:
        assert x.shape == (n, *spec.shape)
        assert x.dtype == torch.float32
        assert torch.isfinite(x).all()
        if spec.kind == "pictures":
            assert x.min() >= 0
            assert x.max() <= 1

    if Calibrates in can:
        assert model.calibration in {"train", "validation"}
        buffers = dict(model.named_buffers())
        model.calibrate(iter([batch, batch]))
        assert buffers.keys() == dict(model.named_buffers()).keys()
        assert all(torch.isfinite(b).all() for b in model.buffers())
    if Generates in can:
        looks_right(model.sample(torch.randn(n, model.latent_dim), labels))
        looks_right(model.sample(torch.randn(n, model.latent_dim)))
    if Encodes in can:
        code = model.encode(batch.x, labels)
        assert code.shape == (n, model.latent_dim)
        looks_right(model.decode(code, labels))
    if Bounds in can:
        for k in (1, 3):
            bound = model.log_bound(batch.x, Step(0), k, labels)
            assert bound.shape == (n,)
            assert torch.isfinite(bound).all()
    if Judges in can:
        assert model.logits(batch.x).shape == (n, len(spec.classes))
        features = model.features(batch.x)
        assert features.shape[0] == n
        assert features.dim() == 2


def test_every_model_has_a_capability(kit: Any) -> None:
    for name in models.MODELS:
        model = kit.build(name, SPECS["points"])
        assert any(isinstance(model, c) for c in CAPABILITIES)


@pytest.mark.parametrize("data", SMALL)
@pytest.mark.parametrize("name", models.MODELS)
def test_a_state_dict_brings_the_same_outputs(kit: Any, name: str, data: str) -> None:
    spec = SPECS[data]
    one, other = kit.build(name, spec, seed=1), kit.build(name, spec, seed=2)
    if isinstance(one, Calibrates):
        one.calibrate([kit.batch(spec, 16)])
    x = torch.randn(4, one.latent_dim) if isinstance(one, Generates) else kit.batch(spec, 4).x
    ask = one.sample if isinstance(one, Generates) else one.logits
    answer = other.sample if isinstance(one, Generates) else other.logits
    assert not torch.equal(ask(x), answer(x))
    other.load_state_dict(one.state_dict())
    assert torch.equal(ask(x), answer(x))


def equal_parts(whole: Any, split: Any) -> None:
    assert whole.keys() == split.keys()
    for player, (loss, gradients) in whole.items():
        assert torch.allclose(loss, split[player][0], rtol=1e-5, atol=1e-5)
        scale = max(1.0, *(float(g.abs().max()) for g in gradients.values()))
        for n, g in gradients.items():
            assert (g - split[player][1][n]).abs().max() <= 1e-5 * scale, (player, n)


@pytest.mark.usefixtures("smooth")
@pytest.mark.parametrize("shards", [2, 4])
@pytest.mark.parametrize(("name", "data", "given"), [c for c in cases() if c.values[1] in SMALL])
def test_parts_of_a_batch_add_up_to_the_whole(
    kit: Any, name: str, data: str, given: dict[str, Any], shards: int
) -> None:
    batch = kit.batch(SPECS[data], 8)
    model = kit.build(name, SPECS[data], **converted(name, given))
    equal_parts(play(model, batch), play(model, batch, shards))


@pytest.mark.usefixtures("smooth")
@pytest.mark.parametrize("shards", [2, 4])
def test_parts_add_up_while_augmentation_works(kit: Any, shards: int) -> None:
    batch = kit.batch(SPECS["colour16"], 8)
    model = kit.build("gan", SPECS["colour16"])
    model.augment_p.fill_(0.5)
    equal_parts(play(model, batch), play(model, batch, shards))
    assert model.augment_p == 0.5


@pytest.mark.parametrize("name", [n for n in models.MODELS if issubclass(models.find(n), Adapts)])
def test_adapting_changes_buffers_alone(kit: Any, name: str) -> None:
    spec = SPECS["grey8"]
    model = kit.build(name, spec)
    weights = {n: p.clone() for n, p in model.named_parameters()}
    with torch.no_grad():
        train = {n: float(v) for n, v in model.validate(kit.batch(spec, 8), Step(0)).items()}
    model.adapt(train, train, 64)
    model.adapt(train, {}, 64)
    assert all(torch.equal(p, weights[n]) for n, p in model.named_parameters())
    assert all(torch.isfinite(b).all() for b in model.buffers())


@pytest.mark.parametrize("name", models.MODELS)
def test_the_seed_alone_decides_the_weights(kit: Any, name: str) -> None:
    spec = SPECS["grey8"]
    one, other = kit.build(name, spec, seed=4), kit.build(name, spec, seed=4)
    play(one, kit.batch(spec, 8))
    for n, p in one.named_parameters():
        assert torch.equal(p, other.get_parameter(n))


@pytest.mark.parametrize("name", models.MODELS)
def test_every_option_is_documented_and_frozen(name: str) -> None:
    kind = models.find(name)
    assert inspect.getdoc(kind)
    assert all(k.doc for k in options_of(name).values())
    assert "name" not in options_of(name), "recipe.json keeps the model's name beside its options"
    with pytest.raises(dataclasses.FrozenInstanceError):
        kind.Options().size = "large"
    assert kind.Options() == kind.Options()


@pytest.mark.parametrize("name", models.MODELS)
@pytest.mark.parametrize("n", [20, 1_000, 10**6])
@pytest.mark.parametrize("data", ["grey28", "points"])
def test_defaults_are_values_that_a_recipe_takes(name: str, n: int, data: str) -> None:
    kind = models.find(name)
    defaults = kind.defaults(SPECS[data], n)
    built = recipe.build(name, kind.Options, defaults)
    for k, v in defaults.items():
        part = built.options if hasattr(built.options, k) else built.training
        assert getattr(part, k) == v
    left = {"examples", "batch", "learning_rate", "beta1", "schedule", "ema"}
    assert left <= set(defaults)


@pytest.mark.parametrize("name", [n for n in models.MODELS if "conditional" in options_of(n)])
def test_a_condition_needs_labels(kit: Any, name: str) -> None:
    with pytest.raises(InputError, match="needs labels"):
        kit.build(name, Spec.pictures(8, 1), conditional=True)


@pytest.mark.parametrize("name", [n for n in models.MODELS if "conditional" in options_of(n)])
@torch.no_grad()
def test_a_condition_changes_what_is_made(kit: Any, name: str) -> None:
    model = kit.build(name, SPECS["grey8"], conditional=True)
    z = torch.randn(4, model.latent_dim)
    no, yes = (model.sample(z, torch.full((4,), label)) for label in (0, 1))
    unknown, none = model.sample(z, torch.full((4,), -1)), model.sample(z)
    assert not torch.allclose(no, yes)
    assert torch.equal(unknown, none)


def test_an_unknown_model_names_its_nearest() -> None:
    with pytest.raises(InputError, match="did you mean gan"):
        models.find("gann")


def test_a_recipe_builds_its_model() -> None:
    chosen = recipe.build("vae", models.find("vae").Options, {"latent_dim": 3})
    model: Any = models.build(chosen, SPECS["points"])
    assert model.sample(torch.zeros(1, 3)).shape == (1, 2)
