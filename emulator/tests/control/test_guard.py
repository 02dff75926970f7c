"""Tests of what a request must pass before a route sees it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from control.recorder import api

from sungrow_emulator.control.guard import BODY_LIMIT, Guard

JSON = {"content-type": "application/json"}


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer the body, twice asked for as a framework may."""
    message = await receive()
    assert not message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


async def broken(scope: Any, receive: Any, send: Any) -> None:
    """Fail before an answer."""
    raise RuntimeError("a secret detail")


async def half(scope: Any, receive: Any, send: Any) -> None:
    """Fail after an answer has begun."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})
    raise RuntimeError("late")


async def request(app: Any = echo, token: str = "", **options: Any) -> httpx.Response:
    """Send one request through the guard."""
    options = {"method": "GET", "url": "/api/v1/state", **options}
    async with api(Guard(app, token)) as client:
        return await client.request(**options)


@pytest.mark.parametrize("host", ["127.0.0.1:8099", "localhost", "[::1]:80", "[::1]", "LOCALHOST"])
async def test_loopback_hosts(host: str) -> None:
    """Without a token the names of this machine are served."""
    assert (await request(headers={"host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil", "", ":80"])
async def test_foreign_hosts(host: str) -> None:
    """Without a token any other name is refused: it may be a rebound one."""
    answer = await request(headers={"host": host})
    assert answer.status_code == 403
    assert "only loopback names" in answer.json()["detail"]


async def test_any_host_with_token() -> None:
    """With a token the name does not matter."""
    headers = {"host": "emu.example", "authorization": "Bearer t"}
    assert (await request(token="t", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8099", 200),
        ("https://127.0.0.1:8099", 200),
        ("http://127.0.0.1:3000", 403),
        ("http://evil.example", 403),
        ("null", 403),
    ],
)
async def test_origins(origin: str, status: int) -> None:
    """A page of another origin cannot use the API."""
    assert (await request(headers={"origin": origin})).status_code == status


@pytest.mark.parametrize(("given", "said"), [("", "is needed"), ("Bearer x", "is wrong")])
async def test_token(given: str, said: str) -> None:
    """A missing and a wrong token are told apart and answered with the scheme."""
    headers = {"authorization": given} if given else {}
    answer = await request(token="t", headers=headers)
    assert answer.status_code == 401
    assert said in answer.json()["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "connection" not in answer.headers


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz", "/docs", "/openapi.json", "/"])
async def test_open_paths(path: str) -> None:
    """Health and documentation need no token."""
    assert (await request(token="t", url=path)).status_code == 200


async def test_health_by_any_name() -> None:
    """A probe by pod address gets its answer: health tells nothing that needs guarding."""
    assert (await request(url="/livez", headers={"host": "10.1.2.3"})).status_code == 200


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8"])
async def test_json_bodies(media_type: str) -> None:
    """A JSON body arrives whole."""
    answer = await request(method="POST", content=b"{}", headers={"content-type": media_type})
    assert answer.content == b"{}"


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/x-www-form-urlencoded"])
async def test_other_bodies(media_type: str) -> None:
    """Any other type is refused: a form can be sent across origins without asking."""
    answer = await request(method="POST", content=b"{}", headers={"content-type": media_type})
    assert answer.status_code == 415
    assert "send application/json" in answer.json()["detail"]


@pytest.mark.parametrize("length", [str(BODY_LIMIT + 1), "9" * 30, "many", "-1"])
async def test_announced_size(length: str) -> None:
    """A body that says it is too large is not read."""
    answer = await request(method="POST", headers={**JSON, "content-length": length})
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


async def chunks(size: int) -> AsyncIterator[bytes]:
    """Yield a body in pieces, its length not announced."""
    for _ in range(size // 1024):
        yield b"x" * 1024


async def test_unannounced_size() -> None:
    """A body without a length is counted while it arrives."""
    answer = await request(method="POST", content=chunks(BODY_LIMIT + 1024), headers=JSON)
    assert answer.status_code == 413
    assert str(BODY_LIMIT) in answer.json()["detail"]


async def test_chunked_body() -> None:
    """A body in pieces below the limit arrives whole."""
    answer = await request(method="POST", content=chunks(8192), headers=JSON)
    assert len(answer.content) == 8192


async def test_failure(caplog: pytest.LogCaptureFixture) -> None:
    """What escapes a route is one line in the log and a problem without details."""
    answer = await request(broken)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    record = caplog.records[-1]
    assert record.getMessage() == "GET '/api/v1/state' failed: RuntimeError: a secret detail"
    assert record.exc_info is None


async def test_failure_in_debug(caplog: pytest.LogCaptureFixture) -> None:
    """At level debug the log has the traceback."""
    caplog.set_level(logging.DEBUG)
    await request(broken)
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert record.exc_info is not None


async def test_late_failure(caplog: pytest.LogCaptureFixture) -> None:
    """A failure after the answer began only reaches the log."""
    answer = await request(half)
    assert (answer.status_code, answer.content) == (200, b"x")
    assert "late" in caplog.text


async def test_disconnect_reaches_the_application() -> None:
    """After the body the application hears what the server says."""
    heard: list[str] = []

    async def listen(scope: Any, receive: Any, send: Any) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])
        await echo(scope, lambda: _empty(), send)

    async def _empty() -> dict[str, Any]:
        return {"body": b"", "more_body": False}

    messages = iter([{"type": "http.request"}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: dict[str, Any]) -> None:
        heard.append(message["type"])

    scope = {"type": "http", "method": "GET", "path": "/livez", "headers": []}
    await Guard(listen)(scope, receive, send)
    assert heard[:2] == ["http.request", "http.disconnect"]


async def test_websockets_are_not_served() -> None:
    """Anything but HTTP is left unanswered."""
    sent: list[Any] = []
    await Guard(broken)({"type": "websocket"}, None, sent.append)  # pyright: ignore
    assert sent == []
