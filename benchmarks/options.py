"""What a measurement is asked for."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.pictures import FASHION

__all__ = ["PAGE", "RESULTS", "Options"]

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Options:
    """How long to measure, and where things lie.

    Args:
        rounds: turns of each contestant, after one to warm up.
        seconds: of each turn.
        threads: of each process; None leaves PyTorch's choice.
        quick: seconds instead of minutes; then no time is judged.
        jobs: trainings of the part quality at a time, each with one thread.
        source: the folder of Fashion-MNIST.
        pictures: where the prepared pictures lie.
        results: where results are kept.
        page: the page to write.
    """

    rounds: int = 5
    seconds: float = 5.0
    threads: int | None = None
    quick: bool = False
    jobs: int = 1
    source: Path = FASHION
    pictures: Path = Path()
    results: Path = RESULTS
    page: Path = PAGE
