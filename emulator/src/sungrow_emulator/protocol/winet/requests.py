"""What clients ask: JSON, queries and forms in the many styles in which they are sent.

Numbers come as numbers or as text, members in any order, and nothing can be relied on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import cast
from urllib.parse import unquote_plus

Request = Mapping[str, object]

_decode = json.JSONDecoder().raw_decode
_MOST_DIGITS = 9
_MOST_KEPT = 512
"""Characters of a query that is kept; honest ones have some 200."""
_POINT_ZERO = re.compile(r"\.0+$")
_NUMBER = re.compile(r"(-?)([0-9]{1,6})(?:\.([0-9]{1,6}))?", re.ASCII)


def parse_object(text: str | bytes) -> Request | None:
    """Return a JSON object, None for anything else."""
    try:
        if isinstance(text, str) and text.startswith("{"):  # Nearly all do; loads takes longer.
            value, end = _decode(text)
            if text[end:].strip(" \t\r\n"):
                return None
        else:
            value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("Request", value) if isinstance(value, dict) else None


def parse_query(text: str) -> Mapping[str, str]:
    """Return the members of a query or of a form; of several of one name the last.

    Pollers ask for the same again and again, with nothing but the time changed, which no page
    looks at: what stands before it is taken apart once.
    """
    head, cut, tail = text.rpartition("&time123456=")
    if not cut or "&" in tail or len(head) > _MOST_KEPT:
        return _members(text)
    return _kept_members(head)


def _members(text: str) -> Mapping[str, str]:
    pairs = [pair.partition("=") for pair in text.split("&")]
    if "%" in text or "+" in text:
        return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}
    return {name: value for name, _, value in pairs}


@lru_cache(maxsize=256)
def _kept_members(text: str) -> Mapping[str, str]:
    return MappingProxyType(_members(text))


def parse_body(body: bytes) -> Request:
    """Return the members of a body: a JSON object, or else what it holds as a form."""
    return parse_object(body) or parse_query(body.decode("latin-1"))


def whole(value: object) -> int | None:
    """Return a whole number of at most nine digits, given as a number or as text."""
    if not isinstance(value, str):
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return value if abs(value) < 10**_MOST_DIGITS else None
    if len(value) <= _MOST_DIGITS and value.isdecimal() and value.isascii():  # Nearly all are.
        return int(value)
    text = _POINT_ZERO.sub("", value.strip())  # A number such as 1.0 may come as text, too.
    digits = text.removeprefix("-")
    known = len(digits) <= _MOST_DIGITS and digits.isascii() and digits.isdecimal()
    return int(text) if known else None


def word(value: object, accuracy: int) -> bytes | None:
    """Return what a register holds for a value.

    Args:
        value: a decimal number, given as a number or as text.
        accuracy: the register holds value * 10 ** accuracy.

    Returns:
        Two bytes, negative numbers as their complement; None for what is no number, needs
        more decimals, or does not fit.
    """
    if isinstance(value, bool):
        return None
    match = _NUMBER.fullmatch(str(value).strip()) if isinstance(value, int | float | str) else None
    if match is None or not 0 <= accuracy <= 4:
        return None
    sign, before, after = match[1], match[2], (match[3] or "").rstrip("0")
    if len(after) > accuracy:
        return None
    number = int(before + after.ljust(accuracy, "0"))
    if sign == "-":
        number = -number
    return (number & 0xFFFF).to_bytes(2, "big") if -0x8000 <= number <= 0xFFFF else None
