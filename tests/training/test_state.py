"""What training carries: averages, and one file that brings everything back to the bit."""

from __future__ import annotations

import json
import pickle
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import makebelieve
from makebelieve import models
from makebelieve.data.spec import Spec
from makebelieve.errors import InputError
from makebelieve.training.devices import World
from makebelieve.training.loop import Checkpoint, Finished, Logged, Stepped, Validated, train
from makebelieve.training.state import State, read_tensors

if TYPE_CHECKING:
    from collections.abc import Iterator

GREY = Spec.pictures(8, 1, ("no", "yes"))
POINTS = Spec.points(("no", "yes"))
CPU = World(torch.device("cpu"))
everyone = pytest.mark.parametrize("name", models.MODELS)


# ---- Averages.


@given(ema=st.integers(1, 5000), batches=st.lists(st.integers(1, 64), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_the_average_follows_its_formula(kit: Any, ema: int, batches: list[int]) -> None:
    state = averaged(kit, ema)
    flat = state.players["generator"]
    assert flat.average is not None
    known = flat.values.double().clone()
    generator = torch.Generator().manual_seed(0)
    for n in batches:
        flat.values.copy_(torch.randn(flat.values.shape, generator=generator))
        state.clock.seen += n
        state.average(n)
        half_life = min(ema, state.clock.seen / 20)
        kept = 0.5 ** (n / half_life)
        known = kept * known + (1 - kept) * flat.values.double()
        assert torch.allclose(flat.average.double(), known, atol=1e-5)


def averaged(kit: Any, ema: int) -> State:
    state: State = kit.state("gan", POINTS, ema=ema)
    return state


def test_half_of_the_past_is_left_after_a_half_life(kit: Any) -> None:
    state = averaged(kit, 1000)
    state.clock.seen = 10**6
    flat = state.players["generator"]
    assert flat.average is not None
    flat.average.fill_(1)
    flat.values.fill_(0)
    for _ in range(100):
        state.average(10)
    assert torch.allclose(flat.average, torch.tensor(0.5), atol=1e-4)


@everyone
@pytest.mark.parametrize("ema", [0, 100])
def test_only_what_is_used_is_averaged(kit: Any, name: str, ema: int) -> None:
    state = kit.state(name, POINTS, ema=ema)
    for player, flat in state.players.items():
        assert (flat.average is not None) == (ema > 0 and player in state.model.averaged)


@everyone
def test_swapping_twice_is_identity(kit: Any, name: str) -> None:
    state = kit.state(name, POINTS, examples=64)
    list(train(state, kit.loaders(kit.dataset(POINTS)), CPU))
    before = {n: t.clone() for n, t in state.tensors().items()}
    state.swap()
    state.swap()
    assert all(torch.equal(t, before[n]) for n, t in state.tensors().items())


# ---- One file.


def steps(kit: Any, state: State, spec: Spec) -> Iterator[Any]:
    yield from train(state, kit.loaders(kit.dataset(spec)), CPU)


def go(events: Iterator[Any], n: int) -> list[Any]:
    """Take n steps, and return every event up to the n-th Stepped."""
    seen = []
    for event in events:
        seen.append(event)
        n -= isinstance(event, Stepped)
        if n == 0:
            return seen
    return seen


VARIANTS = [
    *((name, GREY, {}) for name in models.MODELS),
    *((name, POINTS, {}) for name in models.MODELS),
    ("vae", GREY, {"likelihood": "logistic", "conditional": True, "kl_warmup": 60}),
    ("gan", GREY, {"loss": "wgan-gp", "conditional": True, "augment_span": 100}),
]


@pytest.mark.parametrize(
    ("name", "spec", "options"), VARIANTS, ids=lambda v: v if isinstance(v, str) else ""
)
@pytest.mark.parametrize("which", [1, 2])
def test_going_on_is_never_having_stopped(
    kit: Any, tmp_path: Path, name: str, spec: Spec, options: dict[str, Any], which: int
) -> None:
    path = tmp_path / "state.safetensors"
    # Three clocks that do not agree: the log's sums and the look at held-out data go on, too.
    keys = {"log": 80, "validate": 32, "checkpoint": 48, "weight_decay": 0.01}

    def fresh() -> Any:
        state = kit.state(name, spec, options, **keys)
        if name == "gan":
            state.model.augment_p.fill_(0.3)
        return state

    whole = fresh()
    told: list[Any] = []
    for event in steps(kit, whole, spec):
        told.append(event)
        if isinstance(event, Checkpoint) and event.seen == 48 * which:
            whole.save(path)
            told = []

    other = fresh()
    with torch.no_grad():
        for flat in other.players.values():
            flat.values.normal_()  # everything comes from the file
    other.load(path)
    assert other.clock.seen == 48 * which
    retold = list(steps(kit, other, spec))
    tensors = other.tensors()
    for n, t in whole.tensors().items():
        assert torch.equal(t, tensors[n]), n
    kinds = (Logged, Validated, Checkpoint, Finished)
    assert [e for e in told if isinstance(e, kinds)] == [e for e in retold if isinstance(e, kinds)]
    assert whole.clock.step == other.clock.step == 10


@everyone
def test_a_file_holds_everything_by_a_readable_name(kit: Any, name: str, tmp_path: Path) -> None:
    state = kit.state(name, GREY)
    go(steps(kit, state, GREY), 2)
    state.save(tmp_path / "s.safetensors")
    tensors, header = read_tensors(tmp_path / "s.safetensors")
    assert json.loads(header["clock"])["seen"] == 32
    for player, flat in state.players.items():
        for n, view in flat.named(flat.values).items():
            prefix = "" if state.model.players[player] is state.model else f"{player}."
            assert torch.equal(tensors[f"model/{prefix}{n}"], view)
            assert f"{player}/first_moment/{n}" in tensors
            assert (f"{player}/average/{n}" in tensors) == (player in state.model.averaged)
    assert {n for n in tensors if n.startswith("model/")} == {
        f"model/{n}" for n in state.model.state_dict()
    }


@everyone
def test_a_loaded_model_is_still_one_vector(kit: Any, name: str, tmp_path: Path) -> None:
    state = kit.state(name, POINTS)
    state.save(tmp_path / "s.safetensors")
    state.load(tmp_path / "s.safetensors")
    for flat in state.players.values():
        flat.values.fill_(2)
        for p in flat.module.parameters():
            assert not p.requires_grad or (p == 2).all()


# ---- Bad files.


@pytest.fixture
def saved(kit: Any, tmp_path: Path) -> Path:
    path = tmp_path / "state.safetensors"
    state = kit.state("vae", POINTS)
    go(steps(kit, state, POINTS), 2)
    state.save(path)
    return path


def refused(kit: Any, path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        kit.state("vae", POINTS, options).load(path)
    said = str(caught.value)
    assert str(path) in said
    assert "\n" not in said, "one sentence"
    return said


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_refused(kit: Any, saved: Path, share: float) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    assert "cannot be read" in refused(kit, saved)


@given(data=st.binary(max_size=300))
@settings(max_examples=40, deadline=None)
def test_any_bytes_are_refused(
    kit: Any, tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"any[.]safetensors"):
        kit.state("vae", POINTS).load(path)


def test_a_missing_file_is_refused(kit: Any, tmp_path: Path) -> None:
    assert "cannot be read" in refused(kit, tmp_path / "none.safetensors")
    assert "cannot be read" in refused(kit, tmp_path)


def test_a_pickle_is_refused(kit: Any, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    path = tmp_path / "state.safetensors"
    path.write_bytes(pickle.dumps(Trap()))
    refused(kit, path)
    torch.save({"trap": 1}, path)
    refused(kit, path)
    assert not (tmp_path / "ran").exists()


def test_another_model_s_file_is_refused(kit: Any, saved: Path) -> None:
    for other in ("autoencoder", "judge", "gan"):
        kit.state(other, POINTS).save(saved)
        assert "does not fit" in refused(kit, saved)


def test_another_shape_is_refused(kit: Any, saved: Path) -> None:
    assert "does not fit" in refused(kit, saved, latent_dim=3)
    assert "does not fit" in refused(kit, saved, size="large")


def test_a_file_without_a_clock_is_refused(kit: Any, saved: Path) -> None:
    tensors, _ = read_tensors(saved)
    for header in (None, {"clock": "{"}, {"clock": "[]"}, {"clock": '{"day": 3}'}):
        safetensors.torch.save_file(tensors, saved, metadata=header)
        assert "does not fit" in refused(kit, saved)


def test_a_part_of_the_names_is_refused(kit: Any, saved: Path) -> None:
    tensors, header = read_tensors(saved)
    tensors.pop(sorted(tensors)[0])
    safetensors.torch.save_file(tensors, saved, metadata=header)
    assert "does not fit" in refused(kit, saved)


def test_a_full_disk_leaves_the_good_file_alone(kit: Any, saved: Path) -> None:
    """Every write beyond the limit fails, as on a disk without room."""
    resource = pytest.importorskip("resource")
    good = saved.read_bytes()
    state = kit.state("vae", POINTS)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(good) // 2, hard))
    try:
        with pytest.raises(Exception, match=r"(?i)file too large|space|os error"):
            state.save(saved)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert saved.read_bytes() == good
    state.load(saved)
    state.save(saved)
    assert list(saved.parent.iterdir()) == [saved], "no part is left over after the next save"


def test_saving_replaces_whole_files(kit: Any, saved: Path) -> None:
    state = kit.state("vae", POINTS)
    state.load(saved)
    state.clock.seen = 77
    good = saved.read_bytes()
    with saved.open("rb") as reader:
        state.save(saved)
        assert reader.read() == good, "the old file was replaced, not written over"
    assert list(saved.parent.iterdir()) == [saved]
    assert json.loads(read_tensors(saved)[1]["clock"])["seen"] == 77


def test_nothing_is_unpickled() -> None:
    """No source file can read a pickle: what is not named cannot be called."""
    root = Path(makebelieve.__file__).parent
    for path in root.rglob("*.py"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{path.relative_to(root)}:{number}"
            for word in ("import pickle", "pickle.load", "torch.load(", "allow_pickle=True",
                         "joblib", "shelve", "marshal", "weights_only=False"):  # fmt: skip
                assert word not in line, where
