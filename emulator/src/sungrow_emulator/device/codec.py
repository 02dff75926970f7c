"""Register words and values: typed encode and decode.

Each word is big-endian on the wire; 32 and 64 bit values put the low word at the lower address
(every Sungrow protocol document; dumps). Text is UTF-8, high byte first, padded with 0x00.
"""

from __future__ import annotations

from collections.abc import Sequence

from sungrow_emulator.catalog.spec import Datatype, RegisterSpec

BITS = {
    Datatype.U16: 16,
    Datatype.S16: 16,
    Datatype.U32: 32,
    Datatype.S32: 32,
    Datatype.S64: 64,
    Datatype.BITS16: 16,
    Datatype.BITS32: 32,
}
SIGNED = frozenset({Datatype.S16, Datatype.S32, Datatype.S64})
TEXT = frozenset({Datatype.UTF8, Datatype.BYTES})


def bounds(datatype: Datatype) -> tuple[int, int]:
    """Return the smallest and largest raw value of a numeric datatype."""
    bits = BITS[datatype]
    if datatype in SIGNED:
        return -(1 << bits - 1), (1 << bits - 1) - 1
    return 0, (1 << bits) - 1


def encode(datatype: Datatype, raw: int) -> tuple[int, ...]:
    """Return the words of a raw number, low word first.

    A number outside the datatype is clamped to its bounds, as a saturating device does.
    """
    low, high = bounds(datatype)
    raw = min(max(raw, low), high)
    return tuple(raw >> shift & 0xFFFF for shift in range(0, BITS[datatype], 16))


def decode(datatype: Datatype, words: Sequence[int]) -> int:
    """Return the raw number that the words of one element form."""
    raw = 0
    for position, word in enumerate(words):
        raw |= word << 16 * position
    if datatype in SIGNED and raw >> BITS[datatype] - 1:
        raw -= 1 << BITS[datatype]
    return raw


def encode_text(text: str | bytes, count: int) -> tuple[int, ...]:
    """Return `count` words of text, cut or padded with 0x00."""
    data = text if isinstance(text, bytes) else text.encode()
    data = data[: 2 * count].ljust(2 * count, b"\0")
    return tuple(data[i] << 8 | data[i + 1] for i in range(0, 2 * count, 2))


def decode_text(words: Sequence[int]) -> str:
    """Return the text in the words, without its padding; undecodable bytes are escaped."""
    data = b"".join(word.to_bytes(2, "big") for word in words)
    return data.split(b"\0", 1)[0].decode("utf-8", "backslashreplace")


def decode_value(
    spec: RegisterSpec, words: Sequence[int]
) -> int | float | str | list[float] | None:
    """Return the scaled value of a register's words; None where they mean "not available"."""
    if spec.datatype is Datatype.BYTES:
        return b"".join(word.to_bytes(2, "big") for word in words).hex(" ")
    if spec.datatype is Datatype.UTF8:
        return decode_text(words)
    size = spec.count // spec.length
    if spec.length > 1:
        chunks = (words[i : i + size] for i in range(0, spec.count, size))
        return [float(scaled(spec, decode(spec.datatype, chunk))) for chunk in chunks]
    # A sentinel of 0 cannot be told from the number 0.
    if any(spec.sentinel) and tuple(words) == spec.sentinel[:size]:
        return None
    return scaled(spec, decode(spec.datatype, words))


def scaled(spec: RegisterSpec, raw: int) -> int | float:
    """Return raw * scale, rounded to the decimals that the scale has."""
    if spec.scale == int(spec.scale):
        return raw * int(spec.scale)
    decimals = max(0, len(f"{spec.scale:.6f}".rstrip("0").split(".")[1]))
    return round(raw * spec.scale, decimals)
