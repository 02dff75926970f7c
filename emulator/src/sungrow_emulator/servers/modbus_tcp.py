"""The Modbus TCP port of a door: sockets around the sans-I/O core."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

from sungrow_emulator.protocol.connection import Connection
from sungrow_emulator.protocol.door import Door
from sungrow_emulator.protocol.hooks import Client
from sungrow_emulator.servers.listener import Listener, bind

MAX_CONNECTIONS = 10_000

TransportWrapper = Callable[[asyncio.Transport], asyncio.Transport]
"""Puts itself between a server and a socket; wire faults are made of it."""

_PIECE = 2048
"""Bytes answered in one turn: some 170 requests, so that nobody waits long for one client."""
_MAX_WAITING = 256
"""Timed answers of one connection that may be waiting before it is no longer read."""
_TICK = 0.0005
"""An answer due so soon is sent at once: loops keep time in milliseconds."""
_STOP_SECONDS = 0.4
"""Time for the last answers to leave before connections are cut."""


class ModbusTcpServer:
    """Serves a door at a TCP port.

    Args:
        door: what is served.
        host: address or name to listen at.
        port: 0 lets the system choose.
        max_connections: connections beyond are accepted and closed at once.
        wrap_transport: put around the transport of each connection, for wire faults.

    Attributes:
        door: as given.
        host: as given.
        port: as given; once started, the port that is served.
        accepted: how many connections there have been.
        wrap_transport: as given; a change concerns new connections.
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
        self.door = door
        self.host = host
        self.port = port
        self.accepted = 0
        self.wrap_transport = wrap_transport
        self._max_connections = max_connections
        self._listener: Listener | None = None
        self._open: set[ModbusTcpProtocol] = set()
        self._talking: set[ModbusTcpProtocol] = set()
        self._all_closed = asyncio.Event()

    def __repr__(self) -> str:
        """Show where it listens and how many are connected."""
        state = f"{self.connections} connections" if self._listener else "closed"
        return f"<ModbusTcpServer {self.host}:{self.port}, {state}>"

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._open)

    async def start(self) -> None:
        """Listen; EmulatorError tells why that is not possible and what would be."""
        listening = bind(self.host, self.port, "--modbus-port")
        self.port = listening.getsockname()[1]
        self._listener = Listener(listening, lambda: ModbusTcpProtocol(self))

    async def stop(self) -> None:
        """Stop listening and close all connections, within a second."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        await listener.close()
        for end in (ModbusTcpProtocol.close, ModbusTcpProtocol.abort):
            for protocol in tuple(self._open):
                end(protocol)
            if await self._closed_in_time():
                break

    async def _closed_in_time(self) -> bool:
        self._all_closed.clear()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                while self._open:
                    await self._all_closed.wait()
        except TimeoutError:
            return False
        return True

    def opened(self, protocol: ModbusTcpProtocol) -> bool:
        """Take note of a connection; False if there are too many."""
        self.accepted += 1
        self._open.add(protocol)
        return len(self._open) <= self._max_connections

    def closed(self, protocol: ModbusTcpProtocol) -> None:
        """Forget a connection."""
        self._open.discard(protocol)
        self._talking.discard(protocol)
        if not self._open:
            self._all_closed.set()

    def admits(self, protocol: ModbusTcpProtocol) -> bool:
        """Tell whether the device bears this client, which has begun to talk.

        Connections that never say anything do not count: SungrowModbusTcpClient opens and
        closes three for each request.
        """
        pacer = self.door.pacer
        if protocol not in self._talking:
            if pacer is not None and 0 < pacer.manners.sessions <= len(self._talking):
                return False
            self._talking.add(protocol)
        return True


class ModbusTcpProtocol(asyncio.Protocol):
    """One connection: hands what arrives to the core, and the core's answers to the transport.

    A client that does not read its answers is no longer read itself; what had arrived by then
    waits in a backlog, which is never more than what the transport reads at once.
    """

    __slots__ = (
        "_backlog", "_busy", "_connection", "_door", "_ending", "_full", "_heard_at",
        "_idle_timer", "_loop", "_server", "_timer", "_transport", "_turn", "_waiting",
    )  # fmt: skip

    _connection: Connection
    _transport: asyncio.Transport

    def __init__(self, server: ModbusTcpServer) -> None:
        self._server = server
        self._door = server.door
        self._loop = asyncio.get_running_loop()
        self._backlog = b""
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._busy = False  # Something waits, so new bytes have to queue behind it.
        self._full = False  # The client does not read what it asked for.
        self._ending = False  # The client will not ask any more.
        self._heard_at = 0.0
        self._turn: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._idle_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve, or close at once where there are too many already."""
        server = self._server
        wrap = server.wrap_transport
        raw = cast("asyncio.Transport", transport)
        self._transport = raw if wrap is None else wrap(raw)
        if not server.opened(self):
            self._transport.close()
        peer = transport.get_extra_info("peername")
        self._connection = Connection(self._door, Client(server.accepted, peer[0] if peer else ""))
        pacer = self._door.pacer
        if pacer is not None and pacer.manners.idle_close:
            self._heard_at = self._loop.time()
            self._watch_idle(pacer.manners.idle_close)

    def data_received(self, data: bytes) -> None:
        """Answer at once where nothing is in the way."""
        if self._busy or len(data) > _PIECE or not self._door.immediate:
            self._queue(data)
            return
        reply = self._connection.receive(data)
        if reply:
            self._transport.write(reply)
        if self._connection.closing:
            self._transport.close()

    def eof_received(self) -> bool:
        """Keep open, for what the client may still want to read, if answers are waiting."""
        self._ending = True
        return self._busy

    def pause_writing(self) -> None:
        """Answer no more, and read no more, until the client has read."""
        self._full = self._busy = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on with what has waited."""
        self._full = False
        self._schedule()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give back everything, whatever the reason."""
        for handle in (self._turn, self._timer, self._idle_timer):
            if handle is not None:
                handle.cancel()
        self._waiting.clear()
        self._server.closed(self)

    def close(self) -> None:
        """Close once the transport has sent what it was given."""
        self._waiting.clear()
        self._transport.close()

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()

    def _queue(self, data: bytes) -> None:
        if not self._server.admits(self):
            self._transport.close()
            return
        self._heard_at = self._loop.time()
        self._backlog += data
        if self._turn is None and not self._full:
            self._take_turn()

    def _take_turn(self) -> None:
        """Answer one piece of the backlog, and give way to the other connections."""
        self._turn = None
        if self._transport.is_closing():
            return
        piece, self._backlog = self._backlog[:_PIECE], self._backlog[_PIECE:]
        if self._door.immediate and not self._waiting:
            self._transport.write(self._connection.receive(piece))
        else:
            now = self._loop.time()
            due = self._waiting[-1][0] if self._waiting else now
            for delay, frame in self._connection.receive_timed(piece, now):
                due = max(due, now + delay)
                self._waiting.append((due, frame))
            self._send_due()
        if self._connection.closing:
            self._backlog = b""
            self._ending = True
        self._schedule()

    def _send_due(self) -> None:
        due: list[bytes] = []
        horizon = self._loop.time() + _TICK
        while self._waiting and self._waiting[0][0] <= horizon:
            due.append(self._waiting.popleft()[1])
        if due:
            self._transport.write(b"".join(due))
        if self._waiting and self._timer is None:
            self._timer = self._loop.call_at(self._waiting[0][0], self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if not self._transport.is_closing():
            self._send_due()
            self._schedule()

    def _schedule(self) -> None:
        """Decide what comes next: another turn, reading on, or the end."""
        if self._transport.is_closing():
            return
        blocked = self._full or len(self._waiting) >= _MAX_WAITING
        if self._backlog and not blocked and self._turn is None:
            self._turn = self._loop.call_soon(self._take_turn)
        self._busy = bool(self._full or self._backlog or self._waiting)
        if self._ending:
            if not (self._backlog or self._waiting):
                self._transport.close()
        elif self._backlog or blocked:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _watch_idle(self, limit: float) -> None:
        left = self._heard_at + limit - self._loop.time()
        if left <= 0:
            self._transport.close()
        else:
            self._idle_timer = self._loop.call_later(left, self._watch_idle, limit)
