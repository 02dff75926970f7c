"""Tests of site/plant.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from sungrow_emulator.site.controls import Controls
from sungrow_emulator.site.spec import PlantSpec


def test_ceiling(make_plant, string_plant: PlantSpec):
    """The ceiling is the limit, at most nominal power and at least 0."""
    for limit, expected in ((None, 5000), (6000.0, 5000), (1200.0, 1200), (-5.0, 0)):
        assert make_plant(string_plant, active_power_limit=limit).ceiling == expected


def test_follows_the_sky_or_the_hand(make_plant, string_plant: PlantSpec, noon: float):
    """PV comes from the sky unless it is set by hand, as AC power."""
    plant = make_plant(string_plant)
    plant.refresh(noon, 0.4)
    assert (plant.available, plant.feeding) == (2200, True)
    plant.pv_override = 975.0
    plant.refresh(noon, 0.4)
    assert plant.available == pytest.approx(1000)
    plant.pv_override = 0.0
    plant.refresh(noon, 0.4)
    assert plant.state() == "standby"


def test_a_battery_keeps_it_on_the_grid(make_plant, hybrid_plant: PlantSpec, noon: float):
    """At night a hybrid with a battery runs on; without one it goes to standby."""
    kept = make_plant(hybrid_plant)
    kept.refresh(noon, 0.0)
    alone = make_plant(replace(hybrid_plant, battery=None))
    alone.refresh(noon, 0.0)
    assert (kept.state(), alone.state()) == ("run", "standby")


@pytest.mark.parametrize(
    ("limited", "controls", "expected"),
    [
        ("", {}, "run"),
        ("nominal", {}, "run"),
        ("active", {}, "dispatch"),
        ("feed-in", {}, "derating"),
        ("active", {"ems_mode": "forced"}, "forced"),
        ("", {"ems_mode": "vpp"}, "external-ems"),
        ("", {"ems_mode": "external"}, "external-ems"),
    ],
)
def test_states(make_plant, hybrid_plant: PlantSpec, limited: str, controls, expected: str):
    """What holds it and what commands it names the working state."""
    plant = make_plant(hybrid_plant, **controls)
    plant.limited = limited
    assert plant.state() == expected


def test_faults(make_plant, hybrid_plant: PlantSpec, noon: float):
    """A stopping fault shows before alarms; the device's own clock dates them."""
    plant = make_plant(hybrid_plant)
    plant.refresh(noon, 0.5)
    assert plant.fault_record() is None
    plant.add_fault(70, False, noon)
    plant.refresh(noon, 0.5)
    assert plant.state() == "alarm-run"
    plant.add_fault(39, True, noon + 60.5)
    plant.add_fault(71, False, noon + 120)
    plant.refresh(noon + 120, 0.5)
    record = plant.fault_record()
    assert plant.state() == "fault"
    assert record is not None
    assert (record.number, record.at) == (39, datetime.fromisoformat("2026-06-21T13:01:00"))
    plant.drop_fault(39)
    record = plant.fault_record()
    assert record is not None
    assert record.number == 71
    plant.refresh(noon + 180, 0.5)
    assert plant.state() == "starting"
    plant.drop_fault(None)
    assert plant.faults == ()


def test_emergency_has_hysteresis(make_plant, hybrid_plant: PlantSpec, noon: float):
    """Emergency charging begins 2 % below the lower limit and ends at it."""
    plant = make_plant(hybrid_plant, soc=2.9)
    for soc, expected in ((2.9, True), (4.9, True), (5.0, False), (3.1, False)):
        plant.battery.soc = soc
        plant.refresh(noon, 0.0)
        assert plant.emergency is expected
    plant.battery.soc = 2.0
    plant.refresh(noon, 0.0)
    assert plant.state() == "emergency-charging"


def test_warms_up(make_plant, string_plant: PlantSpec):
    """The inside follows the air and the power, slowly."""
    plant = make_plant(string_plant)
    plant.ac = 5000.0
    plant.integrate(60, 20.0)
    first = plant.temperature
    for _ in range(300):
        plant.integrate(60, 20.0)
    assert 25 < first < 27
    assert plant.temperature == pytest.approx(48, abs=0.1)


def test_the_battery_moves(make_plant, hybrid_plant: PlantSpec):
    """Battery power moves the state of charge."""
    plant = make_plant(hybrid_plant)
    plant.battery_power = 6400.0
    plant.integrate(360, 20.0)
    assert plant.battery.soc == pytest.approx(45)


def test_quarter_hours_and_midnight(make_plant, string_plant: PlantSpec, noon: float):
    """Quarter hours close on the device's clock; its midnight ends the day, once."""
    plant = make_plant(string_plant)
    plant.counters.rates[0] = 1000.0
    plant.tick(noon + 60)
    assert plant.running_quarter(noon + 60) == (52, 60)
    day = plant.day
    for quarter in range(1, 45):
        plant.integrate(900, 20.0)
        plant.tick(noon + 900 * quarter)
    assert plant.day == day + 1
    assert plant.counters.totals[0] - plant.counters.midnight[0] == 0
    assert plant.history.days[day][0] == 44 * 900 * 1000


def test_device_clock_ahead_ends_the_day(make_plant, string_plant: PlantSpec, noon: float):
    """Setting the clock to tomorrow starts a new day at once."""
    plant = make_plant(string_plant)
    plant.counters.rates[0] = 1000.0
    plant.integrate(300, 20.0)
    plant.set_skew(86400.0, noon + 300)
    assert plant.counters.midnight[0] == plant.counters.totals[0] > 0
    assert plant.next_quarter == noon + 900


def test_device_clock_back_keeps_the_day(make_plant, string_plant: PlantSpec, noon: float):
    """Setting the clock to yesterday resets nothing; the next midnight does, once."""
    plant = make_plant(string_plant)
    day = plant.day
    plant.counters.rates[0] = 1000.0
    plant.integrate(300, 20.0)
    plant.set_skew(-86400.0, noon + 300)
    assert plant.day == day - 1
    assert plant.counters.midnight[0] == 0
    plant.set_skew(-86400.0 + 11 * 3600, noon + 300)
    assert plant.day == day
    assert plant.counters.midnight[0] > 0


def test_clock_set_on_a_quarter_hour(make_plant, string_plant: PlantSpec, noon: float):
    """A quarter hour of no length is not filed."""
    plant = make_plant(string_plant)
    plant.set_skew(30.0, noon)
    assert plant.next_quarter == noon + 870


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("off", 0.8, 0),
        ("var", 700.0, 700),
        ("power-factor", 0.8, -750),
        ("power-factor", -0.8, 750),
        ("power-factor", 0.0, 0),
    ],
)
def test_reactive_power(make_plant, string_plant, mode: str, value: float, expected: float):
    """Reactive power follows its mode; a leading factor is capacitive, so negative."""
    plant = make_plant(string_plant, reactive_mode=mode, reactive_value=value)
    assert plant.reactive(1000) == pytest.approx(expected)
    plant.sequence.phase = "standby"
    assert plant.reactive(1000) == 0


def test_stop(make_plant, string_plant: PlantSpec, noon: float):
    """A stop command shows as key stop."""
    plant = make_plant(string_plant)
    plant.controls = Controls(running=False)
    plant.refresh(noon, 0.5)
    assert (plant.state(), plant.feeding) == ("key-stop", False)
