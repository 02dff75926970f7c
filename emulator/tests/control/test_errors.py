"""Tests of how errors become problem documents."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from control.recorder import Recorder, api, conflict, refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sungrow_emulator.catalog.errors import UnknownNameError
from sungrow_emulator.control.app import create_app
from sungrow_emulator.control.errors import nearest_paths

JSON = {"content-type": "application/json"}
PIN = "/api/v1/devices/inverter/registers/input/5000"


@pytest.fixture(name="recorder", scope="module")
def _recorder() -> Recorder:
    return Recorder()


@pytest.fixture(name="app", scope="module")
def _app(recorder: Recorder) -> Any:
    return create_app(recorder.facade)


async def ask(app: Any, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
    """Send one request and return the status and the problem."""
    async with api(app) as client:
        answer: httpx.Response = await client.request(method, path, **options)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == "about:blank"
    assert "\n" not in problem["detail"]
    return answer.status_code, problem


async def test_unknown_name(app: Any) -> None:
    """A name that does not exist is 404 with the nearest ones."""
    status, problem = await ask(app, "GET", "/api/v1/devices/invertr")
    assert (status, problem["errors"][0]["nearest"]) == (404, ["inverter"])


async def test_unknown_name_in_the_body(app: Any, recorder: Recorder) -> None:
    """What the path names is there, so a name in the body is a wrong value like any other."""
    recorder.fails["add_device"] = UnknownNameError("model", "SH10TR", ["SH10RT"])
    status, problem = await ask(app, "POST", "/api/v1/devices", json={"model": "SH10TR"})
    del recorder.fails["add_device"]
    assert (status, problem["errors"][0]["nearest"]) == (422, ["SH10RT"])


async def test_refusal_of_the_facade(app: Any, recorder: Recorder) -> None:
    """What the façade refuses is 422 with its sentence."""
    recorder.fails["set_power"] = refused("watts=9 is too much")
    path = "/api/v1/devices/inverter/power"
    status, problem = await ask(app, "PUT", path, json={"watts": 9})
    assert (status, problem["detail"]) == (422, "watts=9 is too much")


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/api/v1/statt", "/api/v1/state"),
        ("/api/v1/devices/inverter/field", "/api/v1/devices/inverter/fields"),
        ("/api/v1/state/", "/api/v1/state"),
        ("/readz", "/readyz"),
    ],
)
async def test_unknown_path(app: Any, path: str, near: str) -> None:
    """An unknown path is answered with the nearest routes."""
    status, problem = await ask(app, "GET", path)
    assert status == 404
    assert near in problem["errors"][0]["nearest"]
    assert near in problem["detail"]


async def test_far_away_path(app: Any) -> None:
    """A path like no other is pointed to the documentation."""
    status, problem = await ask(app, "GET", "/index.php")
    assert (status, problem["detail"]) == (404, "nothing is at /index.php; /docs lists what is")


async def test_wrong_method(app: Any) -> None:
    """A wrong method is answered with the right ones, also in the header."""
    async with api(app) as client:
        answer = await client.request("PATCH", PIN)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, PUT"
    assert answer.json()["errors"][0]["allowed"] == "DELETE, GET, PUT"


async def test_wrong_method_of_an_undocumented_path(app: Any) -> None:
    """The documentation page itself can only be got."""
    status, problem = await ask(app, "DELETE", "/docs")
    assert (status, problem["errors"][0]["allowed"]) == (405, "GET")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"words": [1', "Expecting ',' delimiter at position 12"),
        (b"", None),
        (b"words=1", "Expecting value at position 0"),
        (b"[" * 60000, "cannot be read as JSON"),
        (b"\xff\xfe", None),
        (b"9" * 6000, "cannot be read as JSON"),
    ],
)
async def test_malformed_json(app: Any, content: bytes, said: str | None) -> None:
    """A body that is no JSON is 400, an empty one 422, each with a sentence."""
    status, problem = await ask(app, "PUT", PIN, content=content, headers=JSON)
    assert status == (422 if content == b"" else 400)
    assert said is None or said in problem["detail"]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"words": [1, 70000]}, "body.words[1]", "65535"),
        ({"words": [1, "x"]}, "body.words[1]", "valid integer"),
        ({}, "body.words", "is needed"),
        ([1], "body", "must be a JSON object"),
    ],
)
async def test_wrong_members(app: Any, body: Any, field: str, said: str) -> None:
    """A wrong member is named with its place in the body."""
    status, problem = await ask(app, "PUT", PIN, json=body)
    assert (status, problem["errors"][0]["field"]) == (422, field)
    assert said in problem["errors"][0]["message"]


async def test_unknown_member(app: Any) -> None:
    """An unknown member is answered with the known ones and the nearest."""
    _, problem = await ask(app, "PUT", PIN, json={"words": [1], "wrods": [1]})
    assert problem["errors"] == [
        {
            "field": "body.wrods",
            "message": "unknown member",
            "allowed": "words",
            "nearest": ["words"],
        }
    ]


async def test_members_of_members(app: Any) -> None:
    """The place of a problem is named down to it, and what is allowed there."""
    hold = {"pv": 5, "soc": 500}
    _, problem = await ask(app, "POST", "/api/v1/devices", json={"hold": hold, "faults": [1.5]})
    places = {error["field"]: error for error in problem["errors"]}
    assert places["body.hold.pv"]["allowed"] == "pv-power, load-power, battery-power, soc"
    assert "less than or equal to 100" in places["body.hold.soc"]["message"]
    assert "body.faults[0]" in places


async def test_what_is_taken(app: Any, recorder: Recorder) -> None:
    """What cannot be because something else has its place is a conflict."""
    recorder.fails["add_device"] = conflict("port 5020 is already in use")
    status, problem = await ask(app, "POST", "/api/v1/devices", json={})
    del recorder.fails["add_device"]
    assert (status, problem["detail"]) == (409, "port 5020 is already in use")


async def test_rule_across_members(app: Any) -> None:
    """A rule about several members reads as written."""
    path = "/api/v1/devices/inverter/write"
    _, problem = await ask(app, "POST", path, json={"address": 5008})
    assert problem["detail"] == "body: give either words or value"


async def test_alternatives_are_one_complaint(app: Any) -> None:
    """A value that is neither of two types is complained about once."""
    path = "/api/v1/devices/inverter/faults"
    _, problem = await ask(app, "POST", path, json={"fault": 1.5})
    assert [error["field"] for error in problem["errors"]] == ["body.fault"]
    assert "or input should be a valid string" in problem["detail"]


async def test_choices(app: Any) -> None:
    """A value that is none of the choices is answered with all and the nearest."""
    _, problem = await ask(app, "GET", PIN.replace("input", "inptu"))
    (error,) = problem["errors"]
    assert (error["field"], error["allowed"]) == ("path.table", "input, holding")
    assert error["nearest"] == ["input"]


async def test_unknown_query(app: Any) -> None:
    """An unknown query parameter is refused rather than ignored."""
    _, problem = await ask(app, "GET", f"{PIN}?cuont=2")
    (error,) = problem["errors"]
    assert (error["field"], error["allowed"], error["nearest"]) == (
        "query.cuont",
        "count",
        ["count"],
    )


async def test_unexpected_failure(app: Any, recorder: Recorder) -> None:
    """An error nobody foresaw is a problem without a traceback."""
    recorder.fails["reset"] = RuntimeError("secret")
    status, problem = await ask(app, "POST", "/api/v1/reset")
    assert status == 500
    assert "secret" not in str(problem)


def test_nearest_paths_fill_parameters_in() -> None:
    """Parameters of a template take what the path has there."""
    assert nearest_paths("/a/x/y", ["/a/{one}/yy", "/b"]) == ("/a/x/yy",)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["words", "x"]) | st.text(max_size=3), inner)
    ),
    max_leaves=8,
)


@given(content=st.binary(max_size=40) | _JSON.map(lambda value: json.dumps(value).encode()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_body(app: Any, content: bytes) -> None:
    """No body makes the API fail: it is taken or refused with a problem."""
    async with api(app) as client:
        answer = await client.put(PIN, content=content, headers=JSON)
    assert answer.status_code in {200, 400, 422}
    assert answer.status_code == 200 or answer.json()["detail"]


@given(path=st.text(max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_path(app: Any, path: str) -> None:
    """No path makes the API fail."""
    async with api(app) as client:
        answer = await client.get("/api/v1/devices/" + quote(path, errors="replace"))
    assert answer.status_code in {200, 404, 405}
