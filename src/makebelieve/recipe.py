"""A recipe: every setting of a run, checked, written down, and free of surprises.

A recipe has three parts, each a frozen dataclass of keys: `model.*` (declared beside each model),
`data.*` and `training.*`. A key is set by its path (`training.learning_rate=3e-4`) or, where no
other part has the same, by its name alone (`learning_rate=3e-4`).
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import shlex
import tomllib
import types
import typing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from makebelieve.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "MEMORY",
    "DataRecipe",
    "Key",
    "Recipe",
    "TrainingRecipe",
    "build",
    "command",
    "filled",
    "from_dict",
    "key",
    "keys",
    "nearest",
    "option",
    "parse_assignment",
    "read_toml",
    "to_dict",
]

VERSION = 1
MEMORY = "memory:"
"""What the source of data begins with that only Python has."""
Part = TypeVar("Part")


def key(
    default: Any,
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Iterable[str] = (),
) -> Any:
    """Declare a recipe key: its default, one line of documentation, and what it may be.

    Args:
        default: the value when nobody says otherwise; None stands for "chosen from the data".
        doc: one line for the reference and `makebelieve recipe`.
        low: the least allowed number.
        high: the greatest allowed number.
        choices: the allowed words.
    """
    limits = {"doc": doc, "low": low, "high": high, "choices": tuple(choices)}
    return field(default=default, metadata=limits)


@dataclass(frozen=True)
class DataRecipe:
    """What to learn from."""

    source: str = key("avatars", "a data set's name, a folder, a file, or hub:OWNER/NAME")
    size: int | None = key(
        None, "height and width in pixels (None: the source's own)", low=4, high=1024
    )
    channels: int | None = key(
        None, "1 for grey, 3 for colour (None: what the pictures have)", low=1, high=3
    )
    labels: str | None = key(
        None, 'the column that holds the labels; "none" for none (None: the source\'s own)'
    )
    fit: str = key("crop", "how oblong pictures become square", choices=("crop", "pad", "stretch"))
    skip_bad: bool = key(False, "leave unreadable files out instead of stopping at the first")


@dataclass(frozen=True)
class TrainingRecipe:
    """How to learn: clock, optimiser, averages, checkpoints, machine.

    The clock is *examples seen*: it means the same on one device and on eight.
    """

    examples: int | None = key(
        None, "how many examples to see in all (None: by model and data)", low=1
    )
    minutes: float | None = key(
        None, "stop after this many minutes of training, should that come first", low=0
    )
    batch: int | None = key(None, "examples a step, over all devices (None: by model)", low=1)
    accumulate: int = key(1, "split each batch into this many parts to save memory", low=1)
    learning_rate: float | None = key(
        None, "Adam's step size at its highest (None: by model)", low=0, high=10
    )
    beta1: float | None = key(None, "Adam's first moment (None: by model)", low=0, high=0.9999)
    beta2: float = key(0.99, "Adam's second moment", low=0, high=0.99999)
    weight_decay: float = key(0.0, "decoupled weight decay", low=0)
    schedule: str | None = key(
        None,
        "how the step size falls over the run (None: by model)",
        choices=("constant", "linear", "cosine"),
    )
    warmup: int | None = key(
        None,
        "examples over which the step size rises from zero (None: by model, at most a third of "
        "the run)",
        low=0,
    )
    clip: float | None = key(
        None, "greatest gradient norm of a player's step (None: no clipping)", low=0
    )
    ema: int | None = key(
        None, "half-life of the averaged weights in examples; 0: no average (None: by model)", low=0
    )
    precision: str = key("fp32", "arithmetic of the forward pass", choices=("fp32", "bf16"))
    kernels: str = key(
        "auto",
        "which layers leave PyTorch's own kernels on a CPU (auto: what a probe finds faster)",
        choices=("auto", "plain", "linear", "conv", "both"),
    )
    backward: str = key(
        "auto",
        "how gradients are found on a CPU: autograd, or manual, written out, for autoencoders and "
        "VAEs made of perceptrons (auto: what a probe finds faster)",
        choices=("auto", "autograd", "manual"),
    )
    device: str = key(
        "auto", "where to train: auto, cpu, cuda or mps", choices=("auto", "cpu", "cuda", "mps")
    )
    threads: int | None = key(None, "CPU threads of a process (None: one per core)", low=1)
    seed: int = key(0, "start of all randomness", low=0, high=2**32 - 1)
    checkpoint: int | None = key(
        None, "examples between checkpoints (None: twenty in a run)", low=1
    )
    validate: int | None = key(
        None, "examples between looks at held-out data (None: forty in a run)", low=1
    )
    keep: int = key(2, "how many checkpoints to keep", low=1)
    log: int = key(1_000, "examples between lines of the log", low=1)
    tensorboard: bool = key(False, "also write TensorBoard event files into the run")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run: model name, its options, data and training."""

    model: str
    options: Any
    data: DataRecipe
    training: TrainingRecipe


