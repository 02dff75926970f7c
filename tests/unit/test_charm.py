"""The charm: from events to services, ports, endpoints and statuses."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import ops
import pytest
from ops import testing
from surroundings import (
    CONTAINER,
    FQDN,
    RELATION,
    Odd,
    Running,
    emulator_check,
    endpoints,
    environment,
    given,
    new_context,
    started,
    with_exec,
)

import emulator
from charm import SungrowEmulatorCharm

Context = testing.Context[SungrowEmulatorCharm]
WAITING = testing.WaitingStatus("waiting for the workload container")


def test_pebble_ready(context: Context, running: Running) -> None:
    """One hook leads from a ready Pebble to a running service, ports, version and endpoints."""
    state = started(context)
    assert state.unit_status == testing.ActiveStatus()
    assert state.workload_version == running.state().version
    assert {port.port for port in state.opened_ports} == {502, 80, 8082}
    container = state.get_container("emulator")
    assert container.service_statuses == {"emulator": ops.pebble.ServiceStatus.ACTIVE}
    assert container.plan.to_dict() == {
        name: part
        for name, part in emulator.layer(environment(state)).items()
        if name in {"services", "checks"}
    }
    doors = {door.kind: door.port for door in running.state().doors}
    assert endpoints(state) == {
        "modbus": (FQDN, doors["modbus"]),
        "sungrow": (FQDN, doors["modbus"]),
        "http": (FQDN, doors["winet-ws"]),
    }


def test_devices(context: Context, running: Running) -> None:
    """The relation names each device by model, serial number and Modbus unit id."""
    state = started(context)
    inverter, battery = running.state().devices
    assert json.loads(state.get_relation(RELATION.id).local_unit_data["devices"]) == [
        {"model": "SH10RT", "serial_number": inverter.serial_number, "unit_id": 1},
        {"model": "SBR128", "serial_number": battery.serial_number, "unit_id": 200},
    ]


def test_check_sees_the_environment(context: Context, running: Running) -> None:
    """The emulator itself accepts what the charm hands to `serve --check`."""
    started(context)
    (call,) = context.exec_history["emulator"]
    assert call.command[-3:] == ["sungrow-emulator", "serve", "--check"]
    assert emulator_check(call.environment).return_code == 0


@pytest.mark.parametrize(
    "event",
    [
        "start",
        "config_changed",
        "upgrade_charm",
        "leader_elected",
        "update_status",
    ],
)
def test_same_again(context: Context, running: Running, event: str) -> None:
    """An event that changes nothing asks the emulator nothing and restarts nothing."""
    state = started(context)
    context.exec_history.clear()
    again = context.run(getattr(context.on, event)(), state)
    assert again.unit_status == testing.ActiveStatus()
    assert context.exec_history == {}
    assert environment(again) == environment(state)
    assert endpoints(again) == endpoints(state)


def test_relation_events(context: Context, running: Running) -> None:
    """A relation that comes later gets the endpoints; one that breaks is left alone."""
    state = started(context, relations=set())
    related = dataclasses.replace(state, relations={RELATION})
    for event in (context.on.relation_created, context.on.relation_joined):
        assert set(endpoints(context.run(event(RELATION), related))) == {
            "modbus",
            "sungrow",
            "http",
        }
    broken = context.run(context.on.relation_broken(RELATION), related)
    assert broken.unit_status == testing.ActiveStatus()
    assert endpoints(broken) == {}


def test_new_configuration(context: Context, running: Running) -> None:
    """A changed option reaches the service; what has no value is left to the emulator."""
    state = started(context)
    assert "SUNGROW_EMULATOR_START" not in environment(state)
    config = {"start-time": "2026-06-21T11:00:00Z", "modbus-port": 1502}
    state = context.run(context.on.config_changed(), dataclasses.replace(state, config=config))
    assert environment(state)["SUNGROW_EMULATOR_START"] == "2026-06-21T11:00:00Z"
    assert {port.port for port in state.opened_ports} == {1502, 80, 8082}


def test_old_keys_of_a_layer_go(context: Context, running: Running) -> None:
    """The layer of the image gives way to the charm's: one service, one check."""
    rock = ops.pebble.Layer(
        {
            "services": {
                "emulator": {
                    "override": "replace",
                    "command": "sungrow-emulator serve",
                    "startup": "enabled",
                    "environment": {"SUNGROW_EMULATOR_MODBUS_PORT": "5020"},
                }
            }
        }
    )
    container = dataclasses.replace(CONTAINER, layers={"001-sungrow-emulator": rock})
    state = context.run(context.on.pebble_ready(container), given(container))
    assert list(state.get_container("emulator").plan.services) == ["emulator"]
    assert environment(state)["SUNGROW_EMULATOR_MODBUS_PORT"] == "502"


