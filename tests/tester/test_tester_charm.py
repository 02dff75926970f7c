"""The tester charm: what it reads from the databag, what it runs, what it says."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import ops
import pytest
import yaml
from ops import testing

FOLDER = Path(__file__).parents[1] / "integration" / "sungather-tester"
HOST = "inverter-0.inverter-endpoints.solar.svc.cluster.local"
ENDPOINTS = [
    {"connection_type": "modbus", "host": HOST, "port": 502},
    {"connection_type": "sungrow", "host": HOST, "port": 502},
    {"connection_type": "http", "host": HOST, "port": 8082},
    {"connection_type": "pigeon", "host": HOST, "port": 1},
]
REPORT = {
    "client": "SungrowClient 0.1.0",
    "model": "SH10RT",
    "serial_number": "A283265654",
    "values": {"total_active_power": 4987, "internal_temperature": 36.1, "system_state": "Run"},
    "registers": {},
}


def _charm_type() -> type[ops.CharmBase]:
    spec = importlib.util.spec_from_file_location("tester_charm", FOLDER / "src" / "charm.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SungatherTester


@pytest.fixture
def context() -> testing.Context[ops.CharmBase]:
    """Return a context of the tester charm, by its own charmcraft.yaml."""
    meta = yaml.safe_load((FOLDER / "charmcraft.yaml").read_text("utf-8"))
    return testing.Context(_charm_type(), meta, juju_version="3.6.14")


def _relation(**units: Any) -> testing.Relation:
    """Return the relation with what each unit publishes, e.g. `u0=[…]`."""
    return testing.Relation(
        "inverter",
        interface="sungrow_inverter",
        remote_units_data={
            int(name[1:]): {} if endpoints is None else {"endpoints": json.dumps(endpoints)}
            for name, endpoints in units.items()
        },
    )


def _container(*execs: testing.Exec, can_connect: bool = True) -> testing.Container:
    return testing.Container("sungather", can_connect=can_connect, execs=set(execs))


def _state(
    *relations: testing.Relation, container: testing.Container | None = None, **config: str
) -> testing.State:
    return testing.State(
        relations=list(relations),
        containers=[container or _container()],
        config={name.replace("_", "-"): value for name, value in config.items()},
    )


def _status(context: testing.Context[ops.CharmBase], state: testing.State) -> ops.StatusBase:
    status = context.run(context.on.update_status(), state).unit_status
    return ops.StatusBase.from_name(status.name, status.message)


def test_no_relation(context: testing.Context[ops.CharmBase]) -> None:
    """Without a relation the unit is blocked and says what to do."""
    assert _status(context, _state()) == ops.BlockedStatus("integrate with an inverter")


def test_no_container(context: testing.Context[ops.CharmBase]) -> None:
    """Without Pebble the unit waits for the container."""
    state = _state(_relation(u0=ENDPOINTS), container=_container(can_connect=False))
    assert _status(context, state) == ops.WaitingStatus("waiting for the container")


@pytest.mark.parametrize("published", [None, [], ENDPOINTS[1:]])
def test_no_endpoint(context: testing.Context[ops.CharmBase], published: Any) -> None:
    """Until the wanted connection type is published the unit waits."""
    status = _status(context, _state(_relation(u0=published)))
    assert status == ops.WaitingStatus("waiting for the inverter to offer modbus")


@pytest.mark.parametrize(
    "incomplete", [{"host": None}, {"port": None}, {"host": ""}, {"connection_type": None}]
)
def test_incomplete_endpoint(
    context: testing.Context[ops.CharmBase], incomplete: dict[str, Any]
) -> None:
    """An endpoint without a host or port does not count."""
    status = _status(context, _state(_relation(u0=[ENDPOINTS[0] | incomplete])))
    assert status == ops.WaitingStatus("waiting for the inverter to offer modbus")


@pytest.mark.parametrize("wanted", ["modbus", "sungrow", "http"])
def test_active(context: testing.Context[ops.CharmBase], wanted: str) -> None:
    """With the endpoint there the unit is active and shows it."""
    status = _status(context, _state(_relation(u0=ENDPOINTS), connection_type=wanted))
    port = 8082 if wanted == "http" else 502
    assert status == ops.ActiveStatus(f"{wanted} at {HOST}:{port}")


def test_bad_connection_type(context: testing.Context[ops.CharmBase]) -> None:
    """A connection type that nobody knows blocks and names those that are known."""
    status = _status(context, _state(_relation(u0=ENDPOINTS), connection_type="pigeon"))
    assert status == ops.BlockedStatus("connection-type=pigeon: allowed are modbus, sungrow, http")


def test_lowest_unit(context: testing.Context[ops.CharmBase]) -> None:
    """Of several units that publish, the one with the lowest number is used."""
    ten, two = ([ENDPOINTS[0] | {"host": f"inverter-{n}"}] for n in (10, 2))
    status = _status(context, _state(_relation(u10=ten, u2=two, u0=[])))
    assert status == ops.ActiveStatus("modbus at inverter-2:502")


@pytest.mark.parametrize("wanted", ["modbus", "sungrow", "http"])
def test_run_once(context: testing.Context[ops.CharmBase], wanted: str) -> None:
    """The action runs the collector with exactly what the relation gave and returns its values."""
    container = _container(testing.Exec(["collect"], stdout=json.dumps(REPORT)))
    params = {"connection-type": wanted, "level": 2}
    state = _state(_relation(u0=ENDPOINTS), container=container)
    context.run(context.on.action("run-once", params=params), state)
    port = 8082 if wanted == "http" else 502
    (ran,) = context.exec_history["sungather"]
    assert ran.command == ["collect", HOST, str(port), wanted, "--level", "2"]
    results = dict(context.action_results or {})
    assert json.loads(results.pop("readings")) == REPORT
    assert results == {
        "connection-type": wanted,
        "host": HOST,
        "port": port,
        "client": "SungrowClient 0.1.0",
        "model": "SH10RT",
        "serial-number": "A283265654",
        "total-active-power": 4987,
        "internal-temperature": 36.1,
        "system-state": "Run",
    }


def test_run_once_by_option(context: testing.Context[ops.CharmBase]) -> None:
    """Without parameters the option decides how to connect, and level 1 how much to read."""
    container = _container(testing.Exec(["collect"], stdout=json.dumps(REPORT)))
    state = _state(_relation(u0=ENDPOINTS), container=container, connection_type="http")
    context.run(context.on.action("run-once"), state)
    (ran,) = context.exec_history["sungather"]
    assert ran.command == ["collect", HOST, "8082", "http", "--level", "1"]


def _failure(context: testing.Context[ops.CharmBase], state: testing.State) -> str:
    with pytest.raises(testing.ActionFailed) as caught:
        context.run(context.on.action("run-once"), state)
    return caught.value.message


def test_run_once_without_endpoint(context: testing.Context[ops.CharmBase]) -> None:
    """Without an endpoint the action fails with one sentence."""
    message = _failure(context, _state(_relation(u0=[])))
    assert message == "no related inverter offers the connection type modbus"


def test_run_once_reads_nothing(context: testing.Context[ops.CharmBase]) -> None:
    """When the collector fails, its last line is the reason."""
    failing = testing.Exec(["collect"], return_code=1, stderr="noise\nread nothing\n")
    message = _failure(context, _state(_relation(u0=ENDPOINTS), container=_container(failing)))
    assert message == f"modbus at {HOST}:502: read nothing"


def test_run_once_fails_silently(context: testing.Context[ops.CharmBase]) -> None:
    """A collector that says nothing leaves its exit code."""
    failing = testing.Exec(["collect"], return_code=3)
    message = _failure(context, _state(_relation(u0=ENDPOINTS), container=_container(failing)))
    assert message == f"modbus at {HOST}:502: exit 3"


def test_run_once_without_container(context: testing.Context[ops.CharmBase]) -> None:
    """Without Pebble the action fails with a sentence, not with a traceback."""
    container = _container(can_connect=False)
    message = _failure(context, _state(_relation(u0=ENDPOINTS), container=container))
    assert message.startswith(f"modbus at {HOST}:502: ")


def test_depends_on_ops_alone() -> None:
    """The project declares ops and nothing else, which is what the test of the wire rests on."""
    project = (FOLDER / "pyproject.toml").read_text("utf-8")
    assert 'dependencies = ["ops>=3.9,<4"]' in project
    imported = {
        line.split()[1]
        for line in (FOLDER / "src" / "charm.py").read_text("utf-8").splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported == {"__future__", "json", "re", "typing", "ops"}
