"""The ASGI application of a dongle, without a server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from servers.clients import until
from servers.dongles import EchoDongle, EchoSession

from sungrow_emulator.servers import winet_app
from sungrow_emulator.servers.winet_app import BODY_LIMIT, WEBSOCKET_PATH, DongleApp, Notices

GONE = {"type": "http.disconnect"}
LEFT = {"type": "websocket.disconnect"}


class Wire:
    """Both callables of ASGI: events that a client caused, and what it was sent."""

    def __init__(self, events: Sequence[dict[str, Any]], breaks_at: int = 1000) -> None:
        self.events = list(events)
        self.sent: list[dict[str, Any]] = []
        self.breaks_at = breaks_at

    async def receive(self) -> dict[str, Any]:
        return self.events.pop(0)

    async def send(self, message: Any) -> None:
        if len(self.sent) >= self.breaks_at:
            raise OSError
        self.sent.append(message)


def application(dongle: EchoDongle, **options: bool) -> DongleApp:
    """Return the application of a dongle with one port."""
    return DongleApp(dongle, Notices(dongle), **options)


async def fetch(
    method: str, path: str, *events: dict[str, Any], http: bool = True
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Ask for a page."""
    wire = Wire(events)
    scope = {"type": "http", "method": method, "path": path, "query_string": b"a=%20\xff"}
    app = application(EchoDongle(), http=http, websocket=False)
    await app(scope, wire.receive, wire.send)
    start, body = wire.sent
    assert (start["type"], body["type"]) == ("http.response.start", "http.response.body")
    headers = dict(start["headers"])
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    return start["status"], headers, body["body"]


async def talk(
    *texts: str | bytes,
    path: str = WEBSOCKET_PATH,
    websocket: bool = True,
    client: tuple[str, int] | None = ("192.0.2.7", 1),
    **wire_options: int,
) -> tuple[EchoDongle, list[dict[str, Any]]]:
    """Send messages over a WebSocket and go."""
    messages = [
        {"type": "websocket.receive", "text" if isinstance(text, str) else "bytes": text}
        for text in texts
    ]
    wire = Wire([{"type": "websocket.connect"}, *messages, LEFT], **wire_options)
    dongle = EchoDongle()
    app = application(dongle, http=False, websocket=websocket)
    scope = {"type": "websocket", "path": path, "client": client, "server": ("192.0.2.9", 8082)}
    await app(scope, wire.receive, wire.send)
    return dongle, wire.sent


def part(body: bytes, more: bool = False) -> dict[str, Any]:
    """Return an event with a part of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_page_is_what_the_dongle_says() -> None:
    """Method, path and raw query reach the dongle; status, type and body come back."""
    status, headers, body = await fetch("GET", "/device/getParam")
    assert status == 200
    assert headers == {b"content-type": b"application/json", b"content-length": b"30"}
    assert body.decode() == "GET /device/getParam a=%20ÿ 0"
    assert (await fetch("GET", "/missing"))[0] == 404


async def test_a_body_is_put_together() -> None:
    """A body may come in parts."""
    status, _, body = await fetch("POST", "/device/setParam", part(b"abc", True), part(b"de"))
    assert status == 200
    assert body.endswith(b" 5")


async def test_a_body_may_be_as_large_as_the_limit() -> None:
    """The limit itself is allowed, one byte more is not."""
    assert (await fetch("POST", "/page", part(b"x" * BODY_LIMIT)))[0] == 200
    status, headers, _ = await fetch("POST", "/page", part(b"x" * BODY_LIMIT, True), part(b"x"))
    assert status == 413
    assert headers[b"connection"] == b"close"


async def test_a_client_that_leaves_in_its_body_reaches_nobody() -> None:
    """Half a request is no request."""
    assert (await fetch("POST", "/page", part(b"half", True), GONE))[0] == 413


async def test_the_websocket_port_has_no_pages() -> None:
    """Where only the WebSocket is served, every page is missing."""
    assert (await fetch("GET", "/page", http=False))[0] == 404


async def test_a_failing_page_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The client gets a 500, and nobody a traceback."""
    assert (await fetch("GET", "/fail"))[0] == 500
    assert [record.getMessage() for record in caplog.records] == [
        "GET /fail failed: RuntimeError('no such register')"
    ]
    assert caplog.records[0].exc_info is None


