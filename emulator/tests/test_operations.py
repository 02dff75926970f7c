"""Tests of operations.py."""

from __future__ import annotations

import pytest
from support import NOON, emulator, field, several

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError


def test_set_power_holds_the_ac_power_day_and_night() -> None:
    """The uncurtailed AC power is what was asked for, until it is released."""
    for start in (NOON, "2026-12-21T23:00:00Z"):
        one = emulator(model="SG5.0RT", start=start)
        change = one.set_power("", 2500)
        assert field(one, "total_active_power") == 2500
        assert change.state.overrides == {"pv_power": 2500}
        assert "total_active_power" in {c.name for c in change.changed}
        assert one.release_power("").state.overrides == {}
    assert field(one, "total_active_power") == 0


def test_set_power_tells_what_shadows_it() -> None:
    """A fault keeps the power away, and the answer says so."""
    one = emulator(model="SG5.0RT")
    one.set_fault("", "grid-lost")
    change = one.set_power("", 2500)
    assert field(one, "total_active_power") == 0
    assert "fault 10" in change.notes[0]


@pytest.mark.parametrize("watts", [-1, 5501, float("nan")])
def test_set_power_has_bounds(watts: float) -> None:
    """More than 1.1 times nominal is refused."""
    with pytest.raises(EmulatorError, match="must be between 0 and 5500"):
        emulator(model="SG5.0RT").set_power("", watts)


def test_load_and_battery_can_be_held() -> None:
    """Load, state of charge and battery power have commands of their own."""
    one = emulator(model="SH10RT")
    one.set_load("", 3000)
    one.set_soc("", 50)
    one.set_battery_power("", 2000)
    assert field(one, "load_power") == pytest.approx(3000, abs=1)
    assert field(one, "battery_soc") == 50
    assert field(one, "battery_power_signed") == 2000
    assert one.device().overrides == {"load_power": 3000, "battery_power": 2000}
    one.set_load("", None)
    one.set_battery_power("battery", None)
    assert one.device().overrides == {}


def test_commands_need_what_they_are_about() -> None:
    """A string inverter has no battery, and a battery cannot be given PV power."""
    with pytest.raises(EmulatorError, match=r"SG5\.0RT has no battery"):
        emulator(model="SG5.0RT").set_soc("", 50)
    with pytest.raises(EmulatorError, match="'battery' is a battery; only an inverter"):
        emulator(model="SH10RT").set_power("battery", 50)
    with pytest.raises(EmulatorError, match="percent=101 must be between 0 and 100"):
        emulator(model="SH10RT").set_soc("", 101)


def test_faults_stop_the_feed_in_and_alarms_do_not() -> None:
    """A fault takes the power away, an alarm only shows."""
    one = emulator(model="SG5.0RT")
    alarm = one.set_fault("", 514)
    assert alarm.state.state == "alarm-run"
    assert field(one, "total_active_power") > 0
    fault = one.set_fault("", "grid-overvoltage")
    assert fault.state.state == "fault"
    assert [f.number for f in fault.state.faults] == [514, 2]
    assert field(one, "total_active_power") == 0
    assert any("no fault words" in note for note in fault.notes)
    again = one.set_fault("", 2)
    assert len(again.state.faults) == 2


def test_clearing_faults() -> None:
    """One fault can be cleared by name, or all; what is not active is refused."""
    one = emulator(model="SH10RT")
    one.set_fault("", 514)
    one.set_fault("", 10)
    with pytest.raises(EmulatorError, match="fault 39 is not active; active are: 514"):
        one.clear_fault("", 39)
    assert one.clear_fault("", "grid-lost").action == "cleared 10 grid-lost"
    assert one.clear_fault("").state.faults == ()
    assert one.clear_fault("").action == "cleared nothing"


def test_registers_pins_and_writes_by_document_number() -> None:
    """The façade hands registers on to the view."""
    one = emulator(model="SH10RT")
    assert one.registers("", "input", 5000).words == (0x0E03,)
    assert one.pin("", "input", 5000, [1]).pinned
    assert one.device().pins[0].words == (1,)
    assert not one.unpin("", "input", 5000).pinned
    change = one.write("", 13059, [100])
    assert next(c.name for c in change.changed if c.table == "holding") == "min_soc"


