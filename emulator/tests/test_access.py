"""Tests of access.py."""

from __future__ import annotations

import pytest
from support import emulator

from sungrow_emulator import access
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.device.view import View


def view(**options: object) -> View:
    """Return the view of an inverter."""
    return emulator(**options)._fleet.find("")[1]


def test_tables_by_name() -> None:
    """A table that does not exist is answered with those that do."""
    assert access.table_named("holding") is Table.HOLDING
    with pytest.raises(EmulatorError, match="allowed are input, holding; did you mean holding"):
        access.table_named("holdings")
    with pytest.raises(EmulatorError, match=r"allowed are input, holding$"):
        access.table_named("coils")


def test_blocks_name_the_registers_in_them() -> None:
    """A block tells its words, both numberings and the registers that begin there."""
    block = access.read_block(view(), Table.INPUT, 5000, 3)
    assert (block.address, block.wire) == (5000, 4999)
    assert block.words == (0x0E03, 100, 1)
    assert block.fields == ("device_type_code", "nominal_active_power", "output_type")


@pytest.mark.parametrize(
    ("address", "count", "message"),
    [
        (20000, 1, "a client gets exception 2, illegal data address; SH10RT does not answer"),
        (5000, 126, "count=126 must be between 1 and 125"),
        (0, 1, "address=0 must be between 1 and 65536"),
        (65536, 2, "address=65536 must be between"),
    ],
)
def test_what_cannot_be_read_says_why(address: int, count: int, message: str) -> None:
    """One sentence says what a client would get, or what is allowed."""
    with pytest.raises(EmulatorError, match=message):
        access.read_block(view(), Table.INPUT, address, count)


def test_pins_come_and_go_in_runs() -> None:
    """Two pinned words in a row are one run, which goes as a whole."""
    one = view()
    assert access.pin(one, Table.INPUT, 5019, [1, 2]).words == (1, 2)
    assert access.read_block(one, Table.INPUT, 5018, 2).pinned
    with pytest.raises(EmulatorError, match="input 5020 is not pinned; pinned are: none"):
        access.unpin(view(), Table.INPUT, 5020)
    assert access.unpin(one, Table.INPUT, 5019).words != (1, 2)
    with pytest.raises(EmulatorError, match="words must be 1 to 125 numbers"):
        access.pin(one, Table.INPUT, 5019, [70000])


@pytest.mark.parametrize(
    ("address", "words", "message"),
    [
        (13049, [1], "holding 13049: exception 2, illegal data address: it is not a writable"),
        (13059, [900], "holding 13059: exception 4, server device failure: the value is out"),
        (13059, [], "words must be 1 to 123 numbers"),
    ],
)
def test_refused_writes_name_the_exception(address: int, words: list[int], message: str) -> None:
    """A write that a client would get refused is refused with the same code."""
    with pytest.raises(EmulatorError, match=message):
        access.write(view(), address, words)


def test_writes_reach_the_device() -> None:
    """A write as a client would do it is there to be read."""
    one = view()
    access.write(one, 13059, [100])
    assert access.read_block(one, Table.HOLDING, 13059, 1).words == (100,)
