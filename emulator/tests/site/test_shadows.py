"""Tests of site/shadows.py."""

from __future__ import annotations

import math

import pytest

from sungrow_emulator.site.shadows import shadows
from sungrow_emulator.site.spec import PlantSpec


def test_nothing_in_the_way(make_plant, string_plant: PlantSpec):
    """A free inverter has no shadows."""
    assert shadows(make_plant(string_plant, 3000), 0.0) == ()


@pytest.mark.parametrize(
    ("phase", "deadline", "words"),
    [
        ("key-stop", math.inf, "told to stop"),
        ("standby", math.inf, "in standby"),
        ("starting", 160.0, "in starting for another 60 s of simulated time"),
    ],
)
def test_states(make_plant, string_plant: PlantSpec, phase, deadline: float, words: str):
    """A state in which nothing is fed in is named, with its end where it has one."""
    plant = make_plant(string_plant)
    plant.sequence.phase = phase
    plant.sequence.deadline = deadline
    (reason,) = shadows(plant, 100.0)
    assert reason.endswith(words)


def test_fault(make_plant, string_plant: PlantSpec, noon: float):
    """Stopping faults are named by number, alarms are not."""
    plant = make_plant(string_plant)
    plant.add_fault(70, False, noon)
    plant.add_fault(2, True, noon)
    plant.sequence.phase = "fault"
    assert shadows(plant, noon) == ("fault 2 keeps the inverter off the grid",)


@pytest.mark.parametrize(
    ("limited", "words"),
    [
        ("nominal", "nominal power 5000 W is the ceiling"),
        ("active", "the active power limit is 1500 W"),
        ("feed-in", "the feed-in limit of the site is 700 W"),
    ],
)
def test_limits(make_plant, string_plant: PlantSpec, limited: str, words: str):
    """A limit that binds is named with its figure."""
    limit = 1500.0 if limited == "active" else None
    plant = make_plant(string_plant, 6000, active_power_limit=limit, feed_in_limit=700.0)
    plant.limited = limited
    assert shadows(plant, 0.0) == (words,)


def test_battery_takes_its_part(make_plant, hybrid_plant: PlantSpec):
    """What the battery takes of the PV power does not reach the AC side."""
    plant = make_plant(hybrid_plant, 3000)
    plant.dc, plant.battery_power = 3000.0, -1234.4
    assert shadows(plant, 0.0) == ("the battery takes 1234 W of it",)
