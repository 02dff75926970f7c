"""Tests of site/readings.py."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.site.balance import solve
from sungrow_emulator.site.grid import Grid
from sungrow_emulator.site.plant import Plant
from sungrow_emulator.site.quantities import QUANTITIES
from sungrow_emulator.site.readings import Powers, compose
from sungrow_emulator.site.spec import PlantSpec

SECOND = 1_782_000_000


def show(
    plants: Sequence[Plant], load: int = 500, position: int = 0, second: int = SECOND
) -> dict[str, float]:
    """Solve a balance and return what one plant shows, by name, without what it lacks."""
    solve(plants, load, 60)
    powers = Powers(plants, load, second)
    grid = Grid(1, 50.0).reading(second)
    values = compose(plants[position], position, powers, grid, second, 30.0, 20.0)
    assert len(values) == len(QUANTITIES)
    named = zip(QUANTITIES, values, strict=True)
    return {name: value for name, value in named if not math.isnan(value)}


@given(
    st.lists(
        st.tuples(st.floats(0, 12000), st.floats(0, 100), st.booleans()), min_size=1, max_size=3
    ),
    st.integers(0, 9000),
    st.integers(0, 2**31),
)
def test_identities_hold_to_the_watt(make_plant, hybrid_plant, string_plant, plants, load, second):
    """Load, AC power, export, meter and its phases agree exactly, in whole watts."""
    made = [
        make_plant(hybrid_plant if hybrid else string_plant, available, soc)
        for available, soc, hybrid in plants
    ]
    shown = [show(made, load, position, second) for position in range(len(made))]
    total = sum(values["ac.power"] for values in shown)
    for values in shown:
        assert values["load.power"] == total - values["export.power"] == load
        assert values["meter.power"] == -values["export.power"]
        assert values["meter.power"] == sum(values[f"meter.power.{phase}"] for phase in "abc")
        assert values["ac.power"] == int(values["ac.power"])
        _check_electrics(values)
    for plant, values in zip(made, shown, strict=True):
        assert abs(values["ac.power"]) <= plant.spec.nominal_power


def _check_electrics(values: dict[str, float]) -> None:
    """Volts times amperes give the power they belong to."""
    dc = sum(values[f"mppt.{n}.voltage"] * values[f"mppt.{n}.current"] for n in (1, 2))
    assert dc == pytest.approx(values["dc.power"], abs=1e-6)
    ac = sum(values[f"ac.voltage.{phase}"] * values[f"ac.current.{phase}"] for phase in "abc")
    assert ac == pytest.approx(values["ac.power"], abs=1e-6)
    if "battery.power" in values:
        battery = values["battery.voltage"] * values["battery.current"]
        assert battery == pytest.approx(values["battery.power"], abs=1e-6)


def test_what_a_plant_lacks_is_nan(make_plant, string_plant: PlantSpec):
    """A single-phase string inverter without meter shows only what it has."""
    single = replace(string_plant, phases=1, output_type=0, meter=False, mppt_count=3)
    values = show([make_plant(single, 3000)])
    lacking = {
        "ac.voltage.b",
        "ac.line_voltage.ab",
        "meter.power",
        "load.power",
        "backup.power",
        "battery.soc",
        "energy.battery.charge.total",
        "mppt.4.voltage",
        "string.4.current",
    }
    assert not values.keys() & lacking
    assert {"ac.voltage.a", "mppt.3.voltage", "string.3.current", "energy.import.total"} <= (
        values.keys()
    )
    assert values["self_consumption.daily"] == 0


def test_single_phase_meter(make_plant, string_plant: PlantSpec):
    """On one phase the meter's power is that of phase a."""
    values = show([make_plant(replace(string_plant, phases=1), 3000)])
    assert values["meter.power.a"] == values["meter.power"]
    assert "meter.power.b" not in values
    assert values["bus.voltage"] > 300


def test_a_hybrid_shows_everything_it_has(make_plant, hybrid_plant: PlantSpec):
    """A three-phase hybrid with battery and meter lacks only further trackers and strings."""
    values = show([make_plant(hybrid_plant, 3000)])
    missing = [name for name in QUANTITIES if name not in values]
    assert all(name.startswith(("mppt.", "string.")) for name in missing)
    assert len(missing) == 2 * 14 + 30


def test_no_more_strings_than_there_are_registers(make_plant, string_plant: PlantSpec):
    """Strings beyond the 32 that can be shown are left out."""
    many = replace(string_plant, mppt_count=16, strings_per_mppt=(3,))
    values = show([make_plant(many, 4000)])
    assert values["string.32.current"] == values["mppt.11.current"] / 3
    assert values["bus.voltage"] > 300


