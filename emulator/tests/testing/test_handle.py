"""Tests of testing/handle.py."""

from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect
from yardstick import slowness

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError, UnknownNameError
from sungrow_emulator.testing import SungrowEmulator

READ_TYPE_CODE = bytes.fromhex("000100000006010413870001")


def ask(port: int) -> bytes:
    """Read register 5000 over a socket of its own."""
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(READ_TYPE_CODE)
        return client.recv(64)


def test_a_client_reads_it_from_another_thread() -> None:
    """Inside the context the inverter answers at its own port; outside it is gone."""
    with SungrowEmulator(model="SG5.0RT") as inverter:
        port = inverter.modbus_port
        assert ask(port).endswith(b"\x24\x30")
        assert inverter.host == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
    assert "sungrow-emulator" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.usefixtures("full_speed")
def test_it_starts_in_well_under_100_ms() -> None:
    """Of several starts the middle one takes less than 100 ms."""
    spans: list[float] = []
    for _ in range(7):
        begin = time.perf_counter()
        with SungrowEmulator(model="SH10RT"):
            spans.append(time.perf_counter() - begin)
    assert sorted(spans)[3] < 0.1 * slowness()


def test_commands_answer_what_they_changed() -> None:
    """Every command of the façade is there."""
    with SungrowEmulator(model="SH10RT") as inverter:
        assert inverter.set_power(2500).state.overrides == {"pv_power": 2500}
        assert inverter.set_load(400).state.overrides["load_power"] == 400
        assert inverter.field("load_power").value == pytest.approx(400, abs=5)
        assert inverter.set_soc(40).state.soc == 40
        assert inverter.set_battery_power(500).state.overrides["battery_power"] == 500
        assert inverter.release_power().state.overrides.keys() == {"load_power", "battery_power"}
        assert inverter.set_fault("grid-lost").state.state == "fault"
        assert inverter.clear_fault().state.faults == ()
        assert inverter.pin("input", 5019, [1]).words == (1,)
        assert inverter.registers("input", 5019).pinned
        assert not inverter.unpin("input", 5019).pinned
        assert inverter.write(13059, [100]).changed
        assert inverter.device("battery").kind == "battery"
        assert inverter.fields("battery")
        assert inverter.reset().devices[0].overrides == {}
        assert inverter.state().clock.frozen


def test_connection_info_is_what_sungather_needs() -> None:
    """Both Modbus types are at the same port; other types are refused with what there is."""
    with SungrowEmulator(encryption="key") as inverter:
        for kind in ("modbus", "sungrow"):
            info = inverter.connection_info(kind)
            assert (info.connection_type, info.port) == (kind, inverter.modbus_port)
            assert (info.host, info.unit) == ("127.0.0.1", 1)
        with pytest.raises(UnknownNameError, match="did you mean modbus"):
            inverter.connection_info("modbas")
        assert repr(inverter).startswith("<Handle SG5.0RT at 127.0.0.1:")


def test_unknown_registers_name_the_nearest() -> None:
    """A register that does not exist is answered with those that look like it."""
    with (
        SungrowEmulator() as inverter,
        pytest.raises(UnknownNameError, match="total_active_power"),
    ):
        inverter.field("total_activ_power")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "SG5.0TR"}, "did you mean SG5.0RT"),
        ({"mdoel": "SG5.0RT"}, "did you mean model"),
    ],
)
def test_bad_options_are_one_sentence(options: dict[str, str], message: str) -> None:
    """What is wrong is said, and no thread stays behind."""
    with pytest.raises(EmulatorError, match=message), SungrowEmulator(**options):
        pass


def test_a_stopped_emulator_says_so() -> None:
    """Commands after the context get a sentence instead of a hang."""
    with SungrowEmulator() as inverter:
        pass
    with pytest.raises(EmulatorError, match="has been stopped"):
        inverter.set_power(1)


def test_a_port_in_use_is_said(unused_tcp_port: int) -> None:
    """Two emulators cannot have one port, and the second one says so."""
    with (
        SungrowEmulator(modbus_port=unused_tcp_port),
        pytest.raises(EmulatorError, match="already in use"),
        SungrowEmulator(modbus_port=unused_tcp_port),
    ):
        pass


async def test_on_the_callers_loop() -> None:
    """The async context manager runs on the caller's loop, and time is awaited."""
    async with SungrowEmulator(model="SH10RT") as inverter:
        assert inverter.modbus_port > 0
        assert inverter.set_power(1000).state.overrides == {"pv_power": 1000}
        assert (await inverter.clock.advance(60)).time == "2026-06-21T11:01:00Z"
        assert (await inverter.clock.jump("sunset")).time > "2026-06-21T19"
        assert inverter.clock.now().frozen
        assert repr(inverter).startswith("<AsyncHandle SH10RT at")


async def test_leaving_before_the_start_succeeded() -> None:
    """An emulator that could not start leaves nothing behind."""
    with pytest.raises(EmulatorError, match=r"did you mean SG5\.0RT"):
        async with SungrowEmulator(model="SG5.0TR"):
            pass


