"""Every device tells who it is, read as a client reads it."""

from __future__ import annotations

import socket

import pytest

from sungrow_emulator.catalog.batteries import load_batteries
from sungrow_emulator.catalog.models import load_models, models_by_type_code
from sungrow_emulator.testing import SungrowEmulator

INVERTERS = sorted(model.name for model in load_models().values() if model.mppt_count)
CHARGERS = ["AC22E-01", "AC011E-01", "AC007-00"]
STATIONS = {"Logger1000": 0x0710, "Logger3000": 0x0705, "Logger4000": 0x0718}


def read(port: int, unit: int, address: int, count: int) -> bytes:
    """Read input registers by document number over a socket of its own; return their bytes."""
    request = bytes.fromhex("000100000006") + bytes((unit, 4))
    request += (address - 1).to_bytes(2, "big") + count.to_bytes(2, "big")
    with socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(request)
        answer = client.recv(300)
    assert answer[:7] == bytes.fromhex("00010000") + (2 * count + 3).to_bytes(2, "big") + bytes(
        (unit,)
    )
    return answer[9:]


def text(data: bytes) -> str:
    """Return text without its padding."""
    return data.split(b"\0", 1)[0].decode()


@pytest.mark.parametrize("name", INVERTERS)
def test_inverters_tell_type_code_serial_and_power(name: str) -> None:
    """Registers 4990 and 5000 to 5002 identify each inverter model through its usual path."""
    model = load_models()[name]
    with SungrowEmulator(model=name) as inverter:
        told, serial = (
            text(read(inverter.modbus_port, 1, 4990, 10)),
            inverter.device().serial_number,
        )
        words = read(inverter.modbus_port, 1, 5000, 3)
    code, power, output = (int.from_bytes(words[i : i + 2], "big") for i in (0, 2, 4))
    assert model in models_by_type_code(code)
    assert power == round(model.nominal_power / 100)
    assert output == model.output_type
    assert told == serial


@pytest.mark.parametrize(("name", "code"), STATIONS.items())
def test_loggers_tell_their_type_at_unit_247(name: str, code: int) -> None:
    """Register 8000 on unit 247 holds the type of a logger, and no other unit answers."""
    with SungrowEmulator(model=name) as station:
        assert read(station.modbus_port, 247, 8000, 1) == code.to_bytes(2, "big")
        assert station.state().doors[0].units == {"247": "logger"}


def test_the_ihomemanager_tells_its_type_at_unit_247() -> None:
    """Type code 0x072A, protocol AW0."""
    with SungrowEmulator(model="iHomeManager") as station:
        assert read(station.modbus_port, 247, 8000, 1) == b"\x07\x2a"
        assert text(read(station.modbus_port, 247, 8001, 2)) == "AW0"


@pytest.mark.parametrize("name", CHARGERS)
def test_wallboxes_tell_model_type_and_serial_at_unit_3(name: str) -> None:
    """Behind a dongle a wallbox is unit 3; 21216 spells its model, 21224 holds its type."""
    with SungrowEmulator(model=name, path="winet-s") as charger:
        port, serial = charger.modbus_port, charger.device().serial_number
        assert text(read(port, 3, 21216, 5)) == name
        assert read(port, 3, 21224, 1) == load_models()[name].type_code.to_bytes(2, "big")
        assert text(read(port, 3, 21201, 6)) == serial


@pytest.mark.parametrize("name", sorted(load_batteries()))
def test_batteries_tell_their_serial_at_unit_200(name: str) -> None:
    """A pack on its own and one behind a hybrid answer on unit 200 of the LAN port."""
    with SungrowEmulator(model=name) as pack:
        assert text(read(pack.modbus_port, 200, 10711, 10)) == pack.device().serial_number
    with SungrowEmulator(model="SH10RT", battery=name) as hybrid:
        serial = text(read(hybrid.modbus_port, 200, 10711, 10))
        modules = load_batteries()[name].modules
        assert serial == hybrid.device("battery").serial_number
        assert text(read(hybrid.modbus_port, 200, 10822 + 9 * (modules - 1), 9))
