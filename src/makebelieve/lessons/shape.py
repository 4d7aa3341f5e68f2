"""From tables of TOML to frozen dataclasses, and on to JSON: the annotations are the format.

A field may be a `str`, `int`, `float` or `bool`; a `Line` or `Block` of Markdown; a `Choice`,
counted from 1; a dataclass; a tuple or a `dict` of any of these; or one of these or None. A tuple
of dataclasses that have an `id` is a table of tables in TOML, whose keys are the ids.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, NewType, TypeVar

from makebelieve.lessons import prose
from makebelieve.recipe import nearest

__all__ = ["Choice", "Say", "fill", "plain"]

Choice = NewType("Choice", int)
"""The number of an option, counted from 1 in TOML and from 0 in JSON."""

Say = Callable[[str], None]
Made = TypeVar("Made")
TEXT = (str, prose.Line, prose.Block)
UNIONS = (types.UnionType, typing.Union)  # of classes, and of new types
NAMES = {
    str: "a text",
    prose.Line: "a text",
    prose.Block: "a text",
    int: "a whole number",
    Choice: "a whole number",
    float: "a number",
    bool: "true or false",
}


def fill(kind: type[Made], table: Any, where: str, say: Say) -> Made | None:
    """Make a dataclass of a table, or say everything that is wrong with it.

    Args:
        kind: a dataclass.
        table: what TOML gave.
        where: file and key, for the complaints.
        say: takes each complaint, one sentence.

    Returns:
        the dataclass, or None where a complaint was made.
    """
    if not isinstance(table, Mapping):
        say(f"{where} must be a table (a heading in square brackets), not {table!r:.40}")
        return None
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    whole = True
    for name in table.keys() - fields.keys():
        say(f"{where}: {name!r} is not known here{nearest(name, fields)}")
        whole = False
    made: dict[str, Any] = {}
    for name, f in fields.items():
        if name in table:
            made[name] = _value(hints[name], table[name], f"{where}: {name}", say)
            whole = whole and made[name] is not _WRONG
        elif f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING:
            say(f"{where}: {name!r} is missing; it is {_takes(hints[name])}")
            whole = False
    return kind(**made) if whole else None


class _Wrong:
    """Stands for a value that was complained about."""


_WRONG: Any = _Wrong()


def _takes(hint: Any) -> str:
    if hint in NAMES:
        return NAMES[hint]
    origin = typing.get_origin(hint)
    if origin in UNIONS:
        return _takes(typing.get_args(hint)[0])
    if origin is tuple and not _has_id(typing.get_args(hint)[0]):
        return "a list in square brackets"
    return "a table"


def _has_id(hint: Any) -> bool:
    return dataclasses.is_dataclass(hint) and "id" in {f.name for f in dataclasses.fields(hint)}


def _value(hint: Any, value: Any, where: str, say: Say) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in UNIONS:
        return _value(inner[0], value, where, say)
    if hint in NAMES:
        return _single(hint, value, where, say)
    if origin is tuple:
        return _many(inner[0], value, where, say)
    if origin is dict:
        if not isinstance(value, Mapping):
            say(f"{where} must be a table, not {value!r:.40}")
            return _WRONG
        if inner[1] is Any:
            return dict(value)
        found = {k: _value(inner[1], v, f"{where}.{k}", say) for k, v in value.items()}
        return _WRONG if _WRONG in found.values() else found
    made = fill(hint, value, where, say)
    return _WRONG if made is None else made


def _single(hint: Any, value: Any, where: str, say: Say) -> Any:
    kind = str if hint in TEXT else int if hint is Choice else hint
    number = kind is float and isinstance(value, int)
    if not (isinstance(value, kind) or number) or (isinstance(value, bool) and kind is not bool):
        say(f"{where} must be {NAMES[hint]}, not {value!r:.40}")
        return _WRONG
    if kind is str:
        if not value.strip():
            say(f"{where} is empty; write what the learner is to read")
            return _WRONG
        return value.strip()
    return value


def _many(hint: Any, value: Any, where: str, say: Say) -> Any:
    if _has_id(hint):
        if not isinstance(value, Mapping):
            say(f"{where} must be tables by their ids, such as [{where.rpartition(' ')[2]}.NAME]")
            return _WRONG
        found = [
            _value(hint, {"id": key, **entry} if isinstance(entry, Mapping) else entry,
                   f"{where}.{key}", say)
            for key, entry in value.items()
        ]  # fmt: skip
    elif isinstance(value, list):
        found = [_value(hint, entry, f"{where}[{i}]", say) for i, entry in enumerate(value, 1)]
    else:
        say(f"{where} must be a list in square brackets, not {value!r:.40}")
        return _WRONG
    return _WRONG if _WRONG in found else tuple(found)


def plain(value: Any, hint: Any, link: Callable[[str], str]) -> Any:
    """Turn a dataclass into plain values for JSON, its Markdown into HTML.

    Args:
        value: a dataclass, or what one holds.
        hint: its type.
        link: where links lead on the page.
    """
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if value is None:
        return None
    if origin in UNIONS:
        return plain(value, inner[0], link)
    if dataclasses.is_dataclass(value):
        hints = typing.get_type_hints(type(value))
        return {name: plain(getattr(value, name), hint, link) for name, hint in hints.items()}
    if origin is tuple:
        return [plain(entry, inner[0], link) for entry in value]
    if hint is prose.Block:
        return prose.block(value, link)
    if hint is prose.Line:
        return prose.line(value, link)
    return value - 1 if hint is Choice else value
