"""Tests of doors.py."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from pathlib import Path

import pytest
from support import emulator

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError
from sungrow_emulator.catalog.personas import load_path
from sungrow_emulator.config import Config
from sungrow_emulator.device.view import View
from sungrow_emulator.doors import ModbusDoor
from sungrow_emulator.emulator import Emulator
from sungrow_emulator.site_file import parse_site

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
        ({"model": "SG5.0RT", "dongle_firmware": "P024"}, None),
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
        ({"model": "SBR128", "unit": 201}, {"201": "battery"}),
        ({"model": "AC22E-01", "unit": 7}, {"7": "wallbox"}),
        ({"model": "Logger1000", "unit": 3}, {"3": "logger"}),
        ({"path": "ihomemanager", "unit": 3}, {"247": "ihomemanager"}),
    ],
)
def test_devices_have_the_unit_ids_of_the_path(
    options: dict[str, object], units: dict[str, str]
) -> None:
    """A battery is unit 200 on the LAN port and 2 behind a dongle; a unit id of its own rules."""
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
    with pytest.raises(EmulatorError, match=r"that is inverter; choose another unit$"):
        emulator(model="SH10RT", unit=200)


def sharing(first: str, second: str) -> Emulator:
    """Return an emulator of two devices at one port; members are in YAML."""
    text = f"devices:\n- {{id: a, {first}}}\n- {{id: b, {second}}}\n"
    return Emulator(parse_site("site.yaml", text, {"modbus_port": 5020}))


def test_devices_share_a_port_by_unit_id() -> None:
    """Each has its unit id; what they have in common stands there once."""
    one = sharing("model: SH10RT", "model: SG5.0RT, unit: 2")
    assert one.modbus.answer().units == {"1": "a", "2": "b", "200": "a-battery"}
    behind = sharing("path: logger, battery: none", "path: logger, battery: none, unit: 2")
    units = behind.modbus.answer().units
    assert {units["1"], units["2"]} == {"a", "b"}


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (
            "model: SG5.0RT",
            r"unit=1: that is a at 127\.0\.0\.1:5020 .* unit or modbus-port$",
        ),
        ("unit: 2", "unit=200, the battery of b: that is a-battery .* another modbus-port$"),
        ("unit: 2, timing: persona", r"timing=persona: 127\.0\.0\.1:5020 has timing=none alr"),
        ("unit: 2, encryption: ff", r"encryption=ff: 127\.0\.0\.1:5020 speaks zero already"),
    ],
)
def test_what_a_port_has_already_is_refused(second: str, says: str) -> None:
    """The sentence says what is there, where, and what to choose instead."""
    with pytest.raises(ConflictError, match=says):
        sharing("model: SH10RT", second)


def test_two_batteries_share_a_port() -> None:
    """Each has the unit id that it was given."""
    packs = sharing("model: SBR128, unit: 200", "model: SBR128, unit: 201")
    assert packs.modbus.answer().units == {"200": "a", "201": "b"}


def test_behind_a_logger_unit_ids_end_at_199() -> None:
    """However the device comes; elsewhere they do not."""
    behind = sharing("path: logger, battery: none", "path: logger, battery: none, unit: 199")
    assert set(behind.modbus.answer().units) == {"1", "199", "247"}
    for unit in (200, 246):
        with pytest.raises(ConflictError, match=f"unit={unit}: behind one logger unit ids of inv"):
            sharing("path: logger", f"path: logger, battery: none, unit: {unit}")
    assert emulator(model="SG5.0RT", unit=246).modbus.answer().units == {"246": "inverter"}


def test_a_device_that_is_detached_leaves_the_others() -> None:
    """What answered for it is gone; a door without any device is empty."""
    one = sharing("model: SH10RT", "model: SG5.0RT, unit: 2")
    door = one.modbus
    door.detach([one._fleet.find("b")[1]])
    assert door.answer().units == {"1": "a", "200": "a-battery"}
    assert not door.empty
    door.detach([one._fleet.find(name)[1] for name in ("a", "a-battery")])
    assert door.empty


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
    where = "modbus", "127.0.0.1", "0"
    assert counts["modbus_requests_total", *where, "4"] == 2
    assert counts["modbus_exceptions_total", *where, "2"] == 1
    assert counts["modbus_connections", *where] == 0
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


async def test_the_same_door_on_other_lines(tmp_path: Path) -> None:
    """TLS, RTU and RTU over TCP stand beside the port when they are asked for."""
    link = tmp_path / "inverter"
    options = {"modbus_tls_port": 0, "rtu_tcp_port": 0}
    one = emulator(model="SG5.0RT", rtu=f"pty:{link}", **options)
    door = one.modbus
    assert [answer.port for answer in door.describe()] == [0] * 4
    await door.start()
    try:
        kinds = {answer.kind: answer for answer in door.describe()}
        assert list(kinds) == ["modbus", "modbus-tls", "rtu", "rtu-tcp"]
        assert len({answer.port for answer in kinds.values()} - {0}) == 3
        assert kinds["rtu"].place == f"{link.readlink()} <- {link}"
        reader, writer = await asyncio.open_connection("127.0.0.1", kinds["rtu-tcp"].port)
        writer.write(bytes.fromhex("0104138700018567"))
        assert (await asyncio.wait_for(reader.read(99), 5))[:5] == bytes.fromhex("0104022430")
        where = "rtu-tcp", "127.0.0.1", str(kinds["rtu-tcp"].port)
        counts = {(m.name, *m.labels.values()): m.value for m in door.metrics()}
        assert counts["modbus_connections", *where] == 1
        assert counts["modbus_rtu_frames_total", *where] == 1
        line = "rtu", "127.0.0.1", str(link.readlink())
        assert counts["modbus_rtu_crc_errors_total", *line] == 0
        assert door.clients() == (), "a converter is no client of Modbus TCP"
        writer.close()
        await writer.wait_closed()
    finally:
        await door.stop()
    assert not link.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"model": "SH10RT", "modbus_tls_port": 0},
            "modbus-tls-port: path lan has no Modbus over TLS; choose path winet-s or winet-s2",
        ),
        (
            {"model": "iHomeManager", "modbus_tls_port": 0},
            "modbus-tls-port: path ihomemanager has no Modbus over TLS; choose path winet-s or",
        ),
        (
            {"model": "SG5.0RT", "modbus_second_port": 0},
            "modbus-second-port: path winet-s has one Modbus port; choose path logger or ihomeman",
        ),
    ],
)
def test_ports_that_the_real_device_has_not_are_refused(
    options: dict[str, object], said: str
) -> None:
    """An option without meaning is a mistake; the sentence tells where it has one."""
    with pytest.raises(EmulatorError) as caught:
        emulator(**options)
    assert str(caught.value).startswith(said)


def test_the_help_tells_the_ports_of_the_real_devices() -> None:
    """Its numbers are those of the data."""
    said = {spec.name: spec.metadata["help"] for spec in fields(Config)}
    second, (third, fourth) = load_path("logger").ports[1], load_path("ihomemanager").ports[1:]
    assert (
        f"{second} on a Logger, {third} or {fourth} on an iHomeManager"
        in (said["modbus_second_port"])
    )
    assert f"{load_path('winet-s').tls_port} on a dongle" in said["modbus_tls_port"]


async def test_an_ihomemanager_bears_one_client_per_port() -> None:
    """Each of its ports has room for a client of its own, and for no second one."""
    options = {"model": "iHomeManager", "timing": "persona", "modbus_second_port": 0}
    door = emulator(**options).modbus
    await door.start()
    read = bytes.fromhex("000100000006f7041f400001")
    try:
        said: list[bytes] = []
        writers: list[asyncio.StreamWriter] = []
        for answer in (*door.describe(), *door.describe()):
            reader, writer = await asyncio.open_connection("127.0.0.1", answer.port)
            writers.append(writer)
            writer.write(read)
            said.append(await asyncio.wait_for(reader.read(99), 5))
        assert [bool(answer) for answer in said] == [True, True, False, False]
        assert door.clients() == ("127.0.0.1",)
        for writer in writers:
            writer.close()
    finally:
        await door.stop()


@pytest.mark.parametrize(
    "option",
    [{"rtu": "pty"}, {"modbus_second_port": 0}, {"modbus_tls_port": 0}, {"rtu_tcp_port": 0}],
)
def test_other_lines_belong_to_the_first_device_of_a_port(option: dict[str, object]) -> None:
    """Who joins a port brings no lines of its own."""
    one = emulator(model="SG5.0RT", modbus_port=5020)
    config = Config.from_mapping({"modbus_port": 5020, "unit": 2, **option})
    with pytest.raises(ConflictError, match="give it to the first device there"):
        one.modbus.attach(config, one._fleet.first.views)
