"""A control API that runs beside the test, for commands that call one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sungrow_emulator.control.server import ControlServer
from sungrow_emulator.emulator import Emulator


@contextmanager
def control_api(emulator: Emulator, token: str = "") -> Iterator[str]:
    """Serve the control API in a thread of its own and yield its URL."""
    started = threading.Event()
    url: list[str] = []
    stop: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        server = ControlServer(emulator, "127.0.0.1", 0, token)
        await server.start()
        stop.append((asyncio.get_running_loop(), asyncio.Event()))
        url.append(server.url)
        started.set()
        await stop[0][1].wait()
        await server.stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    yield url[0]
    stop[0][0].call_soon_threadsafe(stop[0][1].set)
    thread.join()
