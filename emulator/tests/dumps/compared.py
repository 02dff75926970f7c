"""Compares each dump once with an emulator in its situation, and keeps what came out."""

from __future__ import annotations

from functools import cache

from .comparison import Comparison
from .dump import load_dumps
from .situation import answers


@cache
def compare(name: str, strict: bool = True) -> Comparison:
    """Return the comparison of a dump with an emulator in its situation."""
    dump = next(dump for dump in load_dumps() if dump.name == name)
    return Comparison(dump, *answers(dump, strict=strict))
