"""The Modbus TCP port of a door: sockets around the sans-I/O core."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from sungrow_emulator.protocol.door import Door
from sungrow_emulator.servers.guests import Guests
from sungrow_emulator.servers.listener import Listener, bind
from sungrow_emulator.servers.modbus_connection import ModbusTcpProtocol, TransportWrapper

if TYPE_CHECKING:
    from sungrow_emulator.protocol.rtu import LineCounters

MAX_CONNECTIONS = 10_000

_STOP_SECONDS = 0.4
"""Time for the last answers to leave before connections are cut."""


class ModbusTcpServer:
    """Serves a door at a TCP port.

    Args:
        door: what is served.
        host: address or name to listen at.
        port: 0 lets the system choose.
        option: how the port is set, for the hint where it cannot be had.
        max_connections: connections beyond are accepted and closed at once.
        wrap_transport: put around the transport of each connection, for wire faults.

    Attributes:
        door: as given.
        host: as given.
        port: as given; once started, the port that is served.
        wrap_transport: as given; a change concerns new connections.
    """

    def __init__(
        self,
        door: Door,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        option: str = "modbus-port",
        max_connections: int = MAX_CONNECTIONS,
        wrap_transport: TransportWrapper | None = None,
    ) -> None:
        self.door = door
        self.host = host
        self.port = port
        self.wrap_transport = wrap_transport
        self._option = option
        self._max_connections = max_connections
        self._guests = Guests(max_connections)
        self._listener: Listener | None = None

    def __repr__(self) -> str:
        """Show where it listens and how many are connected."""
        state = f"{self.connections} connections" if self._listener else "closed"
        return f"<{type(self).__name__} {self.host}:{self.port}, {state}>"

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._guests)

    @property
    def clients(self) -> tuple[str, ...]:
        """Addresses of the connected clients, each once."""
        return self._guests.hosts()

    @property
    def accepted(self) -> int:
        """How many connections there have been."""
        return self._guests.accepted

    @property
    def heard(self) -> LineCounters | None:
        """What a line counts, where frames come as on one."""
        return None

    async def start(self) -> None:
        """Listen; EmulatorError tells why that is not possible and what would be."""
        listening = bind(self.host, self.port, self._option)
        self._listener = await self._listen(listening)
        self.port = listening.getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and close all connections, within a second."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        await listener.close()
        await self._guests.dismiss(_STOP_SECONDS)

    async def _listen(self, listening: socket.socket) -> Listener:
        return Listener(listening, self._protocol)

    def _protocol(self) -> ModbusTcpProtocol:
        return ModbusTcpProtocol(self.door, self._guests, self.wrap_transport)
