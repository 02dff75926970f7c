"""Tests of the device routes: each is one call of the façade."""

from __future__ import annotations

from typing import Any

import pytest
from control.recorder import DEVICE, FAULT, FIELD, Recorder, api, conflict

from sungrow_emulator.control.app import create_app

BASE = "/api/v1/devices/inverter"


@pytest.fixture(name="recorder", scope="module")
def _recorder() -> Recorder:
    return Recorder()


@pytest.fixture(name="app", scope="module")
def _app(recorder: Recorder) -> Any:
    return create_app(recorder.facade)


@pytest.mark.parametrize(
    ("method", "path", "body", "call"),
    [
        ("GET", "/registers/input/5031?count=2", None, ("registers", "input", 5031, 2)),
        ("GET", "/registers/holding/5008", None, ("registers", "holding", 5008, 1)),
        ("PUT", "/registers/input/5031", {"words": [1, 2]}, ("pin", "input", 5031, [1, 2])),
        ("DELETE", "/registers/input/5031", None, ("unpin", "input", 5031)),
        ("POST", "/write", {"address": 5008, "words": [5]}, ("write", 5008, [5])),
        ("POST", "/write", {"address": 5008, "value": -2}, ("write", 5008, [65534])),
        ("PUT", "/power", {"watts": 2500}, ("set_power", 2500.0)),
        ("DELETE", "/power", None, ("release_power",)),
        ("PUT", "/load", {"watts": 300.5}, ("set_load", 300.5)),
        ("DELETE", "/load", None, ("set_load", None)),
        ("PUT", "/soc", {"percent": 55}, ("set_soc", 55.0)),
        ("PUT", "/battery", {"watts": -2000}, ("set_battery_power", -2000.0)),
        ("DELETE", "/battery", None, ("set_battery_power", None)),
        ("POST", "/faults", {"fault": 10}, ("set_fault", 10)),
        ("POST", "/faults", {"fault": "10"}, ("set_fault", 10)),
        ("POST", "/faults", {"fault": "grid-lost"}, ("set_fault", "grid-lost")),
        ("DELETE", "/faults", None, ("clear_fault", None)),
        ("DELETE", "/faults/10", None, ("clear_fault", 10)),
        ("DELETE", "/faults/grid-lost", None, ("clear_fault", "grid-lost")),
    ],
)
async def test_calls(
    app: Any, recorder: Recorder, method: str, path: str, body: Any, call: tuple[Any, ...]
) -> None:
    """A request becomes exactly this call and answers what it answers."""
    recorder.calls.clear()
    async with api(app) as client:
        answer = await client.request(method, BASE + path, json=body)
    assert answer.status_code == 200
    assert recorder.calls == [(call[0], "inverter", *call[1:])]
    assert answer.json()["device"] == "inverter"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/v1/devices", [DEVICE.model]),
        (BASE, DEVICE.model),
        (f"{BASE}/faults", [FAULT.name]),
        (f"{BASE}/fields", [FIELD.name]),
    ],
)
async def test_looks(app: Any, path: str, answer: Any) -> None:
    """What can be looked at is answered as the façade answers it."""
    async with api(app) as client:
        data = (await client.get(path)).json()

    def short(item: dict[str, Any]) -> str:
        return item.get("model") or item["name"]

    assert ([short(item) for item in data] if isinstance(data, list) else short(data)) == answer


async def test_a_device_is_added(app: Any, recorder: Recorder) -> None:
    """What was given goes to the façade; the devices that came are answered."""
    recorder.calls.clear()
    body = {"id": "b", "modbus-port": 0, "hold": {"pv-power": 5}, "faults": [2, "grid-lost"]}
    async with api(app) as client:
        answer = await client.post("/api/v1/devices", json=body)
    assert (answer.status_code, answer.json()[0]["id"]) == (201, DEVICE.id)
    assert recorder.calls == [("add_device", body)]


async def test_a_device_that_has_no_place_is_refused(app: Any, recorder: Recorder) -> None:
    """What is taken is a conflict, and the reason is said."""
    recorder.fails["add_device"] = conflict("unit=1: that is inverter already")
    async with api(app) as client:
        answer = await client.post("/api/v1/devices", json={})
    del recorder.fails["add_device"]
    assert (answer.status_code, answer.json()["title"]) == (409, "Conflict")
    assert answer.json()["detail"] == "unit=1: that is inverter already"


async def test_a_device_is_removed(app: Any, recorder: Recorder) -> None:
    """It is gone with an empty answer; one that is not there is unknown."""
    recorder.calls.clear()
    async with api(app) as client:
        gone, unknown = await client.delete(BASE), await client.delete("/api/v1/devices/b")
    assert (gone.status_code, gone.content) == (204, b"")
    assert recorder.calls == [("remove_device", "inverter")]
    assert unknown.status_code == 404


async def test_change_is_answered_whole(app: Any) -> None:
    """A change answers what it did, its notes and the new state of the device."""
    async with api(app) as client:
        data = (await client.put(f"{BASE}/power", json={"watts": 1})).json()
    assert (data["action"], data["notes"]) == ("set_power", ["a note"])
    assert data["state"]["overrides"] == {"pv_power": 2500.0}
