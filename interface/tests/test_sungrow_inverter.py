"""The relation interface: what goes over the wire, and which endpoint is chosen."""

from __future__ import annotations

import json
from importlib.metadata import metadata
from importlib.resources import files
from typing import Any

import ops
import pytest
from ops import testing

import sungrow_inverter
from sungrow_inverter import ConnectionType, Device, Endpoint, InverterUnitData

DATA = InverterUnitData(
    endpoints=(
        Endpoint(connection_type=ConnectionType.MODBUS, host="emu-0.example", port=502),
        Endpoint(connection_type=ConnectionType.HTTP, host="emu-0.example", port=8082),
    ),
    devices=(Device(model="SH10RT", serial_number="A2320857820", unit_id=1),),
)
WIRE = {
    "endpoints": [
        {"connection_type": "modbus", "host": "emu-0.example", "port": 502},
        {"connection_type": "http", "host": "emu-0.example", "port": 8082},
    ],
    "devices": [{"model": "SH10RT", "serial_number": "A2320857820", "unit_id": 1}],
}


class Provider(ops.CharmBase):
    """Publishes the data of this test."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        framework.observe(self.on.start, self._on_start)

    def _on_start(self, _: ops.StartEvent) -> None:
        for relation in self.model.relations["inverter"]:
            relation.save(DATA, self.unit)


class Requirer(ops.CharmBase):
    """Notes which endpoint it would use."""

    wanted: ConnectionType | str = "modbus"
    found: Endpoint | None = None

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        framework.observe(self.on.start, self._on_start)

    def _on_start(self, _: ops.StartEvent) -> None:
        relation = self.model.get_relation("inverter")
        Requirer.found = sungrow_inverter.endpoint_for(relation, self.wanted)


def context(charm: type[ops.CharmBase], role: str) -> testing.Context[ops.CharmBase]:
    """Return a context for a charm with the endpoint in a role."""
    endpoint = {"inverter": {"interface": "sungrow_inverter"}}
    return testing.Context(charm, {"name": "charm", role: endpoint})


def chosen(wanted: ConnectionType | str, *relations: testing.Relation) -> Endpoint | None:
    """Return the endpoint that a requirer chooses."""
    Requirer.wanted = wanted
    there = context(Requirer, "requires")
    there.run(there.on.start(), testing.State(relations=relations))
    return Requirer.found


def units(**data: dict[str, Any]) -> testing.Relation:
    """Return a relation to units by number, e.g. `_0={...}`."""
    databags = {
        int(name[1:]): {key: json.dumps(value) for key, value in values.items()}
        for name, values in data.items()
    }
    return testing.Relation("inverter", interface="sungrow_inverter", remote_units_data=databags)


def offer(kind: str, host: str | None = "h", port: int | None = 502) -> dict[str, Any]:
    """Return a databag with one endpoint."""
    return {"endpoints": [{"connection_type": kind, "host": host, "port": port}]}


def test_distribution() -> None:
    """The distribution holds the package, marked as typed."""
    assert metadata("sungrow-inverter-interface")["Name"] == "sungrow-inverter-interface"
    assert files("sungrow_inverter").joinpath("py.typed").is_file()


def test_wire() -> None:
    """A provider writes JSON under two keys of its unit's databag."""
    there = context(Provider, "provides")
    relation = sungrow_inverter.relation_for_provider()
    state = there.run(there.on.start(), testing.State(relations={relation}))
    databag = state.get_relation(relation.id).local_unit_data
    assert {key: json.loads(databag[key]) for key in WIRE} == WIRE


@pytest.mark.parametrize("wanted", ["modbus", "sungrow", "http", ConnectionType.HTTP])
def test_helper(wanted: ConnectionType | str) -> None:
    """A requirer's test gets the relation as a provider fills it, all types at usual ports."""
    endpoint = chosen(wanted, sungrow_inverter.relation_for_requirer())
    assert endpoint is not None
    assert endpoint.connection_type == wanted
    assert endpoint.port == (8082 if wanted == "http" else 502)


def test_helper_variants() -> None:
    """The helper offers other ports and hosts, or nothing yet."""
    relation = sungrow_inverter.relation_for_requirer(
        host="here", ports={ConnectionType.SUNGROW: 1502}
    )
    assert chosen("sungrow", relation) == Endpoint(
        connection_type=ConnectionType.SUNGROW, host="here", port=1502
    )
    assert chosen("modbus", relation) is None
    assert chosen("modbus", sungrow_inverter.relation_for_requirer(response=False)) is None


def test_no_relation() -> None:
    """Without a relation there is no endpoint."""
    assert chosen("modbus") is None


def test_lowest_unit() -> None:
    """Of several units the one with the lowest number is chosen that offers the type."""
    relation = units(
        _10=offer("modbus", "ten"), _9=offer("modbus", "nine"), _2=offer("http", "two"), _1={}
    )
    endpoint = chosen("modbus", relation)
    assert endpoint is not None
    assert endpoint.host == "nine"


@pytest.mark.parametrize(
    "databag",
    [
        {},
        {"endpoints": None},
        {"endpoints": []},
        {"endpoints": "soon"},
        {"endpoints": [{}]},
        offer("modbus", None),
        offer("modbus", "h", None),
        offer("modbus", "h", 0),
        offer("carrier-pigeon"),
    ],
)
def test_nothing_usable(databag: dict[str, Any]) -> None:
    """What is missing, malformed or of a later version is not an endpoint."""
    assert chosen("modbus", units(_0=databag)) is None


def test_not_json() -> None:
    """A databag that is not JSON is one that has not been filled."""
    relation = testing.Relation("inverter", remote_units_data={0: {"endpoints": "{"}})
    assert chosen("modbus", relation) is None


def test_later_version() -> None:
    """Unknown keys and connection types don't disturb the known ones."""
    databag = {
        "endpoints": [
            {"connection_type": "rtu", "host": "h", "port": 5, "parity": "N"},
            {"connection_type": "modbus", "host": "h", "port": 502, "tls": False},
        ],
        "colour": "white",
    }
    endpoint = chosen("modbus", units(_0=databag))
    assert endpoint is not None
    assert endpoint.port == 502
    assert ConnectionType("rtu") is ConnectionType.UNKNOWN
