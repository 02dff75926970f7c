"""Tests of fleet.py."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import NOON

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError, UnknownNameError
from sungrow_emulator.fleet import Fleet, Installation
from sungrow_emulator.plan import DevicePlan, plan_of_devices
from sungrow_emulator.site.clock import SimClock

Member = dict[str, Any]
AT_NOON = 1782039600.0
OPTIONS: Member = {"start": NOON, "freeze": True, "modbus_port": 0, "winet": "none"}
TLS: Member = {"winet": "winet-s", "dongle_firmware": "P043"}
STRING: Member = {"model": "SG5.0RT"}


def plans_of(*devices: Member) -> tuple[DevicePlan, ...]:
    """Return the plans of devices that stand on ports of their own unless told otherwise."""
    return plan_of_devices(OPTIONS, devices).devices


def fleet_of(*devices: Member) -> Fleet:
    """Return those devices at a summer noon."""
    clock = SimClock(AT_NOON, 1, True, lambda: 0.0)
    return Fleet(plans_of(*devices), clock, lambda: 0.0)


def one_plan(**member: Any) -> DevicePlan:
    """Return the plan of one device more, a string inverter with numbers of its own."""
    (plan,) = plans_of({**STRING, "instance": 50, **member})
    return plan


def port_of(one: Installation) -> int:
    """Return the number of the Modbus port of a device."""
    return one.doors[0].describe()[0].port


async def serial(port: int, unit: int = 1) -> str:
    """Read the serial number of a unit over a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(bytes.fromhex("000100000006") + bytes([unit, 4]) + bytes.fromhex("137d000a"))
    answer = await asyncio.wait_for(reader.read(100), 5)
    writer.close()
    await writer.wait_closed()
    return answer[9:].rstrip(b"\0").decode()


def test_names_are_kinds_with_numbers_where_there_are_several() -> None:
    """A single device has the name of its kind; companions follow theirs."""
    assert fleet_of({"model": "SH10RT"}).device_ids() == ("inverter", "battery")
    several = fleet_of({"model": "SH10RT"}, {"model": "AC22E-01"}, {"id": "x", "model": "SH10RT"})
    names = ("inverter-1", "inverter-1-battery", "wallbox-2", "x", "x-battery")
    assert several.device_ids() == names
    assert several.first.id == "inverter-1"
    assert [one.id for one in several] == ["inverter-1", "wallbox-2", "x"]


def test_devices_are_found_by_name() -> None:
    """An empty name means the first; an unknown one names the nearest."""
    fleet = fleet_of({"model": "SH10RT"}, STRING)
    assert fleet.find("")[1] is fleet.first.view
    owner, view = fleet.find("inverter-1-battery")
    assert (owner.id, view.device.kind) == ("inverter-1", "battery")
    with pytest.raises(UnknownNameError, match="did you mean inverter-2"):
        fleet.find("inverter-3")


def test_names_are_unique() -> None:
    """Also those of companions."""
    with pytest.raises(ConflictError, match="device 'a' is there already; choose another id"):
        fleet_of({"id": "a"}, {"id": "a"})
    with pytest.raises(ConflictError, match="device 'a-battery' is there already"):
        fleet_of({"id": "a", "model": "SH10RT"}, {"id": "a-battery", **STRING})


def test_devices_alike_have_identities_of_their_own() -> None:
    """No two serial numbers are the same, and they are the same the next time."""
    serials = [
        [fleet.find(name)[1].device.serial_number for name in fleet.device_ids()]
        for fleet in (fleet_of(*[STRING] * 20), fleet_of(*[STRING] * 20))
    ]
    assert len(set(serials[0])) == 20
    assert serials[0] == serials[1]


def test_sites_are_shared_by_name() -> None:
    """Devices that name one site have one physics and one load, all others their own."""
    roof = {"site": "roof", **STRING}
    fleet = fleet_of(roof, STRING, roof, STRING)
    first, second, third, fourth = (fleet.find(f"inverter-{n}")[0] for n in range(1, 5))
    assert first.site is third.site
    assert len({id(one.site) for one in (first, second, fourth)}) == 3
    assert len(fleet.sites) == 3


def test_doors_are_shared_by_port() -> None:
    """One number is one port; 0 is another one for each device."""
    fleet = fleet_of({"modbus_port": 5020, **STRING}, {"modbus_port": 5020, "unit": 2, **STRING})
    assert len(fleet.doors) == 1
    assert len(fleet_of(STRING, STRING).doors) == 2


def test_behind_a_gateway_port_0_is_shared_too() -> None:
    """Devices behind one logger have one port, whichever the system chooses."""
    member = {"path": "logger", **STRING}
    fleet = fleet_of(*({**member, "unit": unit} for unit in range(1, 21)))
    assert len(fleet.doors) == 1
    units = fleet.doors[0].describe()[0].units
    assert {units[str(n)] for n in range(1, 21)} == {f"inverter-{n}" for n in range(1, 21)}