@dataclass(frozen=True)
class Key:
    """One setting: where it stands, what it takes, and what it means."""

    path: str
    annotation: str
    default: Any
    doc: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    @property
    def takes(self) -> str:
        """What a value may be, in words.

        Example:
            >>> keys(TrainingRecipe, "training")[3].takes
            'a whole number of at least 1'
        """
        if self.choices:
            return " or ".join(filter(None, [", ".join(self.choices[:-1]), self.choices[-1]]))
        base = self.annotation.replace(" | None", "")
        words = {
            "int": "a whole number",
            "float": "a number",
            "bool": "true or false",
            "str": "a text",
        }[base]
        if self.low is not None and self.high is not None:
            return f"{words} from {self.low:,.10g} to {self.high:,.10g}"
        if self.low is not None:
            return f"{words} of at least {self.low:,.10g}"
        return words


def keys(part: type, prefix: str) -> list[Key]:
    """List the keys of one part of a recipe, in order.

    Args:
        part: a dataclass whose fields were made by `key`.
        prefix: "model", "data" or "training".

    Example:
        >>> keys(DataRecipe, "data")[0].path
        'data.source'
    """
    return [
        Key(f"{prefix}.{f.name}", str(f.type), f.default, **f.metadata)
        for f in dataclasses.fields(part)
    ]


def option(path: str) -> str:
    """Return how the command `train` spells a key as an option.

    Example:
        >>> option("training.learning_rate"), option("data.size"), option("beta")
        ('--learning-rate', '--pixels', '--beta')
    """
    # The size of the pictures has a name of its own: `--size` is that of the nets.
    return "--pixels" if path == "data.size" else "--" + path.rpartition(".")[2].replace("_", "-")


def command(model: str, source: str, settings: dict[str, Any]) -> str:
    """Write a training as a shell reads it.

    Args:
        model: its name.
        source: of the data.
        settings: values by path, such as "model.beta", or by name.

    Example:
        >>> command("vae", "my faces", {"model.beta": 2.0, "model.conditional": True})
        "makebelieve train vae 'my faces' --beta 2 --conditional"
    """
    words = ["makebelieve", "train", model, source]
    for path, value in settings.items():
        words += [option(path), *_words(value)]
    return shlex.join(words)


def _words(value: Any) -> list[str]:
    if value is True:
        return []
    if value is False:
        return ["false"]
    # Every digit, so that the same is trained again.
    return [repr(value).removesuffix(".0") if isinstance(value, float) else str(value)]


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known word was probably meant, as a clause for an error; "" when none is near.

    Example:
        >>> nearest("bta", ["beta", "size"])
        '; did you mean beta?'
    """
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def build(model: str, options: type, settings: Mapping[str, Any]) -> Recipe:
    """Build a recipe from settings by path or by unambiguous name; every value is checked.

    Args:
        model: the model's name in the table of models.
        options: the model's dataclass of options.
        settings: values, or their text, by key.

    Raises:
        InputError: an unknown key (with its nearest neighbour) or a value that does not fit.

    Example:
        >>> @dataclass(frozen=True)
        ... class Options:
        ...     beta: float = key(1.0, "weight of the KL term", low=0)
        >>> build("vae", Options, {"beta": "4", "training.batch": 32}).options.beta
        4.0
    """
    parts: dict[str, type] = {"model": options, "data": DataRecipe, "training": TrainingRecipe}
    known = {k.path: k for prefix, part in parts.items() for k in keys(part, prefix)}
    chosen: dict[str, dict[str, Any]] = {prefix: {} for prefix in parts}
    for name, value in settings.items():
        found = _find(name, known, model)
        prefix, _, leaf = found.path.partition(".")
        chosen[prefix][leaf] = _convert(found, value)
    return Recipe(
        model,
        options(**chosen["model"]),
        DataRecipe(**chosen["data"]),
        TrainingRecipe(**chosen["training"]),
    )


def _find(name: str, known: dict[str, Key], model: str) -> Key:
    path = name.replace("-", "_")
    if path in known:
        return known[path]
    # A bare name belongs to the model first, then to training, then to the data.
    for prefix in ("model", "training", "data"):
        if f"{prefix}.{path}" in known:
            return known[f"{prefix}.{path}"]
    names = [*known, *(k.name for k in known.values())]
    raise InputError(
        f"{name!r} is not a setting of {model}{nearest(path, names)} "
        f"(all settings: makebelieve recipe {model})"
    )


def _convert(found: Key, value: Any) -> Any:
    """Turn text into the key's type and check its range."""
    optional = found.annotation.endswith("| None")
    if value is None or (isinstance(value, str) and value.lower() in {"auto", "null"}):
        if optional or found.default is None:
            return None
        if value is None:
            raise _misfit(found, value)
    kind = found.annotation.replace(" | None", "")
    try:
        result = _CONVERTERS[kind](value)
    except (TypeError, ValueError, ArithmeticError):
        raise _misfit(found, value) from None
    if found.choices and result not in found.choices:
        raise _misfit(found, value)
    if isinstance(result, (int, float)) and not isinstance(result, bool):
        below = found.low is not None and result < found.low
        above = found.high is not None and result > found.high
        if below or above or not math.isfinite(result):
            raise _misfit(found, value)
    return result


