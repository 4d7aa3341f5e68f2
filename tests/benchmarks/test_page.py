"""The page is written from the measured files alone, and bad files are refused in one sentence."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import bench, results
from benchmarks.contestants import GROUPS
from benchmarks.options import Options
from benchmarks.targets import MEMORY_MB, QUALITY, SPEED, Target
from makebelieve.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = {
    "date": "2026-01-02T03:04:05+00:00", "cpu": "a processor", "cores": 2, "threads": 2,
    "load": 0.1, "system": "Linux x86_64", "python": "3.11", "versions": {"torch": "2"},
}  # fmt: skip
CEILINGS = {"torch.mm, fp32": [100.0], "oneDNN, fp32": [200.0], "torch.mm, bf16": [800.0]}


def run(result: Any, quick: bool = False) -> dict[str, Any]:
    return {"machine": MACHINE, "quick": quick, "rounds": 1, "seconds": 1, "found": result}


def measured(speed: float) -> dict[str, Any]:
    turn = {"examples": speed, "wall_s": 1.0, "cpu_s": 2.0}
    return {"rounds": [turn], "first_step_s": 1.5, "resident": 10**8, "peak": 4 * 10**8}


def speed_run(times: float, quick: bool = False) -> dict[str, Any]:
    group = {
        "flops": 1e9 / 10,
        "contestants": {"pythae": measured(100), "makebelieve fp32": measured(100 * times)},
    }
    result = {
        "ceilings": CEILINGS, "data_bytes": 5 * 10**7, "groups": {"mlp-vae": group}, "left_out": []
    }  # fmt: skip
    return run(result, quick)


def options(folder: Path) -> Options:
    return Options(results=folder, page=folder / "benchmarks.md")


def test_page_comes_from_the_files_alone(tmp_path: Path) -> None:
    results.write(tmp_path / "speed.json", [speed_run(1.5), speed_run(2.7)])
    results.write(tmp_path / "ceilings.json", [run(CEILINGS)])
    bench.write(options(tmp_path))
    page = (tmp_path / "benchmarks.md").read_text()
    row = next(line for line in page.splitlines() if line.startswith("| makebelieve fp32"))
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "makebelieve fp32", "270 (270 to 270)", "2.70 (2.70 to 2.70)", "2.0", "2.6", "aim (1 of 2)",
        "14%", "444.4", "350 (must)", "1.5",
    ]  # fmt: skip
    assert "## The ceilings" in page
    assert "2026-01-02" in page
    bench.write(options(tmp_path))
    assert (tmp_path / "benchmarks.md").read_text() == page


def test_trial_is_not_judged(tmp_path: Path) -> None:
    results.write(tmp_path / "speed.json", [speed_run(9.0, quick=True)])
    bench.write(options(tmp_path))
    assert "not judged" in (tmp_path / "benchmarks.md").read_text()


def test_last_three_runs_are_kept(tmp_path: Path) -> None:
    for i in range(5):
        results.add(tmp_path, "speed", run(i))
    assert [each["found"] for each in results.read(tmp_path, "speed")] == [2, 3, 4]


@pytest.mark.parametrize("text", ['[{"machine": ', "{}", '[{"machine": {}}]', "[3]"])
def test_damaged_file_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "speed.json").write_text(text)
    with pytest.raises(InputError, match=r"speed\.json is not .*run scripts/bench speed"):
        results.read(tmp_path, "speed")


def test_results_of_another_kind_are_refused_in_one_sentence(tmp_path: Path) -> None:
    results.write(tmp_path / "speed.json", [run({"groups": {}})])
    with pytest.raises(InputError, match=r"speed\.json holds something else .*: remove it and run"):
        bench.write(options(tmp_path))


def profile_run(times: float, products: float, quick: bool = False) -> dict[str, Any]:
    """Return a run in which the peer takes 10 ms a step of 100 examples."""
    ours = measured(10_000 * times)
    kinds = {"products": products, "calls": 1 - products}
    group = {
        "turns": {"pythae": measured(10_000), "makebelieve fp32": ours},
        "profiles": {"makebelieve fp32": {"batch": 100, "kinds": kinds}},
    }
    return run({"data_bytes": 5 * 10**7, "groups": {"mlp-vae": group}}, quick)


def test_a_missed_aim_is_explained() -> None:
    section = bench.module("profile").section
    # An aim of 2.6 allows 10 / 2.6 = 3.85 ms, and memory of 300 MB is passed by 50.
    page = section([profile_run(2.0, 0.4)])
    name = "MLP VAE 784-512-16, batch 128: makebelieve fp32"
    assert f"| {name} | 2.00 | 2.6 | 5.00 | 2.00 |  |  |  |  |  | 3.00 |" in page
    # 1.85 of the other 3 ms may stay.
    assert (
        f"- {name}, 2.00 of 2.6: the aim allows 3.85 ms; products and convolutions take 2.00, "
        "so 38% of all the rest would have to go." in page
    )
    assert f"- {name}, 350 MB of 300: 50 were there before the first step" in page
    assert "take 4.50, so it takes faster multiplications." in section([profile_run(2.0, 0.9)])
    assert "the aim allows" not in section([profile_run(2.7, 0.4)])
    assert "the aim allows" not in section([profile_run(2.0, 0.4, quick=True)])


def test_scale_is_shown_in_tables() -> None:
    each = measured(100) | {"anonymous": 2 * 10**8}
    found = {
        "axes": {"pictures": {"1000": each}, "batch": {"16": each}},
        "steps": {"small": [50e6, 10**6]},
        "processes": {"1 process": [100.0, 200.0], "2 processes": [90.0, 180.0]},
    }
    page = bench.module("scale").section([run(found)])
    assert "| 1000 | 100 (100 to 100) | 1,200.0 | 200 | 1.5 |" in page
    assert "| 135 (90 to 180) | 0.90 (0.90 to 0.90) |" in page
    # 128 pictures of 50 MFLOP at 100 TFLOP/s; 7/4 of 4 MB at 300 GB/s, 63/32 of it at 25 GB/s.
    assert "| small | 1,000,000 | 50.0 | 128 | 0.064 | 0.023 | 0.315 | 73% | 17% |" in page


def test_demo_is_judged_by_its_minutes() -> None:
    each = {
        "seconds": 300.0, "accuracy": 0.9, "reconstruction": 10.0, "negative_elbo": 20.0,
        "told_apart": {"vae": 0.9, "gan": 0.6}, "real_told_apart": 0.5,
    }  # fmt: skip
    runs = [run({"default": each | {"seconds": 500.0}}), run({"default": each})]
    page = bench.module("demo").section(runs)
    assert "aims at 4: must (1 of 2 runs)" in page
    assert "| default | 300 | 90.0% | 10.0 | 20.0 | 0.90 | 0.60 |" in page


def test_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bench.main(["sped"])
    assert "there is no part sped: choose from" in capsys.readouterr().err


def test_parts_measure_and_write() -> None:
    for part in bench.available():
        assert callable(bench.module(part).measure)
        assert callable(bench.module(part).section)


def test_targets_fit_the_groups() -> None:
    have = {(g.key, c.precision) for g in GROUPS for c in g.contestants if c.name != g.peer.name}
    assert SPEED.keys() <= have
    for target in itertools.chain(SPEED.values(), QUALITY.values(), [MEMORY_MB]):
        assert (target.aim < target.must) == target.less


def test_target_is_met() -> None:
    assert [Target(2, 3).met(x) for x in (1.9, 2, 3)] == ["no", "must", "aim"]
    assert [Target(2, 1, less=True).met(x) for x in (2.1, 2, 1)] == ["no", "must", "aim"]


def test_the_studio_is_judged_by_its_promises() -> None:
    calm, late = [5.0, 9.0, 300], [9.0, 33.3, 300]
    found = {
        "ready": {"judge": 12.0, "gan": 196.0},
        "page": 0.5,
        "alone": {"hover": calm, "frame": [16.7, 16.8, 480]},
        "busy": {"hover": calm, "frame": late},
    }
    text = bench.module("studio").section([run(found)])
    assert "| all figures live, minutes | 3.3 | 7 | yes |" in text
    assert "| frame to frame, 95 %, ms (busy) | 33.3 | 17.5 | no |" in text
    assert "judge 12 s, gan 196 s." in text
    assert "judge 12 s" not in bench.module("studio").section([run(found | {"ready": {}})])
