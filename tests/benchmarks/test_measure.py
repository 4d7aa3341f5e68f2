"""The harness, with real workers: turns, counts and failures. No time is judged."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.contestants import GROUPS, Contestant
from benchmarks.kinds import CALLS, kind_of
from benchmarks.measure import Worker, interleave, ratios, spread
from benchmarks.options import Options
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

PEER = Contestant("peer", "benchmarks.peers.examples_vae:train")
OURS = Contestant("ours", "benchmarks.engines:mlp_vae", {"precision": "fp32"})


@pytest.fixture(scope="module")
def options(prepared: Path) -> Options:
    return Options(rounds=2, seconds=0.05, threads=1, pictures=prepared)


@pytest.fixture(scope="module")
def worker(options: Options) -> Iterator[Worker]:
    """Start a worker whose first step is done."""
    with Worker(PEER, options) as started:
        started.answer()
        yield started


def test_contestants_take_turns(options: Options) -> None:
    found = interleave([PEER, OURS], options)
    assert list(found) == ["peer", "ours"]
    for measured in found.values():
        assert len(measured["rounds"]) == options.rounds
        assert 0 < measured["resident"] <= measured["peak"]
        assert measured["first_step_s"] > 0
        for turn in measured["rounds"]:
            assert turn["examples"] > 0
            assert turn["wall_s"] >= options.seconds
            assert turn["cpu_s"] > 0
    assert len(ratios(found["ours"], found["peer"])) == options.rounds


def test_arithmetic_is_counted(worker: Worker) -> None:
    # Multiplications of the layers 784-400-(20, 20) and 20-400-784, forward; twice as many
    # backward, but for the gradient of the pictures, which nobody asks for.
    first, rest = 784 * 400, 400 * 40 + 20 * 400 + 400 * 784
    counted = worker.ask(steps=2)
    assert counted["examples"] == 2 * 128
    assert counted["flops"] / counted["examples"] == 2 * (2 * first + 3 * rest)


def test_time_is_told_by_kinds(options: Options) -> None:
    with Worker(OURS, options) as ours:
        ours.answer()
        kinds = ours.ask(steps=2, kinds=True)["kinds"]
        assert ours.ask(seconds=0.01)["examples"] > 0  # it goes on without the profiler
    # No convolution and no normalisation in these nets; everything else is done in every step.
    assert kinds.keys() == {"products", "element by element", "copies", "Adam", CALLS}
    assert min(kinds.values()) > 0


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("aten::mm", "products"),
        ("mkldnn::_linear_pointwise", "products"),
        ("aten::mkldnn_convolution", "convolutions"),
        ("aten::convolution_backward", "convolutions"),
        ("aten::native_batch_norm_backward", "normalisation"),
        ("aten::_foreach_copy_", "copies"),
        ("aten::_fused_adamw_", "Adam"),
        ("aten::mul", "element by element"),
        ("aten::comma", "element by element"),  # only a whole name says that it is a product
        ("aten::view", None),
        ("AddmmBackward0", None),
        ("autograd::engine::evaluate_function: MulBackward0", None),
    ],
)
def test_an_operation_has_a_kind(event: str, kind: str | None) -> None:
    assert kind_of(event) == kind


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_one_that_waits_uses_no_cpu(worker: Worker) -> None:
    def ticks() -> int:
        text = Path(f"/proc/{worker.process.pid}/stat").read_text()
        user, system = text.rpartition(")")[2].split()[11:13]
        return int(user) + int(system)

    worker.ask(seconds=0.01)
    before = ticks()
    time.sleep(0.3)
    assert ticks() - before <= 1


def test_one_that_fails_is_named_with_its_reason(options: Options) -> None:
    broken = Contestant("broken", "benchmarks.usage:nothing")
    with pytest.raises(InputError, match=r"the benchmark of broken ended .* attribute 'nothing'"):
        interleave([broken], options)


def test_groups_name_what_there_is() -> None:
    for group in GROUPS:
        for contestant in group.contestants:
            module, function = contestant.target.split(":")
            path = Path(__file__).resolve().parents[2] / (module.replace(".", "/") + ".py")
            assert f"def {function}(" in path.read_text(), contestant


def test_spread_is_median_and_range() -> None:
    assert spread([3.0, 1.0, 2.0], "{:.1f}") == "2.0 (1.0 to 3.0)"
