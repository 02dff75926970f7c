"""Terminals and clients on them for the tests of serial lines."""

from __future__ import annotations

import asyncio
import os
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from protocol.image import image_door

from sungrow_emulator.protocol.door import Door
from sungrow_emulator.protocol.rtu import seal
from sungrow_emulator.servers.serial_line import SerialLine
from sungrow_emulator.servers.terminal import make_raw

READ = seal(b"\x01\x04\x00\x07\x00\x01")
REPLY = seal(b"\x01\x04\x02\x00\x07")
UNKNOWN = seal(b"\x01\x2b\x0e\x01\x00")
UNKNOWN_REPLY = seal(b"\x01\xab\x01")


@asynccontextmanager
async def line(
    place: str = "pty", door: Door | None = None, **options: Any
) -> AsyncIterator[SerialLine]:
    """Serve a door, by default an image, on a pseudo terminal."""
    serving = SerialLine(door or image_door(), place, **options)
    await serving.start()
    try:
        yield serving
    finally:
        await serving.stop()


class Port:
    """What a client has open: a terminal, non-blocking."""

    def __init__(self, path: str | Path) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def __enter__(self) -> Self:
        """Return the open port."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        os.close(self.descriptor)

    def send(self, data: bytes) -> int:
        """Write what fits."""
        try:
            return os.write(self.descriptor, data)
        except BlockingIOError:
            return 0

    def take(self) -> bytes:
        """Read what is there."""
        try:
            return os.read(self.descriptor, 65536)
        except BlockingIOError:
            return b""

    async def receive(self, size: int) -> bytes:
        """Read so many bytes, within five seconds."""
        got = self.take()
        async with asyncio.timeout(5):
            while len(got) < size:
                await asyncio.sleep(0.0005)
                got += self.take()
        return got

    async def ask(self, request: bytes = READ, size: int = len(REPLY)) -> bytes:
        """Send a request and return the answer."""
        self.send(request)
        return await self.receive(size)

    def cook(self) -> None:
        """Set the terminal as a shell would have it."""
        settings = termios.tcgetattr(self.descriptor)
        settings[0] |= termios.ICRNL
        settings[3] |= termios.ICANON | termios.ECHO
        termios.tcsetattr(self.descriptor, termios.TCSANOW, settings)


class Cable:
    """A terminal that can be unplugged and plugged in again: a pair behind a symbolic link."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.far = -1
        self.plug()

    def plug(self) -> None:
        """Make a new pair, under the old path."""
        self.far, near = os.openpty()
        os.set_blocking(self.far, False)
        make_raw(near)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(near))
        # Closed at once: the far end hangs up until the line has opened it.
        os.close(near)

    def unplug(self) -> None:
        """Let the terminal vanish."""
        self.path.unlink(missing_ok=True)
        os.close(self.far)

    async def ask(self, request: bytes = READ, size: int = len(REPLY)) -> bytes:
        """Send a request from the far end and return the answer."""
        os.write(self.far, request)
        return await self.receive(size)

    async def receive(self, size: int) -> bytes:
        """Read so many bytes, within five seconds."""
        got = b""
        async with asyncio.timeout(5):
            while len(got) < size:
                await asyncio.sleep(0.0005)
                try:
                    got += os.read(self.far, 4096)
                except OSError:  # Nothing there, or not opened yet.
                    continue
        return got
