"""HTTP on a bound socket: uvicorn's protocol without its server, signals, logging and ticks.

The project's own listener accepts, so that the API outlives a shortage of descriptors as the
doors do.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.server import ServerState

from sungrow_emulator.control.guard import App
from sungrow_emulator.servers.listener import Listener

CONNECTION_LIMIT = 256
"""Connections served at once; one more is closed as soon as it is accepted."""
REQUEST_TIMEOUT = 10.0
"""Seconds in which a new connection has to send its first request."""
_GRACE = 0.4
"""Seconds that running requests get to finish when the server stops."""


class HttpListener:
    """Serves one ASGI application.

    Args:
        app: what answers.
        listening: a socket as `servers.listener.bind` makes it; closed by `stop`.
        limit: connections served at once.
        request_timeout: seconds in which a new connection has to send its first request.
    """

    def __init__(
        self,
        app: App,
        listening: socket.socket,
        *,
        limit: int = CONNECTION_LIMIT,
        request_timeout: float = REQUEST_TIMEOUT,
    ) -> None:
        """Accept connections from now on."""
        self._limit = limit
        self._request_timeout = request_timeout
        self._config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=15,
        )
        self._config.load()
        self._state = ServerState()
        self._loop = asyncio.get_running_loop()
        self._listener = Listener(listening, self._connection)

    async def stop(self) -> None:
        """Close the port, let running requests finish briefly, cut what is left."""
        await self._listener.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        deadline = self._loop.time() + _GRACE
        while self._state.connections or self._state.tasks:
            if self._loop.time() > deadline:
                break
            await asyncio.sleep(0.01)
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        for connection in list(self._state.connections):
            connection.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def _connection(self) -> asyncio.BaseProtocol:
        if len(self._state.connections) >= self._limit:
            return _Refuse()
        options: dict[str, Any] = {"server_state": self._state, "app_state": {}}
        connection: Any = AutoHTTPProtocol(config=self._config, **options)  # pyright: ignore
        self._loop.call_later(self._request_timeout, self._drop_if_silent, connection)
        return connection

    def _drop_if_silent(self, connection: Any) -> None:
        if connection in self._state.connections and connection.cycle is None:
            connection.transport.close()


class _Refuse(asyncio.Protocol):
    """Closes what it is given."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
