"""What every request must pass before a route sees it: host, origin, token, type and size.

A page in a browser may reach an API on loopback by letting its own host name resolve to
127.0.0.1 (DNS rebinding) or by posting a form across origins. Without a token only loopback
names are therefore accepted in Host, a foreign Origin never is, and a body must be JSON.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from sungrow_emulator.control.access import is_loopback, token_matches
from sungrow_emulator.control.health import HEALTH_PATHS
from sungrow_emulator.control.problems import Problem, Send, send_problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
App = Callable[[Any, Any, Any], Awaitable[None]]

BODY_LIMIT = 65536
"""Largest request body in bytes; the largest honest one, 125 words, has under 1 kB."""

_OPEN_PATHS = frozenset({"/", "/docs", "/openapi.json"}) | HEALTH_PATHS
_log = logging.getLogger(__name__)


class Guard:
    """ASGI middleware around the control API; also turns what escapes into a problem."""

    def __init__(self, app: App, token: str = "") -> None:
        """Guard `app`; without a token it serves loopback names only."""
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request, pass an honest one on."""
        if scope["type"] != "http":
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        if scope["path"] not in HEALTH_PATHS:
            problem, extra = self._refuse(scope, headers)
            if problem:
                await send_problem(send, problem, extra)
                return
        body = await _whole_body(receive)
        if body is None:
            await send_problem(send, _TOO_LARGE, {"connection": "close"})
            return
        await self._answer(scope, _Replay(body, receive), _Answer(send))

    async def _answer(self, scope: Scope, body: _Replay, answer: _Answer) -> None:
        try:
            await self._app(scope, body.receive, answer.send)
        except Exception as error:
            _log.error(
                "%s %r failed: %s: %s",
                scope["method"],
                scope["path"],
                type(error).__name__,
                error,
                exc_info=error if _log.isEnabledFor(logging.DEBUG) else None,
            )
            if not answer.started:
                await send_problem(answer.send, _INTERNAL, {"connection": "close"})

    def _refuse(
        self, scope: Scope, headers: dict[str, str]
    ) -> tuple[Problem | None, dict[str, str]]:
        host = headers.get("host", "")
        origin = headers.get("origin")
        if not self._token and not is_loopback(_name(host)):
            return Problem(
                403, f"host {host!r} is not served: without a token only loopback names are"
            ), {}
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return Problem(403, f"origin {origin!r} is not served: only the API's own is"), {}
        if self._token and scope["path"] not in _OPEN_PATHS:
            given = headers.get("authorization", "")
            if not token_matches(given, self._token):
                said = "the token is wrong" if given else "a token is needed"
                return Problem(401, f"{said}; send Authorization: Bearer TOKEN"), {
                    "www-authenticate": 'Bearer realm="sungrow-emulator"'
                }
        return self._refuse_body(headers), {"connection": "close"}

    def _refuse_body(self, headers: dict[str, str]) -> Problem | None:
        length = headers.get("content-length", "0")
        if length == "0" and "transfer-encoding" not in headers:
            return None
        if not length.isdecimal() or int(length) > BODY_LIMIT:
            return _TOO_LARGE
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            return Problem(
                415, f"content type {media_type!r} is not understood; send application/json"
            )
        return None


async def _whole_body(receive: Receive) -> bytes | None:
    """Collect the request body (it may come without a length); None when it is too large."""
    parts = bytearray()
    more = True
    while more:
        message = await receive()
        parts += message.get("body", b"")
        more = message.get("more_body", False)
        if len(parts) > BODY_LIMIT:
            return None
    return bytes(parts)


class _Replay:
    """Hands the collected body to the application, then what the server says later."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def receive(self) -> dict[str, Any]:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


class _Answer:
    """The way back, remembering whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def send(self, message: dict[str, Any]) -> None:
        self.started = True
        await self._send(message)


def _name(host: str) -> str:
    """Return the host without its port; IPv6 literals keep their brackets."""
    return host if host.endswith("]") else host.rpartition(":")[0] or host


_TOO_LARGE = Problem(413, f"the body is too large; {BODY_LIMIT} bytes are allowed")
_INTERNAL = Problem(500, "the emulator failed to answer this request; its log names the cause")
