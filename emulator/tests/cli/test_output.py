"""Tests of what commands print."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from control.recorder import CLOCK, DEVICE, STATE

from sungrow_emulator.answers import ChangeAnswer, RegisterChange
from sungrow_emulator.cli.output import (
    plain,
    print_change,
    print_clock,
    print_json,
    print_table,
    raw,
    show,
)

CHANGE = ChangeAnswer(
    device="inverter",
    action="PV held at 2500 W",
    time="2026-06-21T10:00:00Z",
    changed=(RegisterChange("input", 5017, "total_dc_power", 9000, 2500),),
    notes=("the meter follows",),
    state=DEVICE,
)


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Columns are as wide as their widest cell; numbers stand to the right."""
    print_table(("name", "W"), [("a", 5), ("long name", 10000), ("b", "")])
    assert capsys.readouterr().out.splitlines() == [
        "name           W",
        "a              5",
        "long name  10000",
        "b",
    ]


def test_empty_table(capsys: pytest.CaptureFixture[str]) -> None:
    """A table without rows is its headings."""
    print_table(("name", "W"), [])
    assert capsys.readouterr().out == "name  W\n"


@pytest.mark.parametrize(
    ("value", "unit", "label", "text"),
    [
        (None, "W", "", "n/a"),
        (2500, "W", "", "2500 W"),
        (1.5, "", "", "1.5"),
        ([1.0, 2.5], "kW", "", "1 2.5"),
        (170, "", "on", "170 (on)"),
        ("A23", "", "", "A23"),
    ],
)
def test_values(value: Any, unit: str, label: str, text: str) -> None:
    """A value is shown with its unit and meaning."""
    assert show(value, unit, label) == text


def test_long_rows_are_cut() -> None:
    """Of a list only the first ones are shown where that is asked for."""
    assert show([1.0, 2.5, 3.0], most=2) == "1 2.5 …"
    assert show([1.0, 2.5], most=2) == "1 2.5"
    assert raw((1, 2, 3), 2) == "0001 0002 …"


def test_raw_words() -> None:
    """Raw words are hexadecimal."""
    assert raw((0x0E03, 1)) == "0E03 0001"


def test_change(capsys: pytest.CaptureFixture[str]) -> None:
    """A change names what it did, each register and each note."""
    print_change(CHANGE, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "inverter: PV held at 2500 W (simulated time 2026-06-21T10:00:00Z)"
    assert lines[2].split() == ["input", "5017", "total_dc_power", "9000", "2500"]
    assert lines[3] == "note: the meter follows"


def test_change_without_effect(capsys: pytest.CaptureFixture[str]) -> None:
    """A change that shows nowhere has no table."""
    print_change(replace(CHANGE, changed=(), notes=()), as_json=False)
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize(("frozen", "said"), [(True, "(frozen)"), (False, "(running at 1 x)")])
def test_clock(capsys: pytest.CaptureFixture[str], frozen: bool, said: str) -> None:
    """The clock is one line."""
    print_clock(replace(CLOCK, frozen=frozen), as_json=False)
    out = capsys.readouterr().out
    assert said in out
    assert "Europe/Berlin" in out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON is one line, whatever is printed."""
    print_change(CHANGE, as_json=True)
    print_clock(CLOCK, as_json=True)
    print_json([STATE, 1])
    change, clock, mixed = map(json.loads, capsys.readouterr().out.splitlines())
    assert change["changed"][0]["after"] == 2500
    assert clock["speed"] == 1.0
    assert mixed[0]["devices"][0]["id"] == "inverter"
    assert plain({"a": 1}) == {"a": 1}
