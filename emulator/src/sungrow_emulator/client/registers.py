"""Registers as people name them: `5031`, `5031:2`, `total_active_power`; and their values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError, nearest
from sungrow_emulator.catalog.spec import Datatype, RegisterSpec, Table
from sungrow_emulator.device.codec import bounds, decode_value, encode, encode_text

TYPES = ("U16", "S16", "U32", "S32", "UTF8")
_SIZES = {Datatype.U16: 1, Datatype.S16: 1, Datatype.U32: 2, Datatype.S32: 2}
_TEXT = (Datatype.UTF8, Datatype.BYTES)

Value = int | float | str | list[float] | None


@dataclass(frozen=True, slots=True)
class Target:
    """One block of registers that somebody named.

    Attributes:
        table: input or holding.
        address: document number of the first word.
        count: number of words.
        spec: the register, where a name or the model says which it is.
    """

    table: Table
    address: int
    count: int
    spec: RegisterSpec | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One decoded register or word.

    Attributes:
        table: `input` or `holding`.
        address: document number.
        wire: address on the wire.
        name: register name, empty where it is not known.
        words: raw words.
        value: decoded value; None where the words mean "not available".
        unit: unit of the value.
        label: meaning of the value where it is an enumeration.
    """

    table: str
    address: int
    wire: int
    name: str
    words: tuple[int, ...]
    value: Value
    unit: str
    label: str


def target(
    text: str,
    registers: Sequence[RegisterSpec],
    *,
    table: Table | None = None,
    datatype: Datatype | None = None,
    wire: bool = False,
) -> Target:
    """Return what an argument of `read` or `write` names.

    Args:
        text: document number (decimal or 0x…), `NUMBER:COUNT`, or a register name.
        registers: the registers of the model, empty where it is not known.
        table: the table that numbers are in (input unless given); picks among equal names.
        datatype: the type that the words are to be taken for.
        wire: numbers are wire addresses (document number - 1).

    Raises:
        EmulatorError: the argument is malformed, or no register has that name.
    """
    if not text[:1].isdecimal():
        spec = _named(text, registers, table)
        return Target(spec.table, spec.address, spec.count, spec)
    number, colon, size = text.partition(":")
    address = _integer(number, text) + (1 if wire else 0)
    where = table or Table.INPUT
    if not 1 <= address <= 65536:
        raise EmulatorError(f"address {text!r}: document numbers are 1 to 65536")
    spec = next((s for s in registers if s.table is where and s.address == address), None)
    if colon:
        count = _integer(size, text)
    elif datatype in _TEXT:
        raise EmulatorError(f"{text!r}: text needs a length in words, e.g. {number}:10")
    elif datatype:
        count = _SIZES[datatype]
    else:
        count = spec.count if spec else 1
    if not 1 <= count <= 125 or address + count > 65537:
        raise EmulatorError(f"{text!r}: 1 to 125 words up to document number 65536 are possible")
    return Target(where, address, count, spec)


def readings(
    found: Target,
    words: Sequence[int],
    registers: Iterable[RegisterSpec],
    datatype: Datatype | None = None,
) -> tuple[Reading, ...]:
    """Decode the words of a target: by type, by the registers of the model, else word by word."""
    rows: list[Reading] = []
    known = {s.address: s for s in registers if s.table is found.table}
    position = 0
    while position < found.count:
        address = found.address + position
        left = found.count - position
        spec = _as(datatype, found.table, address, left) if datatype else known.get(address)
        if spec is None or spec.count > left:
            spec = _as(Datatype.U16, found.table, address, 1)
        part = tuple(words[position : position + spec.count])
        label = dict(spec.labels).get(part[0], "") if spec.count == 1 else ""
        value = decode_value(spec, part)
        rows.append(
            Reading(found.table, address, address - 1, spec.name, part, value, spec.unit, label)
        )
        position += spec.count
    return tuple(rows)


def raw_words(
    found: Target,
    values: Sequence[str],
    datatype: Datatype | None = None,
    *,
    in_units: bool = False,
) -> tuple[int, ...]:
    """Return the words to write for values as people give them.

    With `in_units` the register takes one value: a label (`on`), raw as 0x…, or in its unit.
    Without, values are words, or values of `datatype`.

    Raises:
        EmulatorError: a value is not possible there.
    """
    spec = found.spec
    if spec and in_units:
        if len(values) != 1:
            raise EmulatorError(f"{spec.name} takes one value, not {len(values)}")
        return _encoded(spec, values[0])
    kind = datatype or Datatype.U16
    if kind in _TEXT:
        return encode_text(" ".join(values), found.count)
    words: list[int] = []
    for text in values:
        words.extend(_encoded(_as(kind, found.table, found.address, _SIZES[kind]), text))
    return tuple(words)


def _encoded(spec: RegisterSpec, text: str) -> tuple[int, ...]:
    where = spec.name or f"{spec.table} {spec.address}"
    for raw, label in spec.labels:
        if label.casefold() == text.casefold():
            return encode(spec.datatype, raw)
    if spec.datatype in _TEXT:
        return encode_text(text, spec.count)
    low, high = bounds(spec.datatype)
    try:
        raw = int(text, 0) if text[:2].lower() == "0x" else round(float(text) / spec.scale)
    except (ValueError, OverflowError):
        labels = [label for _, label in spec.labels]
        also = f" or one of: {', '.join(labels)}" if labels else ""
        close = nearest(text, labels)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise EmulatorError(f"{where}: {text!r} is not a number{also}{hint}") from None
    if not low <= raw <= high:
        raise EmulatorError(
            f"{where}: {text} does not fit; possible are "
            f"{low * spec.scale:g} to {high * spec.scale:g} {spec.unit}".rstrip()
        )
    return encode(spec.datatype, raw)


def _named(text: str, registers: Sequence[RegisterSpec], table: Table | None) -> RegisterSpec:
    wanted = text.casefold()
    for spec in registers:
        if spec.name.casefold() == wanted and table in (None, spec.table):
            return spec
    known = [s.name for s in registers if table in (None, s.table)]
    raise UnknownNameError("register", text, known)


def _integer(text: str, whole: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise EmulatorError(
            f"{whole!r} is not an address; write 5031, 5031:2, 0x13A7 or a register name"
        ) from None


def _as(datatype: Datatype, table: Table, address: int, left: int) -> RegisterSpec:
    """Return a register without a name: words of one type, nothing else known about them."""
    size = left if datatype in _TEXT else _SIZES[datatype]
    return RegisterSpec(
        address=address,
        count=size,
        table=table,
        name="",
        datatype=datatype,
        length=1,
        scale=1.0,
        unit="",
        writable=True,
        families=(),
        shows="",
        default="",
        allowed=None,
        labels=(),
        sentinel=(),
        unverified=False,
        note="",
        aliases=(),
        sources=(),
    )
