"""A uvicorn server that owns no signals, no logging and no process."""

from __future__ import annotations

import asyncio
import socket

import uvicorn

from sungrow_emulator.control.guard import App

_GRACE = 0.4
"""Seconds that running requests get to finish when the server stops."""


class Listener(uvicorn.Server):
    """Serves one ASGI application on a socket that is already bound."""

    def __init__(self, app: App) -> None:
        """Prepare to serve `app`."""
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=15,
            )
        )
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)

    async def start(self, listener: socket.socket) -> None:
        """Accept connections; there is no main loop to run, as nothing ticks."""
        await self.startup([listener])

    async def stop(self) -> None:
        """Close the port, let running requests finish briefly, cut what is left."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        deadline = asyncio.get_running_loop().time() + _GRACE
        while self.server_state.connections or self.server_state.tasks:
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(0.01)
        for task in list(self.server_state.tasks):
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
        await asyncio.sleep(0)
