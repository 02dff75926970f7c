"""Tests of the client of the control API, against the API itself."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from client.bridge import Bridge
from control.recorder import CLOCK, DEVICE, FIELD, STATE, Recorder, refused

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.client.control import ControlClient
from sungrow_emulator.client.errors import ApiError, UnreachableError
from sungrow_emulator.control.app import create_app


@pytest.fixture(name="recorder", scope="module")
def _recorder() -> Recorder:
    return Recorder()


@pytest.fixture(name="client", scope="module")
def _client(recorder: Recorder) -> ControlClient:
    return ControlClient(transport=Bridge(create_app(recorder.facade)))


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> ControlClient:
    """Return a client whose requests are answered by a function."""
    return ControlClient(transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("call", "recorded"),
    [
        (lambda c: c.registers("inverter", "input", 5031, 2), ("registers", "input", 5031, 2)),
        (lambda c: c.pin("inverter", "input", 5031, (1, 2)), ("pin", "input", 5031, [1, 2])),
        (lambda c: c.unpin("inverter", "input", 5031), ("unpin", "input", 5031)),
        (lambda c: c.write("inverter", 5008, [5]), ("write", 5008, [5])),
        (lambda c: c.set_power("inverter", 2500), ("set_power", 2500.0)),
        (lambda c: c.release_power("inverter"), ("release_power",)),
        (lambda c: c.set_load("inverter", 300), ("set_load", 300.0)),
        (lambda c: c.set_load("inverter", None), ("set_load", None)),
        (lambda c: c.set_soc("inverter", 55.5), ("set_soc", 55.5)),
        (lambda c: c.set_battery_power("inverter", -5), ("set_battery_power", -5.0)),
        (lambda c: c.set_battery_power("inverter", None), ("set_battery_power", None)),
        (lambda c: c.set_fault("inverter", "grid-lost"), ("set_fault", "grid-lost")),
        (lambda c: c.clear_fault("inverter"), ("clear_fault", None)),
        (lambda c: c.clear_fault("inverter", 10), ("clear_fault", 10)),
        (lambda c: c.clear_fault("inverter", "a/b"), None),
    ],
)
def test_commands(
    client: ControlClient,
    recorder: Recorder,
    call: Callable[[ControlClient], Any],
    recorded: tuple[Any, ...] | None,
) -> None:
    """A command of the client becomes the same command of the façade."""
    recorder.calls.clear()
    if recorded is None:
        with pytest.raises(ApiError):
            call(client)
        return
    assert call(client).device == "inverter"
    assert recorder.calls == [(recorded[0], "inverter", *recorded[1:])]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (lambda c: c.state(), STATE),
        (lambda c: c.reset(), STATE),
        (lambda c: c.devices(), (DEVICE,)),
        (lambda c: c.device(), DEVICE),
        (lambda c: c.device("inverter"), DEVICE),
        (lambda c: c.fields(), (FIELD,)),
    ],
)
def test_looks(client: ControlClient, call: Callable[[ControlClient], Any], answer: Any) -> None:
    """What the façade answers arrives as the same dataclasses."""
    assert call(client) == answer


@pytest.mark.parametrize(
    ("call", "recorded"),
    [
        (lambda c: c.clock(), []),
        (lambda c: c.freeze(), [("freeze",)]),
        (lambda c: c.resume(), [("resume",)]),
        (lambda c: c.set_speed(60), [("set_speed", 60.0)]),
        (lambda c: c.jump("sunrise"), [("jump", "sunrise")]),
        (lambda c: c.advance(900), [("advance", 900.0)]),
    ],
)
def test_clock(
    client: ControlClient,
    recorder: Recorder,
    call: Callable[[ControlClient], Any],
    recorded: list[Any],
) -> None:
    """The clock is steered and answers where it stands."""
    recorder.calls.clear()
    assert call(client).timezone == CLOCK.timezone
    assert recorder.calls == recorded


def test_devices_come_and_go(client: ControlClient, recorder: Recorder) -> None:
    """Options with underscores become members of the body; removing answers nothing."""
    recorder.calls.clear()
    added = client.add_device(id="b", modbus_port=0, hold={"pv_power": 5.0}, faults=[2])
    assert added == (DEVICE,)
    assert client.remove_device("inverter") is None
    body = {"id": "b", "modbus-port": 0, "hold": {"pv-power": 5.0}, "faults": [2]}
    assert recorder.calls == [("add_device", body), ("remove_device", "inverter")]
    with pytest.raises(ApiError, match="unknown device 'b'") as caught:
        client.remove_device("b")
    assert caught.value.status == 404


def test_refusal(client: ControlClient, recorder: Recorder) -> None:
    """A problem document becomes an error with its sentence and status."""
    recorder.fails["set_soc"] = refused("no battery here")
    with pytest.raises(ApiError, match=r"^no battery here$") as caught:
        client.set_soc("inverter", 5)
    assert caught.value.status == 422


@pytest.mark.parametrize("ready", [True, False])
def test_ready(client: ControlClient, recorder: Recorder, ready: bool) -> None:
    """Readiness is asked for."""
    recorder.ready = ready
    assert client.ready() is ready


def test_token() -> None:
    """The token is sent with each request."""
    app = create_app(Recorder().facade, "t")
    assert ControlClient(token="t", transport=Bridge(app)).state() == STATE
    with pytest.raises(ApiError, match="a token is needed"):
        ControlClient(transport=Bridge(app)).state()


@pytest.mark.parametrize("url", ["", "127.0.0.1:8099", "ftp://x", "http://", "http://\0"])
def test_malformed_url(url: str) -> None:
    """What is no URL is refused with one that is."""
    with pytest.raises(EmulatorError, match=r"write e\.g\. http://127"):
        ControlClient(url)


def test_nothing_there() -> None:
    """A closed port is one sentence that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with ControlClient(f"http://127.0.0.1:{port}/") as client:
        assert not client.ready()
        with pytest.raises(UnreachableError, match=f"no emulator .*:{port} .*serve"):
            client.state()


def test_silence() -> None:
    """Something that accepts and says nothing is given up in time."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            ControlClient(url, timeout=0.05) as client,
            pytest.raises(UnreachableError, match="does not answer in time"),
        ):
            client.state()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"some": "thing"}),
        httpx.Response(200, json=[1]),
        httpx.Response(200, text="[" * 100_000),
        httpx.Response(404, text="not found"),
        httpx.Response(404, json={"error": "x"}),
        httpx.Response(404, json=["x"]),
    ],
)
def test_something_else_there(answer: httpx.Response) -> None:
    """Another server on that port is told apart from an emulator."""
    with pytest.raises(UnreachableError, match="is not the control API"):
        answering(lambda _: answer).state()
