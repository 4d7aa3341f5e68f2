"""The rules, in the order in which a person would ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makebelieve.diagnosis.rules import (
    adversarial,
    blur,
    checkerboard,
    dead_latents,
    discriminator_overfits,
    discriminator_overpowers,
    discriminator_too_weak,
    ignored_latent,
    memorisation,
    mode_collapse,
    mode_dropping,
    not_finite,
    oscillation,
    out_of_distribution,
    overconfident,
    overfit,
    posterior_collapse,
    prior_hole,
    shortcut,
    still_improving,
)

if TYPE_CHECKING:
    from makebelieve.diagnosis.rule import Rule

__all__ = ["RULES"]

RULES: dict[str, Rule] = {
    module.RULE.code: module.RULE
    for module in (
        not_finite,
        still_improving,
        overfit,
        posterior_collapse,
        ignored_latent,
        dead_latents,
        prior_hole,
        mode_collapse,
        mode_dropping,
        memorisation,
        blur,
        checkerboard,
        oscillation,
        discriminator_overfits,
        discriminator_overpowers,
        discriminator_too_weak,
        overconfident,
        out_of_distribution,
        shortcut,
        adversarial,
    )
}
"""Code → rule."""
