"""RTU over TCP: the frames of a serial line on a TCP port, as device servers hand them on."""

from __future__ import annotations

from sungrow_emulator.protocol.door import Door
from sungrow_emulator.protocol.rtu import LineCounters
from sungrow_emulator.servers.modbus_connection import TransportWrapper
from sungrow_emulator.servers.modbus_tcp import MAX_CONNECTIONS, ModbusTcpServer
from sungrow_emulator.servers.rtu_connection import RtuProtocol


class RtuTcpServer(ModbusTcpServer):
    """Serves a door at a TCP port in RTU frames.

    Bytes that are no frame close nothing: each connection is a line where the next request is
    waited for.

    Args:
        door: what is served.
        host: address or name to listen at.
        port: 0 lets the system choose.
        max_connections: connections beyond are accepted and closed at once.
        wrap_transport: put around the transport of each connection, for wire faults.
    """

    def __init__(
        self,
        door: Door,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        max_connections: int = MAX_CONNECTIONS,
        wrap_transport: TransportWrapper | None = None,
    ) -> None:
        super().__init__(
            door,
            host,
            port,
            option="rtu-tcp-port",
            max_connections=max_connections,
            wrap_transport=wrap_transport,
        )
        self._heard = LineCounters()

    @property
    def heard(self) -> LineCounters:
        """What was heard on all connections."""
        return self._heard

    def _protocol(self) -> RtuProtocol:
        return RtuProtocol(self.door, self._guests, self.wrap_transport, counters=self._heard)
