"""Tests of emulator.py."""

from __future__ import annotations

import asyncio

import pytest
from support import NOON, emulator, field, several

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError, UnknownNameError
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
    one.reset()
    assert one.state() == before[0]
    assert [f.words for f in one.fields()] == before[1]
    running = emulator(model="SH10RT", freeze=False)
    running.reset()
    assert running.clock().frozen is False


async def test_the_idle_tick_settles_the_site() -> None:
    """A site that nobody reads does not fall behind."""
    one = emulator(model="SG5.0RT", freeze=False, speed=3600)
    await one.start()
    try:
        await asyncio.sleep(1.2)
        assert one._fleet.first.site.settled >= one._clock.now() - 3600
    finally:
        await one.stop()


async def test_devices_are_added_and_removed() -> None:
    """A device has a name, a serial number and a port of its own, and leaves without a trace."""
    one = emulator(model="SG5.0RT")
    await one.start()
    try:
        before = one.state()
        (added, battery) = await one.add_device({"modbus-port": 0, "hold": {"soc": 30}})
        assert (added.id, battery.id, battery.kind) == (
            "inverter-2",
            "inverter-2-battery",
            "battery",
        )
        assert added.soc == pytest.approx(30, abs=0.1)
        assert added.serial_number != before.devices[0].serial_number
        assert one.installations() == ("inverter", "inverter-2")
        door = one.state().doors[1]
        answer = await ask(door.port, bytes.fromhex("000100000006010413870001"))
        assert answer.endswith(b"\x0e\x03")
        await one.remove_device("inverter-2")
        assert one.state().devices == before.devices
        assert len(one.state().doors) == 1
    finally:
        await one.stop()


async def test_numbers_of_added_devices_are_never_used_again() -> None:
    """Neither that of a removed device, nor that of one that could not be added."""
    one = emulator(model="SG5.0RT")
    names = [(await one.add_device({"modbus-port": 0}))[0] for _ in range(2)]
    await one.remove_device("inverter-3")
    with pytest.raises(EmulatorError, match="hold pv-power"):
        await one.add_device({"modbus-port": 0, "hold": {"pv-power": 1e6}})
    await one.add_device({"modbus-port": 0, "id": "inverter-6"})
    with pytest.raises(ConflictError, match="'inverter-6' is there already"):
        await one.add_device({"modbus-port": 0})
    names.append((await one.add_device({"modbus-port": 0}))[0])
    assert [name.id for name in names] == ["inverter-2", "inverter-3", "inverter-7"]
    assert len({name.serial_number for name in names}) == 3
    assert one.installations() == ("inverter", "inverter-2", "inverter-6", "inverter-7")


async def test_changes_at_once_come_one_after_the_other() -> None:
    """Requests that overlap do not get in each other's way."""
    one = emulator(model="SG5.0RT")
    await one.start()
    try:
        adding = [one.add_device({"modbus-port": 0, "model": "SG5.0RT"}) for _ in range(10)]
        added = [device.id for (device,) in await asyncio.gather(*adding)]
        assert added == [f"inverter-{n}" for n in range(2, 12)]
        await asyncio.gather(*(one.remove_device(name) for name in added))
        assert one.installations() == ("inverter",)
    finally:
        await one.stop()


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"mdoel": "x"}, "unknown option 'mdoel'; did you mean model"),
        ({"unit": 0}, "unit=0 must be between 1 and 246"),
        ({"site": "roof"}, "has a site of its own"),
        ({"modbus-port": 0, "faults": ["zzz"]}, "unknown fault 'zzz'"),
    ],
)
async def test_what_is_wrong_adds_nothing(members: dict[str, object], says: str) -> None:
    """One sentence says what is wrong, and everything is as before."""
    one = emulator(model="SG5.0RT")
    before = one.state()
    with pytest.raises(EmulatorError, match=says):
        await one.add_device(members)
    assert one.state() == before


async def test_sites_are_left_alone_until_somebody_looks() -> None:
    """Who is there is known at once; what they are doing when each site has begun."""
    one = emulator(model="SH10RT", count=3)
    state = one.state(begin=False)
    assert [device.kind for device in state.devices] == ["inverter", "battery"] * 3
    assert {(d.state, d.power, d.soc) for d in state.devices} == {("", None, None)}
    assert not any(site.begun for site in one._fleet.sites)
    await one.look(0)
    assert not any(site.begun for site in one._fleet.sites), "there was no time for it"
    assert one.device("inverter-2").state == "run"
    shown = [device.state for device in one.devices(begin=False) if device.kind == "inverter"]
    assert shown == ["", "run", ""]
    await one.look()
    await one.look()
    assert all(site.begun for site in one._fleet.sites)
    assert {device.state for device in one.devices()} == {"run", ""}
    one.reset()
    assert not any(site.begun for site in one._fleet.sites)


def test_several_devices_are_named() -> None:
    """A few are listed, many are counted."""
    assert repr(several({}, {})).startswith("<Emulator inverter-1, inverter-1-battery, inverter-2")
    many = emulator(model="SG5.0RT", count=9)
    assert repr(many) == "<Emulator of 9 devices at 9 doors>"
    assert many.notes == emulator(model="SG5.0RT").notes


def test_count_makes_the_emulators_of_as_many_instances() -> None:
    """Serial numbers and readings are those of emulators with consecutive numbers."""
    fleet = emulator(model="SG5.0RT", count=3, instance=4)
    alone = [emulator(model="SG5.0RT", instance=number) for number in range(4, 7)]
    for name, one in zip(fleet.installations(), alone, strict=True):
        assert fleet.device(name).serial_number == one.device().serial_number
        assert fleet.device(name).power == one.device().power
    assert fleet.installations() == ("inverter-1", "inverter-2", "inverter-3")


async def test_metrics_of_doors_are_told_apart() -> None:
    """Each sample of a name has labels of its own, as monitoring needs it."""
    one = emulator(model="SG5.0RT", count=3)
    await one.start()
    try:
        samples = [(m.name, *sorted(m.labels.items())) for m in one.metrics()]
        assert len(set(samples)) == len(samples)
        ports = {m.labels["port"] for m in one.metrics() if m.name == "modbus_connections"}
        assert ports == {str(door.port) for door in one.state().doors}
    finally:
        await one.stop()
