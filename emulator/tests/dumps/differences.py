"""What is known to differ between dumps and emulators, each with its reason."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .comparison import Kind

FILE = Path(__file__).with_name("differences.toml")


@dataclass(frozen=True, slots=True)
class Difference:
    """Registers that differ for one reason.

    Attributes:
        dumps: names of the dumps.
        kind: how they differ.
        registers: names of the registers.
        reason: why.
    """

    dumps: tuple[str, ...]
    kind: Kind
    registers: tuple[str, ...]
    reason: str

    def in_dump(self, name: str) -> frozenset[tuple[Kind, str]]:
        """Return kind and register of everything that is listed for one dump."""
        if name not in self.dumps:
            return frozenset()
        return frozenset((self.kind, register) for register in self.registers)


@cache
def load_differences() -> tuple[Difference, ...]:
    """Return everything that is listed."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))["difference"]
    return tuple(
        Difference(
            dumps=tuple(entry["dumps"]),
            kind=Kind(entry["kind"]),
            registers=tuple(entry["registers"]),
            reason=entry["reason"],
        )
        for entry in entries
    )