@pytest.mark.parametrize(("device", "register"), [("inverter", 13000), ("battery", 10741)])
def test_connection_info_of_the_dongle(device: str, register: int) -> None:
    """What `http` tells is enough to read a device: its unit is the dongle's number of it."""
    with SungrowEmulator(model="SH10RT", winet="winet-s", unit=5) as inverter:
        info = inverter.connection_info("http", device)
        assert (info.connection_type, info.host) == ("http", "127.0.0.1")
        with connect(f"ws://{info.host}:{info.port}/ws/home/overview") as talk:
            talk.send('{"service": "connect", "token": "", "lang": "en_us"}')
            token = json.loads(talk.recv())["result_data"]["token"]
        query = f"dev_id={info.unit}&type=3&param_addr={register}&param_num=1&param_type=0"
        url = f"http://{info.host}:{info.http_port}/device/getParam?{query}&token={token}"
        assert httpx.get(url, trust_env=False).json()["result_code"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"winet": "none"}, "no plain web door; .* before P024"),
        ({"dongle_firmware": "P043"}, "no plain web door; .* before P024"),
        ({"dongle_firmware": "P024"}, "wants a login, .* before P024"),
    ],
)
def test_no_connection_info_of_the_dongle(options: dict[str, str], message: str) -> None:
    """Where `http` cannot work the reason and the remedy are said."""
    with (
        SungrowEmulator(**{"winet": "winet-s", **options}) as inverter,
        pytest.raises(EmulatorError, match=message),
    ):
        inverter.connection_info("http")


THREE = [
    {"model": "SH10RT", "wallbox": "AC22E-01"},
    {"id": "garage", "unit": 7, "hold": {"pv_power": 1000}},
    {"model": "AC22E-01"},
]


def test_several_devices() -> None:
    """Each is at a port of its own, and commands and connections name the device."""
    with SungrowEmulator(devices=THREE, seed=3) as site:
        assert site.state().seed == 3
        assert site.device("garage").power == 1000
        info = site.connection_info(device="garage")
        assert (info.unit, info.host) == (7, "127.0.0.1")
        assert info.port != site.modbus_port
        assert site.connection_info(device="inverter-1-battery").unit == 200
        assert site.connection_info(device="wallbox-3").port
        with pytest.raises(EmulatorError, match=r"no Modbus door .* leads to inverter-1-wallbox"):
            site.connection_info(device="inverter-1-wallbox")
        with pytest.raises(UnknownNameError, match="unknown device 'garaje'; did you mean garage"):
            site.connection_info(device="garaje")
        assert repr(site).startswith("<Handle SH10RT and 2 more at 127.0.0.1:")


def test_a_site_file(tmp_path: Path, unused_tcp_port: int) -> None:
    """Time stands still at a summer noon unless the file says otherwise; ports are the file's."""
    file = tmp_path / "site.yaml"
    file.write_text(
        f"modbus-port: {unused_tcp_port}\ndevices: [{{battery: none}}, {{unit: 2, battery: none}}]"
    )
    with SungrowEmulator(site=file) as site:
        assert site.modbus_port == unused_tcp_port
        assert ask(unused_tcp_port).endswith(b"\x0e\x03")
        assert site.clock.now().time == "2026-06-21T11:00:00Z"
        assert [device.id for device in site.state().devices] == ["inverter-1", "inverter-2"]
    file.write_text("start: 2026-01-01\nfreeze: false\ndevices: [{modbus-port: 1}]")
    with SungrowEmulator(str(file), modbus_port=0) as site:
        assert site.clock.now().time.startswith("2026-01-01T00:00:0")
        assert not site.clock.now().frozen


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"site": "x.yaml", "devices": [{}]}, "a site file lists its devices"),
        ({"site": "x.yaml", "count": 2}, "a site file lists its devices"),
        ({"site": "/nonexistent/x.yaml"}, "No such file"),
        ({"devices": []}, "at least one device"),
        ({"devices": [{"unit": 0}]}, "unit=0 must be between"),
    ],
)
def test_bad_sites_are_one_sentence(options: dict[str, Any], message: str) -> None:
    """What is wrong with several devices is said as for one."""
    with pytest.raises(EmulatorError, match=message):
        SungrowEmulator(**options)


def test_devices_come_and_go() -> None:
    """What is added is an SG5.0RT at a port of its own unless told otherwise."""
    with SungrowEmulator() as site:
        (added,) = site.add_device()
        assert (added.id, added.model) == ("inverter-2", "SG5.0RT")
        port = site.connection_info(device="inverter-2").port
        assert ask(port).endswith(b"\x24\x30")
        (_, battery) = site.add_device(model="SH10RT", id="b", hold={"soc": 20})
        assert battery.soc == pytest.approx(20, abs=0.1)
        (joined,) = site.add_device(modbus_port=site.modbus_port, unit=2)
        assert site.connection_info(device=joined.id).port == site.modbus_port
        with pytest.raises(ConflictError, match="unit=2: that is inverter-4 at"):
            site.add_device(modbus_port=site.modbus_port, unit=2)
        for name in ("inverter-2", "b", joined.id):
            site.remove_device(name)
        with pytest.raises(ConnectionRefusedError):
            ask(port)
        with pytest.raises(ConflictError, match="the last device"):
            site.remove_device("inverter")


async def test_devices_come_and_go_on_the_callers_loop() -> None:
    """Adding and removing is awaited there."""
    async with SungrowEmulator(count=2) as site:
        (added,) = await site.add_device()
        assert added.id == "inverter-3"
        await site.remove_device("inverter-1")
        assert [device.id for device in site.state().devices] == ["inverter-2", "inverter-3"]
