"""What is published, door by door."""

from __future__ import annotations

import pytest

import control
import inverter
from sungrow_inverter import InverterUnitData

CLOCK = control.Clock(time="", device_time="", speed=1, frozen=False)


def door(kind: str, port: int, **parts: object) -> control.Door:
    """Return a door of some kind."""
    values = {"encryption": "", "units": {}, "connections": 0, "requests": 0, "exceptions": 0}
    return control.Door.model_validate({**values, "kind": kind, "port": port, **parts})


def published(*doors: control.Door) -> dict[str, int]:
    """Return ports by connection type."""
    state = control.State(version="", clock=CLOCK, devices=(), doors=doors)
    data = inverter.unit_data(state, "host")
    assert {endpoint.host for endpoint in data.endpoints or ()} <= {"host"}
    return {
        e.connection_type.value: e.port or 0 for e in data.endpoints or () if e.connection_type
    }


@pytest.mark.parametrize(
    ("encryption", "types"),
    [
        ("key", {"modbus", "sungrow"}),
        ("zero", {"modbus", "sungrow"}),
        ("ff", {"modbus", "sungrow"}),
        ("silent", {"modbus"}),
        ("malformed", {"modbus"}),
    ],
)
def test_modbus(encryption: str, types: set[str]) -> None:
    """Encrypted Modbus is published where a client gets past the key request."""
    assert published(door("modbus", 502, encryption=encryption)) == dict.fromkeys(types, 502)


def test_closed() -> None:
    """A closed door is not published."""
    assert published(door("modbus", 0, encryption="key")) == {}


@pytest.mark.parametrize(
    ("doors", "ports"),
    [
        ([door("winet-http", 80), door("winet-ws", 8082)], {"http": 8082}),
        ([door("winet-http", 80)], {}),
        ([door("winet-ws", 8082)], {}),
        ([door("winet-http", 0), door("winet-ws", 8082)], {}),
        ([door("winet-http", 80, login=True), door("winet-ws", 8082, login=True)], {}),
        ([door("winet-tls", 443)], {}),
    ],
)
def test_web(doors: list[control.Door], ports: dict[str, int]) -> None:
    """The dongle is published where both its doors are open without a login."""
    assert published(*doors) == ports


def test_devices_without_a_unit() -> None:
    """A device that no unit id leads to is left out."""
    device = control.Device(
        id="meter",
        kind="meter",
        model="DTSU666",
        serial_number="1",
        state="",
        code=None,
        power=None,
        soc=None,
        overrides={},
        faults=(),
        pins=(),
    )
    state = control.State(version="", clock=CLOCK, devices=(device,), doors=(door("modbus", 502),))
    assert inverter.unit_data(state, "host").devices == ()


def test_keys() -> None:
    """What is withdrawn is what is published."""
    assert set(inverter.KEYS) == set(InverterUnitData.model_fields)
