"""Tests of device/winet_rows.py."""

from __future__ import annotations

import pytest
from device.support import Bench, bench

from sungrow_emulator.catalog.codes import find_fault
from sungrow_emulator.catalog.models import find_model, load_models
from sungrow_emulator.device.winet_rows import InputList, RowList, conditions

# What registers and rows both show: model, list, key of the row, name of the register.
SHARED = [
    ("SH10RT", "real-hybrid", "I18N_COMMON_PV_DAYILY_ENERGY_GENERATION", "daily_pv_generation"),
    ("SH10RT", "real-hybrid", "I18N_COMMONUA", "phase_a_voltage"),
    ("SH10RT", "battery", "I18N_COMMON_BATTERY_VOLTAGE", "battery_voltage"),
    ("SH10RT", "battery", "I18N_COMMON_BATTERY_SOC", "battery_soc"),
    ("SG5.0RT", "real-string", "I18N_COMMON_TOTAL_GRID_RUNNING_TIME", "total_running_time"),
    ("SG10RT", "real-string", "I18N_COMMONUA", "phase_a_voltage"),
]


def texts_of(one: Bench, name: str, *, new_names: bool = False) -> dict[str, str]:
    """Return the rows of a list of a device on the bench: value by key."""
    rows = RowList(name, one.device, new_names=new_names).rows()
    return {row.name: row.value for row in rows}


def test_rows_are_rendered_once_per_instant() -> None:
    """The same rows come back until the instant passes."""
    one = bench("SH10RT", freeze=False)
    real = RowList("real-hybrid", one.device, new_names=False)
    inputs = InputList(one.device)
    first, first_inputs = real.rows(), inputs.rows()
    one.wall.seconds += 0.4
    assert real.rows() is first
    assert inputs.rows() is first_inputs
    one.wall.seconds += 0.7
    assert real.rows() is not first
    assert inputs.rows() is not first_inputs


@pytest.mark.parametrize("time", ["2026-06-21T11:00:00Z", "2026-01-03T16:20:00Z"])
def test_numbers_have_the_decimals_of_captures(time: str) -> None:
    """Power has two or three decimals, energy, voltage and current one."""
    rows = texts_of(bench("SH10RT", start=time), "real-hybrid")
    places = {key: len(value.partition(".")[2]) for key, value in rows.items() if "." in value}
    assert places["I18N_COMMON_TOTAL_ACTIVE_POWER"] == 2
    assert places["I18N_COMMON_LOAD_TOTAL_ACTIVE_POWER"] == 3
    assert places["I18N_COMMON_TOTAL_POWER_FACTOR"] == 3
    assert places["I18N_COMMON_PV_TOTAL_ENERGY_GENERATION"] == 1
    assert rows["I18N_COMMON_MAXIMUM_APPARENT_POWER_SIWHFGQY"] == "10.0"
    assert rows["I18N_COMMON_TOTAL_YIELD"] == "--"


@pytest.mark.parametrize(("model", "name", "key", "register"), SHARED)
def test_rows_agree_with_registers(model: str, name: str, key: str, register: str) -> None:
    """A row and the register of the same quantity show the same number."""
    one = bench(model)
    assert float(texts_of(one, name)[key]) == one.value(register)


def test_powers_have_one_direction() -> None:
    """Export and purchase, charge and discharge: one has the power, the other is a plain zero."""
    one = bench("SH10RT")
    one.device.site.set_soc(0, 50.0, one.clock.now())
    one.device.site.set_load(9000.0, one.clock.now())
    one.device.site.set_battery_power(0, -1500.0, one.clock.now())
    one.device.changed()
    real = texts_of(one, "real-hybrid")
    pack = texts_of(one, "battery")
    bought = one.device.value("meter.power")
    assert bought is not None
    assert bought > 0
    assert float(real["I18N_CONFIG_KEY_4060"]) == pytest.approx(bought / 1000, abs=0.005)
    assert real["I18N_COMMON_FEED_NETWORK_TOTAL_ACTIVE_POWER"] == "0.00"
    assert (pack["I18N_CONFIG_KEY_3907"], pack["I18N_CONFIG_KEY_3921"]) == ("1.500", "0.000")


