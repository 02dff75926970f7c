"""Tests of site/load.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.site.load import Load
from sungrow_emulator.site.spec import LoadSpec
from sungrow_emulator.site.zone import Zone

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize("profile", ["household", "commercial", "flat"])
def test_a_year_brings_its_energy(profile, noon: float):
    """Thirty days sampled every quarter hour come near to the annual mean."""
    load = Load(1, LoadSpec(4500, profile), Zone(BERLIN))
    samples = [load.power(noon + 900 * n) for n in range(30 * 96)]
    assert sum(samples) / len(samples) == pytest.approx(load.mean, rel=0.03)
    assert load.mean == pytest.approx(513.3, abs=0.1)


@given(st.floats(1.4e9, 2.0e9), st.integers(0, 99))
def test_depends_on_time_only(t: float, seed: int):
    """A moment has one load, whatever was asked before; it is never negative."""
    fresh, used = (Load(seed, LoadSpec(), Zone(BERLIN)) for _ in range(2))
    used.power(t + 5000)
    assert used.power(t) == fresh.power(t) == fresh.power(t) > 0


def test_evenings_are_busier_than_nights(noon: float):
    """A household draws most in the evening and least at night; an office by day."""
    house = Load(1, LoadSpec(), Zone(BERLIN))
    office = Load(1, LoadSpec(4500, "commercial"), Zone(BERLIN))
    assert house.mean_between(18, 21) > 2 * house.mean_between(1, 5)
    assert office.mean_between(9, 16) > 3 * office.mean_between(0, 5)
    assert house.least_between(0, 24) == pytest.approx(0.44 * house.mean, rel=0.05)
    busy = sum(house.power(noon + 86400 * n + 6 * 3600) for n in range(60))
    quiet = sum(house.power(noon + 86400 * n - 10 * 3600) for n in range(60))
    assert busy > 2 * quiet


def test_jitter_is_one_per_cent():
    """The meter moves by at most one per cent from second to second."""
    load = Load(1, LoadSpec(), Zone(BERLIN))
    samples = [load.jitter(second) for second in range(500)]
    assert 0.99 <= min(samples) < 0.992
    assert 1.008 < max(samples) <= 1.01
