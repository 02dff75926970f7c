"""Tests of testing/handle.py."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
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
    assert sorted(spans)[3] < 0.1


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


def test_time_goes_where_it_is_told() -> None:
    """The clock can be moved from the test's thread."""
    with SungrowEmulator() as inverter:
        assert inverter.clock.now().time == "2026-06-21T11:00:00Z"
        assert inverter.clock.advance(60).time == "2026-06-21T11:01:00Z"
        assert inverter.clock.jump("2026-06-22T00:00:00Z").time == "2026-06-22T00:00:00Z"
        assert inverter.clock.set_speed(10).speed == 10
        assert not inverter.clock.resume().frozen
        assert inverter.clock.freeze().frozen


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


@pytest.mark.parametrize("firmware", ["P023", "P043"])
def test_connection_info_of_the_dongle(firmware: str) -> None:
    """`http` needs the dongle's plain doors; where there are none, that is said."""
    with SungrowEmulator(winet="winet-s", dongle_firmware=firmware) as inverter:
        if firmware == "P023":
            info = inverter.connection_info("http")
            assert info.connection_type == "http"
            assert info.port != info.http_port
            for port in (info.port, info.http_port):
                assert port
                socket.create_connection((info.host, port), 5).close()
        else:
            with pytest.raises(EmulatorError, match="no plain web door"):
                inverter.connection_info("http")
