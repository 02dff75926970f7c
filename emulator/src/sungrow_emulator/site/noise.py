"""Noise without a stream: every sample is an integer hash of what it belongs to.

A sample depends on the seed, the name of its stream and an index (usually a second or a
step of simulated time) and on nothing else. Who reads how often therefore cannot change
what anybody reads, and every platform computes the same bits.
"""

from __future__ import annotations

from typing import Final

_MASK: Final = (1 << 64) - 1
_TO_UNIT: Final = 2.0**-53


def splitmix64(value: int) -> int:
    """Return the splitmix64 hash of `value`: 64 well mixed bits."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


class Noise:
    """One named stream of noise that can be sampled at any index, in any order."""

    __slots__ = ("_key",)

    def __init__(self, seed: int, stream: str) -> None:
        key = splitmix64(seed & _MASK)
        for byte in stream.encode():
            key = splitmix64(key ^ byte)
        self._key = key

    def word(self, index: int) -> int:
        """Return 64 random bits for `index`."""
        return splitmix64(self._key + index * 0xD1342543DE82EF95)

    def unit(self, index: int) -> float:
        """Return a number in [0, 1), evenly spread."""
        return (self.word(index) >> 11) * _TO_UNIT

    def smooth(self, position: float) -> float:
        """Return a number in [0, 1) that moves linearly from one integer position to the next."""
        index = int(position // 1)
        low = self.unit(index)
        return low + (self.unit(index + 1) - low) * (position - index)


def lanes(word: int) -> tuple[float, float, float, float]:
    """Return four independent numbers in [-1, 1) out of one 64-bit word."""
    return (
        (word & 0xFFFF) / 32768 - 1,
        (word >> 16 & 0xFFFF) / 32768 - 1,
        (word >> 32 & 0xFFFF) / 32768 - 1,
        (word >> 48) / 32768 - 1,
    )
