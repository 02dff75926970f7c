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
        self._block = -1
        self._low = self._rise = (0.0, 0.0, 0.0, 0.0)

    def reading(self, second: int) -> GridReading:
        """Return the grid's state in epoch second `second`."""
        if second // _DRIFT != self._block:
            self._enter(second // _DRIFT)
        part = second % _DRIFT / _DRIFT
        low, rise = self._low, self._rise
        now = lanes(self._jitter.word(second))
        return GridReading(
            self._frequency + 0.02 * (low[0] + rise[0] * part) + 0.01 * now[0],
            1 + 0.012 * (low[1] + rise[1] * part) + 0.0015 * now[1],
            1 + 0.012 * (low[2] + rise[2] * part) + 0.0015 * now[2],
            1 + 0.012 * (low[3] + rise[3] * part) + 0.0015 * now[3],
        )

    def _enter(self, block: int) -> None:
        low, high = (lanes(self._drift.word(number)) for number in (block, block + 1))
        self._block = block
        self._low = low
        self._rise = high[0] - low[0], high[1] - low[1], high[2] - low[2], high[3] - low[3]
