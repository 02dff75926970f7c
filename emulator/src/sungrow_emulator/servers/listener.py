"""A listening TCP socket that outlives anything its clients do."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from typing import Any

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError

BACKLOG = 1024
"""Clients that may wait to be accepted; the common 100 makes a burst of them take seconds."""

_ACCEPTS_PER_TURN = 128  # The clients already here get their turn in between.
_RETRY_SECONDS = 0.1
_SILENT_SECONDS = 60.0

log = logging.getLogger(__name__)


def bind(host: str, port: int, option: str) -> socket.socket:
    """Return a listening, non-blocking socket.

    Args:
        host: address or name to listen at; of several addresses IPv4 is preferred.
        port: 0 lets the system choose.
        option: how the port is set, for the hint, e.g. `modbus-port`; sentences begin with it.

    Raises:
        ConflictError: another program, or another door, listens there.
        EmulatorError: the address cannot be had; the message names the remedy.
    """
    if not 0 <= port <= 65535:
        raise EmulatorError(f"{option}={port} must be between 0 and 65535")
    family, address = find_address(host, port)
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Inherited by what is accepted: a peer that lost its power is noticed in the end.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise _why_not(error, host, port, option) from None
    return listening


def find_address(host: str, port: int = 0) -> tuple[int, tuple[Any, ...]]:
    """Return family and address of a host; of several IPv4 is preferred.

    Raises:
        EmulatorError: it has none.
    """
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError):
        raise EmulatorError(
            f"host={host!r} has no address; use 127.0.0.1 for this machine only, or 0.0.0.0"
        ) from None
    family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    return family, address


def _why_not(error: OSError, host: str, port: int, option: str) -> EmulatorError:
    if error.errno == errno.EADDRINUSE:
        return ConflictError(
            f"{option}={port} is already in use on {host}; choose another port, or 0 to let the"
            " system choose"
        )
    if error.errno == errno.EACCES:
        return EmulatorError(
            f"{option}={port} is for privileged programs; choose a port above 1023, or allow it"
            f" with: sysctl net.ipv4.ip_unprivileged_port_start={port}"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return EmulatorError(
            f"host={host!r} is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all of"
            " them"
        )
    return EmulatorError(f"{option}={port} cannot be had on {host}: {error.strerror}")


class Listener:
    """Accepts connections; unlike a loop's own server it survives running out of descriptors.

    asyncio logs a traceback then, and uvloop closes its server for good.

    Args:
        listening: a socket as `bind` makes it; closed by `close()`.
        factory: makes the protocol of a connection.
    """

    def __init__(
        self, listening: socket.socket, factory: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = listening
        self._factory = factory
        self._adopting: set[asyncio.Task[None]] = set()
        self._retry: asyncio.TimerHandle | None = None
        self._silent_until = 0.0
        self._loop.add_reader(listening, self._accept)

    async def close(self) -> None:
        """Stop listening; connections that are being set up are there when this returns."""
        if self._retry is not None:
            self._retry.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        await asyncio.gather(*self._adopting)

    def _accept(self) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                client, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # Mostly EMFILE and ENFILE; see accept(2) for the others.
                self._pause(error)
                return
            client.setblocking(False)
            task = self._loop.create_task(self._adopt(client))
            self._adopting.add(task)
            task.add_done_callback(self._adopting.discard)

    async def _adopt(self, client: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._factory, client)
        except OSError:  # Gone already.
            client.close()

    def _pause(self, error: OSError) -> None:
        """Let clients wait in the backlog; in a moment there may be descriptors again."""
        self._loop.remove_reader(self._socket)
        self._retry = self._loop.call_later(_RETRY_SECONDS, self._resume)
        if self._loop.time() >= self._silent_until:
            log.warning("new connections have to wait: %s", error.strerror)
            self._silent_until = self._loop.time() + _SILENT_SECONDS

    def _resume(self) -> None:
        self._retry = None
        self._loop.add_reader(self._socket, self._accept)
