"""Tests of what the routes share."""

from __future__ import annotations

import pytest
from control.recorder import Recorder, api
from fastapi import Request

from sungrow_emulator.control.app import create_app
from sungrow_emulator.control.routes.common import known_query


@pytest.mark.parametrize("path", ["/api/v1/state?x=1", "/livez?verbose=1", "/api/v1/models?fam=1"])
async def test_unknown_query(path: str) -> None:
    """Parameters that a route does not know are refused everywhere."""
    async with api(create_app(Recorder().facade)) as client:
        assert (await client.get(path)).status_code == 422


async def test_known_query() -> None:
    """Those it knows are not."""
    async with api(create_app(Recorder().facade)) as client:
        assert (await client.get("/api/v1/models?family=")).status_code == 200


async def test_foreign_routes_are_left_alone() -> None:
    """A request without a route of the API is not looked at."""
    request = Request({"type": "http", "query_string": b"x=1"})
    assert await known_query(request) is None


@pytest.mark.parametrize("address", ["0", "65537", "x"])
async def test_addresses(address: str) -> None:
    """Document numbers are 1 to 65536."""
    path = f"/api/v1/devices/inverter/registers/input/{address}"
    async with api(create_app(Recorder().facade)) as client:
        answer = await client.get(path)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "path.address"
