"""Tests of the control API as a whole."""

from __future__ import annotations

import pytest
from control.recorder import Recorder, api

from sungrow_emulator.control.app import create_app

API = "/api/v1"
DEVICE = f"{API}/devices/{{device}}"


def test_every_promised_path_is_documented() -> None:
    """The document lists every path with its methods."""
    paths = create_app(Recorder().facade).openapi()["paths"]
    registers = f"{DEVICE}/registers/{{table}}/{{address}}"
    assert {path: set(methods) for path, methods in paths.items()} == {
        "/livez": {"get"},
        "/readyz": {"get"},
        "/healthz": {"get"},
        "/metrics": {"get"},
        f"{API}/state": {"get"},
        f"{API}/reset": {"post"},
        f"{API}/devices": {"get", "post"},
        DEVICE: {"get", "delete"},
        f"{DEVICE}/fields": {"get"},
        registers: {"get", "put", "delete"},
        f"{DEVICE}/write": {"post"},
        f"{DEVICE}/power": {"put", "delete"},
        f"{DEVICE}/load": {"put", "delete"},
        f"{DEVICE}/soc": {"put"},
        f"{DEVICE}/battery": {"put", "delete"},
        f"{DEVICE}/faults": {"get", "post", "delete"},
        f"{DEVICE}/faults/{{fault}}": {"delete"},
        f"{API}/clock": {"get", "put", "patch"},
        f"{API}/clock/advance": {"post"},
        f"{API}/models": {"get"},
        f"{API}/faults": {"get"},
    }


def test_document() -> None:
    """The document is OpenAPI 3.1; each operation has its own id, words and problem answer."""
    document = create_app(Recorder().facade).openapi()
    operations = [op for methods in document["paths"].values() for op in methods.values()]
    assert document["openapi"].startswith("3.1")
    assert len({op["operationId"] for op in operations}) == len(operations)
    assert all(op["description"] and op["summary"] and op["tags"] for op in operations)
    assert all("422" not in op["responses"] for op in operations)
    assert all(
        "application/problem+json" in op["responses"]["default"]["content"] for op in operations
    )
    assert not {"HTTPValidationError", "ValidationError"} & set(document["components"]["schemas"])
    assert "Problem" in document["components"]["schemas"]
    assert "security" not in document


def test_document_with_token() -> None:
    """With a token the document says so."""
    document = create_app(Recorder().facade, "t").openapi()
    assert document["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


async def test_token_is_asked_for() -> None:
    """The guard stands before the routes."""
    async with api(create_app(Recorder().facade, "t")) as client:
        assert (await client.get(f"{API}/state")).status_code == 401
        assert (await client.get("/metrics")).status_code == 401
        headers = {"authorization": "Bearer t"}
        assert (await client.get(f"{API}/state", headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/livez"])
async def test_open_pages(path: str) -> None:
    """Documentation and health are open."""
    async with api(create_app(Recorder().facade, "t")) as client:
        assert (await client.get(path)).status_code == 200


async def test_root() -> None:
    """The root leads to the documentation."""
    async with api(create_app(Recorder().facade)) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")
