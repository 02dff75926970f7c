"""Compares each dump once with an emulator in its situation, and keeps what came out."""

from __future__ import annotations

from functools import cache

from .comparison import Comparison
from .dump import load_dumps
from .situation import answers


def compare(name: str, strict: bool = True) -> Comparison:
    """Return the comparison of a dump with an emulator in its situation."""
    return _compare(name, strict)


@cache
def _compare(name: str, strict: bool) -> Comparison:
    dump = next(dump for dump in load_dumps() if dump.name == name)
    return Comparison(dump, *answers(dump, strict=strict))
