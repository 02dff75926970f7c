"""The actions: what they do to a real emulator, what they return, how they fail."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import pytest
from ops import testing
from surroundings import CONTAINER, FQDN, RELATION, Running, given, new_context

from charm import SungrowEmulatorCharm

Context = testing.Context[SungrowEmulatorCharm]


def run(
    context: Context, name: str, state: testing.State | None = None, **params: Any
) -> tuple[dict[str, Any], testing.State]:
    """Run an action; return its results and the state after it."""
    state = started(context) if state is None else state
    after = context.run(context.on.action(name, params=params), state)
    return dict(context.action_results or {}), after


def started(context: Context) -> testing.State:
    """Return the state after pebble-ready."""
    return context.run(context.on.pebble_ready(CONTAINER), given())


def failure(context: Context, name: str, **params: Any) -> str:
    """Run an action that fails; return its sentence."""
    with pytest.raises(testing.ActionFailed) as caught:
        run(context, name, **params)
    assert isinstance(caught.value, testing.ActionFailed)
    assert "\n" not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize(("fault", "kind"), [("grid-overvoltage", "string"), (2, "integer")])
def test_set_fault(running: Running, fault: str | int, kind: str) -> None:
    """A fault by name or number is raised, shown, and told in the status."""
    results, state = run(new_context(fault_type=kind), "set-fault", fault=fault)
    assert results["action"] == "fault 2 grid-overvoltage"
    assert json.loads(results["faults"]) == [{"number": 2, "name": "grid-overvoltage"}]
    assert {change["name"] for change in json.loads(results["changed"])} >= {
        "total_active_power_lan"
    }
    assert state.unit_status == testing.ActiveStatus("simulating: grid-overvoltage")
    assert [fault.number for fault in running.state().devices[0].faults] == [2]
    assert "endpoints" in state.get_relation(RELATION.id).local_unit_data


def test_clear_fault(context: Context, running: Running) -> None:
    """One fault is cleared, then all."""
    _, state = run(context, "set-fault", fault="2")
    _, state = run(context, "set-fault", state, fault="grid-lost")
    results, state = run(context, "clear-fault", state, fault="2")
    assert results["action"] == "cleared 2 grid-overvoltage"
    assert state.unit_status == testing.ActiveStatus("simulating: grid-lost")
    results, state = run(context, "clear-fault", state)
    assert json.loads(results["faults"]) == []
    assert state.unit_status == testing.ActiveStatus()


def test_power(context: Context, running: Running) -> None:
    """PV power is held, and released to the sun again."""
    results, state = run(context, "set-power", watts=2500)
    assert results["action"] == "PV held at 2500 W"
    assert json.loads(results["overrides"]) == {"pv_power": 2500.0}
    assert state.unit_status == testing.ActiveStatus("simulating: 2500 W")
    results, state = run(context, "release-power", state)
    assert json.loads(results["overrides"]) == {}
    assert state.unit_status == testing.ActiveStatus()


def test_battery(context: Context, running: Running) -> None:
    """The battery's power is held and released, its state of charge set."""
    results, state = run(context, "set-battery", watts=-1200.0)
    assert results["action"] == "battery held at -1200 W"
    assert state.unit_status == testing.ActiveStatus("simulating: battery -1200 W")
    results, state = run(context, "set-battery", state, release=True)
    assert results["action"] == "battery manages itself"
    results, state = run(context, "set-battery", state, soc=42.5)
    assert results["soc"] == "42.5"
    assert state.unit_status == testing.ActiveStatus()


def test_clock(context: Context, running: Running) -> None:
    """Simulated time goes where it is sent."""
    results, state = run(
        context, "set-clock", time="2026-12-21T11:00:00Z", speed=60.0, frozen=True
    )
    assert results == {
        "time": "2026-12-21T11:00:00Z",
        "device-time": "2026-12-21T12:00:00",
        "speed": "60",
        "frozen": "true",
    }
    results, _ = run(context, "set-clock", state, advance=90)
    assert results["time"] == "2026-12-21T11:01:30Z"


def test_get_status(context: Context, running: Running) -> None:
    """The status names identity, state, clock, doors with their counters, and devices."""
    results, _ = run(context, "get-status")
    device = running.state().devices[0]
    assert results["model"] == "SH10RT"
    assert results["serial-number"] == device.serial_number
    assert results["state"] == "run"
    assert results["code"] == str(device.code)
    assert math.isclose(float(results["power"]), device.power or 0)
    assert results["time"] == "2026-06-21T11:00:00Z"
    doors = json.loads(results["doors"])
    assert [door["kind"] for door in doors] == ["modbus", "winet-http", "winet-ws"]
    assert doors[0]["requests"] == 0
    assert [device["id"] for device in json.loads(results["devices"])] == ["inverter", "battery"]


def test_get_connection_info(context: Context, running: Running) -> None:
    """The connection info is what the relation says, with the pod's address."""
    results, state = run(context, "get-connection-info")
    published = state.get_relation(RELATION.id).local_unit_data
    doors = {door.kind: str(door.port) for door in running.state().doors}
    assert results["host"] == results["fqdn"] == FQDN
    assert results["pod-address"] == "192.0.2.0"
    assert results["modbus-port"] == results["sungrow-port"] == doors["modbus"]
    assert results["http-port"] == doors["winet-ws"]
    assert results["unit-id"] == "1"
    assert json.loads(results["endpoints"]) == json.loads(published["endpoints"])
    assert json.loads(results["devices"]) == json.loads(published["devices"])


