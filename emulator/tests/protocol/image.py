"""A unit for tests: a table of words, what was written to it, and requests as bytes."""

from __future__ import annotations

from sungrow_emulator.protocol.door import Door, DoorRules, Encryption

PUBLIC_KEY = bytes(range(1, 17))
BROKEN = 666
"""Reading or writing here raises, as a faulty device would."""
REFUSED = 2000
"""Reading or writing here is answered with exception 2."""
PADDED = 2612
"""Reading here is answered with 30 bytes however few are asked for."""


class ImageUnit:
    """Word n of input reads n, of holding n + 0x8000 until it is written."""

    def __init__(self) -> None:
        self.written: list[tuple[int, int, bytes]] = []
        self.words: dict[tuple[int, int], int] = {}

    def set(self, function: int, address: int, *words: int) -> None:
        """Lay words over the image."""
        for offset, word in enumerate(words):
            self.words[function, address + offset] = word

    def read(self, function: int, address: int, count: int) -> bytes | int:
        """Answer from the image."""
        if address == BROKEN:
            raise ZeroDivisionError("a fault of the device")
        if address == REFUSED:
            return 2
        if address == PADDED:
            count = 15
        base = 0x8000 if function == 3 else 0
        return b"".join(
            self.words.get((function, a), (a + base) & 0xFFFF).to_bytes(2, "big")
            for a in range(address, address + count)
        )

    def write(self, function: int, address: int, words: bytes) -> int:
        """Keep what is written, for functions 3 to read."""
        if address == BROKEN:
            raise ZeroDivisionError("a fault of the device")
        if address == REFUSED:
            return 2
        self.written.append((function, address, words))
        values = [int.from_bytes(words[i : i + 2], "big") for i in range(0, len(words), 2)]
        self.set(3, address, *values)
        return 0


def request(
    function: int, address: int, value: int, *, unit: int = 1, tid: int = 1, data: bytes = b""
) -> bytes:
    """Return a plain request frame; `value` is a count or a word."""
    body = bytes((unit, function)) + address.to_bytes(2, "big") + value.to_bytes(2, "big") + data
    return tid.to_bytes(2, "big") + bytes(2) + len(body).to_bytes(2, "big") + body


def image_door(**rules: object) -> Door:
    """Return a door with an image at unit 1 that speaks encrypted as well."""
    given = {"encryption": Encryption.KEY, "public_key": PUBLIC_KEY, **rules}
    return Door({1: ImageUnit()}, DoorRules(**given))  # type: ignore[arg-type]


def image(door: Door, unit: int = 1) -> ImageUnit:
    """Return the image of a unit of a door."""
    found = door.units[unit]
    assert isinstance(found, ImageUnit)
    return found
