"""Tests of site/grid.py."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.site.grid import Grid


@given(st.integers(0, 2**31), st.integers(0, 99))
def test_stays_near_nominal(second: int, seed: int):
    """Frequency keeps within 0.03 Hz, voltages within 1.5 %, at every second."""
    reading = Grid(seed, 50.0).reading(second)
    assert abs(reading.frequency - 50) <= 0.03
    assert all(abs(phase - 1) <= 0.0135 for phase in (reading.a, reading.b, reading.c))


def test_drifts_slowly_and_jitters():
    """Consecutive seconds differ a little; the drift is continuous across its blocks."""
    grid = Grid(1, 60.0)
    readings = [grid.reading(second) for second in range(1_700_000_000, 1_700_000_900)]
    steps = [abs(b.a - a.a) for a, b in itertools.pairwise(readings)]
    assert 0 < max(steps) <= 0.0032
    assert len({reading.frequency for reading in readings}) > 800


def test_phases_are_independent():
    """The three phases do not move together."""
    reading = Grid(1, 50.0).reading(1_700_000_000)
    assert len({reading.a, reading.b, reading.c}) == 3
