"""The web doors of a dongle: HTTP, WebSocket and both over TLS, on uvicorn.

Importing this imports the web stack; whoever may do without a dongle imports it late.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from uvicorn.config import Config
from uvicorn.server import ServerState

from sungrow_emulator.servers.listener import Listener, bind
from sungrow_emulator.servers.loop import off_loop
from sungrow_emulator.servers.modbus_connection import TransportWrapper
from sungrow_emulator.servers.winet_app import Dongle, DongleApp, Notices
from sungrow_emulator.servers.winet_connection import (
    IDLE_SECONDS,
    MAX_MESSAGE,
    HttpConnection,
    WebSocketConnection,
)

if TYPE_CHECKING:
    from sungrow_emulator.servers.tls import CertificateFiles

MAX_CONNECTIONS = 2000

_STOP_SECONDS = 0.3
"""Time for the last answers to leave before connections are cut."""
_CUT_SECONDS = 0.2
"""Time that cutting them takes at most."""
_POLL_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class WinetPorts:
    """What a dongle listens at; None leaves a door out, 0 lets the system choose.

    Attributes:
        http: the pages, 80 on the device.
        ws: the WebSocket, 8082 on a WiNet-S.
        tls: pages and WebSocket over TLS, 443 from P026 on.
    """

    http: int | None = None
    ws: int | None = None
    tls: int | None = None


class WinetServer:
    """Serves a dongle at its ports.

    Args:
        dongle: what is served.
        host: address or name to listen at.
        ports: the doors.
        websocket_on_http: serve the WebSocket at the HTTP port too, as the EyeM4 does.
        certificate: certificate of the TLS door; without one it is made at the start.
        max_connections: connections beyond, of all doors, are closed at once.
        wrap_transport: put around the transport of each connection, for wire faults.

    Attributes:
        host: as given.
        ports: as given; once started, the ports that are served.
        wrap_transport: as given; a change concerns new connections.
    """

    def __init__(
        self,
        dongle: Dongle,
        host: str = "127.0.0.1",
        ports: WinetPorts = WinetPorts(http=0, ws=0),
        *,
        websocket_on_http: bool = False,
        certificate: CertificateFiles | None = None,
        max_connections: int = MAX_CONNECTIONS,
        wrap_transport: TransportWrapper | None = None,
    ) -> None:
        self.host = host
        self.ports = ports
        self.wrap_transport = wrap_transport
        self._dongle = dongle
        self._notices = Notices(dongle)
        self._websocket_on_http = websocket_on_http
        self._certificate = certificate
        self._max_connections = max_connections
        self._state = ServerState()
        self._listeners: list[Listener] = []

    def __repr__(self) -> str:
        """Show where it listens and how many are connected."""
        ports = (("http", self.ports.http), ("ws", self.ports.ws), ("tls", self.ports.tls))
        where = ", ".join(f"{name} {port}" for name, port in ports if port is not None)
        state = f"{self.connections} connections" if self._listeners else "closed"
        return f"<WinetServer {self.host}: {where}, {state}>"

    @property
    def connections(self) -> int:
        """How many connections are open at all doors."""
        return len(self._state.connections)

    @property
    def http_requests(self) -> int:
        """How many HTTP requests have been answered."""
        return self._state.total_requests

    async def start(self) -> None:
        """Listen at all ports, or at none.

        Raises:
            EmulatorError: a port or the certificate cannot be had; the message tells the remedy.
        """
        wanted = self.ports
        with ExitStack() as undo:

            def door(port: int | None, option: str) -> socket.socket | None:
                if port is None:
                    return None
                return undo.enter_context(bind(self.host, port, option))

            http = door(wanted.http, "winet-http-port")
            ws = door(wanted.ws, "winet-ws-port")
            tls = door(wanted.tls, "winet-tls-port")
            context = await self._tls_context() if tls else None
            undo.pop_all()
        for listening, pages, websocket in (
            (http, True, self._websocket_on_http),
            (ws, False, True),
            (tls, True, True),
        ):
            if listening:
                app = DongleApp(self._dongle, self._notices, http=pages, websocket=websocket)
                self._listeners.append(
                    self._listener(listening, _config(app), context if listening is tls else None)
                )
        self.ports = replace(wanted, http=_port(http), ws=_port(ws), tls=_port(tls))

    async def stop(self) -> None:
        """Stop listening and close all connections, within a second."""
        listeners, self._listeners = self._listeners, []
        await asyncio.gather(*(listener.close() for listener in listeners))
        state = self._state
        for connection in tuple(state.connections):
            connection.shutdown()
        if not await self._ended(_STOP_SECONDS):
            for connection in tuple(state.connections):
                connection.transport.abort()
            await self._ended(_CUT_SECONDS)

    async def _ended(self, seconds: float) -> bool:
        """Wait until nothing is left of any connection; False if that takes too long."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._state.connections or self._state.tasks:
            if loop.time() > deadline:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    async def _tls_context(self) -> ssl.SSLContext:
        # Making a key takes a tenth of a second, and its library as long to import.
        return await off_loop(partial(_make_context, self._certificate))

    def _listener(
        self, listening: socket.socket, config: Config, context: ssl.SSLContext | None
    ) -> Listener:
        def connection() -> asyncio.Protocol:
            return HttpConnection(config, self._state, self._max_connections, self.wrap_transport)

        if context is None:
            return Listener(listening, connection)
        from sungrow_emulator.servers.tls import TlsListener

        return TlsListener(listening, connection, context, self._max_connections)


def _make_context(files: CertificateFiles | None) -> ssl.SSLContext:
    from sungrow_emulator.servers.tls import server_context

    return server_context(files)


def _config(app: DongleApp) -> Config:
    config = Config(
        app,
        http=HttpConnection,
        ws=WebSocketConnection,
        ws_max_size=MAX_MESSAGE,
        ws_ping_interval=None,
        ws_per_message_deflate=False,
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=int(IDLE_SECONDS),
    )
    config.load()
    return config


def _port(listening: socket.socket | None) -> int | None:
    return listening.getsockname()[1] if listening else None
