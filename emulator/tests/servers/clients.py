"""Sockets and servers for the tests of the Modbus port."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvloop
from protocol.image import image_door, request

from sungrow_emulator.protocol.door import Door
from sungrow_emulator.servers.modbus_tcp import ModbusTcpServer

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [
    asyncio.new_event_loop,
    uvloop.new_event_loop,
]
both_loops = pytest.mark.parametrize("loop_factory", LOOPS, ids=["asyncio", "uvloop"])


@asynccontextmanager
async def serving(door: Door | None = None, **options: Any) -> AsyncIterator[ModbusTcpServer]:
    """Serve a door, by default an image, at a port of the system's choice."""
    server = ModbusTcpServer(door or image_door(), "127.0.0.1", 0, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def connected(server: ModbusTcpServer) -> AsyncIterator[Streams]:
    """Connect a client."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def ask(streams: Streams, frame: bytes, size: int = 11) -> bytes:
    """Send a frame and read an answer of a size."""
    reader, writer = streams
    writer.write(frame)
    return await asyncio.wait_for(reader.readexactly(size), 5)


async def answers(server: ModbusTcpServer) -> bool:
    """Tell whether a new client gets an answer."""
    async with connected(server) as streams:
        return (await ask(streams, request(4, 7, 1)))[-1] == 7


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds, five seconds at most."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def run(loop_factory: Callable[[], asyncio.AbstractEventLoop], main: Callable[[], Any]) -> Any:
    """Run a coroutine function on a kind of loop; errors that the loop reports fail the test."""
    reported: list[dict[str, Any]] = []

    async def guarded() -> Any:
        asyncio.get_running_loop().set_exception_handler(lambda _, said: reported.append(said))
        return await main()

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        result = runner.run(guarded())
    assert reported == []
    return result


def quiet(caplog: pytest.LogCaptureFixture) -> bool:
    """Tell whether nothing worth a warning was logged."""
    return not [r for r in caplog.records if r.levelno >= logging.WARNING]
