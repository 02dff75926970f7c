"""Serves the control API inside a running event loop."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from sungrow_emulator.control.access import require_token
from sungrow_emulator.control.front import Front
from sungrow_emulator.servers.listener import bind

if TYPE_CHECKING:
    from sungrow_emulator.control.guard import App
    from sungrow_emulator.control.listener import HttpListener
    from sungrow_emulator.emulator import Emulator


class ControlServer:
    """The control API of one emulator on one TCP port.

    `bind` is quick and takes the port, so that its number is known at once; `start` loads the
    web stack in a worker thread and serves. Requests that come in between wait.

    Args:
        emulator: the façade to expose.
        host: address to listen on.
        port: TCP port, 0 lets the system choose.
        token: bearer token, needed beyond loopback.

    Raises:
        EmulatorError: `host` is not loopback and there is no token.
    """

    def __init__(self, emulator: Emulator, host: str, port: int, token: str = "") -> None:
        """Take note of where to listen; nothing is bound yet."""
        require_token(host, token)
        self._emulator = emulator
        self._host = host
        self._port = port
        self._token = token
        self._socket: socket.socket | None = None
        self._listener: HttpListener | None = None
        self._loading: asyncio.Future[App] | None = None

    def __repr__(self) -> str:
        """Name the place it listens on."""
        return f"<ControlServer {self.url}>"

    @property
    def port(self) -> int:
        """The TCP port: the one that was chosen, once bound."""
        return self._socket.getsockname()[1] if self._socket else self._port

    @property
    def url(self) -> str:
        """Where clients on this machine reach it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)  # noqa: S104
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def bind(self) -> socket.socket:
        """Take the port. EmulatorError says why it cannot be had and what to do."""
        self._socket = bind(self._host, self._port, "control-port")
        self._emulator.control_url = self.url
        return self._socket

    async def start(self) -> None:
        """Serve: health at once, everything else as soon as it is loaded."""
        bound = self._socket or self.bind()
        loop = asyncio.get_running_loop()
        loader = ThreadPoolExecutor(1, thread_name_prefix="sungrow-emulator control")
        listener_class = await loop.run_in_executor(loader, _load_listener)
        self._loading = loop.run_in_executor(loader, _load_api, self._emulator, self._token)
        loader.shutdown(wait=False)
        self._listener = listener_class(Front(self._emulator, self._loading), bound)

    async def loaded(self) -> None:
        """Wait until every route is there."""
        if self._loading is not None:
            await asyncio.shield(self._loading)

    async def stop(self) -> None:
        """Close the port and every connection, within a second."""
        if self._listener is not None:
            await self._listener.stop()
            self._listener = None
        if self._loading is not None:
            # A thread cannot be cancelled, and leaving it would outlive the event loop.
            await asyncio.gather(self._loading, return_exceptions=True)
            self._loading = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _load_listener() -> type[HttpListener]:
    from sungrow_emulator.control.listener import HttpListener

    return HttpListener


def _load_api(emulator: Emulator, token: str) -> App:
    from sungrow_emulator.control.app import create_app

    return create_app(emulator, token)
