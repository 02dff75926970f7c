"""Tests of emulator.py."""

from __future__ import annotations

import asyncio

import pytest
from support import NOON, emulator, field

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.catalog.models import load_models


async def ask(port: int, frame: bytes) -> bytes:
    """Send one Modbus frame and return what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(frame)
    answer = await asyncio.wait_for(reader.read(300), 5)
    writer.close()
    await writer.wait_closed()
    return answer


async def test_it_starts_answers_and_stops() -> None:
    """After start the port answers with the type code, and the state says where it is."""
    one = emulator(model="SH10RT")
    assert not one.ready
    assert one.state().doors[0].port == 0
    await one.start()
    try:
        assert one.ready
        door = one.state().doors[0]
        answer = await ask(door.port, bytes.fromhex("000100000006010413870001"))
        assert answer == bytes.fromhex("0001000000050104020e03")
        assert (door.units, door.encryption) == ({"1": "inverter", "200": "battery"}, "zero")
        assert one.state().doors[0].requests == 1
        assert "modbus_requests_total" in {metric.name for metric in one.metrics()}
    finally:
        await one.stop()
    assert repr(one).startswith("<Emulator inverter, battery on <ModbusDoor 127.0.0.1:0 as")


async def test_stop_without_start_is_fine() -> None:
    """Stopping what never ran does nothing."""
    one = emulator()
    await one.stop()
    assert not one.ready


def test_every_inverter_has_a_state() -> None:
    """Each inverter model tells its state and code through its usual path."""
    for model in load_models().values():
        if model.nominal_power and not model.family.startswith("wallbox"):
            device = emulator(model=model.name).device()
            assert device.state == "run", model.name
            assert device.code is not None
            assert device.power is not None


def test_unknown_devices_name_the_nearest() -> None:
    """A device that is not there is answered with those that are."""
    with pytest.raises(UnknownNameError, match="did you mean inverter"):
        emulator().device("inverte")


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


async def test_after_a_fault_the_inverter_starts_again() -> None:
    """It takes simulated time until it runs."""
    one = emulator(model="SG5.0RT")
    one.set_fault("", 10)
    assert one.clear_fault("").state.state != "run"
    await one.advance(600)
    assert one.device().state == "run"


async def test_time_can_be_frozen_sped_up_and_jumped() -> None:
    """The clock answers where it stands after each command."""
    one = emulator(model="SH10RT")
    assert one.clock().time == NOON
    assert one.clock().device_time == "2026-06-21T13:00:00"
    assert one.resume().frozen is False
    assert one.set_speed(60).speed == 60
    assert one.freeze().frozen is True
    assert (await one.jump("2026-06-21T18:00:00Z")).time == "2026-06-21T18:00:00Z"
    assert (await one.advance(60)).time == "2026-06-21T18:01:00Z"
    assert (await one.jump("midnight")).device_time == "2026-06-22T00:00:00"
    with pytest.raises(EmulatorError, match="speed=0 must be between"):
        one.set_speed(0)
    with pytest.raises(EmulatorError, match="seconds=-1 must be between"):
        await one.advance(-1)
    with pytest.raises(EmulatorError, match="did you mean sunset"):
        await one.jump("sunse")


async def test_going_back_keeps_what_an_operator_holds() -> None:
    """Faults, overrides and client writes stand after a jump into the past."""
    one = emulator(model="SH10RT")
    one.set_power("", 3000)
    one.set_load("", 700)
    one.set_battery_power("", 0)
    one.write("", 13050, [2])
    one.set_fault("", 514)
    await one.jump("2026-06-20T11:00:00Z")
    assert one.clock().time == "2026-06-20T11:00:00Z"
    assert field(one, "total_active_power") == 3000
    assert field(one, "load_power") == 700
    assert field(one, "ems_mode") == 2
    assert one.device().state == "alarm-run"


async def test_the_same_script_gives_the_same_words() -> None:
    """Seed, configuration, events and simulated time decide every register word."""
    images: list[list[tuple[int, ...]]] = []
    for _ in range(2):
        one = emulator(model="SH10RT", seed=7)
        await one.advance(5000)
        one.set_load("", 4000)
        await one.advance(70000)
        images.append([f.words for f in one.fields()])
    assert images[0] == images[1]


async def test_reset_is_as_right_after_start() -> None:
    """Clock, overrides, faults, pins and client writes go back."""
    one = emulator(model="SH10RT")
    before = one.state(), [f.words for f in one.fields()]
    one.set_power("", 100)
    one.set_fault("", 10)
    one.pin("", "input", 5019, [1])
    one.write("", 13059, [100])
    one.resume()
    await one.advance(4000)
    assert one.reset() == before[0]
    assert [f.words for f in one.fields()] == before[1]
    running = emulator(model="SH10RT", freeze=False)
    assert running.reset().clock.frozen is False


def test_registers_pins_and_writes_by_document_number() -> None:
    """The façade hands registers on to the view."""
    one = emulator(model="SH10RT")
    assert one.registers("", "input", 5000).words == (0x0E03,)
    assert one.pin("", "input", 5000, [1]).pinned
    assert one.device().pins[0].words == (1,)
    assert not one.unpin("", "input", 5000).pinned
    change = one.write("", 13059, [100])
    assert next(c.name for c in change.changed if c.table == "holding") == "min_soc"


async def test_the_idle_tick_settles_the_site() -> None:
    """A site that nobody reads does not fall behind."""
    one = emulator(model="SG5.0RT", freeze=False, speed=3600)
    await one.start()
    try:
        await asyncio.sleep(1.2)
        assert one._fleet.first.site.settled >= one._clock.now() - 3600
    finally:
        await one.stop()