def test_units_differ(running: Running) -> None:
    """Unit n tells the emulator its number, from which serial and seed follow."""
    context = new_context(unit=3)
    assert environment(started(context))["SUNGROW_EMULATOR_INSTANCE"] == "3"


@pytest.mark.parametrize(
    ("unit", "name", "host"),
    [
        (0, "inverter.example", "inverter.example"),
        (0, "inverter-{unit}.example", "inverter-0.example"),
        (2, "inverter-{unit}.example", "inverter-2.example"),
    ],
)
def test_external_hostname(running: Running, unit: int, name: str, host: str) -> None:
    """The host of the configuration is published, with the unit's number where it asks for it."""
    context = new_context(unit=unit)
    state = started(context, config={"external-hostname": name})
    assert endpoints(state)["modbus"][0] == host


def test_external_hostname_of_several_units(running: Running) -> None:
    """A further unit blocks itself where one host name stands for all."""
    context = new_context(unit=1)
    state = started(context)
    changed = dataclasses.replace(state, config={"external-hostname": "inverter.example"})
    after = context.run(context.on.config_changed(), changed)
    assert after.unit_status == testing.BlockedStatus(
        "external-hostname=inverter.example: names unit 0 only; put {unit} into it"
    )
    assert endpoints(after) == endpoints(state)


def test_no_pebble(context: Context) -> None:
    """Without its container the charm waits; a bad option is said all the same."""
    away = testing.Container("emulator", can_connect=False)
    assert context.run(context.on.config_changed(), given(away)).unit_status == WAITING
    state = context.run(context.on.config_changed(), given(away, config={"winet": "winet"}))
    assert state.unit_status == testing.BlockedStatus(
        "winet=winet: allowed are auto, none, winet-s, winet-s2, eyem4; did you mean winet-s?"
    )


def test_pebble_goes_away(context: Context, running: Running) -> None:
    """A container that is restarted leaves the endpoints published."""
    state = started(context)
    away = dataclasses.replace(state.get_container("emulator"), can_connect=False)
    after = context.run(context.on.update_status(), dataclasses.replace(state, containers={away}))
    assert after.unit_status == WAITING
    assert endpoints(after) == endpoints(state)


@pytest.mark.parametrize("event", ["stop", "remove"])
def test_departure(context: Context, event: str) -> None:
    """On its way out a unit keeps its last status, with its container gone."""
    status = testing.ActiveStatus("simulating: grid-lost")
    away = testing.Container("emulator", can_connect=False)
    state = context.run(getattr(context.on, event)(), given(away, unit_status=status))
    assert state.unit_status == status


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (
            testing.Exec(["setpriv"], return_code=127, stderr="x\nsetpriv: failed to execute\n"),
            "setpriv: failed to execute",
        ),
        (testing.Exec(["setpriv"], return_code=1), "exit code 1"),
    ],
)
def test_image_without_emulator(context: Context, result: testing.Exec, said: str) -> None:
    """An image that cannot run the emulator blocks with what it said last."""
    container = with_exec(CONTAINER, result)
    state = context.run(context.on.pebble_ready(container), given(container))
    assert state.unit_status == testing.BlockedStatus(f"emulator-image does not start: {said}")


def test_not_ready(context: Context) -> None:
    """An emulator that does not answer (yet) is waited for, and nothing is published."""
    state = started(context)
    assert state.unit_status == testing.MaintenanceStatus("waiting for the emulator to get ready")
    assert endpoints(state) == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (
            b'{"api": 2}',
            testing.BlockedStatus(
                "emulator-image speaks control API 2, this charm needs 1; refresh one of them"
            ),
        ),
        (
            b"hello",
            testing.MaintenanceStatus(
                "what answers is not the control API of an emulator; check emulator-image"
            ),
        ),
    ],
)
def test_another_image(
    context: Context,
    running: Running,
    odd: Odd,
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
    status: ops.StatusBase,
) -> None:
    """An image whose control API is not understood changes nothing that is published."""
    state = started(context)
    odd.body = body
    monkeypatch.setattr(SungrowEmulatorCharm, "control_url", odd.url)
    after = context.run(context.on.upgrade_charm(), state)
    assert after.unit_status == status
    assert endpoints(after) == endpoints(state)