def test_set_by_hand_is_shown_exactly(make_plant, string_plant: PlantSpec):
    """PV power that a tester sets carries no noise."""
    plant = make_plant(string_plant, 3000 / 0.975)
    plant.pv_override = 3000.0
    assert {show([plant], second=SECOND + n)["ac.power"] for n in range(50)} == {3000}


def test_noise_is_small_and_stays_below_the_ceiling(make_plant, hybrid_plant: PlantSpec):
    """From second to second PV and battery move by less than half a per cent."""
    plant = make_plant(hybrid_plant, 4000, soc=50)
    powers = [show([plant], 6000, second=SECOND + n) for n in range(60)]
    seen = {values["ac.power"] for values in powers}
    assert len(seen) > 10
    assert all(abs(power - plant.ac) < 0.005 * 6000 for power in seen)
    forced = make_plant(
        hybrid_plant, ems_mode="forced", battery_command="charge", battery_power=2000.0
    )
    assert {show([forced], second=SECOND + n)["battery.power"] for n in range(30)} == {-2000}


def test_limited_power_carries_no_noise(make_plant, string_plant: PlantSpec):
    """What a limit holds, the inverter holds exactly."""
    plant = make_plant(string_plant, 5000, active_power_limit=2000.0)
    values = [show([plant], second=SECOND + n) for n in range(20)]
    assert {shown["ac.power"] for shown in values} == {2000}
    assert values[0]["setpoint.active"] == 2000


def test_standby_at_night(make_plant, hybrid_plant: PlantSpec):
    """At night a hybrid without battery shows grid voltage, a low bus and no power factor."""
    plant = make_plant(replace(hybrid_plant, battery=None))
    plant.sequence.phase = "standby"
    values = show([plant])
    assert 225 < values["ac.voltage.a"] < 235
    assert 398 < values["ac.line_voltage.ca"] < 402
    assert 3 <= values["bus.voltage"] <= 10
    assert values["ac.power_factor"] == values["mppt.1.voltage"] == 0
    assert values["ac.power"] == values["dc.power"] == values["ac.current.a"] == 0
    assert values["load.power"] == values["meter.power"] == 500


def test_power_factor_has_a_sign(make_plant, string_plant: PlantSpec):
    """Inductive power shows as a negative, capacitive as a positive factor."""
    values = {}
    for sign in (-1, 1):
        plant = make_plant(
            string_plant, 4000, reactive_mode="power-factor", reactive_value=0.9 * sign
        )
        values[sign] = show([plant])
    assert values[1]["ac.power_factor"] == pytest.approx(0.9, abs=1e-3)
    assert values[-1]["ac.power_factor"] == pytest.approx(-0.9, abs=1e-3)
    assert values[-1]["ac.reactive"] == -values[1]["ac.reactive"] > 0
    assert values[1]["setpoint.reactive"] == values[1]["ac.reactive"]


def test_charging_from_the_grid_is_negative(make_plant, hybrid_plant: PlantSpec):
    """While the battery takes from the grid, AC power and currents are negative."""
    plant = make_plant(
        hybrid_plant, ems_mode="forced", battery_command="charge", battery_power=2000.0
    )
    values = show([plant])
    assert values["ac.power"] < -2000
    assert values["ac.current.a"] < 0
    assert values["battery.current"] == -values["battery.current.magnitude"]
    assert values["battery.power.magnitude"] == 2000
    assert values["meter.power"] == 500 - values["ac.power"]


@pytest.mark.parametrize(("soc", "charge", "discharge"), [(100, 0, 29), (50, 29, 29), (0, 29, 0)])
def test_bms_limits(make_plant, hybrid_plant: PlantSpec, soc: float, charge, discharge):
    """The BMS allows no charge when full and no discharge when empty."""
    values = show([make_plant(hybrid_plant, soc=soc, max_charge=0.0, max_discharge=0.0)])
    assert values["battery.bms.max_charge_current"] == charge
    assert values["battery.bms.max_discharge_current"] == discharge
    assert values["battery.cell.voltage.min"] < values["battery.cell.voltage.max"] < 3.6


def test_energies_run_ahead_of_the_step(make_plant, string_plant: PlantSpec):
    """Within a step energies grow with time, and daily ones count from midnight."""
    plant = make_plant(string_plant, 4000)
    plant.counters.totals[0] = 3.6e6 * 1000
    values = show([plant])
    assert values["energy.pv.total"] == pytest.approx(1000 + 4000 * 30 / 3.6e6)
    assert values["energy.pv.daily"] == pytest.approx(1000 + 4000 * 30 / 3.6e6)
    assert values["co2.total"] == pytest.approx(0.7 * values["energy.pv.total"])
    assert 0 < values["self_consumption.daily"] < 100
    assert values["time.running.daily"] == pytest.approx(0.5)
