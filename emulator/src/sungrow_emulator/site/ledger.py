"""Energies of consecutive days or months, kept small: a fleet remembers years of a thousand."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Self

from sungrow_emulator.site.counters import CHARGE_PV, DIRECT, EXPORT_PV, PV

KEPT: Final = (PV, DIRECT, EXPORT_PV, CHARGE_PV)
"""What is kept of each day or month."""
_WIDTH: Final = len(KEPT)


class Ledger:
    """Four energies in J for each of consecutive numbers, in the order of `KEPT`."""

    __slots__ = ("_first", "_values")

    def __init__(self) -> None:
        self._first = 0
        self._values = array("d")

    @classmethod
    def of(cls, entries: Mapping[int, Sequence[float]]) -> Self:
        """Return a ledger with these entries."""
        made = cls()
        for number in sorted(entries):
            made.add(number, entries[number])
        return made

    def __len__(self) -> int:
        """Return how many consecutive numbers it covers."""
        return len(self._values) // _WIDTH

    def __contains__(self, number: int) -> bool:
        """Tell whether it covers a number."""
        return 0 <= number - self._first < len(self)

    def __getitem__(self, number: int) -> tuple[float, ...]:
        """Return the energies of a number, zeros where nothing was added."""
        if number not in self:
            return (0.0,) * _WIDTH
        at = (number - self._first) * _WIDTH
        return tuple(self._values[at : at + _WIDTH])

    def __iter__(self) -> Iterator[int]:
        """Yield the numbers in their order."""
        return iter(range(self._first, self._first + len(self)))

    def add(self, number: int, energies: Sequence[float]) -> None:
        """Add energies to a number; one before the first is forgotten already."""
        if not self._values:
            self._first = number
        if number < self._first:
            return
        missing = number + 1 - self._first - len(self)
        if missing > 0:
            self._values.extend((0.0,) * (missing * _WIDTH))
        at = (number - self._first) * _WIDTH
        for column, energy in enumerate(energies):
            self._values[at + column] += energy

    def forget_before(self, number: int) -> None:
        """Keep only numbers from this one on."""
        gone = min(max(0, number - self._first), len(self))
        del self._values[: gone * _WIDTH]
        self._first += gone
