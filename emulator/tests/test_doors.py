"""Tests of doors.py."""

from __future__ import annotations

import asyncio

import pytest
from support import emulator

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.device.view import View
from sungrow_emulator.doors import ModbusDoor

KEY_REQUEST = bytes.fromhex("6868000000 06f7040ae70008")


async def exchange(door: ModbusDoor, frame: bytes, wait: float = 2.0) -> bytes:
    """Send one frame; return the answer, or nothing after `wait` seconds of silence."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(frame)
    try:
        return await asyncio.wait_for(reader.read(300), wait)
    except TimeoutError:
        return b""
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"model": "SH10RT"}, bytes(16)),
        ({"model": "SG5.0RT", "encryption": "ff"}, b"\xff" * 16),
        ({"model": "SG5.0RT", "encryption": "silent"}, None),
        ({"model": "SH15T"}, None),
    ],
)
async def test_the_key_request_is_answered_as_the_path_does(
    options: dict[str, str], key: bytes | None
) -> None:
    """LAN and WiNet-S give the zero key, a WiNet-S2 stays silent, and an option overrules."""
    one = emulator(**options)
    door = one.modbus
    await door.start()
    try:
        answer = await exchange(door, KEY_REQUEST, 0.2 if key is None else 2)
    finally:
        await door.stop()
    assert answer[9:] == (b"" if key is None else key)


async def test_a_wifi_dongle_has_a_key_of_its_own() -> None:
    """The key is the same for every connection, and differs from device to device."""
    one, two = (emulator(model="SH5K-20", instance=n) for n in range(2))
    keys: list[bytes] = []
    for door in (one.modbus, one.modbus, two.modbus):
        await door.start()
        keys.append((await exchange(door, KEY_REQUEST))[9:])
        await door.stop()
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) == 16


async def test_early_firmware_sends_short_exceptions() -> None:
    """With `--encryption malformed` an exception has MBAP length 2."""
    one = emulator(model="SG5.0RT", encryption="malformed")
    door = one.modbus
    await door.start()
    try:
        answer = await exchange(door, bytes.fromhex("000100000006010400000001"))
    finally:
        await door.stop()
    assert answer == bytes.fromhex("0001000000 02018402")


@pytest.mark.parametrize(
    ("options", "units"),
    [
        ({"model": "SH10RT"}, {"1": "inverter", "200": "battery"}),
        ({"model": "SH10RT", "path": "winet-s", "unit": 5}, {"2": "battery", "5": "inverter"}),
        ({"model": "SBR128"}, {"200": "battery"}),
        ({"model": "AC22E-01", "path": "winet-s"}, {"3": "wallbox"}),
        ({"model": "Logger1000"}, {"247": "logger"}),
        ({"model": "iHomeManager"}, {"247": "ihomemanager"}),
    ],
)
def test_devices_have_the_unit_ids_of_the_path(
    options: dict[str, object], units: dict[str, str]
) -> None:
    """A battery is unit 200 on the LAN port and 2 behind a dongle."""
    door = emulator(**options).modbus
    assert door.answer().units == units
    assert door.answers()


@pytest.mark.parametrize(
    ("path", "units"),
    [
        ("lan", {"1": "inverter", "200": "battery"}),
        ("winet-s", {"1": "inverter", "2": "battery", "3": "wallbox"}),
    ],
)
def test_a_wallbox_answers_through_a_dongle_only(path: str, units: dict[str, str]) -> None:
    """The LAN port knows no wallbox, and no path forwards to a meter."""
    one = emulator(path=path, wallbox="AC22E-01", meter="dongle", winet="winet-s")
    assert one.modbus.answer().units == units
    assert [device.id for device in one.devices()] == ["inverter", "battery", "wallbox", "meter"]


async def test_two_devices_cannot_share_a_unit_id() -> None:
    """An inverter at the unit id of its battery is refused with a sentence."""
    with pytest.raises(EmulatorError, match="unit=200: that is the battery"):
        emulator(model="SH10RT", unit=200)


async def test_timing_persona_takes_its_time() -> None:
    """With `--timing persona` a dongle needs at least 10 ms for an input register."""
    one = emulator(model="SG5.0RT", timing="persona")
    door = one.modbus
    await door.start()
    begin = asyncio.get_running_loop().time()
    try:
        answer = await exchange(door, bytes.fromhex("000100000006010413870001"))
    finally:
        await door.stop()
    assert asyncio.get_running_loop().time() - begin >= 0.010
    assert answer.endswith(b"\x24\x30")


async def test_metrics_count_what_was_asked() -> None:
    """Requests are counted by function, refusals by code."""
    one = emulator(model="SG5.0RT", strict=True)
    door = one.modbus
    await door.start()
    try:
        await exchange(door, bytes.fromhex("000100000006010413870001"))
        await exchange(door, bytes.fromhex("000100000006010400000001"))
    finally:
        await door.stop()
    counts = {(m.name, *m.labels.values()): m.value for m in door.metrics()}
    assert counts["modbus_requests_total", "modbus", "4"] == 2
    assert counts["modbus_exceptions_total", "modbus", "2"] == 1
    assert counts["modbus_connections", "modbus"] == 0
    assert repr(door) == "<ModbusDoor 127.0.0.1:0 as string-rt/winet-s/pre-2024-11>"


async def test_a_fault_of_the_emulator_is_logged_and_counted(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What should never happen is answered with exception 4, said once, and counted."""

    def broken(*_: object) -> bytes:
        raise ZeroDivisionError("no such thing")

    monkeypatch.setattr(View, "read", broken)
    door = emulator(model="SG5.0RT").modbus
    await door.start()
    try:
        answers = [await exchange(door, bytes.fromhex("000100000006010413870001")) for _ in "ab"]
    finally:
        await door.stop()
    assert [answer[7:] for answer in answers] == [b"\x84\x04"] * 2
    counts = {m.name: m.value for m in door.metrics()}
    assert counts["modbus_unit_failures_total"] == 2
    (record,) = caplog.records
    assert "ZeroDivisionError('no such thing')" in record.message
    assert record.exc_info is None


async def test_clients_are_listed_by_address() -> None:
    """The door tells who is connected, each address once."""
    door = emulator(model="SG5.0RT").modbus
    await door.start()
    try:
        assert door.clients() == ()
        connections = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(2)]
        while door.answer().connections < 2:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.001)
        assert door.clients() == ("127.0.0.1",)
        assert door.describe() == (door.answer(),)
        for _, writer in connections:
            writer.close()
            await writer.wait_closed()
    finally:
        await door.stop()


def test_a_model_of_holding_registers_only_answers() -> None:
    """A door is ready when each device answers some register of its own."""
    for model in ("SG5.0RT", "AC22E-01", "iHomeManager", "SBR128"):
        assert emulator(model=model, strict=True).modbus.answers()
