"""The workload: environment, layer, and what it says of errors."""

from __future__ import annotations

from collections.abc import Callable

import ops
import pytest
import yaml
from surroundings import ROOT, Running

import control
import emulator


def test_environment() -> None:
    """Doors listen for other pods at the device's ports, the control API does not."""
    variables = emulator.environment({"MODEL": "SH10RT", "MODBUS_PORT": "502"})
    assert variables == {
        "SUNGROW_EMULATOR_HOST": "0.0.0.0",
        "SUNGROW_EMULATOR_MODEL": "SH10RT",
        "SUNGROW_EMULATOR_MODBUS_PORT": "502",
        "SUNGROW_EMULATOR_WINET_HTTP_PORT": "80",
        "SUNGROW_EMULATOR_WINET_WS_PORT": "8082",
        "SUNGROW_EMULATOR_WINET_TLS_PORT": "443",
        "SUNGROW_EMULATOR_CONTROL_PORT": "8099",
    }


def test_layer() -> None:
    """Pebble understands the layer: a service that starts, a check that restarts nothing."""
    layer = ops.pebble.Layer(emulator.layer({}))
    service, check = layer.services["emulator"], layer.checks["control"]
    assert (service.override, service.startup) == ("replace", "enabled")
    assert service.on_check_failure == {}
    assert service.command.startswith("setpriv --reuid=584792 --regid=584792 --clear-groups ")
    assert service.command.endswith("+net_bind_service sungrow-emulator serve")
    assert check.http == {"url": "http://127.0.0.1:8099/livez"}
    assert (check.override, check.level) == ("replace", ops.pebble.CheckLevel.READY)
    assert "startup" not in check.to_dict()


@pytest.mark.parametrize("part", ["services", "checks"])
def test_names(part: str) -> None:
    """The image's own layer has the same names, so that the charm's replaces it."""
    rock = yaml.safe_load((ROOT / "rockcraft.yaml").read_text("utf-8"))
    assert set(rock[part]) == set(emulator.layer({}).get(part, {}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'cannot perform the following tasks:\n- Start service "emulator" (service start '
            "attempt: exited quickly with code 2, will restart)\n----- Logs from task 0 -----\n"
            "2026-11-21T13:45:54Z INFO Most recent service output:\n    serving\n"
            "    sungrow-emulator: --modbus-port 502 cannot be had\n"
            "2026-11-21T13:45:54Z ERROR service start attempt: exited quickly with code 2\n-----",
            "--modbus-port 502 cannot be had",
        ),
        (
            'cannot perform the following tasks:\n- Execute command "setpriv" (timed out after '
            "30s: context deadline exceeded)\n----- Logs from task 0 -----\n2026-11-21T13:45:55Z "
            "ERROR timed out after 30s: context deadline exceeded\n-----",
            'Execute command "setpriv" (timed out after 30s: context deadline exceeded)',
        ),
        ("", "LookupError"),
    ],
)
def test_reason(text: str, said: str) -> None:
    """Of a long error the line is kept that the service printed last, or that names the task."""
    assert emulator.reason(LookupError(text)) == said


def test_simulating(running: Running) -> None:
    """All that a person has set is listed: faults, what is held, and pins."""
    api = control.Control(running.url)
    assert emulator.simulating(api.state()) == ""
    api.set_fault("grid-overvoltage")
    api.set_power(2500)
    api.set_battery_power(-800)
    running.pin("input", 5008, 0x7FFF)
    assert emulator.simulating(api.state()) == (
        "simulating: grid-overvoltage, 2500 W, battery -800 W, pins of inverter"
    )


def test_simulating_several(start: Callable[..., Running]) -> None:
    """Of several inverters it is said which one."""
    running = start(count=3, path="logger")
    api = control.Control(running.url)
    api.set_fault("grid-overvoltage", "inverter-2")
    api.set_battery_power(-800, "inverter-3")
    assert emulator.simulating(api.state()) == (
        "simulating: inverter-2 grid-overvoltage, inverter-3 battery -800 W"
    )