async def test_given_serials_are_unique() -> None:
    """Both devices are named; one that is taken away leaves its number."""
    given = {"serial_number": "A2320857900", **STRING}
    with pytest.raises(ConflictError, match="A2320857900': that is a already, so b needs another"):
        fleet_of({"id": "a", **given}, {"id": "b", **given})
    fleet = fleet_of({"id": "a", **given}, {"id": "b", **STRING, "serial_number": "A2320857901"})
    numbers = [one.devices[0].serial_number for one in fleet]
    assert numbers == ["A2320857900", "A2320857901"]
    with pytest.raises(ConflictError, match="that is a already, so inverter-10 needs another"):
        await fleet.add(one_plan(**given), 9, open_doors=False)
    await fleet.remove("a")
    added = await fleet.add(one_plan(**given), 9, open_doors=False)
    assert added.devices[0].serial_number == "A2320857900"


def test_dongles_are_for_single_devices_unless_asked_for() -> None:
    """Several dongles would want the same ports."""
    for devices, opened in ((1, 2), (2, 1)):
        fleet = fleet_of(*[{"winet": "auto", **STRING}] * devices)
        assert len(fleet.first.doors) == opened
    assert len(fleet_of({"winet": "eyem4", **STRING}, STRING).first.doors) == 2


async def test_every_door_opens_or_none() -> None:
    """Where one port is taken, the others are closed again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        fleet = fleet_of(STRING, {"modbus_port": taken.getsockname()[1], **STRING})
        with pytest.raises(EmulatorError, match="already in use"):
            await fleet.start()
    assert [door.describe()[0].port for door in fleet.doors] == [0, 0]


async def test_added_devices_answer_while_others_go_on() -> None:
    """A connection that is open notices nothing when devices come and go."""
    fleet = fleet_of({"model": "SH10RT"})
    await fleet.start()
    try:
        port = port_of(fleet.first)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        own = await fleet.add(one_plan(), 1, open_doors=True)
        joins = await fleet.add(one_plan(modbus_port=port, unit=2), 2, open_doors=True)
        assert [own.id, joins.id] == ["inverter-2", "inverter-3"]
        assert joins.doors[0] is fleet.first.doors[0]
        assert await serial(port_of(own)) == own.devices[0].serial_number
        assert await serial(port, 2) == joins.devices[0].serial_number
        writer.write(bytes.fromhex("000100000006010413870001"))
        assert (await reader.readexactly(11))[-2:] == b"\x0e\x03"
        closed = port_of(own)
        for name in ("inverter-2", "inverter-3"):
            await fleet.remove(name)
        with pytest.raises(ConnectionRefusedError):
            await serial(closed)
        writer.write(bytes.fromhex("000200000006020413870001") * 2)
        writer.write(bytes.fromhex("000300000006010413870001"))
        assert (await asyncio.wait_for(reader.readexactly(11), 5))[:2] == b"\0\3", "unit 2 is gone"
        writer.close()
        await writer.wait_closed()
    finally:
        await fleet.stop()
    assert fleet.device_ids() == ("inverter", "battery")


@pytest.mark.parametrize(
    ("member", "says"),
    [
        ({"id": "inverter"}, "device 'inverter' is there already"),
        ({"modbus_port": "its"}, "unit=1: that is inverter at"),
        ({"modbus_port": "its", "unit": 2, "encryption": "ff"}, "encryption=ff: "),
        ({"modbus_port": "taken"}, "modbus-port=.* is already in use .*; choose another"),
        ({"winet": "winet-s", "winet_http_port": "taken"}, "winet-http-port=.* is already in use"),
        ({"modbus_port": "its", "unit": 2, **TLS, "winet_key": "x"}, "give both"),
        ({"winet_key": "x"}, "winet-key: no door here speaks TLS"),
        ({"model": "SG5.0TR"}, "did you mean SG5.0RT"),
    ],
)
async def test_what_cannot_be_added_leaves_nothing_behind(member: Member, says: str) -> None:
    """Neither device nor door nor unit id stays; the next one has its place."""
    fleet = fleet_of({"model": "SH10RT"})
    await fleet.start()
    doors, answer = fleet.doors, fleet.doors[0].describe()[0]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = {"its": answer.port, "taken": taken.getsockname()[1]}
        member = {name: ports.get(value, value) for name, value in member.items()}
        try:
            with pytest.raises(EmulatorError, match=says):
                await fleet.add(one_plan(**member), 1, open_doors=True)
            assert fleet.device_ids() == ("inverter", "battery")
            assert fleet.doors == doors
            assert fleet.doors[0].describe()[0] == answer
            await fleet.add(one_plan(modbus_port=answer.port, unit=2), 1, open_doors=True)
        finally:
            await fleet.stop()
    assert len(fleet.doors) == 1


async def test_a_port_that_is_taken_can_be_had_later() -> None:
    """Nobody holds a port for a device that could not be added."""
    fleet = fleet_of(STRING)
    await fleet.start()
    try:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(ConflictError, match="already in use"):
                await fleet.add(one_plan(modbus_port=port), 1, open_doors=True)
        assert port_of(await fleet.add(one_plan(modbus_port=port), 1, open_doors=True)) == port
        await fleet.remove("inverter-2")
        assert port_of(await fleet.add(one_plan(modbus_port=port), 1, open_doors=True)) == port
    finally:
        await fleet.stop()


async def test_cancelled_adding_leaves_nothing_behind() -> None:
    """A device whose doors were being opened is gone when its request is."""
    fleet = fleet_of(STRING)
    await fleet.start()
    plan = one_plan(winet="winet-s", winet_http_port=0, winet_ws_port=0)
    adding = asyncio.create_task(fleet.add(plan, 1, open_doors=True))
    while len(fleet.device_ids()) == 1:  # noqa: ASYNC110 - it is between two of its steps
        await asyncio.sleep(0)
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    assert fleet.device_ids() == ("inverter",)
    await fleet.stop()


async def test_before_the_start_devices_are_added_closed() -> None:
    """Their doors open with those of the others."""
    fleet = fleet_of(STRING)
    added = await fleet.add(one_plan(), 1, open_doors=False)
    assert port_of(added) == 0
    await fleet.start()
    try:
        assert await serial(port_of(added)) == added.devices[0].serial_number
        assert fleet.answers()
    finally:
        await fleet.stop()


async def test_what_cannot_be_removed() -> None:
    """A companion goes with its device, the last device stays, and nothing else is known."""
    fleet = fleet_of({"model": "SH10RT"})
    with pytest.raises(ConflictError, match="battery belongs to inverter; remove that"):
        await fleet.remove("battery")
    with pytest.raises(ConflictError, match="inverter is the last device"):
        await fleet.remove("inverter")
    with pytest.raises(UnknownNameError, match="unknown device 'inverter-9'"):
        await fleet.remove("inverter-9")


async def test_the_others_of_a_site_show_the_same_when_one_is_removed() -> None:
    """Its physics goes on: what stands at the grid connection is still there."""
    fleet = fleet_of({"site": "roof", **STRING}, {"site": "roof", "meter": "none", **STRING})
    device = fleet.first.devices[0]
    before = list(device.instant().values)
    await fleet.remove("inverter-2")
    device.changed()
    after = list(device.instant().values)
    assert [a for a in after if a == a] == [b for b in before if b == b]


async def test_a_door_goes_with_its_last_device() -> None:
    """A port of two devices stays open for the one that stays."""
    fleet = fleet_of(STRING)
    await fleet.start()
    try:
        port = port_of(fleet.first)
        await fleet.add(one_plan(modbus_port=port, unit=2), 1, open_doors=True)
        await fleet.add(one_plan(), 2, open_doors=True)
        await fleet.remove("inverter")
        assert await serial(port, 2)
        await fleet.remove("inverter-2")
        with pytest.raises(ConnectionRefusedError):
            await serial(port, 2)
    finally:
        await fleet.stop()


def test_mistakes_are_told_at_their_place() -> None:
    """A plan from a file begins the sentence with its line."""
    plans = [replace(plan, place=f"site.yaml:{n}") for n, plan in enumerate(plans_of({}, {}))]
    plans[1] = replace(plans[1], config=replace(plans[1].config, model="SH10TR"))
    with pytest.raises(EmulatorError, match=r"^site\.yaml:1: unknown model 'SH10TR'"):
        Fleet(plans, SimClock(AT_NOON, 1, True, lambda: 0.0), lambda: 0.0)


async def test_what_only_the_machine_can_say_is_told_at_its_place() -> None:
    """Opening a door begins the sentence with the line of the option, and nothing stays open."""
    place = {"places": {"rtu": "site.yaml:8"}, "place": "site.yaml:7"}
    first, second = plans_of({}, {"rtu": "/dev/tty-none"})
    fleet = Fleet(
        [first, replace(second, **place)], SimClock(AT_NOON, 1, True, lambda: 0.0), lambda: 0.0
    )
    with pytest.raises(EmulatorError, match=r"^site\.yaml:8: rtu='/dev/tty-none' is no serial"):
        await fleet.start()
    assert not any(door.port for one in fleet.doors for door in one.describe())


async def test_a_line_is_not_taken_from_another_device(tmp_path: Path) -> None:
    """Its link leads where it did, also after the other was refused."""
    link = tmp_path / "inverter"
    fleet = fleet_of({"rtu": f"pty:{link}"})
    await fleet.start()
    try:
        target = link.readlink()
        with pytest.raises(ConflictError, match="that is the rtu already; choose another"):
            await fleet.add(one_plan(rtu=f"pty:{link}"), 1, open_doors=True)
        assert link.readlink() == target
    finally:
        await fleet.stop()
