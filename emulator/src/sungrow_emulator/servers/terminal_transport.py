"""The transport of a terminal: what an event loop gives to sockets only."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

from sungrow_emulator.servers.terminal import hung_up

_CHUNK = 4096
_HIGH_WATER = 4096
"""Bytes of answers that nobody reads, beside those in the kernel, before no more are made."""


class TerminalTransport(asyncio.Transport):
    """Carries bytes between the descriptor of a terminal and a protocol.

    Args:
        loop: the running loop; it needs `add_reader` and `add_writer`.
        descriptor: non-blocking; it stays open.
        protocol: told of what comes, and of the end.
        name: path of the terminal, told as the peer.
        turnaround: seconds between the last byte received and the first one sent.
        lost: called after the protocol was told of the end, whoever brought it about.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        descriptor: int,
        protocol: asyncio.Protocol,
        *,
        name: str,
        turnaround: float,
        lost: Callable[[], None],
    ) -> None:
        super().__init__({"peername": (name,)})
        self._loop = loop
        self._descriptor = descriptor
        self._protocol = protocol
        self._turnaround = turnaround
        self._lost = lost
        self._out = bytearray()
        self._heard_at = -turnaround
        self._timer: asyncio.TimerHandle | None = None
        self._writing = False  # Whether the loop tells when there is room for more.
        self._reading = False
        self._full = False
        self._closing = False
        self._ended = False
        protocol.connection_made(self)
        self.resume_reading()

    def is_closing(self) -> bool:
        """Tell whether the end has come, or will once the answers are out."""
        return self._closing

    def is_reading(self) -> bool:
        """Tell whether what comes is taken."""
        return self._reading

    def pause_reading(self) -> None:
        """Leave what comes where it is."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._descriptor)

    def resume_reading(self) -> None:
        """Take what comes."""
        if not self._reading and not self._closing:
            self._reading = True
            self._loop.add_reader(self._descriptor, self._read)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait here."""
        return len(self._out)

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Send bytes as soon as turnaround and reader allow."""
        if self._closing or not data:
            return
        self._out += data
        if self._timer is not None or self._writing:
            self._tell_level()
            return
        wait = self._heard_at + self._turnaround - self._loop.time() if self._turnaround else 0.0
        if wait > 0:
            self._timer = self._loop.call_later(wait, self._turn_around)
        else:
            self._send()

    def close(self) -> None:
        """Take no more, and end once what waits is out."""
        if not self._closing:
            self.pause_reading()
            self._closing = True
            if not self._out:
                self._end(None)

    def abort(self) -> None:
        """End now."""
        self._end(None)

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, _CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:  # EIO: the other side was closed, or the device was unplugged.
            self._end(error)
            return
        if data:
            self._heard_at = self._loop.time()
            self._protocol.data_received(data)
        else:
            self._end(None)

    def _turn_around(self) -> None:
        self._timer = None
        self._send()

    def _send(self) -> None:
        try:
            del self._out[: os.write(self._descriptor, self._out)]
        except (BlockingIOError, InterruptedError):
            # A terminal whose other side is closed may be full and "writable" for ever.
            if hung_up(self._descriptor):
                self._end(None)
                return
        except OSError as error:
            self._end(error)
            return
        self._wait_for_room(bool(self._out))
        self._tell_level()
        if self._closing and not self._out:
            self._end(None)

    def _tell_level(self) -> None:
        if self._full and not self._out:
            self._full = False
            self._protocol.resume_writing()
        elif not self._full and len(self._out) > _HIGH_WATER:
            self._full = True
            self._protocol.pause_writing()

    def _wait_for_room(self, wanted: bool) -> None:
        if wanted and not self._writing:
            self._loop.add_writer(self._descriptor, self._send)
        elif self._writing and not wanted:
            self._loop.remove_writer(self._descriptor)
        self._writing = wanted

    def _end(self, error: OSError | None) -> None:
        if self._ended:
            return
        self._ended = True
        self.pause_reading()
        self._closing = True
        self._wait_for_room(wanted=False)
        if self._timer is not None:
            self._timer.cancel()
        self._out.clear()
        self._loop.call_soon(self._tell, error)

    def _tell(self, error: OSError | None) -> None:
        self._protocol.connection_lost(error)
        self._lost()