async def test_messages_are_answered_in_order() -> None:
    """One message may have no answer, one or several."""
    dongle, sent = await talk("hello", "nothing", "twice")
    assert sent[0] == {"type": "websocket.accept"}
    assert [message["text"] for message in sent[1:]] == ["you said hello", "one", "two"]
    (session,) = dongle.sessions
    assert (session.peer, session.local, session.closed) == ("192.0.2.7", "192.0.2.9", True)


@pytest.mark.parametrize("options", [{"path": "/ws"}, {"websocket": False}])
async def test_other_paths_have_no_websocket(options: dict[str, Any]) -> None:
    """What is not served is refused before the handshake."""
    dongle, sent = await talk("hello", **options)
    assert sent == [{"type": "websocket.close"}]
    assert dongle.sessions == []


async def test_binary_messages_end_the_session() -> None:
    """The dongle talks text only."""
    dongle, sent = await talk(b"\0\1", "never read")
    assert sent[1:] == [{"type": "websocket.close", "code": 1003}]
    assert dongle.sessions[0].closed


async def test_a_failing_message_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The WebSocket closes with an internal error, and nobody sees a traceback."""
    with caplog.at_level(logging.ERROR):
        dongle, sent = await talk("fail", client=None)
    assert sent[-1] == {"type": "websocket.close", "code": 1011}
    assert dongle.sessions == [dongle.sessions[0]]
    assert (dongle.sessions[0].peer, dongle.sessions[0].closed) == ("", True)
    assert [record.exc_info for record in caplog.records] == [None]


async def test_a_client_that_leaves_while_it_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    """That is its own business: the session ends, nothing is logged."""
    dongle, sent = await talk("hello", "again", breaks_at=2)
    assert len(sent) == 2
    assert dongle.sessions[0].closed
    assert caplog.records == []


async def test_a_talkative_client_leaves_turns_to_others() -> None:
    """A backlog of messages is not worked off in one go."""
    turns: list[int] = []

    def count(sent: Callable[[], int]) -> None:
        turns.append(sent())
        if not done.done():
            asyncio.get_running_loop().call_soon(count, sent)

    wire = Wire(
        [
            {"type": "websocket.connect"},
            *({"type": "websocket.receive", "text": "hello"} for _ in range(100)),
            LEFT,
        ]
    )
    app = application(EchoDongle(), http=False, websocket=True)
    scope = {"type": "websocket", "path": WEBSOCKET_PATH, "client": None}
    done = asyncio.ensure_future(app(scope, wire.receive, wire.send))
    asyncio.get_running_loop().call_soon(count, lambda: len(wire.sent))
    await done
    assert len([n for n in turns if 0 < n < 101]) >= 5


async def test_notices_reach_their_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session is told what is due in it; nobody else is, and nobody who has gone."""
    monkeypatch.setattr(winet_app, "NOTICE_SECONDS", 0.005)
    dongle, one, other, stranger = EchoDongle(), *(EchoSession(peer) for peer in "abc")
    notices = Notices(dongle)
    wires = Wire([]), Wire([], breaks_at=0)
    notices.listen(one, wires[0].send)
    notices.listen(other, wires[1].send)
    dongle.notices = [(one, "kicked"), (other, "lost"), (stranger, "never")]
    await until(lambda: wires[0].sent != [])
    assert wires[0].sent == [{"type": "websocket.send", "text": "kicked"}]
    notices.leave(one)
    dongle.notices = [(one, "late")]
    await until(lambda: dongle.notices == [])
    notices.leave(other)
    dongle.notices = [(one, "asked for by nobody")]
    await asyncio.sleep(0.03)
    assert len(dongle.notices) == 1
    assert len(wires[0].sent) == 1


async def test_failing_notices_are_one_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody sees a traceback, and the next time is another chance."""
    monkeypatch.setattr(winet_app, "NOTICE_SECONDS", 0.005)
    session, wire = EchoSession("a"), Wire([])
    dongle = EchoDongle()
    monkeypatch.setattr(dongle, "due", lambda _: [][0])
    notices = Notices(dongle)
    notices.listen(session, wire.send)
    await until(lambda: len(caplog.records) >= 2)
    notices.leave(session)
    assert {record.exc_info for record in caplog.records} == {None}
