"""Tests of the clock routes."""

from __future__ import annotations

from typing import Any

import pytest
from control.recorder import Recorder, api, refused

from sungrow_emulator.control.app import create_app

PATH = "/api/v1/clock"


async def ask(recorder: Recorder, method: str, path: str, body: Any = None) -> Any:
    """Send one request; return the answer."""
    async with api(create_app(recorder.facade)) as client:
        return await client.request(method, path, json=body)


async def test_get() -> None:
    """The clock says where it stands."""
    assert (await ask(Recorder(), "GET", PATH)).json()["timezone"] == "Europe/Berlin"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ({"frozen": True}, [("freeze",)]),
        ({"frozen": False}, [("resume",)]),
        ({"speed": 60}, [("set_speed", 60.0)]),
        ({"time": "sunrise"}, [("jump", "sunrise")]),
        (
            {"time": "noon", "frozen": True, "speed": 2},
            [("freeze",), ("jump", "noon"), ("set_speed", 2.0)],
        ),
    ],
)
async def test_set(method: str, body: Any, calls: list[Any]) -> None:
    """What is named changes, a freeze first."""
    recorder = Recorder()
    answer = await ask(recorder, method, PATH, body)
    assert (answer.status_code, recorder.calls) == (200, calls)
    assert answer.json()["frozen"] is recorder.frozen


@pytest.mark.parametrize("was_frozen", [True, False])
async def test_refused_time_changes_nothing(was_frozen: bool) -> None:
    """A time that is refused leaves the clock frozen or running as it was."""
    recorder = Recorder(frozen=was_frozen, fails={"jump": refused("no")})
    answer = await ask(recorder, "PATCH", PATH, {"time": "x", "frozen": True, "speed": 9})
    assert (answer.status_code, recorder.frozen) == (422, was_frozen)
    assert ("set_speed", 9.0) not in recorder.calls


async def test_advance() -> None:
    """An advance answers where the clock stands then."""
    recorder = Recorder()
    answer = await ask(recorder, "POST", f"{PATH}/advance", {"seconds": 900})
    assert (answer.status_code, recorder.calls) == (200, [("advance", 900.0)])
