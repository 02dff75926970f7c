"""One client of the Modbus TCP port: its transport around the sans-I/O connection."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol, cast

from sungrow_emulator.protocol.connection import Connection
from sungrow_emulator.protocol.door import Door
from sungrow_emulator.protocol.hooks import Client
from sungrow_emulator.servers.guests import Guests

TransportWrapper = Callable[[asyncio.Transport], asyncio.Transport]
"""Puts itself between a server and a socket; wire faults are made of it."""

_PIECE = 2048
"""Bytes answered in one turn: some 170 requests, so that nobody waits long for one client."""
_MAX_WAITING = 256
"""Timed answers of one connection that may be waiting before it is no longer read."""
_TICK = 0.0005
"""An answer due so soon is sent at once: loops keep time in milliseconds."""


class Speaker(Protocol):
    """A sans-I/O core: what is asked and answered, in one framing or another.

    Attributes:
        closing: True once nothing more can be understood.
    """

    closing: bool

    def receive(self, data: bytes) -> bytes:
        """Answer at once."""
        ...

    def receive_timed(self, data: bytes, now: float) -> list[tuple[float, bytes]]:
        """Answer through the hooks and manners of the door, each frame with its delay."""
        ...


class ModbusTcpProtocol(asyncio.Protocol):
    """One connection: hands what arrives to the core, and the core's answers to the transport.

    A client that does not read its answers is no longer read itself; what had arrived by then
    waits in a backlog, which is never more than what the transport reads at once.

    Args:
        door: what is being asked.
        guests: who else asks.
        wrap: put around the transport, for wire faults.
    """

    __slots__ = (
        "_backlog", "_busy", "_connection", "_door", "_ending", "_full", "_guests",
        "_heard_at", "_idle_timer", "_loop", "_timer", "_transport", "_turn", "_waiting", "_wrap",
        "host",
    )  # fmt: skip

    _connection: Speaker
    _transport: asyncio.Transport

    def __init__(self, door: Door, guests: Guests, wrap: TransportWrapper | None = None) -> None:
        self.host = ""
        self._door = door
        self._guests = guests
        self._wrap = wrap
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
        raw = cast("asyncio.Transport", transport)  # uvloop's has no base of asyncio.
        self._transport = raw if self._wrap is None else self._wrap(raw)
        if not self._guests.enter(self):
            self._transport.close()
        peer = transport.get_extra_info("peername")
        self.host = peer[0] if peer else ""
        self._connection = self._speak(Client(self._guests.accepted, self.host))
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
        self._guests.leave(self)

    def close(self) -> None:
        """Close once the transport has sent what it was given."""
        self._waiting.clear()
        self._transport.close()

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()

    def _speak(self, client: Client) -> Speaker:
        return Connection(self._door, client)

    def _queue(self, data: bytes) -> None:
        pacer = self._door.pacer
        if not self._guests.may_talk(self, pacer.manners.sessions if pacer else 0):
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
