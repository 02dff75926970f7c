"""Registers by document number, as an operator reads, pins and writes them."""

from __future__ import annotations

from collections.abc import Sequence

from sungrow_emulator.answers import RegistersAnswer
from sungrow_emulator.catalog.errors import EmulatorError, nearest
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.device.view import READ_HOLDING, READ_INPUT, View
from sungrow_emulator.report import names_in

_EXCEPTIONS = {2: "illegal data address", 4: "server device failure"}
_REFUSALS = {
    2: "it is not a writable register of this model, or only a part of one",
    4: "the value is out of range or inconsistent, or control is local only",
}
_WRITE_MULTIPLE = 16


def table_named(text: str) -> Table:
    """Return a table by name; EmulatorError names what is allowed."""
    try:
        return Table(text)
    except ValueError:
        close = nearest(text, list(Table))
        hint = f"; did you mean {close[0]}?" if close else ""
        raise EmulatorError(f"table={text!r}: allowed are input, holding{hint}") from None


def read_block(view: View, table: Table, address: int, count: int) -> RegistersAnswer:
    """Return raw words (1 … 125) by document number.

    Raises:
        EmulatorError: a client would get an exception there; the sentence says which.
    """
    if not 1 <= count <= 125:
        raise EmulatorError(f"count={count} must be between 1 and 125")
    if not 1 <= address <= 0x10000 - count + 1:
        raise EmulatorError(f"address={address} must be between 1 and 65536")
    function = READ_INPUT if table is Table.INPUT else READ_HOLDING
    answer = view.read(function, address - 1, count)
    if isinstance(answer, int):
        raise EmulatorError(
            f"{table.value} {address} (wire {address - 1}), {count} words: a client gets "
            f"exception {answer}, {_EXCEPTIONS[answer]}; {view.device.model.name} does not "
            f"answer there through {view.program.persona.path.name}"
        )
    pins = view.device.pins[table]
    return RegistersAnswer(
        device=view.device.id,
        table=table.value,
        address=address,
        wire=address - 1,
        words=tuple(answer[i] << 8 | answer[i + 1] for i in range(0, 2 * count, 2)),
        pinned=any(address <= pinned < address + count for pinned in pins),
        fields=names_in(view, table, address, count),
    )


def pin(view: View, table: Table, address: int, words: Sequence[int]) -> RegistersAnswer:
    """Lay raw words above the bank until they are unpinned."""
    _check_words(words, 125)
    read_block(view, table, address, len(words))
    view.device.pins[table].update({address + i: word for i, word in enumerate(words)})
    view.device.changed(settings=True)
    return read_block(view, table, address, len(words))


def unpin(view: View, table: Table, address: int) -> RegistersAnswer:
    """Take the run of pinned words away that begins at an address."""
    pins = view.device.pins[table]
    if address not in pins:
        held = ", ".join(map(str, sorted(pins))) or "none"
        raise EmulatorError(f"{table.value} {address} is not pinned; pinned are: {held}")
    count = 0
    while pins.pop(address + count, None) is not None:
        count += 1
    view.device.changed(settings=True)
    return read_block(view, table, address, min(count, 125))


def write(view: View, address: int, words: Sequence[int]) -> None:
    """Write holding registers as a client would, with the same checks.

    Raises:
        EmulatorError: the device refuses; the sentence names the exception code.
    """
    _check_words(words, 123)
    packed = b"".join(word.to_bytes(2, "big") for word in words)
    code = view.write(_WRITE_MULTIPLE, address - 1, packed)
    if code:
        raise EmulatorError(
            f"holding {address}: exception {code}, {_EXCEPTIONS[code]}: {_REFUSALS[code]}"
        )


def _check_words(words: Sequence[int], most: int) -> None:
    if not 1 <= len(words) <= most or any(not 0 <= word <= 0xFFFF for word in words):
        raise EmulatorError(f"words must be 1 to {most} numbers between 0 and 65535")
