"""Import: make a run of an exported folder, which counts as hostile until every check is passed.

Nothing is unpickled and nothing in the folder is run: the card is JSON, weights are safetensors.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import math
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as parsed
from safetensors.torch import save as packed

from makebelieve import models, recipe
from makebelieve.data.spec import SPLITS, Spec
from makebelieve.errors import InputError
from makebelieve.runs import store
from makebelieve.runs.card import FORMAT, MADE_BY, VERSION, public
from makebelieve.runs.export import CHECKED, LIMIT, difference
from makebelieve.runs.parts import PARTS, parts_of
from makebelieve.runs.run import Run
from makebelieve.runs.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

    from torch import Tensor

__all__ = ["import_run"]

KNOWN = {"README.md", "model.safetensors", "check.safetensors", "samples.png",
         *(f"{p}.onnx" for p in PARTS)}  # fmt: skip
CARD_BYTES = 4 * 2**20
TEXT_BYTES = 2**20
FILE_BYTES = 8 * 2**30
CLASSES, NAME_LENGTH = 10_000, 500


def import_run(folder: str | Path, name: str | None = None) -> Run:
    """Make a run of what `export` wrote, which samples, judges and rebuilds to the same bits.

    It can do all that needs no training: it cannot be resumed.

    Args:
        folder: what was exported, from anywhere.
        name: of the new run; None: its old name, with a number where that is taken.

    Raises:
        InputError: a file is missing, has changed, or is not what the card says; nothing is kept.
    """
    source = Path(folder)
    written = _written(source)
    card = _card(source, written)
    spec, chosen = _spec(card), _recipe(card)
    for file, seal in _files(card).items():
        _check_hash(source, file, seal)
    model = _model(source, card, chosen, spec)
    _check_outputs(source, card, model)
    contents = _contents(source, card, chosen, model) | {"card.json": written}
    target = _place(card, name)
    write_whole(target, contents)
    return Run(target)


def _wrong(what: str) -> InputError:
    return InputError(f"card.json {what}, so this is no export that can be imported")


def _written(source: Path) -> bytes:
    """Return the bytes of the card."""
    if not source.is_dir():
        raise InputError(f"there is no folder {source}: name the folder that was exported")
    if not os.path.lexists(source / "card.json"):
        raise InputError(
            f"{source} has no card.json: name the folder that makebelieve export wrote"
        )
    with _opened(source, "card.json", CARD_BYTES) as file:
        return file.read(CARD_BYTES)


def _card(source: Path, written: bytes) -> dict[str, Any]:
    """Read the card and check its format and version."""
    try:
        card = json.loads(written, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        raise InputError(f"{source / 'card.json'} is not JSON, or damaged: export again") from None
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise _wrong(f"does not say that its format is {FORMAT!r}")
    if card.get("version") != VERSION:
        raise InputError(
            f"this export has version {str(card.get('version'))[:20]!r} and this makebelieve reads "
            f"version {VERSION}: import it with a newer makebelieve"
        )
    return card


def _finite(number: str) -> float:
    if not math.isfinite(float(number)):
        raise ValueError(number)
    return float(number)


def _unfollowed(path: str, flags: int) -> int:
    """Open no link, and wait for nobody at the other end of a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


@contextlib.contextmanager
def _opened(source: Path, name: str, most: int) -> Iterator[BufferedReader]:
    """Open a file that lies in the folder itself: no link, no device, and at most so many bytes."""
    path = source / name
    try:
        file = open(path, "rb", opener=_unfollowed)  # noqa: SIM115
    except FileNotFoundError:
        raise InputError(f"{path} is missing: copy the whole folder again") from None
    except IsADirectoryError:
        raise InputError(f"{path} is not a plain file") from None
    except OSError as error:
        why = "is a link" if path.is_symlink() else f"cannot be read: {error.strerror}"
        raise InputError(f"{path} {why}: copy the whole folder again") from None
    with file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise InputError(f"{path} is not a plain file")
        if found.st_size > most:
            raise InputError(
                f"{path} has {found.st_size:,} bytes, more than the {most:,} that were exported"
            )
        yield file


