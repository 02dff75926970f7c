"""The Modbus port of a dongle that speaks TLS: the door of the plain port, encrypted."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from sungrow_emulator.protocol.door import Door
from sungrow_emulator.servers.listener import Listener
from sungrow_emulator.servers.loop import off_loop
from sungrow_emulator.servers.modbus_connection import ModbusTcpProtocol, TransportWrapper
from sungrow_emulator.servers.modbus_tcp import ModbusTcpServer

if TYPE_CHECKING:
    import ssl

MAX_CONNECTIONS = 2000


class ModbusTlsServer(ModbusTcpServer):
    """Serves a door at a TLS port, beside the plain one or alone.

    Inside is ordinary Modbus TCP. A client that talks in clear is accepted and hung up on, as the
    dongle does (mkaiser proper-ha-integration notes).

    Args:
        door: what is served.
        host: address or name to listen at.
        port: 516 on the device; 0 lets the system choose.
        context: certificate and key; without them they are made at the start.
        max_connections: connections beyond are closed at once, and so are those that come while
            so many handshakes are under way.
        wrap_transport: put around the transport of each connection, for wire faults.
    """

    def __init__(
        self,
        door: Door,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        context: ssl.SSLContext | None = None,
        max_connections: int = MAX_CONNECTIONS,
        wrap_transport: TransportWrapper | None = None,
    ) -> None:
        super().__init__(
            door,
            host,
            port,
            option="modbus-tls-port",
            max_connections=max_connections,
            wrap_transport=wrap_transport,
        )
        self._context = context

    async def _listen(self, listening: socket.socket) -> Listener:
        try:
            # Making keys takes a tenth of a second, and their library as long to import.
            context = self._context or await off_loop(_make_context)
        except BaseException:
            listening.close()
            raise
        self._context = context
        from sungrow_emulator.servers.tls import TlsListener

        return TlsListener(listening, self._protocol, context, self._max_connections)

    def _protocol(self) -> ModbusTcpProtocol:
        return _TlsProtocol(self.door, self._guests, self.wrap_transport)


class _TlsProtocol(ModbusTcpProtocol):
    """One connection; in TLS, who has said goodbye does not read any more either."""

    __slots__ = ()

    def eof_received(self) -> bool:
        super().eof_received()
        return False


def _make_context() -> ssl.SSLContext:
    from sungrow_emulator.servers.tls import modbus_context

    return modbus_context()
