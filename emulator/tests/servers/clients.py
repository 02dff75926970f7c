"""Sockets and servers for the tests of the Modbus port."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvloop
from protocol.image import ImageUnit, image_door, request

from sungrow_emulator.protocol.door import Door, DoorRules
from sungrow_emulator.protocol.manners import Manners, Pacer, splitmix64
from sungrow_emulator.servers.modbus_tcp import ModbusTcpServer

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
LOOPS: list[LoopFactory] = [asyncio.new_event_loop, uvloop.new_event_loop]
both_loops = pytest.mark.parametrize("loop_factory", LOOPS, ids=["asyncio", "uvloop"])

READ = request(4, 7, 1)
REPLY = bytes.fromhex("0001000000050104020007")
GARBAGE = b"GET / HTTP/1.1\r\n\r\n"


def paced_door(**manners: object) -> Door:
    """Return a door whose device takes its time."""
    pacer = Pacer(Manners(**manners), splitmix64(1))  # type: ignore[arg-type]
    return Door({1: ImageUnit()}, DoorRules(), pacer=pacer)


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
        return await ask(streams, READ) == REPLY


async def ended(reader: asyncio.StreamReader) -> bool:
    """Tell whether the peer closed, politely or over unread bytes, and sent nothing more."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


async def flood(greedy: socket.socket) -> int:
    """Ask for long answers until nobody takes more; returns how many bytes that were."""
    greedy.setblocking(False)
    chunk = request(4, 0, 125) * 5000
    sent = stuck = 0
    while stuck < 20:
        try:
            sent += greedy.send(chunk[sent % 12 :])
            stuck = 0
        except BlockingIOError:
            stuck += 1
            await asyncio.sleep(0.01)
    return sent


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds, five seconds at most."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def run(loop_factory: LoopFactory, main: Callable[[], Any]) -> Any:
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
