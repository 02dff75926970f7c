"""Tests of site/inverter.py."""

from __future__ import annotations

import math

from sungrow_emulator.site.inverter import Sequence

GOOD = {"fault": False, "stopped": False, "ready": True, "able": True, "at_once": False}
DARK = {**GOOD, "ready": False, "able": False}


def walk(sequence: Sequence, now: float, **inputs: bool) -> list[tuple[str, float]]:
    """Follow a sequence until it rests; return its phases and when they began."""
    trace: list[tuple[str, float]] = []
    while True:
        sequence.update(now, **{**GOOD, **inputs})
        trace.append((sequence.phase, now))
        if sequence.deadline == math.inf:
            return trace
        now = sequence.deadline


def test_morning():
    """In the morning it waits a minute and synchronises for another."""
    trace = walk(Sequence("standby"), 1000.0)
    assert trace == [("initial-standby", 1000.0), ("starting", 1060.0), ("run", 1120.0)]


def test_dusk():
    """Too little power puts it to standby, from every phase."""
    for phase in ("run", "initial-standby", "starting"):
        sequence = Sequence(phase)
        sequence.update(0.0, **DARK)
        assert (sequence.phase, sequence.deadline) == ("standby", math.inf)


def test_between_the_thresholds_it_stays():
    """Enough to stay is not enough to start."""
    running, resting = Sequence("run"), Sequence("standby")
    for sequence in (running, resting):
        sequence.update(0.0, **{**GOOD, "ready": False})
    assert (running.phase, resting.phase) == ("run", "standby")


def test_stop_and_start():
    """After a stop it takes three minutes to run again."""
    sequence = Sequence("run")
    sequence.update(0.0, **{**GOOD, "stopped": True})
    assert sequence.phase == "key-stop"
    assert walk(sequence, 500.0) == [
        ("initial-standby", 500.0),
        ("starting", 590.0),
        ("run", 680.0),
    ]


def test_fault_and_recovery():
    """A fault wins over everything; once it is gone, it synchronises for a minute."""
    sequence = Sequence("run")
    sequence.update(0.0, **{**GOOD, "fault": True, "stopped": True})
    assert sequence.phase == "fault"
    assert walk(sequence, 100.0) == [("starting", 100.0), ("run", 160.0)]


def test_fault_that_clears_in_the_dark():
    """Without light it goes to standby instead of starting."""
    sequence = Sequence("fault")
    sequence.update(0.0, **DARK)
    assert sequence.phase == "standby"


def test_power_set_by_hand_needs_no_morning():
    """Power that a tester sets shows at once, also out of standby."""
    sequence = Sequence("standby")
    sequence.update(0.0, **{**GOOD, "at_once": True})
    assert sequence.phase == "run"


def test_waits_for_its_deadline():
    """Asking again before the deadline changes nothing."""
    sequence = Sequence("standby")
    sequence.update(0.0, **GOOD)
    sequence.update(59.9, **GOOD)
    assert (sequence.phase, sequence.deadline) == ("initial-standby", 60.0)
