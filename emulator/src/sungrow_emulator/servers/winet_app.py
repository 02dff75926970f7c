"""The ASGI application of a dongle: its WebSocket and its HTTP pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

WEBSOCKET_PATH = "/ws/home/overview"
BODY_LIMIT = 65536
"""Largest request body in bytes; the largest honest one, `setParam`, has some 200."""

NOTICE_SECONDS = 1.0
"""For so long a notice may be late."""

_MESSAGES_PER_TURN = 16
"""Messages of one client that are answered before the others get their turn."""
_NO_BINARY, _INTERNAL_ERROR = 1003, 1011  # Close codes of RFC 6455.

_TOO_LARGE = 413

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

log = logging.getLogger(__name__)


class Answer(Protocol):
    """What a dongle answers to an HTTP request."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def content_type(self) -> str:
        """Content-Type header."""
        ...

    @property
    def body(self) -> bytes:
        """Whole body."""
        ...


class Session(Protocol):
    """One WebSocket as the dongle sees it."""

    def receive(self, text: str) -> Sequence[str]:
        """Return the answers to a message."""
        ...

    def close(self) -> None:
        """Forget the session: the client is gone."""
        ...


class Dongle(Protocol):
    """A dongle without sockets."""

    def http(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """Answer an HTTP request; the query comes as sent."""
        ...

    def open(self, now: float, peer: str, local: str) -> Session:
        """Begin a WebSocket session between two addresses; `now` is monotonic, in seconds."""
        ...

    def due(self, now: float) -> Iterable[tuple[Session, str]]:
        """Return what is to be said unasked, and in which sessions: notices and time-outs."""
        ...


class Notices:
    """Says unasked what a dongle has to say, as long as anybody listens.

    Args:
        dongle: asked once a second.
    """

    def __init__(self, dongle: Dongle) -> None:
        self._dongle = dongle
        self._senders: dict[int, Send] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def listen(self, session: Session, send: Send) -> None:
        """Begin to tell a session."""
        self._senders[id(session)] = send
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(NOTICE_SECONDS, self._tell)

    def leave(self, session: Session) -> None:
        """End to tell a session; after the last one nothing is left running."""
        del self._senders[id(session)]
        if not self._senders and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(NOTICE_SECONDS, self._tell)
        try:
            due = tuple(self._dongle.due(loop.time()))
        except Exception as error:
            log.error("looking for notices failed: %r", error)  # noqa: TRY400
            return
        for session, text in due:
            send = self._senders.get(id(session))
            if send is not None:
                task = loop.create_task(_tell_one(send, text))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)


async def _tell_one(send: Send, text: str) -> None:
    with suppress(OSError, RuntimeError):  # The client has just gone, or was hung up on.
        await send({"type": "websocket.send", "text": text})


class DongleApp:
    """Serves a dongle at one port.

    It is a plain ASGI callable. A framework such as Starlette would bring routes, request objects
    and JSON answers; here the dongle itself knows its paths and services, the same over HTTP and
    WebSocket, its answers are bytes down to white space and headers, and each exchange would
    pay for the layer between.

    Args:
        dongle: who answers.
        notices: of the same dongle; one for all of its ports.
        http: whether the pages are served here; 404 for all of them otherwise.
        websocket: whether the WebSocket is served here; 403 otherwise.
    """

    def __init__(self, dongle: Dongle, notices: Notices, *, http: bool, websocket: bool) -> None:
        self._dongle = dongle
        self._notices = notices
        self._http = http
        self._websocket = websocket

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request, or one WebSocket to its end."""
        if scope["type"] == "websocket":
            await self._talk(scope, receive, send)
            return
        body = b"" if scope["method"] == "GET" else await _whole_body(receive)
        status, content_type, body = self._page(scope, body)
        headers = [
            (b"content-type", content_type.encode()),
            (b"content-length", b"%d" % len(body)),
        ]
        if status == _TOO_LARGE:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _page(self, scope: Message, body: bytes | None) -> tuple[int, str, bytes]:
        if body is None:
            return _TOO_LARGE, "text/plain", b""
        if not self._http:
            return 404, "text/plain", b""
        method, path = scope["method"], scope["path"]
        try:
            answer = self._dongle.http(method, path, scope["query_string"].decode("latin-1"), body)
        except Exception as error:
            log.error("%s %s failed: %r", method, path, error)  # noqa: TRY400
            return 500, "text/plain", b""
        return answer.status, answer.content_type, answer.body

    async def _talk(self, scope: Message, receive: Receive, send: Send) -> None:
        if not self._websocket or scope["path"] != WEBSOCKET_PATH:
            await send({"type": "websocket.close"})
            return
        await receive()
        await send({"type": "websocket.accept"})
        now = asyncio.get_running_loop().time()
        session = self._dongle.open(now, _address(scope, "client"), _address(scope, "server"))
        self._notices.listen(session, send)
        try:
            await self._converse(session, receive, send)
        except OSError:  # The client went while it was answered.
            return
        except Exception as error:
            log.error("a WebSocket message failed: %r", error)  # noqa: TRY400
            await send({"type": "websocket.close", "code": _INTERNAL_ERROR})
        finally:
            self._notices.leave(session)
            session.close()

    async def _converse(self, session: Session, receive: Receive, send: Send) -> None:
        answered = 0
        while (message := await receive())["type"] == "websocket.receive":
            text = message.get("text")
            if text is None:
                await send({"type": "websocket.close", "code": _NO_BINARY})
                return
            for answer in session.receive(text):
                await send({"type": "websocket.send", "text": answer})
            answered += 1
            if not answered % _MESSAGES_PER_TURN:
                await asyncio.sleep(0)


def _address(scope: Message, end: str) -> str:
    """Return the address of one end of a connection, empty where nothing tells it."""
    found: tuple[str, int | None] | None = scope.get(end)
    return found[0] if found else ""


async def _whole_body(receive: Receive) -> bytes | None:
    """Return the body of a request, None if it is too large or its sender is gone."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            return None
        if not message.get("more_body"):
            return body
