"""Who is connected to a port: how many there may be, who counts, and how they all leave."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Guest(Protocol):
    """A connection that can be asked to go."""

    host: str

    def close(self) -> None:
        """Go once the last answer is out."""
        ...

    def abort(self) -> None:
        """Go now."""
        ...


class Guests:
    """The connections of one port.

    Args:
        limit: connections that may be open at once.

    Attributes:
        accepted: how many connections there have been.
    """

    def __init__(self, limit: int) -> None:
        self.accepted = 0
        self._limit = limit
        self._present: set[Guest] = set()
        self._talking: set[Guest] = set()
        self._settled = asyncio.Event()  # All have left, or had their time.

    def __len__(self) -> int:
        """Return how many connections are open."""
        return len(self._present)

    def hosts(self) -> tuple[str, ...]:
        """Return the addresses of the clients, each once."""
        return tuple(sorted({guest.host for guest in self._present}))

    def enter(self, guest: Guest) -> bool:
        """Take note of a new connection; False if there are too many, itself included."""
        self.accepted += 1
        self._present.add(guest)
        return len(self._present) <= self._limit

    def leave(self, guest: Guest) -> None:
        """Forget a connection that is closed."""
        self._present.discard(guest)
        self._talking.discard(guest)
        if not self._present:
            self._settled.set()

    def may_talk(self, guest: Guest, sessions: int) -> bool:
        """Tell whether a device that bears so many clients (0: any number) bears this one too.

        A connection counts from its first word on: SungrowModbusTcpClient opens and closes three
        silent ones for each request.
        """
        if guest in self._talking:
            return True
        if 0 < sessions <= len(self._talking):
            return False
        self._talking.add(guest)
        return True

    async def dismiss(self, grace: float) -> None:
        """Close all connections; those not closed after `grace` seconds are cut."""
        for guest in tuple(self._present):
            guest.close()
        if await self._gone_within(grace):
            return
        for guest in tuple(self._present):
            guest.abort()
        await self._gone_within(grace)

    async def _gone_within(self, seconds: float) -> bool:
        if self._present:
            self._settled.clear()
            timer = asyncio.get_running_loop().call_later(seconds, self._settled.set)
            await self._settled.wait()
            timer.cancel()
        return not self._present
