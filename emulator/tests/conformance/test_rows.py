"""The comparison of a dongle's live lists finds what is wrong with them."""

from __future__ import annotations

import pytest

from .emulator import Field
from .rows import Row, compare_rows, for_family

POWER = Row("I18N_COMMON_X", "X", "kW", 2, "input:1", factor=0.001)
IMPORT = Row("I18N_COMMON_X", "X", "kW", 2, "input:1", factor=0.001, part="negative")
NOTHING = Row("I18N_COMMON_X", "X", "kW", 2, "")
STATE = Row("I18N_COMMON_X", "X", "", 0, "=Running")
NUMBER = Row("I18N_COMMON_X", "X", "h", 0, "input:1")


def field(address: int, truth: float, name: str = "x") -> Field:
    """Return an input register with this truth."""
    return Field(name, "input", address, (0,), truth, truth, writable=False)


def reported(**changes: str) -> list[dict[str, str]]:
    """Return the rows of a string inverter whose truths are all 1, one of them changed."""
    rows = [
        {
            "id": row.id,
            "label": row.label,
            "value": row.shows[1:]
            if row.shows.startswith("=")
            else f"{row.factor:.{row.decimals}f}"
            if row.shows
            else "--",
            "unit": row.unit,
        }
        for row in for_family("string-1ph").values()
    ]
    rows[0] |= changes
    return rows


FIELDS = [
    *(field(address, 1.0) for address in (5003, 5006, 5008, 5009, 5017, 5019, 5022, 5031, 5033)),
    *(field(address, 1.0) for address in (5035, 5071, 5144, 5147, 5148)),
]


@pytest.mark.parametrize(
    ("row", "truth", "value"),
    [
        (POWER, 1234.0, "1.23"),
        (POWER, -4.0, "-0.00"),
        (IMPORT, -500.0, "0.50"),
        (IMPORT, 500.0, "0.00"),
        (NOTHING, 0.0, "--"),
        (STATE, 0.0, "Running"),
        (NUMBER, 14855.65, "14856"),
    ],
)
def test_right_values_agree(row: Row, truth: float, value: str) -> None:
    """A value rounded to the row's decimals is right."""
    assert row.problem(value, {"input:1": field(1, truth)}) == ""


@pytest.mark.parametrize(
    ("row", "truth", "value", "problem"),
    [
        (POWER, 1234.0, "1.24", "shows 1.24, true is 1.234"),
        (POWER, 1234.0, "1.2", "not a number with 2 decimals"),
        (POWER, 1234.0, "--", "not a number with 2 decimals"),
        (NUMBER, 3.0, "3.0", "not a number with 0 decimals"),
        (NOTHING, 0.0, "0.00", "not '--'"),
        (STATE, 0.0, "Stop", "not 'Running'"),
    ],
)
def test_wrong_values_are_told(row: Row, truth: float, value: str, problem: str) -> None:
    """A wrong number, number of decimals or text is told."""
    assert problem in row.problem(value, {"input:1": field(1, truth)})


def test_complete_lists_agree() -> None:
    """Every row of the family, and nothing else, agrees."""
    result = compare_rows(reported(), "string-1ph", FIELDS)
    assert result.problems == []
    assert result.compared == len(for_family("string-1ph")) >= 15


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"unit": "W"}, "has the unit 'W'"),
        ({"label": "Anything"}, "has the label 'Anything'"),
        ({"label": "I18N_COMMON_BUS_VOLTAGE"}, "has the label 'I18N_COMMON_BUS_VOLTAGE'"),
        ({"id": "strange"}, "no such row is known"),
        ({"id": "strange"}, "the client reports nothing"),
    ],
)
def test_wrong_rows_are_told(changes: dict[str, str], problem: str) -> None:
    """A wrong unit or label, an unknown and a missing row are told."""
    problems = compare_rows(reported(**changes), "string-1ph", FIELDS).problems
    assert any(problem in told for told in problems)


@pytest.mark.parametrize("name", ["mppt1", "string_1"])
def test_inputs_of_the_inverter_are_expected(name: str) -> None:
    """Each PV input is reported with voltage and current, however it is called."""
    fields = [
        *FIELDS,
        field(5011, 597.4, "mppt_1_voltage"),
        field(5012, 2.15, "mppt_1_current"),
        field(5013, 0.0, "mppt_2_voltage"),
    ]
    inputs = [
        {"id": f"{name}_voltage", "label": "Voltage", "text": "597.4 V"},
        {"id": f"{name}_current", "label": "Current", "text": "2.2 A"},
    ]
    assert compare_rows([*reported(), *inputs], "string-1ph", fields).problems == []
    assert compare_rows(reported(), "string-1ph", fields).problems == [
        "input 1 voltage: the client reports nothing",
        "input 1 current: the client reports nothing",
    ]
