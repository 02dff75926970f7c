"""The small interface behind which a device is handed to the protocol."""

from __future__ import annotations

from typing import Protocol


class Unit(Protocol):
    """What answers at one unit id of a door. Addresses are wire addresses (document - 1)."""

    def read(self, function: int, address: int, count: int) -> bytes | int:
        """Return the words as big-endian bytes, or an exception code.

        `function` is 3 (holding) or 4 (input) and `count` 1 … 125. The bytes may be longer
        than 2 * count: the byte count of the answer stays 2 * count and the MBAP length
        covers what is sent (padded firmware frames).
        """
        ...

    def write(self, function: int, address: int, words: bytes) -> int:
        """Apply a write of function 6 or 16; return 0, or an exception code."""
        ...