def test_a_small_negative_power_is_minus_zero() -> None:
    """Like the real device it writes `-0.00` for what is below zero but rounds to it."""
    one = bench("SG5.0RT")
    key = "I18N_COMMON_TOTAL_REACTIVE_POWER"
    assert texts_of(one, "real-string")[key] == "0.00"
    one.write(5036, 0xA2)
    one.write(5037, 0xFFFF)  # -0.1 % of the nominal power.
    assert one.device.value("ac.reactive") == -5
    assert texts_of(one, "real-string")[key] == "-0.00"


def test_the_state_is_a_key() -> None:
    """Running status is a text key, of the family and of the dongle's firmware."""
    one = bench("SG5.0RT")
    rows = texts_of(one, "real-string")
    assert rows["I18N_COMMON_RUNNING_STATE"] == "I18N_COMMON_STATUS_RUN"
    one.device.set_faults((find_fault(2),))
    rows = texts_of(one, "real-string", new_names=True)
    assert rows["I18N_COMMON_DEVICE_STATUS"] == "I18N_COMMON_FAULT"
    assert texts_of(bench("SH5.0RS"), "real-hybrid")["I18N_COMMON_RUNNING_STATE"] == (
        "I18N_COMMON_ON_GRID_OPERATION"
    )


def test_what_is_missing_is_two_dashes() -> None:
    """A quantity or figure that the device lacks shows as `--`."""
    one = bench("SH10RT", battery="none")
    rows = RowList("battery", one.device, new_names=False).rows()
    assert {row.value for row in rows} == {"--"}
    one.device.figures = {}
    names = texts_of(one, "real-wallbox")
    assert names["I18N_COMMON_MIN_CHARGING_POWER"] == "--"


def test_single_phase_hybrids_leave_the_days_exchange_out() -> None:
    """An SH5.0RS sends two dashes for the day's export and import, an SH10RT numbers."""
    keys = ("I18N_COMMON_DAILY_FEED_NETWORK_VOLUME", "I18N_COMMON_ENERGY_GET_FROM_GRID_DAILY")
    single, three = (texts_of(bench(model), "real-hybrid") for model in ("SH5.0RS", "SH10RT"))
    assert [single[key] for key in keys] == ["--", "--"]
    assert all(float(three[key]) >= 0 for key in keys)
    assert float(single["I18N_COMMON_TOTAL_FEED_NETWORK_VOLUME"]) > 0


def test_conditions_follow_the_model() -> None:
    """Phases and kind of voltage come from the model, names from the dongle."""
    assert conditions(find_model("SH5.0RS"), new_names=False) == {
        "single-phase", "phase-voltages", "old-names"
    }  # fmt: skip
    assert conditions(find_model("SG10RT"), new_names=True) == {
        "three-phase", "line-voltages", "new-names"
    }  # fmt: skip


def test_inputs_are_trackers_or_strings() -> None:
    """Trackers have plain names; where every string is measured, the key takes its number."""
    trackers = InputList(bench("SH10RT").device).rows()
    assert [row.name for row in trackers] == ["MPPT1", "MPPT2"]
    one = bench("SG10RT")
    strings = InputList(one.device).rows()
    assert [row.name for row in strings] == [
        f"I18N_COMMON_GROUP_BUNCH_TITLE_AND%@{n}" for n in (1, 2, 3)
    ]
    assert strings[0].voltage == strings[1].voltage != strings[2].voltage
    assert float(strings[0].voltage) == one.value("mppt_1_voltage")
    current = one.device.value("string.1.current")
    assert float(strings[0].current) == pytest.approx(current, abs=0.051)


def test_every_string_is_an_input() -> None:
    """The model with the most strings lists each of them."""
    models = (model for model in load_models().values() if model.string_currents)
    model = max(models, key=lambda model: sum(model.strings_per_mppt))
    inputs = InputList(bench(model.name).device).rows()
    assert [row.name[-2:] for row in inputs[8:10]] == ["@9", "10"]
    assert len(inputs) == sum(model.strings_per_mppt) == 30
