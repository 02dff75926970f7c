"""Tests of report.py."""

from __future__ import annotations

import pytest
from support import emulator

from sungrow_emulator.catalog.codes import find_fault
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.report import changes, decoded, describe, fields, lacks, names_in

MODELS = ["SG5.0RT", "SG8.0RS", "SG110CX", "SH10RT", "SH5K-20", "SH5.0RS", "SH15T", "SH100CX"]


@pytest.mark.parametrize("start", ["2026-06-21T11:00:00Z", "2026-12-21T22:00:00Z"])
@pytest.mark.parametrize("model", MODELS)
def test_what_is_shown_agrees_with_the_truth(model: str, start: str) -> None:
    """Each decoded number is the truth rounded to the scale of its register."""
    one = emulator(model=model, start=start)
    family = one.device().family
    scales = {(s.table.value, s.name): s.scale for s in load_registers(family)}
    checked = 0
    for field in fields(one._fleet.first.view):
        if isinstance(field.truth, (int, float)) and isinstance(field.value, (int, float)):
            quantum = scales[field.table, field.name]
            assert field.value == pytest.approx(field.truth, abs=0.51 * quantum), field
            checked += 1
    assert checked > 50


def test_labels_explain_enumerations() -> None:
    """A code comes with its meaning."""
    shown = {field.name: field for field in fields(emulator(model="SH10RT")._fleet.first.view)}
    assert shown["ems_mode"].label == "self-consumption"
    assert shown["running_state"].label
    assert shown["phase_a_voltage"].label == ""


def test_truth_of_texts_arrays_settings_and_constants() -> None:
    """Texts and settings have a truth, arrays one per element, constants none."""
    shown = {field.name: field for field in fields(emulator(model="SH10RT")._fleet.first.view)}
    assert shown["serial_number"].truth == shown["serial_number"].value
    assert shown["export_power_limit"].truth == 10000
    months = shown["pv_energy_monthly"]
    assert isinstance(months.truth, list)
    assert months.value == pytest.approx(months.truth, abs=0.06)
    assert shown["mppt_3_voltage"].truth is None
    bytes_shown = {
        field.name: field for field in fields(emulator(model="SG5.0RT")._fleet.first.view)
    }
    assert bytes_shown["pid_work_state"].truth is None


def test_changes_name_registers_before_and_after() -> None:
    """Only what differs is reported."""
    one = emulator(model="SG5.0RT")
    before = decoded(one._fleet.first.view)
    assert changes(before, decoded(one._fleet.first.view)) == ()
    one.set_power("", 1000)
    changed = {
        c.name: (c.before, c.after) for c in changes(before, decoded(one._fleet.first.view))
    }
    assert changed["total_active_power"][1] == 1000


def test_devices_are_described_by_kind() -> None:
    """An inverter has AC power and a state, a battery its own power, a logger neither."""
    one = emulator(model="SH10RT")
    inverter, battery = (describe(one._fleet.find(i)[1], {}) for i in ("inverter", "battery"))
    assert inverter.code == 0x40
    assert (battery.state, battery.code) == ("", None)
    assert battery.soc == inverter.soc
    logger = describe(emulator(model="Logger1000")._fleet.first.view, {})
    assert (logger.kind, logger.power, logger.soc) == ("logger", None, None)


def test_pins_are_described_in_runs() -> None:
    """Words that follow one another are one pin."""
    one = emulator(model="SH10RT")
    one.pin("", "input", 5019, [1, 2])
    one.pin("", "input", 5071, [3])
    one.pin("", "holding", 13059, [4])
    pins = describe(one._fleet.first.view, {}).pins
    assert [(p.table, p.address, p.words) for p in pins] == [
        ("input", 5019, (1, 2)),
        ("input", 5071, (3,)),
        ("holding", 13059, (4,)),
    ]


@pytest.mark.parametrize(
    ("model", "fault", "expected"),
    [
        ("SG5.0RT", 10, ["no fault words", "simulated time"]),
        ("SG5.0RS", 10, ["no fault record", "no fault words", "simulated time"]),
        ("SH10RT", 10, ["no fault record", "simulated time"]),
        ("SH10RT", 514, ["no fault record"]),
        ("SH10RT", 1616, ["no fault record", "no fault word has a bit", "simulated time"]),
    ],
)
def test_what_a_family_cannot_show_is_said(model: str, fault: int, expected: list[str]) -> None:
    """Record and fault words are not on every family."""
    notes = lacks(emulator(model=model)._fleet.first.view, find_fault(fault))
    assert len(notes) == len(expected)
    assert all(text in note for text, note in zip(expected, notes, strict=True))


def test_names_of_a_block() -> None:
    """Registers that begin in the block are named, in order."""
    view = emulator(model="SH10RT")._fleet.first.view
    assert names_in(view, Table.HOLDING, 13050, 3) == (
        "ems_mode",
        "charge_discharge_command",
        "charge_discharge_power",
    )
