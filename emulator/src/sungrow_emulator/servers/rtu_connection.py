"""One line that speaks RTU, on a wire or inside of TCP: its transport around the sans-I/O core."""

from __future__ import annotations

import asyncio

from sungrow_emulator.protocol.door import Door
from sungrow_emulator.protocol.hooks import Client
from sungrow_emulator.protocol.rtu import LineCounters, RtuConnection
from sungrow_emulator.servers.guests import Guests
from sungrow_emulator.servers.modbus_connection import ModbusTcpProtocol, TransportWrapper

SILENCE = 0.05
"""Seconds without a byte that end a frame whose length nothing tells.

The specification has 3.6 ms, but adapters of USB hand over what came in steps of 16 ms, and a
busy machine takes longer.
"""


class RtuProtocol(ModbusTcpProtocol):
    """One connection or terminal: what holds for Modbus TCP, and an ear for silence.

    Args:
        door: what is being asked.
        guests: who else asks.
        wrap: put around the transport, for wire faults.
        counters: what is heard here is added to them.
        silence: seconds without a byte that end a frame.
    """

    __slots__ = ("_counters", "_line", "_silence", "_silence_timer", "_spoken_at")

    def __init__(
        self,
        door: Door,
        guests: Guests,
        wrap: TransportWrapper | None = None,
        *,
        counters: LineCounters,
        silence: float = SILENCE,
    ) -> None:
        super().__init__(door, guests, wrap)
        self._counters = counters
        self._silence = silence
        self._spoken_at = 0.0
        self._silence_timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Answer what is complete; wait for silence where something is left over."""
        super().data_received(data)
        self._spoken_at = self._loop.time()
        if self._silence_timer is None and (self._line.waiting or self._backlog):
            self._silence_timer = self._loop.call_later(self._silence, self._on_timer_of_silence)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give back everything, whatever the reason."""
        if self._silence_timer is not None:
            self._silence_timer.cancel()
        super().connection_lost(exc)

    def _speak(self, client: Client) -> RtuConnection:
        self._line = RtuConnection(self._door, client, self._counters)
        return self._line

    def _on_timer_of_silence(self) -> None:
        """Tell the core, unless somebody spoke meanwhile or was not heard out yet."""
        self._silence_timer = None
        due = self._spoken_at + self._silence
        if self._backlog:
            due = self._loop.time() + self._silence
        if due > self._loop.time():
            self._silence_timer = self._loop.call_at(due, self._on_timer_of_silence)
        elif self._line.waiting:
            self._line.hear_silence()
            self._queue(b"")
