"""Who is stronger in the recorded contest: settings of the recipe, and nothing else."""

from __future__ import annotations

from typing import Any

__all__ = ["EXAMPLES", "PRESETS", "SEED", "command"]

EXAMPLES, SEED = 128_000, 0

PRESETS: dict[str, dict[str, Any]] = {
    "even": {},
    "strong-detective": {"discriminator_rate": 10.0, "penalty": "none"},
    "weak-detective": {"discriminator_rate": 0.02},
    "classic": {"loss": "non-saturating", "penalty": "none"},
}
"""Name → what differs from the recipe that a GAN has by itself; the first is that recipe."""


def command(preset: str, seed: int, examples: int) -> str:
    """Return the command that trains the same contest as a run.

    Example:
        >>> command("weak-detective", 0, 64_000)
        'makebelieve train gan ring --examples 64000 --seed 0 --discriminator-rate 0.02'
    """
    words = [f"--{k.replace('_', '-')} {v:g}" if isinstance(v, float) else
             f"--{k.replace('_', '-')} {v}" for k, v in PRESETS[preset].items()]  # fmt: skip
    return " ".join(["makebelieve train gan ring", f"--examples {examples} --seed {seed}", *words])
