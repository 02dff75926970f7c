"""Tests of site/pv.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.site.noise import Noise
from sungrow_emulator.site.pv import Array, Sky, clear_sky, dc_yield
from sungrow_emulator.site.spec import PlantSpec
from sungrow_emulator.site.sun import Sun
from sungrow_emulator.site.zone import Zone


def sky(latitude: float = 48.14, seed: int = 1) -> Sky:
    """Return the sky over a place in the zone of Berlin."""
    return Sky(seed, Sun(latitude, 11.58), Zone("Europe/Berlin"), latitude)


def test_clear_sky_follows_haurwitz():
    """The published formula gives 1037 W/m2 in the zenith and nothing below the horizon."""
    assert clear_sky(1.0) == pytest.approx(1.0372, abs=1e-4)
    assert clear_sky(0.5) == pytest.approx(0.4898, abs=1e-4)
    assert clear_sky(0.0) == clear_sky(-0.3) == 0.0


@given(st.floats(1.4e9, 2.0e9), st.floats(-89, 89))
def test_irradiance_stays_below_clear_sky(t: float, latitude: float):
    """Clouds take light and never add any; at night there is none."""
    place = sky(latitude)
    shown = place.irradiance(t)
    ends = [t // 300 * 300, t // 300 * 300 + 300]
    clearest = max(clear_sky(Sun(latitude, 11.58).sine(end)) for end in ends)
    assert 0 <= shown <= clearest + 1e-9


def test_irradiance_depends_on_time_only(noon: float):
    """Whatever was asked before, a moment has one irradiance and one temperature."""
    fresh, used = sky(), sky()
    for hours in range(48):
        used.irradiance(noon - 3600 * hours)
    assert used.irradiance(noon) == fresh.irradiance(noon) == fresh.irradiance(noon)
    assert used.ambient(noon + 900) == fresh.ambient(noon + 900) == fresh.ambient(noon + 900)


@given(st.integers(0, 30000), st.integers(0, 99))
def test_clearness_of_a_day(day: int, seed: int):
    """Every date has a clearness and a depth of clouds within their ranges."""
    upper, depth = sky(seed=seed).clearness(day)
    assert 0.25 <= upper <= 1
    assert 0.04 <= depth <= 0.44


def test_summers_are_warm(noon: float):
    """The air is warm in July in the north and in January in the south."""
    half_a_year = 182 * 86400
    assert sky(48).ambient(noon) > 15 > 8 > sky(48).ambient(noon + half_a_year)
    assert sky(-48).ambient(noon) < sky(-48).ambient(noon + half_a_year)


@given(st.floats(0, 1.04))
def test_modules_lose_when_warm(irradiance: float):
    """The array gives no more than its rating per irradiance, and more with more light."""
    assert dc_yield(irradiance) <= irradiance
    assert dc_yield(irradiance + 0.01) > dc_yield(irradiance)


def test_array_splits_by_strings(string_plant: PlantSpec):
    """Trackers share the power by their strings; a short list goes on with its last figure."""
    array = Array(replace(string_plant, mppt_count=4, strings_per_mppt=(2, 1)), Noise(1, "a"))
    assert array.strings == (2, 1, 1, 1)
    assert sum(array.shares) == pytest.approx(1)
    assert array.shares[0] == pytest.approx(0.4, abs=0.02)
    assert Array(replace(string_plant, strings_per_mppt=()), Noise(1, "a")).strings == (1, 1)


def test_voltages(string_plant: PlantSpec):
    """The voltage lies in the MPP window while working and rises towards open circuit."""
    array = Array(string_plant, Noise(1, "a"))
    working = array.voltage(0, 0.5, 1.0)
    assert string_plant.mppt_voltage_min <= working <= string_plant.mppt_voltage_max
    assert array.voltage(0, 0.01, 1.0) < working
    assert working < array.voltage(0, 0.5, 0.5) < array.open_voltage
    assert array.voltage(0, 0.5, 0.0) == array.open_voltage < string_plant.max_dc_voltage
    assert 0 < array.voltage(0, 0.001, 0.0) < array.open_voltage
    assert array.voltage(0, 0.0, 0.0) == 0.0
