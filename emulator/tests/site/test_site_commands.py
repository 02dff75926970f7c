"""Tests of site/site.py: what commands do, and when."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.site.controls import Controls
from sungrow_emulator.site.quantities import INDEX
from sungrow_emulator.site.site import Site
from sungrow_emulator.site.spec import PlantSpec


def at(*parts: int) -> float:
    """Return epoch seconds of a UTC date and time."""
    return datetime(*parts, tzinfo=UTC).timestamp()


def value(site: Site, name: str, t: float, plant: int = 0) -> float:
    """Return one reading."""
    return site.readings(plant, t)[INDEX[name]]


def trace(site: Site, t: float, until: float) -> list[tuple[float, str]]:
    """Return the states from `t` on, each with the second it began at, relative to `t`."""
    found: list[tuple[float, str]] = []
    for second in range(int(until - t) + 1):
        state = site.state(0, t + second)
        if not found or found[-1][1] != state:
            found.append((float(second), state))
    return found


def test_pv_power_shows_at_once(build, string_plant: PlantSpec):
    """PV power set by hand shows at the same instant, at night too, until it is released."""
    night = at(2026, 6, 21, 0, 0, 7)
    site = build(string_plant, start=night)
    assert value(site, "ac.power", night) == 0
    site.set_pv_power(0, 3000.0, night)
    assert (value(site, "ac.power", night), site.state(0, night)) == (3000, "run")
    assert site.shadowed_by(0, night) == ()
    site.set_pv_power(0, 5500.0, night)
    assert value(site, "ac.power", night) == 5000
    assert site.shadowed_by(0, night) == ("nominal power 5000 W is the ceiling",)
    site.set_pv_power(0, None, night)
    assert (value(site, "ac.power", night), site.state(0, night)) == (0, "standby")


def test_load_and_battery_show_at_once(build, hybrid_plant: PlantSpec, noon: float):
    """Load, SoC and battery power set by hand show at the same instant."""
    site = build(hybrid_plant)
    site.set_pv_power(0, 4000.0, noon)
    site.set_load(1500.0, noon)
    site.set_soc(0, 40.0, noon)
    assert value(site, "load.power", noon) == 1500
    assert value(site, "battery.soc", noon) == 40
    assert value(site, "export.power", noon) == 0
    site.set_battery_power(0, 2000.0, noon)
    assert value(site, "battery.power", noon) == 2000
    site.set_battery_power(0, None, noon)
    site.set_load(None, noon)
    assert value(site, "battery.power", noon) < 0
    assert site.readings(0, noon + 0.5) == site.readings(0, noon)


def test_fault_and_restart(build, string_plant: PlantSpec, noon: float):
    """A fault stops feed-in at once; a minute after the last one is cleared it runs again."""
    site = build(string_plant)
    site.set_pv_power(0, 3000.0, noon)
    site.set_fault(0, 39, True, noon + 1)
    site.set_fault(0, 70, False, noon + 2)
    assert value(site, "ac.power", noon + 2) == 0
    assert value(site, "mppt.1.voltage", noon + 2) > 500
    assert site.state(0, noon + 2) == "fault"
    assert [fault.number for fault in site.faults(0)] == [39, 70]
    record = site.fault_record(0)
    assert record is not None
    assert (record.number, record.stops) == (39, True)
    assert "fault 39" in site.shadowed_by(0, noon + 2)[0]
    site.clear_fault(0, 39, noon + 10)
    assert trace(site, noon + 10, noon + 100) == [(0, "starting"), (60, "alarm-run")]
    site.clear_fault(0, 70, noon + 100)
    assert site.state(0, noon + 100) == "run"
    assert site.fault_record(0) is None


def test_stop_and_start(build, hybrid_plant: PlantSpec, noon: float):
    """A stop takes effect at once; a start needs three minutes."""
    site = build(hybrid_plant)
    site.set_controls(0, Controls(running=False), noon)
    assert (value(site, "ac.power", noon), site.state(0, noon)) == (0, "key-stop")
    assert value(site, "load.power", noon) == value(site, "meter.power", noon) > 0
    assert not site.controls(0).running
    site.set_controls(0, Controls(), noon + 30)
    expected = [(0, "initial-standby"), (90, "starting"), (180, "run")]
    assert trace(site, noon + 30, noon + 230) == expected


def test_limits(build, string_plant: PlantSpec, noon: float):
    """Limits act at once; the stricter one wins and names the state."""
    site = build(string_plant)
    site.set_pv_power(0, 4000.0, noon)
    site.set_load(500.0, noon)
    site.set_controls(0, Controls(active_power_limit=2500.0), noon)
    assert (value(site, "ac.power", noon), site.state(0, noon)) == (2500, "dispatch")
    limits = Controls(active_power_limit=2500.0, feed_in_limit=0.0)
    site.set_controls(0, limits, noon)
    assert (value(site, "export.power", noon), site.state(0, noon)) == (0, "derating")
    site.set_load(None, noon)
    assert abs(value(site, "export.power", noon + 7)) <= 1


def test_commands_split_the_step(build, string_plant: PlantSpec, noon: float):
    """Energy up to a command counts at the old power, after it at the new one."""
    site = build(string_plant)
    site.set_pv_power(0, 1000.0, noon)
    before = value(site, "energy.output.total", noon)
    site.set_pv_power(0, 4000.0, noon + 20)
    gained = value(site, "energy.output.total", noon + 50) - before
    assert gained * 3600 == pytest.approx(1.0 * 20 + 4.0 * 30)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (lambda site: site.set_pv_power(0, 5501.0, 0), "0 to 5500 W"),
        (lambda site: site.set_pv_power(0, -1.0, 0), "0 to 5500 W"),
        (lambda site: site.set_load(-1.0, 0), "0 W or more"),
        (lambda site: site.set_load(math.nan, 0), "0 W or more"),
        (lambda site: site.set_soc(0, 50.0, 0), "no battery"),
        (lambda site: site.set_battery_power(0, 50.0, 0), "no battery"),
        (lambda site: site.set_soc(1, 101.0, 0), "0 to 100 %"),
        (lambda site: site.set_battery_power(1, math.inf, 0), "a number of watts"),
        (lambda site: site.set_fault(2, 1, True, 0), "the site has 2"),
        (lambda site: site.readings(-1, 0), "the site has 2"),
    ],
)
def test_refusals(build, string_plant, hybrid_plant, command: Callable[[Site], None], words: str):
    """What cannot be done is refused with what is allowed."""
    with pytest.raises(EmulatorError, match=words):
        command(build(string_plant, hybrid_plant))