def test_stopped_service(
    context: Context, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that is not started takes the endpoints back."""
    state = started(context)
    container = dataclasses.replace(
        state.get_container("emulator"),
        service_statuses={"emulator": ops.pebble.ServiceStatus.INACTIVE},
        execs={testing.Exec(["setpriv"], return_code=2, stderr="sungrow-emulator: no")},
    )
    changed = dataclasses.replace(state, config={"model": "SH10RX"}, containers={container})
    after = context.run(context.on.config_changed(), changed)
    assert after.unit_status == testing.BlockedStatus("no")
    assert (
        after.get_relation(RELATION.id).local_unit_data.keys() & {"endpoints", "devices"} == set()
    )


def failing(state: testing.State, *, status: ops.pebble.CheckStatus) -> testing.State:
    """Return the state with the check as Pebble would report it."""
    info = testing.CheckInfo(
        "control",
        level=ops.pebble.CheckLevel.READY,
        startup=ops.pebble.CheckStartup.UNSET,
        status=status,
        failures=3 if status is ops.pebble.CheckStatus.DOWN else 0,
        threshold=3,
    )
    container = dataclasses.replace(state.get_container("emulator"), check_infos={info})
    return dataclasses.replace(state, containers={container})


def test_crash(context: Context, running: Running) -> None:
    """What a crash has undone is still in the status until the next event, and then is not."""
    state = started(context)
    state = context.run(context.on.action("set-power", params={"watts": 2222}), state)
    assert state.unit_status == testing.ActiveStatus("simulating: 2222 W")
    running.reset()
    after = context.run(context.on.update_status(), state)
    assert after.unit_status == testing.ActiveStatus()


def test_check_fails(context: Context, running: Running) -> None:
    """A failed check is maintenance, a recovered one is not; the endpoints stay all the time."""
    state = failing(started(context), status=ops.pebble.CheckStatus.DOWN)
    container = state.get_container("emulator")
    (info,) = container.check_infos
    down = context.run(context.on.pebble_check_failed(container, info), state)
    assert down.unit_status == testing.MaintenanceStatus("check control of the emulator fails")
    assert endpoints(down) == endpoints(state)
    state = failing(down, status=ops.pebble.CheckStatus.UP)
    container = state.get_container("emulator")
    (info,) = container.check_infos
    up = context.run(context.on.pebble_check_recovered(container, info), state)
    assert up.unit_status == testing.ActiveStatus()


def test_frozen_workload(
    context: Context, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workload that neither answers nor recovers is not waited for again and again."""
    state = failing(started(context), status=ops.pebble.CheckStatus.DOWN)
    monkeypatch.setattr(SungrowEmulatorCharm, "control_url", "http://127.0.0.1:9")
    monkeypatch.setattr(SungrowEmulatorCharm, "ready_seconds", 3600.0)
    after = context.run(context.on.update_status(), state)
    assert after.unit_status == testing.MaintenanceStatus("waiting for the emulator to get ready")
    assert endpoints(after) == endpoints(state)


@pytest.mark.parametrize(
    ("config", "published", "ports"),
    [
        ({"winet": "none"}, {"modbus", "sungrow"}, {502}),
        ({"winet": "winet-s2"}, {"modbus", "sungrow"}, {502, 443}),
        ({"winet": "eyem4"}, {"modbus", "sungrow"}, {502, 80}),
        ({"dongle-firmware": "P026"}, {"modbus", "sungrow"}, {502, 443}),
        ({"encryption": "zero"}, {"modbus", "sungrow", "http"}, {502, 80, 8082}),
        ({"encryption": "silent"}, {"modbus", "http"}, {502, 80, 8082}),
    ],
)
def test_doors(
    context: Context,
    start: Callable[..., Running],
    config: dict[str, str],
    published: set[str],
    ports: set[int],
) -> None:
    """What is published and opened follows the doors that the emulator has."""
    start(**{name.replace("-", "_"): value for name, value in config.items()})
    state = started(context, config=config)
    assert set(endpoints(state)) == published
    assert {port.port for port in state.opened_ports} == ports
