"""What the `inverter` relation says of a running emulator."""

from __future__ import annotations

from collections.abc import Iterator

import control
from sungrow_inverter import ConnectionType, Device, Endpoint, InverterUnitData

ENCRYPTIONS = frozenset({"key", "zero", "ff"})
"""Answers to the key request with which clients of the encrypted protocol can go on."""

KEYS = tuple(InverterUnitData.model_fields)
"""What a unit publishes, as keys of its databag."""


def unit_data(state: control.State, host: str) -> InverterUnitData:
    """Return what a unit publishes: the doors that clients can use now, and the devices."""
    return InverterUnitData(
        endpoints=tuple(
            Endpoint(connection_type=kind, host=host, port=port) for kind, port in _open(state)
        ),
        devices=tuple(_devices(state)),
    )


def _open(state: control.State) -> Iterator[tuple[ConnectionType, int]]:
    doors = {door.kind: door for door in state.doors if door.port}
    if modbus := doors.get("modbus"):
        yield ConnectionType.MODBUS, modbus.port
        if modbus.encryption in ENCRYPTIONS:
            yield ConnectionType.SUNGROW, modbus.port
    # Clients fetch the texts over HTTP before they open the WebSocket, so both have to be there.
    pages, socket = doors.get("winet-http"), doors.get("winet-ws")
    if pages and socket and not (pages.login or socket.login):
        yield ConnectionType.HTTP, socket.port


def _devices(state: control.State) -> Iterator[Device]:
    units = {
        device: int(unit)
        for door in state.doors
        if door.kind == "modbus"
        for unit, device in door.units.items()
    }
    for device in state.devices:
        if device.id in units:
            yield Device(
                model=device.model, serial_number=device.serial_number, unit_id=units[device.id]
            )
