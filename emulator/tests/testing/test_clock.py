"""Tests of testing/clock.py."""

from __future__ import annotations

from sungrow_emulator.testing import SungrowEmulator


def test_time_goes_where_it_is_told() -> None:
    """The clock can be moved from the test's thread."""
    with SungrowEmulator() as inverter:
        assert inverter.clock.now().time == "2026-06-21T11:00:00Z"
        assert inverter.clock.advance(60).time == "2026-06-21T11:01:00Z"
        assert inverter.clock.jump("2026-06-22T00:00:00Z").time == "2026-06-22T00:00:00Z"
        assert inverter.clock.set_speed(10).speed == 10
        assert not inverter.clock.resume().frozen
        assert inverter.clock.freeze().frozen


async def test_on_the_callers_loop_going_is_awaited() -> None:
    """All else is answered at once."""
    async with SungrowEmulator() as inverter:
        assert (await inverter.clock.advance(60)).time == "2026-06-21T11:01:00Z"
        assert (await inverter.clock.jump("sunset")).time > "2026-06-21T19"
        assert inverter.clock.set_speed(2).speed == 2
