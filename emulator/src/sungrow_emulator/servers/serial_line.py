"""A door on a serial line: RTU on a device, on a terminal, or on a pseudo terminal made here."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from sungrow_emulator.protocol.door import Door
from sungrow_emulator.protocol.rtu import LineCounters
from sungrow_emulator.servers.guests import Guests
from sungrow_emulator.servers.modbus_connection import TransportWrapper
from sungrow_emulator.servers.rtu_connection import RtuProtocol
from sungrow_emulator.servers.terminal import (
    Terminal,
    checked_place,
    hung_up,
    open_terminal,
    reason,
)
from sungrow_emulator.servers.terminal_transport import TerminalTransport

_STOP_SECONDS = 0.4
_RETRY_SECONDS = 0.25

log = logging.getLogger(__name__)


class SerialLine:
    """Serves a door in RTU frames on one terminal, which may vanish and return.

    A connection lasts from the first byte of a client until the other side is closed. On a
    device, where nothing tells of a closed program, that is until the device vanishes.

    Args:
        door: what is served.
        place: path of a serial device or terminal, or `pty[:LINK]`.
        turnaround: shortest time in seconds between a request and its answer;
            `protocol.rtu.FRAME_GAP` is what the specification asks for.
        wrap_transport: put around the transport of each connection, for wire faults.

    Raises:
        EmulatorError: `place` can be no place.

    Attributes:
        door: as given.
        place: as given.
        wrap_transport: as given; a change concerns new connections.
        heard: what was heard since the line was made.
    """

    def __init__(
        self,
        door: Door,
        place: str,
        *,
        turnaround: float = 0.0,
        wrap_transport: TransportWrapper | None = None,
    ) -> None:
        self.door = door
        self.place = checked_place(place)
        self.wrap_transport = wrap_transport
        self.heard = LineCounters()
        self._turnaround = turnaround
        self._guests = Guests(1)
        self._terminal: Terminal | None = None
        self._waiting_on: int | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._missed = False  # Whether the log says that the terminal is gone.

    def __repr__(self) -> str:
        """Show what is served, and whether somebody talks."""
        state = f"{self.connections} connections" if self._terminal else "closed"
        return f"<SerialLine {self.name}, {state}>"

    @property
    def name(self) -> str:
        """Path of the terminal; of a pseudo terminal it is known once started."""
        return self._terminal.name if self._terminal else self.place

    @property
    def link(self) -> Path | None:
        """The symbolic link that leads to a pseudo terminal, if there is one."""
        return self._terminal.link if self._terminal else None

    @property
    def connections(self) -> int:
        """How many clients talk: 0 or 1."""
        return len(self._guests)

    @property
    def clients(self) -> tuple[str, ...]:
        """The name of the terminal while somebody talks; that is all a line knows of them."""
        return self._guests.hosts()

    @property
    def accepted(self) -> int:
        """How many connections there have been; one that follows at once is not told apart."""
        return self._guests.accepted

    async def start(self) -> None:
        """Open the terminal; EmulatorError tells why that is not possible and what would be."""
        self._terminal = open_terminal(self.place)
        self._wait(self._terminal)

    async def stop(self) -> None:
        """Let the last answers leave, and give back terminal and link, within a second."""
        if self._terminal is None:
            return
        terminal, self._terminal = self._terminal, None
        if self._retry is not None:
            self._retry.cancel()
        self._wait_no_more()
        await self._guests.dismiss(_STOP_SECONDS)
        terminal.close()

    def _wait(self, terminal: Terminal) -> None:
        """Wait for the first byte of a client, or for a terminal that is gone."""
        self._retry = None
        loop = asyncio.get_running_loop()
        try:
            descriptor = terminal.open()
        except OSError as error:
            self._miss(terminal, reason(error))
            pause = terminal.pause or _RETRY_SECONDS
            self._retry = loop.call_later(pause, self._wait, terminal)
            return
        if self._missed:
            self._missed = False
            log.info("serial line %s is back", terminal.name)
        self._waiting_on = descriptor
        loop.add_reader(descriptor, self._connect, terminal, descriptor)

    def _wait_no_more(self) -> None:
        if self._waiting_on is not None:
            asyncio.get_running_loop().remove_reader(self._waiting_on)
            self._waiting_on = None

    def _connect(self, terminal: Terminal, descriptor: int) -> None:
        self._wait_no_more()
        if hung_up(descriptor):
            self._lose()
            return
        terminal.engage()
        protocol = RtuProtocol(self.door, self._guests, self.wrap_transport, counters=self.heard)
        TerminalTransport(
            asyncio.get_running_loop(),
            descriptor,
            protocol,
            name=terminal.name,
            turnaround=self._turnaround,
            lost=self._lose,
        )

    def _lose(self) -> None:
        """Wait for the next client, or for the terminal to return."""
        terminal = self._terminal
        if terminal is None:  # Stopped.
            return
        terminal.release()
        if terminal.pause:
            self._miss(terminal, "the other side was closed")
            loop = asyncio.get_running_loop()
            self._retry = loop.call_later(terminal.pause, self._wait, terminal)
        else:
            self._wait(terminal)

    def _miss(self, terminal: Terminal, why: str) -> None:
        if not self._missed:
            self._missed = True
            log.warning(
                "serial line %s is gone (%s); it is served again once it returns",
                terminal.name,
                why,
            )
