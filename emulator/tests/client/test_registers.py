"""Tests of how people name registers and values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import Datatype, Table
from sungrow_emulator.client.registers import Target, raw_words, readings, target

HYBRID = load_registers("hybrid-rt")
INPUT, HOLDING = Table.INPUT, Table.HOLDING


@pytest.mark.parametrize(
    ("text", "options", "where"),
    [
        ("5000", {}, (INPUT, 5000, 1)),
        ("0x1388", {}, (INPUT, 5000, 1)),
        ("4999", {"wire": True}, (INPUT, 5000, 1)),
        ("5000:10", {}, (INPUT, 5000, 10)),
        ("5000", {"table": HOLDING}, (HOLDING, 5000, 1)),
        ("5000", {"datatype": Datatype.S32}, (INPUT, 5000, 2)),
        ("65536", {}, (INPUT, 65536, 1)),
    ],
)
def test_numbers(text: str, options: dict[str, Any], where: tuple[Any, ...]) -> None:
    """A number is a document number, or a wire address where that is said."""
    assert target(text, (), **options) == Target(*where, None)


def test_numbers_of_a_known_model() -> None:
    """With a known model a number takes the length of the register there."""
    found = target("13008", HYBRID)
    assert (found.count, found.spec and found.spec.name) == (2, "load_power")


@pytest.mark.parametrize("name", ["load_power", "LOAD_POWER"])
def test_names(name: str) -> None:
    """A register is found by its name."""
    assert target(name, HYBRID).address == 13008


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("5000:", {}, "write 5031, 5031:2"),
        ("5x", {}, "'5x' is not an address"),
        ("0", {}, "1 to 65536"),
        ("65537", {}, "1 to 65536"),
        ("5000:0", {}, "1 to 125 words"),
        ("5000:126", {}, "1 to 125 words"),
        ("65536:2", {}, "1 to 125 words"),
        ("4990", {"datatype": Datatype.UTF8}, "text needs a length"),
        ("laod_power", {}, "unknown register 'laod_power'; did you mean load_power"),
        ("", {}, "unknown register ''"),
    ],
)
def test_malformed(text: str, options: dict[str, Any], said: str) -> None:
    """What names no register is refused with what would."""
    with pytest.raises(EmulatorError, match=said):
        target(text, HYBRID if text[:1].isalpha() else (), **options)


@given(st.text(max_size=12))
def test_any_text(text: str) -> None:
    """Any text is a target or one sentence."""
    try:
        found = target(text, HYBRID)
    except EmulatorError:
        return
    assert 1 <= found.address <= found.address + found.count - 1 <= 65536


def test_readings_of_a_model() -> None:
    """A block is decoded register by register, gaps and torn registers word by word."""
    found = Target(INPUT, 13008, 4, None)
    rows = readings(found, [65436, 65535, 7, 8], HYBRID)
    assert (rows[0].name, rows[0].value, rows[0].unit) == ("load_power", -100, "W")
    assert [row.address for row in rows] == [13008, 13010]
    torn = readings(Target(INPUT, 13008, 1, None), [9], HYBRID)
    assert [(row.name, row.value, row.wire) for row in torn] == [("", 9, 13007)]


def test_readings_by_type() -> None:
    """A type goes before what the model says; an odd word at the end stays a word."""
    found = Target(INPUT, 13008, 3, None)
    rows = readings(found, [1, 1, 5], HYBRID, Datatype.U32)
    assert [row.value for row in rows] == [65537, 5]


def test_text() -> None:
    """Text takes all words."""
    words = [0x5347, 0x3500, 0]
    (row,) = readings(Target(INPUT, 4990, 3, None), words, (), Datatype.UTF8)
    assert row.value == "SG5"


def test_label() -> None:
    """An enumeration is shown with its meaning."""
    (row,) = readings(target("export_power_limit_mode", HYBRID), [0xAA], HYBRID)
    assert (row.value, row.label.lower()) == (0xAA, row.label)
    assert row.label


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("5008", ["500"], (500,)),
        ("5008", ["0x1F4", "7"], (500, 7)),
        ("13088", ["100"], (100,)),
    ],
)
def test_plain_words(text: str, values: list[str], words: tuple[int, ...]) -> None:
    """Values at a number are words as they are."""
    assert raw_words(target(text, HYBRID, table=HOLDING), values) == words


def test_typed_words() -> None:
    """A type says how values become words, low word first."""
    found = Target(HOLDING, 5000, 2, None)
    assert raw_words(found, ["-2"], Datatype.S32) == (0xFFFE, 0xFFFF)
    assert raw_words(found, ["70000", "1"], Datatype.U32) == (4464, 1, 1, 0)
    assert raw_words(found, ["AB", "C"], Datatype.UTF8) == (0x4142, 0x2043)


def test_values_in_units() -> None:
    """A register by name takes its own unit, a label, or raw words in hexadecimal."""
    ratio = target("min_soc", HYBRID, table=HOLDING)
    assert ratio.spec is not None
    raw = round(20 / ratio.spec.scale)
    assert raw_words(ratio, ["20"], in_units=True) == (raw,)
    assert raw_words(ratio, ["0x64"], in_units=True) == (100,)
    mode = target("export_power_limit_mode", HYBRID, table=HOLDING)
    assert mode.spec is not None
    label = dict(mode.spec.labels)[0xAA]
    assert raw_words(mode, [label.upper()], in_units=True) == (0xAA,)


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("min_soc", ["1", "2"], "min_soc takes one value, not 2"),
        ("min_soc", ["high"], "'high' is not a number"),
        ("min_soc", ["nan"], "is not a number"),
        ("min_soc", ["inf"], "is not a number"),
        ("min_soc", ["-1"], "does not fit; possible are 0 to"),
        ("min_soc", ["0x10000"], "does not fit"),
        ("export_power_limit_mode", ["ona"], "is not a number or one of: .*; did you mean"),
    ],
)
def test_impossible_values(name: str, values: list[str], said: str) -> None:
    """A value that is none is refused with what is possible."""
    with pytest.raises(EmulatorError, match=said):
        raw_words(target(name, HYBRID, table=HOLDING), values, in_units=True)


def test_impossible_words() -> None:
    """A word out of range is refused by table and number."""
    with pytest.raises(EmulatorError, match="holding 9: 65536 does not fit; possible are 0 to"):
        raw_words(Target(HOLDING, 9, 1, None), ["65536"])


def test_text_register() -> None:
    """A text register takes text by name."""
    serial = target("serial_number", HYBRID)
    assert raw_words(serial, ["A1"], in_units=True)[:2] == (0x4131, 0)
