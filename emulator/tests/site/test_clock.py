"""Tests of site/clock.py."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.site.clock import TARGETS, SimClock, next_target
from sungrow_emulator.site.spec import Location


class Wall:
    """A wall clock that moves when told to."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_runs_at_its_speed():
    """Simulated time passes speed times as fast as wall time."""
    wall = Wall()
    clock = SimClock(1000.0, 60.0, False, wall)
    wall.time += 2
    assert clock.now() == 1120.0
    assert (clock.speed, clock.frozen) == (60.0, False)


def test_freezes_and_resumes():
    """A frozen clock stands still and goes on from where it stood."""
    wall = Wall()
    clock = SimClock(1000.0, 1.0, True, wall)
    wall.time += 5
    assert clock.frozen
    assert clock.now() == 1000.0
    clock.resume()
    wall.time += 5
    assert clock.now() == 1005.0
    clock.freeze()
    wall.time += 5
    assert clock.now() == 1005.0


def test_changes_speed_without_a_jump():
    """A new speed holds from now on."""
    wall = Wall()
    clock = SimClock(1000.0, 1.0, False, wall)
    wall.time += 10
    clock.set_speed(2.0)
    wall.time += 10
    assert clock.now() == 1030.0


def test_jumps_both_ways():
    """A jump goes on from the given time, forwards or backwards."""
    wall = Wall()
    clock = SimClock(1000.0, 1.0, False, wall)
    clock.jump(5000)
    wall.time += 1
    assert clock.now() == 5001.0
    clock.jump(10)
    assert clock.now() == 10.0


def test_wall_deadline():
    """Simulated moments translate to wall time; never while frozen."""
    wall = Wall()
    clock = SimClock(1000.0, 10.0, False, wall)
    assert clock.wall_deadline(1050.0) == 105.0
    clock.freeze()
    assert clock.wall_deadline(1050.0) == math.inf


@pytest.mark.parametrize("speed", [0.0, -1.0, math.inf, math.nan])
def test_refuses_a_speed(speed: float):
    """Speeds that lead nowhere are refused with what is allowed."""
    with pytest.raises(EmulatorError, match="above 0"):
        SimClock(0.0, speed, False, Wall())


@pytest.mark.parametrize("name", TARGETS)
def test_targets_lie_ahead(name: str):
    """Every named moment is later than now."""
    now = datetime(2026, 6, 21, 12, tzinfo=UTC).timestamp()
    assert next_target(name, Location(), now) > now


def test_midnight_is_local():
    """Midnight is the site's, not that of UTC."""
    now = datetime(2026, 6, 21, 12, tzinfo=UTC).timestamp()
    expected = datetime(2026, 6, 21, 22, tzinfo=UTC).timestamp()
    assert next_target("midnight", Location(), now) == expected


def test_unknown_target():
    """A wrong name is answered with the nearest right one."""
    with pytest.raises(UnknownNameError, match="sunrise"):
        next_target("sun-rise", Location(), 0.0)
