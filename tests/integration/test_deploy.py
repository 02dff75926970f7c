"""Deployed without any configuration, everything a client needs is there and published."""

from __future__ import annotations

import jubilant

from .helpers import CONNECTION_TYPES, EMULATOR, PORTS, Collector, Emulator


def test_active(juju: jubilant.Juju, emulator: Emulator) -> None:
    """Without configuration the unit becomes active, with nothing to say."""
    status = juju.status().apps[EMULATOR]
    assert status.units[emulator.unit()].workload_status.current == "active"
    assert emulator.message() == ""


def test_workload_version(juju: jubilant.Juju, emulator: Emulator) -> None:
    """Juju shows the version that the emulator itself tells."""
    assert juju.status().apps[EMULATOR].version == emulator.act("get-status")["version"]


def test_ports(emulator: Emulator) -> None:
    """The ports of the default doors are open, and no other."""
    assert emulator.opened_ports() == ["502/tcp", "80/tcp", "8082/tcp"]


def test_connection_info(juju: jubilant.Juju, emulator: Emulator) -> None:
    """The action tells the unit's own name and address and the ports of each connection type."""
    info = emulator.act("get-connection-info")
    assert info["host"] == emulator.fqdn()
    assert info["pod-address"] == juju.status().apps[EMULATOR].units[emulator.unit()].address
    assert {kind: int(info[f"{kind}-port"]) for kind in CONNECTION_TYPES} == PORTS
    assert int(info["unit-id"]) == 1


def test_published(emulator: Emulator, collector: Collector) -> None:
    """All three connection types are published with the name of the unit."""
    (published,) = collector.published().values()
    host = emulator.fqdn()
    assert published.endpoints == tuple((kind, host, PORTS[kind]) for kind in CONNECTION_TYPES)


def test_devices(emulator: Emulator, collector: Collector) -> None:
    """The relation tells which inverter it is, as the action does."""
    (published,) = collector.published().values()
    status = emulator.act("get-status")
    inverter = published.devices[0]
    assert inverter["model"] == status["model"] == "SH10RT"
    assert inverter["serial_number"] == status["serial-number"]
    assert inverter["unit_id"] == 1


def test_one_service_and_one_check(emulator: Emulator) -> None:
    """In the container runs exactly one service, watched by exactly one check."""
    (service,) = emulator.pebble("services").splitlines()[1:]
    (check,) = emulator.pebble("checks").splitlines()[1:]
    assert service.split()[:3] == ["emulator", "enabled", "active"]
    assert check.split()[0] == "control"


def test_unprivileged(emulator: Emulator) -> None:
    """The emulator runs as the image's ordinary user with the one capability it needs."""
    code = f"print(open('/proc/{emulator.pid()}/status').read())"
    lines = (line.split(":", 1) for line in emulator.python(code).splitlines() if ":" in line)
    status = {key: value.split() for key, value in lines}
    assert set(status["Uid"]) == set(status["Gid"]) == {"584792"}
    assert status["Groups"] == []
    net_bind_service = 1 << 10
    assert int(status["CapEff"][0], 16) == net_bind_service


def test_reached_by_name(emulator: Emulator, collector: Collector) -> None:
    """From another pod every published port answers under the unit's name."""
    (published,) = collector.published().values()
    for _, host, port in published.endpoints:
        code = f"import socket; socket.create_connection(({host!r}, {port}), 10); print('open')"
        assert collector.python(code).strip() == "open"
    assert collector.collect()["model"] == emulator.act("get-status")["model"]