def _files(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the card says of the files, whose names are all known ones."""
    files: dict[str, dict[str, Any]] = _of(card, "files", dict)
    for name, seal in files.items():
        sound = isinstance(seal, dict) and isinstance(seal.get("sha256"), str)
        size = seal.get("bytes") if sound else None
        if name not in KNOWN or not _whole(size, 0, FILE_BYTES):
            raise _wrong(f"names a file that no export has ({str(name)[:40]!r})")
    for name in ("model.safetensors", "check.safetensors"):
        if name not in files:
            raise _wrong(f"does not name {name}")
    return files


def _check_hash(source: Path, name: str, seal: dict[str, Any]) -> None:
    with _opened(source, name, seal["bytes"]) as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != seal["sha256"]:
        raise _changed(source / name)


def _read(source: Path, name: str, seal: dict[str, Any]) -> bytes:
    """Read a file, which may have changed since its hash was checked."""
    with _opened(source, name, seal["bytes"]) as file:
        content = file.read(seal["bytes"])
    if hashlib.sha256(content).hexdigest() != seal["sha256"]:
        raise _changed(source / name)
    return content


def _changed(path: Path) -> InputError:
    return InputError(f"{path} is not the file that was exported (its hash differs): copy it again")


def _of(values: dict[str, Any], key: str, kind: type) -> Any:
    found = values.get(key)
    if not isinstance(found, kind) or isinstance(found, bool):
        raise _wrong(f"has no {key} of type {kind.__name__}")
    return found


def _whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _text(value: Any, what: str) -> str:
    """Return a text that is safe to print: short, and without control characters."""
    if not isinstance(value, str) or len(value) > NAME_LENGTH or not value.isprintable():
        raise _wrong(f"has {what} that is not a short text")
    return value


def _spec(card: dict[str, Any]) -> Spec:
    found = _of(card, "spec", dict)
    shape, classes = found.get("shape"), found.get("classes")
    if not isinstance(classes, list) or len(classes) > CLASSES:
        raise _wrong("has no list of classes")
    named = tuple(_text(c, "the name of a class") for c in classes)
    if len(set(named)) != len(named):
        raise _wrong("names a class twice")
    if found.get("kind") == "points" and shape == [2]:
        return Spec.points(named)
    square = (
        found.get("kind") == "pictures"
        and isinstance(shape, list)
        and len(shape) == 3
        and _whole(shape[0], 1, 3)
        and shape[0] != 2
        and all(_whole(side, 4, 1024) for side in shape[1:])
        and shape[1] == shape[2]
    )
    if not square:
        raise _wrong("describes examples that are neither square pictures nor points")
    return Spec.pictures(shape[1], shape[0], named)


def _recipe(card: dict[str, Any]) -> recipe.Recipe:
    """Read the recipe; every value of it is checked as any other recipe's."""
    values = _of(card, "recipe", dict)
    named = values.get("model")
    if not isinstance(named, dict) or not isinstance(named.get("name"), str):
        raise _wrong("has no recipe with a model")
    kind = models.find(_text(named["name"], "a model"))
    if card.get("model") != named["name"]:
        raise _wrong("names two different models")
    chosen = recipe.from_dict(values, kind.Options)
    for value in vars(chosen.data).values():
        if isinstance(value, str):
            _text(value, "a setting of the data")
    if chosen.data.source != public(chosen.data.source):
        raise _wrong("names data by a path")
    return chosen


def _model(source: Path, card: dict[str, Any], chosen: recipe.Recipe, spec: Spec) -> Any:
    """Build the model with the weights of the file, if they are what the recipe asks for."""
    path, seal = source / "model.safetensors", card["files"]["model.safetensors"]
    with torch.device("meta"):  # costs no memory, whatever the card asks for
        hull: Any = models.build(chosen, spec)
    wanted = hull.state_dict()
    needed = sum(t.numel() * t.element_size() for t in wanted.values())
    if not needed <= seal["bytes"] <= needed + TEXT_BYTES:
        raise InputError(
            f"{path} has {seal['bytes']:,} bytes and the recipe's model {needed:,}: the weights "
            "are not of this model"
        )
    tensors = _tensors(source, "model.safetensors", seal)
    _check_weights(path, tensors, wanted)
    with torch.random.fork_rng(devices=[]):
        model: Any = models.build(chosen, spec)
    model.load_state_dict(tensors)
    # As `Run.model` lays it out, so that the numbers are the same to the bit.
    return model.to(memory_format=torch.channels_last).eval().requires_grad_(False)


def _tensors(source: Path, name: str, seal: dict[str, Any]) -> dict[str, Tensor]:
    try:
        return parsed(_read(source, name, seal))
    except (SafetensorError, AttributeError, KeyError, RuntimeError, ValueError):
        raise InputError(f"{source / name} is no safetensors file that can be read") from None


def _check_weights(path: Path, found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    if found.keys() != wanted.keys():
        odd = sorted(found.keys() ^ wanted.keys())[0]
        where = "is missing" if odd in wanted else "belongs to no part of the model"
        raise InputError(f"{path}: {odd[:80]!r} {where}")
    for name, t in found.items():
        if t.shape != wanted[name].shape or t.dtype != wanted[name].dtype:
            raise InputError(
                f"{path}: {name} is {tuple(t.shape)} of {t.dtype} and the recipe's model has "
                f"{tuple(wanted[name].shape)} of {wanted[name].dtype}"
            )
        if not torch.isfinite(t).all():
            raise InputError(f"{path}: {name} has numbers that are not finite")


@torch.no_grad()
def _check_outputs(source: Path, card: dict[str, Any], model: Any) -> None:
    """Compute the examples that went along again: this package may have changed since."""
    name = "check.safetensors"
    seal, parts = card["files"][name], parts_of(model)
    ports = [port for part in parts.values() for port in (*part.inputs, *part.outputs)]
    most = sum(8 * CHECKED * math.prod(port.shape) for port in ports)
    if seal["bytes"] > most + TEXT_BYTES:
        raise InputError(f"{source / name} is larger than any check of this model")
    found = _tensors(source, name, seal)
    for part in parts.values():
        try:
            inputs = [_fitting(found[f"{part.name}/in/{p.name}"], p) for p in part.inputs]
            outputs = [_fitting(found[f"{part.name}/out/{p.name}"], p) for p in part.outputs]
        except (KeyError, ValueError):
            raise InputError(f"{source / name} does not fit the {part.name}") from None
        if any(p.name == "label" and (t >= len(model.spec.classes)).any()
               for p, t in zip(part.inputs, inputs, strict=True)):  # fmt: skip
            raise InputError(f"{source / name} names a class that is not there")
        off = max(difference(o, f) for o, f in zip(outputs, part(*inputs), strict=True))
        if off > LIMIT:
            raise InputError(
                f"the {part.name} gives other numbers here than where it was exported (by "
                f"{off:.2g}, more than {LIMIT:g}): import it with the makebelieve that wrote it "
                "(card.json names it)"
            )


def _fitting(tensor: Tensor, port: Any) -> Tensor:
    """Return a tensor that has a port's shape and type.

    Raises:
        ValueError: it has not.
    """
    if tensor.shape != (CHECKED, *port.shape) or str(tensor.dtype) != f"torch.{port.dtype}":
        raise ValueError
    return tensor


def _place(card: dict[str, Any], name: str | None) -> Path:
    """Return the folder of the new run, which nobody has."""
    if name is not None:
        if not store.NAME.fullmatch(name):
            raise InputError(
                f"{name!r} cannot name a run: use letters, digits, spaces and . _ + - (at most 100)"
            )
        if (store.store() / name).exists():
            raise InputError(f"there is already a run {name!r}: choose another --name")
        return store.store() / name
    old = _text(card.get("name"), "a name")
    if store.NAME.fullmatch(old) and not (store.store() / old).exists():
        return store.store() / old
    return store.fresh(old)


def _contents(
    source: Path, card: dict[str, Any], chosen: recipe.Recipe, model: Any
) -> dict[str, bytes]:
    """Return the files of the run."""
    trained, data = _of(card, "training", dict), _of(card, "data", dict)
    numbers = {k: _number(trained.get(k), k) for k in ("step", "seen", "seconds")}
    step, seen = int(numbers["step"]), int(numbers["seen"])
    clock = {"step": step, "seen": seen, "seconds": numbers["seconds"]}
    status = {"state": "finished", "reason": "imported"} | clock
    about = _about(card, trained, data) | {
        "spec": card["spec"],
        "imported": {
            "from": source.resolve().name,
            "name": _text(card.get("name"), "a name"),
            "on": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "weights": card["files"]["model.safetensors"]["sha256"],
        },
    }
    result = {_text(k, "a score"): _number(v, k) for k, v in _of(card, "result", dict).items()}
    tensors = {f"model/{n}": t.contiguous() for n, t in model.state_dict().items()}
    state = packed(tensors, {"clock": json.dumps(clock)})
    plain = {
        "about.json": about,
        "status.json": status,
        "recipe.json": recipe.to_dict(chosen),
        **({"result.json": result} if result else {}),
    }
    return {f"states/{seen:012d}.safetensors": state} | {
        name: f"{json.dumps(v, indent=1, ensure_ascii=False)}\n".encode()
        for name, v in plain.items()
    }


def _about(card: dict[str, Any], trained: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return what every run says of itself, as far as the card says it."""
    counts = {split: int(_number(data.get(split), split)) for split in SPLITS}
    parameters = _of(card, "parameters", dict)
    column = data.get("label_column")
    return {
        **{k: _text(trained.get(k), k) for k in ("created", *MADE_BY)},
        "data": {
            **{k: _text(data.get(k), k) for k in ("name", "about", "fingerprint")},
            "label_column": None if column is None else _text(column, "a column"),
            **counts,
            "skipped": [],
        },
        "parameters": {_text(k, "a player"): int(_number(v, k)) for k, v in parameters.items()},
    }


def _number(value: Any, what: str) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not math.isfinite(value) or not abs(value) < 2**53:
        raise _wrong(f"has no number for {str(what)[:40]}")
    return value  # type: ignore[no-any-return]
