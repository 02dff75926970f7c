"""Tests of the part that answers before the API is loaded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from control.recorder import Recorder, api

from sungrow_emulator.control.front import Front


async def teapot(scope: Any, receive: Any, send: Any) -> None:
    """Stand for the API."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(("path", "status"), [("/livez", 200), ("/readyz", 503)])
async def test_health_does_not_wait(path: str, status: int) -> None:
    """Health is answered while the API is not there."""
    loading: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    async with api(Front(Recorder(ready=False).facade, loading)) as client:
        assert (await client.get(path)).status_code == status
        assert (await client.head(path)).status_code == status


async def test_other_requests_wait() -> None:
    """Any other request is answered by the API once it is there."""
    loading: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    async with api(Front(Recorder().facade, loading)) as client:
        waiting = asyncio.create_task(client.get("/api/v1/state"))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        loading.set_result(teapot)
        assert (await waiting).status_code == 418
        assert (await client.post("/livez")).status_code == 418
