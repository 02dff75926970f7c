"""Tests of device/program.py."""

from __future__ import annotations

import pytest

from sungrow_emulator.catalog.models import find_model, load_models
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.device.persona import resolve_path
from sungrow_emulator.device.program import Program, compile_program, source_of


def program(model: str, path: str = "auto", strict: bool = False) -> Program:
    """Return the program of a model by name."""
    spec = find_model(model)
    return compile_program(spec, resolve_path(spec, path)[0], "pre-2024-11", strict)


def words(of: Program, table: Table, address: int, count: int = 1) -> list[int]:
    """Return words of the template by document number."""
    index = of.tables[table].layout.find(address, count)
    assert index >= 0
    return list(of.tables[table].template[index : index + count])


def source(of: Program, address: int) -> str:
    """Return what an input register shows."""
    shown = next(
        s
        for s in of.persona.registers
        if s.spec.table is Table.INPUT and s.spec.address == address
    )
    return source_of(of.persona, shown.spec)


@pytest.mark.parametrize("family", sorted({model.family for model in load_models().values()}))
def test_every_family_compiles(family: str) -> None:
    """Each family has a program that shows something."""
    model = next(model for model in load_models().values() if model.family == family)
    for strict in (True, False):
        tables = program(model.name, strict=strict).tables
        assert any(table.rows or table.fixed or table.settings for table in tables.values())


def test_programs_are_shared() -> None:
    """Devices that look the same share one program."""
    assert program("SH10RT") is program("SH10RT", "lan")


def test_undefined_words_follow_the_path() -> None:
    """A word without a register reads 0xFFFF on the LAN port and 0 behind a dongle."""
    assert words(program("SH10RT"), Table.INPUT, 5026, 5) == [0xFFFF] * 5
    assert words(program("SH10RT", "winet-s"), Table.INPUT, 5026, 5) == [0] * 5
    assert words(program("SH10RT", "winet-s"), Table.HOLDING, 5012) == [0xFFFF]


def test_sentinels_follow_the_path() -> None:
    """Not available is a sentinel on the LAN port and 0 behind a dongle."""
    assert words(program("SH10RT"), Table.INPUT, 13010, 2) == [0xFFFF, 0x7FFF]
    assert words(program("SH10RT", "winet-s"), Table.INPUT, 13010, 2) == [0, 0]


def test_constants_are_in_the_template() -> None:
    """A constant of the catalog or of a layer is laid down once."""
    assert words(program("SH10RT", "winet-s"), Table.INPUT, 4950, 2) == [0x3130, 0x4141]


def test_line_voltages_show_where_there_is_no_neutral() -> None:
    """Three-wire models show line voltages in 5019 to 5021."""
    assert source(program("SG10RT"), 5019) == "ac.line_voltage.ab"
    assert source(program("SG5.0RT"), 5019) == "ac.voltage.a"


def test_string_currents_need_the_hardware() -> None:
    """Models with one string per tracker do not report string currents."""
    assert source(program("SG110CX"), 7013) == "string.1.current"
    assert source(program("SG5.0RT"), 7013) == ""


def test_state_codes_come_in_the_style_of_the_persona() -> None:
    """13000 shows the variant that the path and firmware ask for."""
    assert source(program("SH10RT"), 13000) == "state.hybrid.old"
    assert source(program("SH15T"), 13000) == "state.hybrid.new"
