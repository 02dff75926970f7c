"""Tests of the commands that show the catalog."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from sungrow_emulator.cli.catalog import (
    faults_command,
    models_command,
    personas_command,
    registers_command,
)

Call = Callable[..., tuple[int, str, str]]


def rows(call: Call, *arguments: str) -> list[str]:
    """Return the rows that a command prints below the headings."""
    code, out, err = call(*arguments)
    assert (code, err) == (0, "")
    return out.splitlines()[1:]


def test_models(call: Call) -> None:
    """All models are listed, one row each."""
    assert len(rows(call, "models")) > 250
    assert len(json.loads(call("models", "--json")[1])) == len(rows(call, "models"))


def test_models_by_pattern_and_family(call: Call) -> None:
    """A pattern and a family keep some."""
    assert all("SH10RT" in row for row in rows(call, "models", "sh10rt"))
    assert all("hybrid-rt" in row for row in rows(call, "models", "--family", "hybrid-rt"))
    assert call("models", "SH10RT", "--family", "logger")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["models", "--family", "hybrid-rr"], "unknown family 'hybrid-rr'; did you mean"),
        (["models", "SH10TR"], "unknown model 'SH10TR'; did you mean"),
        (["registers", "SH10TR"], "unknown model 'SH10TR'; did you mean"),
        (["registers", "0xFFFF"], "unknown type code '0xFFFF'"),
        (["registers"], "Missing argument 'MODEL'"),
    ],
)
def test_unknown_names(call: Call, arguments: list[str], said: str) -> None:
    """An unknown name is answered with the nearest ones."""
    code, _, err = call(*arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


@pytest.mark.parametrize(
    ("register", "mark"),
    [("undocumented_31208", "opaque"), ("meter_total_export_energy", "unverified")],
)
def test_marks_of_registers(call: Call, register: str, mark: str) -> None:
    """What nobody knows is told from what is only inferred."""
    (line,) = [text for text in call("registers", "SH10RT", register)[1].splitlines()[1:] if text]
    assert line.split()[-1] == mark


@pytest.mark.parametrize("model", ["SH10RT", "sh10rt", "0x0E03", "3587", "hybrid-rt"])
def test_registers(call: Call, model: str) -> None:
    """Registers are listed by model, type code or family."""
    assert any(
        " 13008  13007 " in row and "load_power" in row for row in rows(call, "registers", model)
    )


def test_registers_of_a_battery(call: Call) -> None:
    """A battery pack has registers as well."""
    assert any("battery_serial_number" in row for row in rows(call, "registers", "SBR128"))


@pytest.mark.parametrize(
    ("arguments", "name"),
    [(["min_soc", "--table", "holding"], "min_soc"), (["13059"], "min_soc")],
)
def test_some_registers(call: Call, arguments: list[str], name: str) -> None:
    """A pattern is a part of the name or the whole number."""
    found = rows(call, "registers", "SH10RT", *arguments)
    assert any(name in row for row in found)
    data = json.loads(call("registers", "SH10RT", *arguments, "--json")[1])
    assert len(data) == len(found)
    assert data[0]["table"] == "holding"


def test_personas(call: Call) -> None:
    """Paths and firmware waves are listed with what they are usual for."""
    found = rows(call, "personas")
    assert sum("--path" in row for row in found) == 6
    assert sum("--firmware" in row for row in found) == 3
    data = json.loads(call("personas", "--json")[1])
    assert {row["kind"] for row in data} == {"path", "firmware"}
    assert all(row["sources"] for row in data)


@pytest.mark.parametrize("pattern", ["grid-lost", "10", "islanding"])
def test_faults(call: Call, pattern: str) -> None:
    """Faults are found by name, number or meaning."""
    assert any("grid-lost" in row for row in rows(call, "faults", pattern))
    data = json.loads(call("faults", pattern, "--json")[1])
    assert any(row["number"] == 10 for row in data)


def test_names() -> None:
    """The commands have the names of the contract."""
    assert [
        command.name
        for command in (models_command, registers_command, personas_command, faults_command)
    ] == ["models", "registers", "personas", "faults"]
