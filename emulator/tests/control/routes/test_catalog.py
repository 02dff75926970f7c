"""Tests of the catalog routes."""

from __future__ import annotations

from control.recorder import Recorder, api

from sungrow_emulator.control.app import create_app


async def test_models() -> None:
    """All models are listed, or those of one family."""
    async with api(create_app(Recorder().facade)) as client:
        everything = (await client.get("/api/v1/models")).json()
        some = (await client.get("/api/v1/models?family=hybrid-rt")).json()
    assert len(everything) > 250
    assert {model["family"] for model in some} == {"hybrid-rt"}


async def test_unknown_family() -> None:
    """An unknown family is answered with the nearest."""
    async with api(create_app(Recorder().facade)) as client:
        answer = await client.get("/api/v1/models?family=hybrid-rtt")
    assert answer.status_code == 422
    assert "hybrid-rt" in answer.json()["errors"][0]["nearest"]


async def test_faults() -> None:
    """The faults that can be set are listed."""
    async with api(create_app(Recorder().facade)) as client:
        faults = (await client.get("/api/v1/faults")).json()
    assert any(fault["number"] == 10 and fault["stops"] for fault in faults)
