"""Judges and makers: the table of models, each imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from makebelieve.errors import InputError
from makebelieve.recipe import nearest

if TYPE_CHECKING:
    from makebelieve.data.spec import Spec
    from makebelieve.models.model import Model
    from makebelieve.recipe import Recipe

__all__ = ["MODELS", "build", "find"]

MODELS = {
    "judge": ("makebelieve.models.judge:Judge", "tells what an example is, and how sure it is"),
    "autoencoder": (
        "makebelieve.models.vae:Autoencoder",
        "squeezes an example into a code and rebuilds it: the control that only rebuilds",
    ),
    "vae": (
        "makebelieve.models.vae:VAE",
        "an autoencoder whose codes fill a space that can be sampled and walked",
    ),
    "gan": ("makebelieve.models.gan:GAN", "a generator and a discriminator, playing for realism"),
}
"""Name → where the class is, and one line for people."""


def find(name: str) -> Any:
    """Return the class of a model by its name.

    Raises:
        InputError: there is no such model; the nearest name is given.

    Example:
        >>> find("vae").__name__
        'VAE'
    """
    if name not in MODELS:
        raise InputError(
            f"there is no model {name!r}{nearest(name, MODELS)} (models: {', '.join(MODELS)})"
        )
    module, _, attribute = MODELS[name][0].partition(":")
    return getattr(importlib.import_module(module), attribute)


def build(recipe: Recipe, spec: Spec) -> Model:
    """Build the model of a recipe for data of this spec, untrained."""
    model: Model = find(recipe.model)(spec, recipe.options)
    return model
