"""Builds the façade's answers from JSON."""

from __future__ import annotations

import dataclasses
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def parse(kind: type[T], data: Any) -> T:
    """Return a dataclass (or tuple, dict, plain value of them) from parsed JSON.

    Members that the dataclass does not have are left out: a newer emulator may say more.

    Raises:
        TypeError: a value has another type than its place needs.
        ValueError: a member is missing.
    """
    return cast("T", _parse(kind, data))


def _parse(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind):
        if not isinstance(data, dict):
            raise TypeError(f"{kind} must be an object")
        return _object(cast("type[Any]", kind), cast("dict[str, Any]", data))
    if origin is tuple:
        if not isinstance(data, list):
            raise TypeError("a list was expected")
        item = get_args(kind)[0]
        return tuple(_parse(item, value) for value in cast("list[Any]", data))
    if origin in (Union, UnionType) or origin in (dict, list) or kind is Any:
        return data
    if kind is float and isinstance(data, int):
        return float(data)
    if not isinstance(data, kind):
        raise TypeError(f"{data!r} is not of type {kind.__name__}")
    return data


def _object(kind: type[Any], data: dict[str, Any]) -> Any:
    hints = _hints(kind)
    missing = [
        field.name
        for field in dataclasses.fields(kind)
        if field.name not in data and field.default is dataclasses.MISSING
    ]
    if missing:
        raise ValueError(f"{kind.__name__} lacks {', '.join(missing)}")
    return kind(**{name: _parse(hints[name], data[name]) for name in hints if name in data})


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)
