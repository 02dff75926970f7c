"""Tests of the routes for the emulator as a whole."""

from __future__ import annotations

import pytest
from control.recorder import STATE, Recorder, api

from sungrow_emulator.control.app import create_app
from sungrow_emulator.control.routes.common import LOOK_SECONDS


@pytest.mark.parametrize(
    ("path", "ready", "status"),
    [
        ("/livez", False, 200),
        ("/healthz", False, 200),
        ("/readyz", False, 503),
        ("/readyz", True, 200),
    ],
)
async def test_health(path: str, ready: bool, status: int) -> None:
    """Health is also answered by the application itself."""
    async with api(create_app(Recorder(ready=ready).facade)) as client:
        assert (await client.get(path)).status_code == status


async def test_metrics() -> None:
    """The metrics are text that Prometheus reads."""
    async with api(create_app(Recorder().facade)) as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'sungrow_emulator_requests_total{door="0"} 7' in answer.text


@pytest.mark.parametrize(
    ("method", "path", "before"), [("GET", "state", ()), ("POST", "reset", (("reset",),))]
)
async def test_state(method: str, path: str, before: tuple[tuple[str], ...]) -> None:
    """State and reset answer the whole emulator, which may begin for a while before that."""
    recorder = Recorder()
    async with api(create_app(recorder.facade)) as client:
        data = (await client.request(method, f"/api/v1/{path}")).json()
    assert recorder.calls == [*before, ("state",)]
    assert recorder.looked == [LOOK_SECONDS]
    assert (data["api"], data["control"]) == (1, STATE.control)