def test_connection_info_without_a_host(running: Running) -> None:
    """A unit that has no host name of its own says why."""
    context = new_context(unit=1)
    state = dataclasses.replace(started(context), config={"external-hostname": "one.example"})
    with pytest.raises(testing.ActionFailed, match=r"put \{unit\} into it"):
        run(context, "get-connection-info", state)


def test_read_registers(context: Context, running: Running) -> None:
    """Registers come raw and decoded."""
    results, _ = run(context, "read-registers", address=5000)
    assert json.loads(results["words"]) == [0x0E03]
    (value,) = json.loads(results["values"])
    assert (value["name"], value["value"]) == ("device_type_code", 0x0E03)
    fields = running.ask(lambda emulator: emulator.fields("battery"))
    field = next(field for field in fields if field.count == 2)
    results, _ = run(
        context,
        "read-registers",
        address=field.address,
        count=2,
        table=field.table,
        device="battery",
    )
    assert results["device"] == "battery"
    assert json.loads(results["words"]) == list(field.words)
    assert json.loads(results["values"])[0]["value"] == field.value


@pytest.mark.parametrize("given", [{"value": 500}, {"words": [500]}])
def test_write_register(context: Context, running: Running, given: dict[str, Any]) -> None:
    """A holding register is written as a client would."""
    results, _ = run(context, "write-register", address=13059, **given)
    assert results["action"] == "wrote holding 13059"
    block = running.ask(lambda emulator: emulator.registers("", "holding", 13059, 1))
    assert block.words == (500,)


def test_reset(context: Context, running: Running) -> None:
    """A reset undoes what actions did."""
    _, state = run(context, "set-fault", fault="2")
    results, state = run(context, "reset", state)
    assert json.loads(results["faults"]) == []
    assert state.unit_status == testing.ActiveStatus()


@pytest.mark.parametrize(
    ("name", "params", "said"),
    [
        ("set-fault", {"fault": "grid-lst"}, "unknown fault 'grid-lst'; did you mean grid-lost"),
        ("set-fault", {"fault": ""}, "fault=: give a number or a name, e.g. grid-lost"),
        ("clear-fault", {"fault": ""}, "fault=: give a number or a name, e.g. grid-lost"),
        ("clear-fault", {"fault": "2"}, "fault 2 is not active; active are: none"),
        ("set-power", {"watts": -1}, "watts=-1: must be 0 or more"),
        ("set-power", {"watts": 99999}, "watts"),
        ("set-battery", {}, "give one of watts, soc, release=true"),
        ("set-battery", {"watts": 1, "soc": 2}, "give one of watts, soc, release=true"),
        ("set-battery", {"release": False}, "give one of watts, soc, release=true"),
        ("set-battery", {"soc": 101}, "soc=101: must be 0 to 100"),
        ("set-clock", {}, "give some of time, speed, frozen, or advance alone"),
        ("set-clock", {"advance": 1, "frozen": True}, "give some of time, speed, frozen"),
        ("set-clock", {"time": "yesterday"}, "'yesterday'"),
        ("read-registers", {"address": 2}, "input 2"),
        ("read-registers", {"address": 5000, "device": "batt"}, "unknown device 'batt'"),
        (
            "read-registers",
            {"address": 65536, "count": 2},
            "address=65536: 2 registers from there would go beyond 65536",
        ),
        (
            "write-register",
            {"address": 65535, "words": [1, 2, 3]},
            "address=65535: 3 registers from there would go beyond 65536",
        ),
        (
            "write-register",
            {"address": 13059, "words": list(range(124))},
            "words=[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1…: list should have at most 123 items",
        ),
        ("read-registers", {"address": 0}, "address=0: must be 1 to 65536"),
        ("write-register", {"address": 13059, "words": [1, 70000]}, "words=70000: input should"),
        ("write-register", {"address": 13059, "words": []}, "words=[]: list should have at least"),
        ("write-register", {"address": 13059, "value": 70000}, "value=70000: must be -32768 to "),
        ("set-battery", {"watts": math.inf}, "watts"),
        ("write-register", {"address": 13059}, "give either value or words"),
        ("write-register", {"address": 2, "value": 1}, "holding 2"),
    ],
)
def test_failures(
    context: Context, running: Running, name: str, params: dict[str, Any], said: str
) -> None:
    """What cannot be done fails with one sentence and changes nothing."""
    before = running.state()
    message = failure(context, name, **params)
    assert said in message
    assert running.state() == before


@pytest.mark.parametrize("name", ["get-status", "get-connection-info"])
def test_no_emulator(context: Context, name: str) -> None:
    """Where no emulator answers, the action says so."""
    assert failure(context, name) == (
        "the emulator does not answer; try again when juju status shows it active"
    )


def test_configuration_comes_first(context: Context, running: Running) -> None:
    """A configuration whose event is still to come does not undo what an action does."""
    state = dataclasses.replace(started(context), config={"seed": 2})
    _, state = run(context, "set-fault", state, fault="2")
    plan = state.get_container("emulator").plan
    assert plan.services["emulator"].environment["SUNGROW_EMULATOR_SEED"] == "2"
    context.exec_history.clear()
    state = context.run(context.on.config_changed(), state)
    assert context.exec_history == {}
    assert state.unit_status == testing.ActiveStatus("simulating: grid-overvoltage")


def test_bad_configuration_is_not_in_the_way(context: Context, running: Running) -> None:
    """With a refused configuration, actions steer the emulator that goes on."""
    state = dataclasses.replace(started(context), config={"winet": "winet"})
    results, state = run(context, "set-power", state, watts=2500)
    assert results["action"] == "PV held at 2500 W"
    assert isinstance(state.unit_status, testing.BlockedStatus)
