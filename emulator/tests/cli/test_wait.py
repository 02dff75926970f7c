"""Tests of waiting for an emulator."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from cli.running import control_api
from cli.test_registers import door
from control.recorder import STATE, Recorder

from control import recorder as module
from sungrow_emulator.cli.wait import wait_command
from sungrow_emulator.testing import Handle, SungrowEmulator

FREE = {"winet_http_port": 0, "winet_ws_port": 0, "winet_tls_port": 0}
Call = Callable[..., tuple[int, str, str]]


def test_ready(call: Call, url: str) -> None:
    """A ready emulator is not waited for."""
    code, out, _ = call("wait", "--url", url)
    assert (code, out.startswith("ready after ")) == (0, True)
    answer = json.loads(call("wait", "--url", url, "--json")[1])  # Its client is loaded by now.
    assert (answer["ready"], answer["seconds"] < 1) == (True, True)


def test_becomes_ready(call: Call) -> None:
    """An emulator that starts is waited for."""
    recorder = Recorder(ready=False)
    with control_api(recorder.facade) as url:
        timer = threading.Timer(0.2, lambda: setattr(recorder, "ready", True))
        timer.start()
        code, out, _ = call("wait", "--url", url, "--json")
        timer.join()
    assert code == 0
    assert json.loads(out)["seconds"] >= 0.1


@pytest.mark.parametrize("where", ["http://127.0.0.1:1", ""])
def test_never_ready(call: Call, where: str) -> None:
    """After the time is over the exit code is 3."""
    with control_api(Recorder(ready=False).facade) as url:
        code, _, err = call("wait", "--timeout", "0.1", "--url", where or url)
    assert code == 3
    assert "was not ready within 0.1 s" in err


@pytest.fixture(name="probe")
def _probe(call: Call, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return what a probe of an emulator's doors prints."""

    def probe(one: Handle, *options: str) -> str:
        state = one.state()
        shown = replace(STATE, doors=state.doors, devices=state.devices)
        monkeypatch.setattr(module, "STATE", shown)
        with control_api(Recorder().facade) as url:
            return call("wait", "--probe", *options, "--url", url)[1]

    return probe


def test_probe(probe: Callable[..., str]) -> None:
    """A probe asks every door from outside: registers, pages and the WebSocket."""
    with SungrowEmulator(model="SH10RT", winet="winet-s", **FREE) as inverter:
        out = probe(inverter)
    assert out.endswith("; modbus: type code 0x0E03; winet-http: WiNet-S; winet-ws: pong\n")


@pytest.mark.parametrize(
    ("dongle", "kind", "answer"),
    [("winet-s2", "winet-tls", "WiNet-S2, pong"), ("eyem4", "winet-http", "EyeM4, pong")],
)
def test_probe_of_one_port(probe: Callable[..., str], dongle: str, kind: str, answer: str) -> None:
    """Where one port has pages and WebSocket both are asked, whoever signed the certificate."""
    options = {"winet": dongle, "dongle_firmware": "P043", **FREE}
    with SungrowEmulator(model="SH10RT", **options) as inverter:
        out = probe(inverter, "--json")
    assert json.loads(out)["doors"] == {"modbus": "type code 0x0E03", kind: answer}


def test_probe_of_several_devices(probe: Callable[..., str]) -> None:
    """Each device answers by its name, those behind one port too; one without code is refused."""
    with SungrowEmulator(
        devices=[
            {"id": "roof", "model": "SH10RT", "winet": "winet-s"},
            {"id": "barn", "winet": "winet-s", "rtu_tcp_port": 0},
            {"id": "car", "model": "AC22E-01"},
        ],
        **FREE,
    ) as site:
        site.add_device(id="shed", modbus_port=site.modbus_port, unit=2)
        out = probe(site, "--json")
    assert json.loads(out)["doors"] == {
        "modbus roof": "type code 0x0E03",
        "winet-http roof": "WiNet-S",
        "winet-ws roof": "pong",
        "modbus barn": "type code 0x2430",
        "winet-http barn": "WiNet-S",
        "winet-ws barn": "pong",
        "modbus car": "exception 2",
        "modbus shed": "type code 0x2430",
    }


def test_probe_of_a_door_that_is_dead(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A door that does not answer is named, with the exit code of the unreachable."""
    doors = (door(1, kind="winet-ws"),)
    monkeypatch.setattr(module, "STATE", replace(STATE, doors=doors))
    with control_api(Recorder().facade) as url:
        code, _, err = call("wait", "--probe", "--url", url)
    assert (code, "no dongle answers a ping at ws://127.0.0.1:1/" in err) == (3, True)


@pytest.mark.parametrize("timeout", ["-1", "soon"])
def test_wrong_timeout(call: Call, timeout: str) -> None:
    """A time that is none is refused."""
    assert call("wait", "--timeout", timeout)[0] == 2


def test_name() -> None:
    """The command has the name of the contract."""
    assert wait_command.name == "wait"
