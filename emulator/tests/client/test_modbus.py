"""Tests of the Modbus client, against an emulated inverter."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.client.errors import RefusedError, UnreachableError
from sungrow_emulator.client.modbus import ModbusReader
from sungrow_emulator.testing import SungrowEmulator


@pytest.fixture(name="port", scope="module")
def _port() -> Iterator[int]:
    with SungrowEmulator(model="SH10RT") as inverter:
        yield inverter.modbus_port


@pytest.fixture(name="reader")
def _reader(port: int) -> Iterator[ModbusReader]:
    with ModbusReader("127.0.0.1", port) as reader:
        yield reader


def test_read(reader: ModbusReader) -> None:
    """Input and holding registers are read by document number."""
    assert reader.read(Table.INPUT, 5000) == (0x0E03,)
    assert reader.read(Table.HOLDING, 13087, 2)[0] in (0xAA, 0x55)


def test_padded_answer(reader: ModbusReader) -> None:
    """An answer that carries more words than asked for is cut to what was asked for."""
    assert len(reader.read(Table.INPUT, 2613, 11)) == 11


@pytest.mark.parametrize(
    ("words", "function", "used"), [([200], 0, 6), ([200], 16, 16), ([200, 700], 0, 16)]
)
def test_write(reader: ModbusReader, words: list[int], function: int, used: int) -> None:
    """One word goes by function 6, several by 16, unless one is asked for."""
    if len(words) > 1:
        with pytest.raises(RefusedError, match="with function 16"):
            reader.write(13059, words, function)
        return
    assert reader.write(13059, words, function) == used
    assert reader.read(Table.HOLDING, 13059) == (200,)


def test_refused(reader: ModbusReader) -> None:
    """An exception names what was asked for in both countings."""
    with pytest.raises(RefusedError, match=r"input 40000 \(wire 39999\), 2 words: .*exception 2"):
        reader.read(Table.INPUT, 40000, 2)


@pytest.mark.parametrize(("address", "count"), [(0, 1), (65536, 2), (1, 126), (1, 0)])
def test_impossible_reads(reader: ModbusReader, address: int, count: int) -> None:
    """What no frame can ask for is refused before it is sent."""
    with pytest.raises(EmulatorError, match="1 to "):
        reader.read(Table.INPUT, address, count)


def test_impossible_writes(reader: ModbusReader) -> None:
    """Function 6 writes one word, function 16 up to 123."""
    with pytest.raises(EmulatorError, match="function 6 writes one word"):
        reader.write(1, [1, 2], 6)
    with pytest.raises(EmulatorError, match="1 to 123"):
        reader.write(1, [0] * 124)


def test_silent_unit(port: int) -> None:
    """A unit that does not exist is silent, as on hardware."""
    with (
        ModbusReader("127.0.0.1", port, 9, timeout=0.1) as reader,
        pytest.raises(UnreachableError, match=r"unit 9 at .* does not answer"),
    ):
        reader.read(Table.INPUT, 5000)


def test_hangs_up() -> None:
    """A device that closes the connection instead of answering is one sentence."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(64)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with (
            ModbusReader("127.0.0.1", listener.getsockname()[1], timeout=0.5) as reader,
            pytest.raises(UnreachableError, match=r"nothing accepts|does not answer"),
        ):
            reader.read(Table.INPUT, 5000)
        thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "no.such.host.invalid", "x" * 300, "a..b"])
def test_nothing_there(host: str) -> None:
    """A closed port or an impossible host is one sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        ModbusReader(host, port, timeout=0.2) as reader,
        pytest.raises(UnreachableError, match=r"nothing accepts|does not answer"),
    ):
        reader.read(Table.INPUT, 5000)