def _misfit(found: Key, value: Any) -> InputError:
    close = nearest(str(value), found.choices) if found.choices else ""
    return InputError(f"{found.path} takes {found.takes}, not {value!r}{close}")


def _whole(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, str):
        if "," in value and not re.fullmatch(r"\d{1,3}(,\d{3})+[kKmM]?", value.strip()):
            raise ValueError  # 10,000 is a whole number; 1,5 is not
        value = value.replace("_", "").replace(",", "")
        # 60k and 2M read better than 60000 and 2000000.
        scale = {"k": 10**3, "m": 10**6}.get(value[-1:].lower(), 1)
        # In decimals, for 2.01 × 1000 as floats is not quite 2010.
        number = float(Decimal(value[:-1]) * scale) if scale > 1 else float(value)
    else:
        number = float(value)
    if number != int(number):
        raise ValueError
    return int(number)


def _real(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if str(value).lower() not in words:
        raise ValueError
    return words[str(value).lower()]


def _text(value: Any) -> str:
    if isinstance(value, Path):
        return str(value)
    if not isinstance(value, str):
        raise TypeError
    return value


_CONVERTERS: dict[str, Any] = {"int": _whole, "float": _real, "bool": _flag, "str": _text}


def parse_assignment(text: str) -> tuple[str, str]:
    """Split `a.b=c` into key and value.

    Raises:
        InputError: there is no "=".

    Example:
        >>> parse_assignment("model.beta=4")
        ('model.beta', '4')
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise InputError(f"--set takes key=value, such as model.beta=4, not {text!r}")
    return name.strip(), value.strip()


def read_toml(path: str | Path) -> dict[str, Any]:
    """Read settings from a TOML file with the tables [model], [data] and [training].

    Returns:
        values by path, such as {"model.beta": 4.0}; "model.name" is the model's name.

    Raises:
        InputError: the file cannot be read, is not TOML, or has another table.
    """
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read the recipe {path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a TOML file: {error}") from None
    settings: dict[str, Any] = {}
    for table, entries in tables.items():
        if table not in {"model", "data", "training"} or not isinstance(entries, dict):
            raise InputError(
                f"{path}: {table!r} is not a part of a recipe; the parts are [model], [data] "
                "and [training]"
            )
        settings |= {f"{table}.{name}": value for name, value in entries.items()}
    return settings


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """Turn a recipe into plain values for JSON; `from_dict` turns it back."""
    return {
        "version": VERSION,
        "model": {"name": recipe.model, **dataclasses.asdict(recipe.options)},
        "data": dataclasses.asdict(recipe.data),
        "training": dataclasses.asdict(recipe.training),
    }


def from_dict(values: Mapping[str, Any], options: type) -> Recipe:
    """Read a recipe back from plain values.

    Args:
        values: what `to_dict` wrote.
        options: the dataclass of options of the model that it names.

    Raises:
        InputError: a newer version, an unknown key, or a value that does not fit.
    """
    version = values.get("version")
    if version != VERSION:
        raise InputError(
            f"this recipe has version {version!r} and this makebelieve reads version {VERSION}; "
            "open it with the makebelieve that made it (about.json names it)"
        )
    parts = ("model", "data", "training")
    whole = all(isinstance(values.get(part), dict) for part in parts)
    if not whole or "name" not in values["model"]:
        raise InputError("this is no recipe: it must have model (with a name), data and training")
    settings = {
        f"{part}.{name}": value
        for part in parts
        for name, value in values[part].items()
        if (part, name) != ("model", "name")
    }
    return build(values["model"]["name"], options, settings)


def filled(part: Part, defaults: Mapping[str, Any]) -> Part:
    """Fill in the keys of a recipe's part that were left open (None).

    Args:
        part: a dataclass of keys.
        defaults: values by name; those of other keys are passed over.

    Example:
        >>> filled(TrainingRecipe(batch=8), {"batch": 64, "beta1": 0.9}).beta1
        0.9
    """
    given: Any = part
    names = {f.name for f in dataclasses.fields(given)}
    opened = {k: v for k, v in defaults.items() if k in names and getattr(given, k) is None}
    completed: Part = dataclasses.replace(given, **opened)
    return completed


def _check_annotations(part: type) -> None:
    """Fail at import when a key has a type that cannot be converted."""
    for name, hint in typing.get_type_hints(part).items():
        members = set(typing.get_args(hint)) if isinstance(hint, types.UnionType) else {hint}
        if not members <= {int, float, bool, str, type(None)}:
            raise TypeError(f"{part.__name__}.{name}: no converter for {hint}")


_check_annotations(DataRecipe)
_check_annotations(TrainingRecipe)
