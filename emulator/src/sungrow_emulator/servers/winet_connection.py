"""The connections of a dongle's web doors: uvicorn's, with bounds and the seam for wire faults.

Wherever a client is beyond what honest ones do, its connection is cut and nobody else notices.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.exceptions import InvalidState
from websockets.http11 import Response
from websockets.server import ServerProtocol

from sungrow_emulator.servers.modbus_connection import TransportWrapper

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as HttpProtocol
else:  # h11 takes its place where there is no httptools.
    from uvicorn.protocols.http.auto import AutoHTTPProtocol as HttpProtocol

MAX_MESSAGE = 65536
"""Largest WebSocket message in bytes; honest requests have some 1000."""

IDLE_SECONDS = 60.0
"""A connection is cut that has brought no new request for once to twice this time."""

_MAX_HEAD = 16384
"""Bytes of a request head."""
_MAX_PIPELINED = 64
"""Requests of one connection that may wait for their turn."""
_PIECE = 2048
"""Bytes that are looked at before the bounds are checked."""
_MAX_FRAMES = 256
"""WebSocket frames in one chunk, or in one message; clients wait for each answer."""
_MAX_UNREAD = 262144
"""Bytes of answers that a client may leave unread while it goes on asking."""
_UNREAD_SECONDS = 30.0
"""For so long a WebSocket client may read nothing of what waits for it."""

# What clients do wrong is no concern of whoever runs the emulator, and uvicorn logs tracebacks.
_SILENT = logging.Logger("uvicorn", logging.CRITICAL + 1)  # noqa: LOG001

_NEGOTIABLE = frozenset((b"sec-websocket-extensions", b"sec-websocket-protocol"))


class HttpConnection(HttpProtocol):
    """One connection, until it becomes a WebSocket.

    Args:
        config: uvicorn's settings, with the application.
        state: holds the connections and tasks of all doors.
        limit: a connection beyond so many is closed at once.
        wrap: put around the transport.
    """

    def __init__(
        self,
        config: Config,
        state: ServerState,
        limit: int,
        wrap: TransportWrapper | None,
    ) -> None:
        super().__init__(config, state, {})
        self.logger = _SILENT
        self._limit = limit
        self._wrap = wrap
        self._head = 0  # Bytes of a request head that is not whole yet.
        self._upgraded = False
        self._looked_at: object = None
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to serve, or close at once where there are too many already."""
        if self._wrap is not None:
            transport = self._wrap(transport)
        super().connection_made(transport)
        if len(self.connections) > self._limit:
            transport.close()
            return
        self._watch = self.loop.call_later(IDLE_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give back everything, whatever the reason."""
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hand on what came, unless it is an endless request head or a flood of requests."""
        if len(data) <= _PIECE:
            super().data_received(data)
        else:
            self._take_in_pieces(data)
        if self.cycle and not self.cycle.response_complete:
            self._head = 0
            return
        self._head += len(data)
        if self._head > _MAX_HEAD and not (self._upgraded or self.transport.is_closing()):
            self.send_400_response("Request head too large.")

    def _take_in_pieces(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            super().data_received(data[start : start + _PIECE])
            if self.transport.is_closing() or self._upgraded:
                return
            if len(getattr(self, "pipeline", ())) > _MAX_PIPELINED:  # h11 keeps none.
                self.transport.abort()
                return

    def handle_websocket_upgrade(self, *event: Any) -> None:
        """Become a WebSocket.

        Nothing is negotiated, so what a client offers cannot be wrong: anicoll/winet-intergration
        offers an empty sub-protocol, which websockets would refuse.
        """
        self._stop_watching()
        self._upgraded = True
        self.headers[:] = [header for header in self.headers if header[0] not in _NEGOTIABLE]
        super().handle_websocket_upgrade(*event)

    def _look(self) -> None:
        if self.cycle is self._looked_at:
            self.transport.abort()
            return
        self._looked_at = self.cycle
        self._watch = self.loop.call_later(IDLE_SECONDS, self._look)

    def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None


class _Handshake(ServerProtocol):
    """The protocol of WebSockets, whose refusals have no `Date` either: dongles need no clock."""

    def reject(self, status: HTTPStatus | int, text: str) -> Response:
        """Return a refusal."""
        response = super().reject(status, text)
        del response.headers["Date"]
        return response


class WebSocketConnection(WebSocketsSansIOProtocol):
    """One WebSocket; it may be idle for as long as it likes, as with the real dongle."""

    def __init__(self, config: Config, server_state: ServerState, app_state: Any) -> None:
        super().__init__(config, server_state, app_state)
        self.logger = _SILENT
        self.conn = _Handshake(max_size=config.ws_max_size, logger=_SILENT)
        self._unread: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Take frames, but no more than honest clients send."""
        try:
            if len(data) <= _PIECE and self.handshake_initiated:
                super().data_received(data)
            else:
                self._take_carefully(data)
        except InvalidState:  # A close, and before it a message that is no UTF-8.
            self.transport.abort()
            return
        unread = self.transport.get_write_buffer_size()
        if unread > _MAX_UNREAD or len(self.frames) > _MAX_FRAMES:
            self.transport.abort()

    def _take_carefully(self, data: bytes) -> None:
        if not self.handshake_initiated:
            super().data_received(data)
            if not self.handshake_initiated:
                self._refuse()
            return
        frames = 0
        for start in range(0, len(data), _PIECE):
            self.conn.receive_data(data[start : start + _PIECE])
            frames += len(self.conn.events)
            if self.conn.parser_exc is not None:
                self.handle_parser_exception()
                return
            self.handle_events()
            if frames > _MAX_FRAMES:
                self.transport.abort()
                return

    def pause_writing(self) -> None:
        """Answer no more until the client has read, and give it up in the end."""
        super().pause_writing()
        self._unread = self.loop.call_later(_UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on answering."""
        self._stop_waiting()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give back everything, whatever the reason."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _refuse(self) -> None:
        """Answer a handshake that websockets cannot read; uvicorn would keep it open."""
        self.transport.write(
            b"".join(self.conn.data_to_send())
            or b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        )
        self.transport.close()

    def _stop_waiting(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
