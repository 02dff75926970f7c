"""Tests of device/controls.py."""

from __future__ import annotations

import pytest

from sungrow_emulator.catalog.figures import figures
from sungrow_emulator.catalog.models import find_model
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.device.controls import controls_for
from sungrow_emulator.device.settings import Settings
from sungrow_emulator.site.controls import Controls


def commanded(model: str, **written: int) -> Controls:
    """Return the controls after raw values were written to registers by name."""
    spec = find_model(model)
    registers = load_registers(spec.family)
    settings = Settings(registers, figures(spec))
    holding = {r.name: r for r in registers if r.table.value == "holding"}
    for name, raw in written.items():
        settings.write(holding[name], raw)
    return controls_for(settings, spec)


@pytest.mark.parametrize("model", ["SG5.0RT", "SH10RT", "SH5K-20", "SG110CX", "SH15T"])
def test_a_fresh_inverter_is_not_limited(model: str) -> None:
    """After start it runs freely."""
    controls = commanded(model)
    assert controls.running
    assert controls.active_power_limit is None
    assert controls.feed_in_limit is None
    assert controls.ems_mode == "self-consumption"


def test_stop_command_stops() -> None:
    """0xCE stops string and hybrid inverters."""
    assert not commanded("SG5.0RT", start_stop=0xCE).running
    assert not commanded("SH10RT", start_stop=0xCE).running


def test_active_limits_are_shares_of_nominal_power() -> None:
    """50 % of 5 kW and 20 % of 10 kW."""
    assert commanded("SG5.0RT", power_limitation_setting=500).active_power_limit == 2500
    assert (
        commanded(
            "SH10RT", active_power_limitation=0xAA, active_power_limit_ratio=200
        ).active_power_limit
        == 2000
    )
    off = commanded("SG5.0RT", power_limitation_switch=0x55, power_limitation_setting=500)
    assert off.active_power_limit is None


def test_limit_of_zero_shuts_down_where_set() -> None:
    """31213 decides whether a limit of 0 % shuts the inverter down or idles it at 0 W."""
    limit = {"active_power_limitation": 0xAA, "active_power_limit_ratio": 0}
    assert commanded("SH10RT", **limit).running
    assert not commanded("SH10RT", **limit, apl_shutdown_at_zero=0xAA).running


def test_feed_in_limit_of_string_inverters() -> None:
    """The stricter of value and percentage wins."""
    controls = commanded(
        "SG5.0RT",
        export_power_limitation=0xAA,
        export_power_limitation_value=300,
        export_power_limitation_percentage=500,
    )
    assert controls.feed_in_limit == 2500


def test_feed_in_ratio_of_hybrids_goes_first() -> None:
    """13088 wins over 13074."""
    power = commanded("SH10RT", export_power_limit_mode=0xAA, export_power_limit=4000)
    assert power.feed_in_limit == 4000
    both = commanded(
        "SH10RT",
        export_power_limit_mode=0xAA,
        export_power_limit=4000,
        feed_in_limitation_ratio=700,
    )
    assert both.feed_in_limit == 7000


def test_forced_charging() -> None:
    """EMS mode, command and power go through, as do battery limits."""
    controls = commanded(
        "SH10RT",
        ems_mode=2,
        charge_discharge_command=0xAA,
        charge_discharge_power=3000,
        max_charging_power=250,
        min_soc=100,
        reserved_soc_for_backup=20,
    )
    assert controls.ems_mode == "forced"
    assert controls.battery_command == "charge"
    assert controls.battery_power == 3000
    assert controls.max_charge == 2500
    assert controls.soc_min == 10
    assert controls.reserve_soc == 20


def test_reactive_power_modes() -> None:
    """Power factor and fixed reactive power are told apart."""
    factor = commanded("SG5.0RT", reactive_power_adjustment_mode=0xA1, power_factor_setting=-950)
    assert (factor.reactive_mode, factor.reactive_value) == ("power-factor", -0.95)
    fixed = commanded(
        "SG5.0RT", reactive_power_adjustment_mode=0xA2, reactive_power_percentage_setting=200
    )
    assert (fixed.reactive_mode, fixed.reactive_value) == ("var", 1000)
