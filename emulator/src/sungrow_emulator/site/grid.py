"""The grid at the connection point: voltage and frequency, second by second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sungrow_emulator.site.noise import Noise, lanes

_DRIFT: Final = 300


@dataclass(frozen=True, slots=True)
class GridReading:
    """What the grid looks like in one second.

    Attributes:
        frequency: in Hz, within 0.03 of nominal.
        a: voltage of phase a relative to nominal.
        b: voltage of phase b relative to nominal.
        c: voltage of phase c relative to nominal.
    """

    frequency: float
    a: float
    b: float
    c: float


class Grid:
    """Voltage and frequency as functions of time: a slow drift and a little jitter."""

    def __init__(self, seed: int, frequency: float) -> None:
        self._frequency = frequency
        self._drift = Noise(seed, "grid drift")
        self._jitter = Noise(seed, "grid jitter")

    def reading(self, second: int) -> GridReading:
        """Return the grid's state in epoch second `second`."""
        block = second // _DRIFT
        part = second % _DRIFT / _DRIFT
        was = lanes(self._drift.word(block))
        will = lanes(self._drift.word(block + 1))
        now = lanes(self._jitter.word(second))
        return GridReading(
            self._frequency + 0.02 * (was[0] + (will[0] - was[0]) * part) + 0.01 * now[0],
            1 + 0.012 * (was[1] + (will[1] - was[1]) * part) + 0.0015 * now[1],
            1 + 0.012 * (was[2] + (will[2] - was[2]) * part) + 0.0015 * now[2],
            1 + 0.012 * (was[3] + (will[3] - was[3]) * part) + 0.0015 * now[3],
        )
