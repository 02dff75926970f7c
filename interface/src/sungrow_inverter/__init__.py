"""The `sungrow_inverter` relation interface, version 0: where an inverter answers and what it is.

The provider writes `InverterUnitData` into each unit's databag; see the README for the contract.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import ops
    from ops import testing

INTERFACE = "sungrow_inverter"


class ConnectionType(str, Enum):
    """How clients speak to the inverter; a type of a later version reads as `UNKNOWN`."""

    MODBUS = "modbus"
    """Plain Modbus TCP."""
    SUNGROW = "sungrow"
    """Modbus TCP with Sungrow's encryption, on the same port."""
    HTTP = "http"
    """WebSocket of the WiNet-S dongle, whose HTTP is on port 80 of the same host."""
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> ConnectionType:
        return cls.UNKNOWN


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Endpoint(_Part):
    """Where clients of one connection type come in: host name or address, and TCP port."""

    connection_type: ConnectionType | None = None
    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None


class Device(_Part):
    """One device behind the endpoints; `unit_id` is its Modbus unit id."""

    model: str | None = None
    serial_number: str | None = None
    unit_id: Annotated[int, Field(ge=0, le=255)] | None = None


class InverterUnitData(_Part):
    """What one providing unit publishes; the inverter is the first of the devices."""

    endpoints: tuple[Endpoint, ...] | None = None
    devices: tuple[Device, ...] | None = None


def unit_data(relation: ops.Relation) -> dict[str, InverterUnitData]:
    """Return what the remote units publish, by name in order; not what makes no sense."""
    found: dict[str, InverterUnitData] = {}
    for unit in sorted(relation.units, key=lambda unit: int(unit.name.rpartition("/")[2])):
        try:
            found[unit.name] = relation.load(InverterUnitData, unit)
        except ValueError:
            continue
    return found


def endpoint_for(relation: ops.Relation | None, wanted: ConnectionType | str) -> Endpoint | None:
    """Return the endpoint to use: of the lowest unit that has the wanted type, host and port."""
    for data in unit_data(relation).values() if relation else ():
        for endpoint in data.endpoints or ():
            if endpoint.connection_type == wanted and endpoint.host and endpoint.port:
                return endpoint
    return None


def relation_for_requirer(
    endpoint: str = "inverter",
    *,
    host: str = "emulator-0.emulator-endpoints.test.svc.cluster.local",
    ports: Mapping[ConnectionType, int] | None = None,
    device: Device | None = None,
    response: bool = True,
) -> testing.Relation:
    """Return a relation for tests of a charm that requires an inverter.

    Unless told otherwise, an SH10RT answers all three connection types at their usual ports.
    Without a response, the provider has not published yet.
    """
    from ops import testing

    if not response:
        return testing.Relation(endpoint, interface=INTERFACE)
    modbus = dict.fromkeys((ConnectionType.MODBUS, ConnectionType.SUNGROW), 502)
    ports = {**modbus, ConnectionType.HTTP: 8082} if ports is None else ports
    data = InverterUnitData(
        endpoints=tuple(
            Endpoint(connection_type=kind, host=host, port=port) for kind, port in ports.items()
        ),
        devices=(device or Device(model="SH10RT", serial_number="A2320857820", unit_id=1),),
    )
    databag = {key: json.dumps(value) for key, value in data.model_dump(mode="json").items()}
    return testing.Relation(endpoint, interface=INTERFACE, remote_units_data={0: databag})


def relation_for_provider(endpoint: str = "inverter") -> testing.Relation:
    """Return a relation for tests of a charm that provides one; requirers write nothing."""
    from ops import testing

    return testing.Relation(endpoint, interface=INTERFACE)
