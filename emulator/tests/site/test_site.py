"""Tests of site/site.py."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.site.controls import Controls
from sungrow_emulator.site.quantities import INDEX, QUANTITIES
from sungrow_emulator.site.site import Site
from sungrow_emulator.site.spec import LoadSpec, Location, PlantSpec

DAY = 86400


def at(*parts: int) -> float:
    """Return epoch seconds of a UTC date and time."""
    return datetime(*parts, tzinfo=UTC).timestamp()


def value(site: Site, name: str, t: float, plant: int = 0) -> float:
    """Return one reading."""
    return site.readings(plant, t)[INDEX[name]]


# Determinism.

COMMANDS: dict[str, Callable[[Site, float], object]] = {
    "pv": lambda site, t: site.set_pv_power(0, 2500.0, t),
    "release": lambda site, t: site.set_pv_power(0, None, t),
    "load": lambda site, t: site.set_load(1234.0, t),
    "soc": lambda site, t: site.set_soc(0, 20.0, t),
    "battery": lambda site, t: site.set_battery_power(0, -1500.0, t),
    "fault": lambda site, t: site.set_fault(0, 39, True, t),
    "clear": lambda site, t: site.clear_fault(0, None, t),
    "stop": lambda site, t: site.set_controls(0, Controls(running=False), t),
    "start": lambda site, t: site.set_controls(0, Controls(feed_in_limit=0.0), t),
    "clock": lambda site, t: site.set_device_clock(0, site.local_time(0, t + 7000), t),
}
LOOKS: tuple[Callable[[Site, float], object], ...] = (
    lambda site, t: site.readings(0, t),
    lambda site, t: site.valid_until(t),
    lambda site, t: site.state(0, t),
    lambda site, t: site.history(0, "pv", "today", t),
    lambda site, t: site.settle(t, 3),
    lambda site, t: site.shadowed_by(0, t),
)


@given(
    st.lists(
        st.tuples(st.floats(0.1, 20000), st.sampled_from(sorted(COMMANDS))), min_size=1, max_size=5
    ),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(LOOKS)), max_size=30),
    st.integers(0, 99),
)
def test_looking_changes_nothing(build, hybrid_plant, noon, commands, looks, seed):
    """The state at a moment does not depend on who looked when, only on what was commanded."""
    quiet, watched = (build(hybrid_plant, seed=seed) for _ in range(2))
    t = noon
    for gap, name in commands:
        for share, look in sorted(looks, key=lambda pair: pair[0]):
            look(watched, t + gap * share)
        t += gap
        COMMANDS[name](quiet, t)
        COMMANDS[name](watched, t)
    t += 500
    assert str(quiet.readings(0, t)) == str(watched.readings(0, t))
    assert quiet.state(0, t) == watched.state(0, t)
    for name in ("pv", "battery.charge_pv"):
        assert quiet.history(0, name, "today", t) == watched.history(0, name, "today", t)


GOLDEN = {
    "ac.power": 2500.0,
    "ac.frequency": 49.9974477,
    "ac.voltage.b": 230.0245825,
    "mppt.1.voltage": 596.3,
    "mppt.1.current": 2.1615871,
    "temperature.internal": 36.0991574,
    "load.power": 473.0,
    "meter.power.c": -509.0,
    "energy.pv.daily": 11.1244241,
    "energy.pv.total": 13272.6405047,
    "energy.import.total": 7053.8993778,
}


def test_golden_readings(build, string_plant: PlantSpec, noon: float):
    """Seed, spec and time give these values in every release and on every platform."""
    site = build(string_plant)
    shown = {name: value(site, name, noon + 3.5) for name in GOLDEN}
    assert shown == pytest.approx(GOLDEN, abs=1e-6)


def test_readings_hold_for_a_second(build, hybrid_plant: PlantSpec, noon: float):
    """Readings change on the second and not in between, energies included."""
    site = build(hybrid_plant)
    assert site.valid_until(noon + 10.25) == noon + 11
    assert site.readings(0, noon + 10.25) == site.readings(0, noon + 10.999)
    assert site.readings(0, noon + 10.25) != site.readings(0, noon + 11)


def test_seeds_differ(build, string_plant: PlantSpec, noon: float):
    """Another seed is another day."""
    assert value(build(string_plant, seed=2), "ac.power", noon) != value(
        build(string_plant), "ac.power", noon
    )


def test_restart_forgets(build, hybrid_plant: PlantSpec, noon: float):
    """A restarted site is as new, at an earlier or a later time."""
    site = build(hybrid_plant)
    site.set_load(5000.0, noon + 60)
    site.set_fault(0, 2, True, noon + 90)
    for t in (noon - 3 * DAY, noon + 5.0):
        site.restart(t)
        assert site.readings(0, t) == build(hybrid_plant, start=t).readings(0, t)


def test_a_site_begins_when_somebody_looks(build, hybrid_plant: PlantSpec, noon: float):
    """Commands before the first look are kept with their time, and then it is as if it had run."""
    put_off, looked_at = build(hybrid_plant), build(hybrid_plant)
    looked_at.settle(noon)
    for site in (put_off, looked_at):
        site.set_controls(0, Controls(running=False), noon + 0.2)
        site.set_controls(0, Controls(), noon + 70)
    assert put_off.local_time(0, noon) == looked_at.local_time(0, noon)
    assert (put_off.begun, looked_at.begun) == (False, True)
    assert put_off.readings(0, noon + 200) == pytest.approx(
        looked_at.readings(0, noon + 200), rel=0, abs=0, nan_ok=True
    )


def test_commands_without_end_let_a_site_begin(build, hybrid_plant: PlantSpec, noon: float):
    """What is put off does not grow for ever."""
    site = build(hybrid_plant)
    for _ in range(3):
        site.set_controls(0, Controls(), noon)
    assert site.begun


def test_settles_in_slices(build, string_plant: PlantSpec, noon: float):
    """A long gap can be settled a few steps at a time."""
    site = build(string_plant)
    slices = 1
    while not site.settle(noon + 3600, 7):
        slices += 1
    assert slices == 9
    assert site.settled == noon + 3660
    assert site.settle(noon)


def test_time_before_the_last_step_is_that_step(build, string_plant: PlantSpec, noon: float):
    """Reading the past gives the oldest that is still known."""
    site = build(string_plant)
    site.settle(noon + 600)
    assert value(site, "energy.pv.total", noon + 100) == value(site, "energy.pv.total", noon + 600)


# Physics.


@pytest.mark.parametrize("month", [1, 6])
@pytest.mark.parametrize("kind", ["string", "hybrid"])
def test_counters_integrate_power(build, string_plant, hybrid_plant, kind: str, month: int):
    """Over four hours each counter grows by what the power readings add up to."""
    start = at(2026, month, 15, 9)
    site = build(string_plant if kind == "string" else hybrid_plant, start=start)
    names = {
        "dc.power": "energy.pv.total",
        "ac.power": "energy.output.total",
        "export.power": "energy.export.total",
        "meter.power": "energy.import.total",
        "battery.power": "energy.battery.discharge.total",
    }
    before = site.readings(0, start)
    sums = dict.fromkeys(names, 0.0)
    for second in range(0, 4 * 3600, 10):
        shown = site.readings(0, start + second)
        for power in names:
            sums[power] += max(0.0, shown[INDEX[power]]) * 10 / 3.6e6
    after = site.readings(0, start + 4 * 3600)
    for power, energy in names.items():
        grown = after[INDEX[energy]] - before[INDEX[energy]]
        if not math.isnan(grown):
            assert grown == pytest.approx(sums[power], rel=0.01, abs=0.02), power


@given(st.integers(0, 364), st.integers(0, 99), st.booleans())
def test_energy_books_of_a_day(build, string_plant, hybrid_plant, day, seed, hybrid):
    """In a day PV, import and discharge give load, export, charge and losses."""
    start = at(2026, 1, 1) + DAY * day
    site = build(hybrid_plant if hybrid else string_plant, start=start, seed=seed)
    site.set_load(700.0, start)
    before = site.readings(0, start)
    after = site.readings(0, start + DAY)
    grown = {
        name.removeprefix("energy.").removesuffix(".total"): after[slot] - before[slot]
        for name, slot in INDEX.items()
        if name.startswith("energy.") and name.endswith(".total")
    }
    house = grown["output"] + grown["import"] - grown["export"]
    assert house == pytest.approx(0.7 * 24, abs=1e-6)
    stored = grown["battery.charge_pv"] if hybrid else 0.0
    given_back = grown["battery.discharge"] if hybrid else 0.0
    from_pv = 0.975 * (grown["pv"] - stored / 0.98)
    assert grown["direct"] + grown["export_pv"] == pytest.approx(from_pv, abs=1e-6)
    assert grown["output"] == pytest.approx(from_pv + 0.975 * 0.98 * given_back, abs=1e-6)


def test_every_reading_is_a_number_all_day(build, hybrid_plant: PlantSpec):
    """What a plant has is a number at every hour of the day."""
    start = at(2026, 3, 20)
    site = build(hybrid_plant, start=start)
    present = [not math.isnan(reading) for reading in site.readings(0, start)]
    for hour in range(1, 26):
        shown = site.readings(0, start + 3600 * hour)
        assert [not math.isnan(reading) for reading in shown] == present
        assert not any(math.isinf(reading) for reading in shown)


def test_day_of_a_string_inverter(build, string_plant: PlantSpec):
    """It sleeps, waits, synchronises, runs and sleeps again."""
    start = at(2026, 6, 20, 22)
    site = build(string_plant, start=start)
    states = [site.state(0, start + 30 * n) for n in range(2 * 60 * 24)]
    order = [state for n, state in enumerate(states) if n == 0 or states[n - 1] != state]
    assert order == ["standby", "initial-standby", "starting", "run", "standby"]
    assert value(site, "energy.pv.daily", start + DAY - 1) > 10


def test_polar_night_and_midnight_sun(build, string_plant: PlantSpec):
    """Beyond the polar circle there are days without sun and days without night."""
    place = Location(69.65, 18.96, "Europe/Oslo")
    winter = build(string_plant, start=at(2026, 12, 21), location=place)
    assert value(winter, "energy.pv.daily", at(2026, 12, 21, 22, 59)) == 0
    summer = build(string_plant, start=at(2026, 6, 21), location=place)
    assert {summer.state(0, at(2026, 6, 21) + 600 * n) for n in range(140)} == {"run"}


def test_two_plants_at_one_meter(build, string_plant: PlantSpec, hybrid_plant: PlantSpec):
    """Plants of one site see one load and one meter."""
    noon = at(2026, 6, 21, 11)
    site = build(string_plant, hybrid_plant)
    first, second = site.readings(0, noon), site.readings(1, noon)
    export, load, ac = INDEX["export.power"], INDEX["load.power"], INDEX["ac.power"]
    assert first[export] == second[export]
    assert first[load] == second[load] == first[ac] + second[ac] - first[export]


def test_large_steps_are_cheap_to_skip(build, hybrid_plant: PlantSpec, noon: float):
    """Weeks can be skipped; counters only grow and the charge keeps its limits."""
    site = build(hybrid_plant)
    last = value(site, "energy.pv.total", noon)
    for week in range(1, 4):
        t = noon + 7 * DAY * week
        assert value(site, "energy.pv.total", t) > last
        last = value(site, "energy.pv.total", t)
        assert 5 <= value(site, "battery.soc", t) <= 100


def test_a_day_settles_quickly(build, hybrid_plant: PlantSpec, noon: float):
    """24 simulated hours settle in 100 ms, here in 300 as coverage slows them fivefold."""
    site = build(hybrid_plant)
    spent: list[float] = []
    for day in (1, 2, 3):
        began = time.process_time()
        site.settle(noon + DAY * day)
        spent.append(time.process_time() - began)
    assert min(spent) <= 0.3


# Midnight.


@pytest.mark.parametrize(
    ("midnight", "start"),
    [
        (at(2026, 6, 21, 22), at(2026, 6, 21, 10)),
        (at(2026, 3, 29, 22), at(2026, 3, 28, 23, 30)),
        (at(2026, 10, 25, 23), at(2026, 10, 24, 22, 30)),
    ],
)
def test_daily_counters_reset_at_local_midnight(build, hybrid_plant, midnight: float, start):
    """Daily counters reset once a day, on days of 23 and 25 hours too."""
    site = build(hybrid_plant, start=start, load=LoadSpec(9000, "flat"))
    slot = INDEX["time.running.daily"]
    falls = []
    minutes = 0.0
    t = start
    while t < midnight + 3600:
        shown = site.readings(0, t)[slot]
        if shown < minutes:
            falls.append(t)
        minutes = shown
        t += 60
    assert falls == [midnight]


def test_month_and_year_turn(build, string_plant: PlantSpec):
    """The monthly output and the arrays begin afresh with the month and the year."""
    start = at(2026, 12, 31, 12)
    site = build(string_plant, start=start)
    december = value(site, "energy.output.monthly", start)
    later = start + 30 * 3600
    assert december > 50 > value(site, "energy.output.monthly", later) > 0
    assert sum(site.history(0, "pv", "monthly", later)[1:]) == 0
    total = value(site, "energy.pv.total", later)
    assert sum(site.history(0, "pv", "yearly", later)) == pytest.approx(total, abs=1e-3)


def test_history_agrees_with_the_counters(build, hybrid_plant: PlantSpec, noon: float):
    """Quarter hours, days and months are the counters seen in another way."""
    site = build(hybrid_plant)
    t = noon + 1234
    daily = value(site, "energy.direct.daily", t)
    quarters = site.history(0, "direct", "today", t)
    done = int((t - at(2026, 6, 20, 22)) // 900)
    part = (t - at(2026, 6, 20, 22)) % 900
    energy = sum(quarters[:done]) * 900 + quarters[done] * part
    assert energy / 3.6e6 == pytest.approx(daily, abs=1e-6)
    assert quarters[done + 1 :] == [0.0] * (95 - done)
    assert site.history(0, "direct", "daily", t)[20] == pytest.approx(daily)
    june = site.history(0, "direct", "monthly", t)[5]
    assert sum(site.history(0, "direct", "daily", t)) == pytest.approx(june)


def test_the_device_clock_moves_the_reset(build, hybrid_plant: PlantSpec, noon: float):
    """A device that is an hour behind resets an hour later."""
    site = build(hybrid_plant)
    site.set_device_clock(0, datetime.fromisoformat("2026-06-21T12:00:00"), noon)
    assert site.local_time(0, noon + 1) == datetime.fromisoformat("2026-06-21T12:00:01")
    midnight = at(2026, 6, 21, 22)
    assert value(site, "time.running.daily", midnight + 60) > 1400
    assert value(site, "time.running.daily", midnight + 3660) == pytest.approx(1)


def test_without_a_meter(build, string_plant: PlantSpec, noon: float):
    """A plant without a meter knows nothing of load and grid."""
    site = build(replace(string_plant, meter=False))
    assert math.isnan(value(site, "load.power", noon))
    assert len(site.readings(0, noon)) == len(QUANTITIES)


def test_the_offset_to_utc_follows_daylight_saving_time(build, hybrid_plant) -> None:
    """Berlin is two hours ahead in summer and one in winter."""
    place = build(hybrid_plant)
    summer, winter = (
        datetime.fromisoformat(text).timestamp()
        for text in ("2026-06-21T12:00:00+00:00", "2026-12-21T12:00:00+00:00")
    )
    assert (place.utc_offset(summer), place.utc_offset(winter)) == (7200, 3600)