def test_commands_are_for_one_device() -> None:
    """The first where none is named; the others show what they did."""
    one = several({"model": "SG5.0RT"}, {"model": "SG5.0RT"})
    before = [f.words for f in one.fields("inverter-2")]
    one.set_power("", 1000)
    one.set_fault("", 514)
    one.pin("", "input", 5000, [1])
    one.write("", 5007, [0xAA])
    assert [f.words for f in one.fields("inverter-2")] == before
    assert one.set_power("inverter-2", 2000).device == "inverter-2"
    assert (field(one, "total_active_power"), one.device("inverter-2").power) == (1000, 2000)
    with pytest.raises(UnknownNameError, match="did you mean inverter-2 or inverter-1"):
        one.set_power("inverter-3", 1)


def test_devices_of_one_site_share_load_and_grid() -> None:
    """What one does shows at the meter of the other at once."""
    one = several(
        {"site": "roof", "model": "SH10RT", "battery": "none"},
        {"site": "roof", "model": "SG5.0RT", "meter": "none"},
    )
    one.set_load("", 500)
    one.set_power("", 0)
    one.set_power("inverter-2", 0)
    assert field(one, "meter_active_power") == pytest.approx(500, abs=5)
    one.set_power("inverter-2", 3000)
    assert field(one, "meter_active_power") == pytest.approx(-2500, abs=5)


HELD = {"pv_power": 1000, "load_power": 700, "battery_power": 300, "soc": 40}


def test_a_plan_holds_from_the_start_on() -> None:
    """What it holds is shown as if an operator held it, and its faults are there."""
    one = several({"model": "SH10RT", "hold": HELD, "faults": ["514"]}, {"model": "SG5.0RT"})
    first = one.device()
    assert first.overrides == {"pv_power": 1000, "load_power": 700, "battery_power": 300}
    assert [fault.number for fault in first.faults] == [514]
    assert (first.soc, first.power) == (pytest.approx(40, abs=0.1), pytest.approx(1300, abs=20))
    assert one.device("inverter-2").overrides == {}


async def test_reset_holds_again_what_the_plan_holds() -> None:
    """After all that happened it is as right after the start, on a shared site too."""
    one = several(
        {"site": "roof", "model": "SH10RT", "hold": HELD, "faults": [514]},
        {"site": "roof", "model": "SG5.0RT", "hold": {"pv_power": 10}},
    )
    before = one.state(), [f.words for name in one.installations() for f in one.fields(name)]
    one.set_power("", 100)
    one.set_load("inverter-2", None)
    one.set_soc("", 90)
    one.clear_fault("")
    one.set_fault("inverter-2", 2)
    await one.advance(4000)
    one.reset()
    assert one.state() == before[0]
    assert [f.words for name in one.installations() for f in one.fields(name)] == before[1]


async def test_going_back_keeps_what_a_plan_holds() -> None:
    """A jump into the past lets sites begin afresh; what is held stands."""
    one = several({"model": "SH10RT", "hold": HELD, "faults": [514]})
    await one.jump("2026-06-20T11:00:00Z")
    held = one.device()
    assert held.overrides == {"pv_power": 1000, "load_power": 700, "battery_power": 300}
    assert [fault.number for fault in held.faults] == [514]
    assert field(one, "total_active_power") == pytest.approx(1300, abs=20)


@pytest.mark.parametrize(
    ("member", "says"),
    [
        ({"hold": {"pv_power": 5501}}, "a: hold pv-power: watts=5501 must be between 0 and 5500"),
        ({"hold": {"load_power": -1}}, "a: hold load-power: watts=-1 must be between 0 and"),
        ({"hold": {"soc": 50}}, r"a: hold soc: SG5\.0RT has no battery fitted"),
        ({"hold": {"battery_power": 0}}, r"a: hold battery-power: SG5\.0RT has no battery"),
        ({"faults": [9999]}, "unknown fault '9999'"),
    ],
)
def test_what_cannot_be_held_is_told_with_its_device(member: dict[str, object], says: str) -> None:
    """The sentence names the device, what was to be held and what is allowed."""
    with pytest.raises(EmulatorError, match=says):
        several({"id": "a", "model": "SG5.0RT", **member})
