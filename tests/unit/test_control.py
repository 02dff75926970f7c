"""The client of the control API, against a real emulator and against what is none."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from surroundings import Odd, Running

import control


def test_state(running: Running) -> None:
    """The state is what the emulator says of itself."""
    state, truth = control.Control(running.url).state(), running.state()
    assert state.version == truth.version
    assert [(d.kind, d.port) for d in state.doors] == [(d.kind, d.port) for d in truth.doors]
    assert state.devices[0].serial_number == truth.devices[0].serial_number


def test_ready(running: Running) -> None:
    """A ready emulator is not waited for."""
    assert control.Control(running.url).wait_ready(0)


def test_never_ready() -> None:
    """Where nothing answers, waiting ends in time."""
    begin = time.monotonic()
    assert not control.Control("http://127.0.0.1:9").wait_ready(0.3)
    assert 0.3 <= time.monotonic() - begin < 10


def test_not_ready_yet(odd: Odd) -> None:
    """An emulator that is still starting is not ready."""
    odd.status = 503
    assert not control.Control(odd.url).wait_ready(0)


def test_proxy(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment is not asked."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert control.Control(running.url).state().devices


def test_refusal(running: Running) -> None:
    """A refusal carries the emulator's own sentence."""
    with pytest.raises(control.ControlError, match="unknown fault 'grid-lst'; did you mean"):
        control.Control(running.url).set_fault("grid-lst")


@pytest.mark.parametrize("body", [b"oops", b"[]", b"{}"])
def test_refusal_without_details(odd: Odd, body: bytes) -> None:
    """A refusal of something else than an emulator carries its status."""
    odd.status, odd.body = 418, body
    with pytest.raises(control.ControlError, match="the emulator refuses with HTTP status 418"):
        control.Control(odd.url).state()


@pytest.mark.parametrize("body", [b"oops", b"[]", b"{}", b'{"api": 1}'])
def test_no_emulator(odd: Odd, body: bytes) -> None:
    """An answer that makes no sense is not an emulator's."""
    odd.body = body
    with pytest.raises(control.ControlError, match="not the control API of an emulator"):
        control.Control(odd.url).state()


def test_another_token(start: Callable[..., Running]) -> None:
    """An emulator that wants another token than the charm's says what to do."""
    running = start(token="right")
    with pytest.raises(control.ControlError, match=r"another control-token; restart its pod$"):
        control.Control(running.url, "wrong").state()


def test_settling(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A jump that takes longer than is waited for goes on; only then the clock shows its end."""
    monkeypatch.setattr(control, "_SETTLING", 0.001)
    api = control.Control(running.url)
    before = api.state().clock
    with pytest.raises(control.SettlingError, match="goes on; get-status shows that time when"):
        api.advance(86400 * 30)
    deadline = time.monotonic() + 60
    while api.state().clock == before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert api.state().clock.time == "2026-07-21T11:00:00Z"


def test_other_version(odd: Odd) -> None:
    """Another version of the API is named before anything of it is read."""
    odd.body = json.dumps({"api": 2, "doors": "elsewhere"}).encode()
    with pytest.raises(control.VersionError, match="speaks control API 2, this charm needs 1"):
        control.Control(odd.url).state()


def test_new_members(odd: Odd, running: Running) -> None:
    """Members that a later emulator adds are ignored."""
    odd.body = json.dumps(
        {
            "api": 1,
            "version": "9",
            "clock": {"time": "", "device_time": "", "speed": 1, "frozen": True, "moon": "full"},
            "devices": [],
            "doors": [],
            "weather": "fine",
        }
    ).encode()
    assert control.Control(odd.url).state().version == "9"
