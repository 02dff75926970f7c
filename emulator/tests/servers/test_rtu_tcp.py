"""RTU over TCP, over real sockets."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from protocol.image import image, image_door
from pymodbus import FramerType
from pymodbus.client import AsyncModbusTcpClient
from servers.clients import (
    GARBAGE,
    LoopFactory,
    ask,
    both_loops,
    connected,
    ended,
    quiet,
    run,
    until,
)
from servers.terminals import READ, REPLY, UNKNOWN, UNKNOWN_REPLY

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.protocol.rtu import LineCounters, seal
from sungrow_emulator.servers.rtu_tcp import RtuTcpServer


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[RtuTcpServer]:
    """Serve an image at a port of the system's choice."""
    server = RtuTcpServer(image_door(), **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@both_loops
def test_pymodbus_reads_and_writes(loop_factory: LoopFactory) -> None:
    """The ecosystem's own client as an oracle, for all functions and refusals."""

    async def main() -> None:
        async with serving() as server:
            client = AsyncModbusTcpClient(
                "127.0.0.1", port=server.port, framer=FramerType.RTU, timeout=2, retries=0
            )
            await client.connect()
            got = await client.read_input_registers(4999, count=125)
            assert got.registers == list(range(4999, 5124))
            assert not (await client.write_register(13050, 600)).isError()
            assert not (await client.write_registers(13051, [1, 2, 3])).isError()
            got = await client.read_holding_registers(13050, count=4)
            assert got.registers == [600, 1, 2, 3]
            assert (await client.read_input_registers(2000, count=1)).exception_code == 2
            assert (await client.read_coils(0, count=8)).exception_code == 1
            client.close()
            await until(lambda: server.connections == 0)
            assert server.heard == LineCounters(frames=6)
            assert repr(server) == f"<RtuTcpServer 127.0.0.1:{server.port}, 0 connections>"

    run(loop_factory, main)


@both_loops
def test_connections_have_nothing_in_common(loop_factory: LoopFactory) -> None:
    """The halves of two clients make no frame; each is put together by itself."""

    async def main() -> None:
        async with serving() as server, connected(server) as one, connected(server) as two:
            one[1].write(READ[:4])
            two[1].write(READ[:6])
            await asyncio.sleep(0.005)
            one[1].write(READ[4:])
            two[1].write(READ[6:])
            for reader, _ in (one, two):
                assert await asyncio.wait_for(reader.readexactly(7), 5) == REPLY

    run(loop_factory, main)


@both_loops
def test_noise_closes_nothing(loop_factory: LoopFactory, caplog: pytest.LogCaptureFixture) -> None:
    """A connection that sent garbage, or a frame of Modbus TCP, goes on."""

    async def main() -> None:
        noise = random.Random(7).randbytes(100_000)
        async with serving() as server, connected(server) as streams:
            for garbage in (GARBAGE, noise, bytes.fromhex("0001 0000 0006 01 04 0007 0001")):
                streams[1].write(garbage)
                await asyncio.sleep(0.2)
                assert await ask(streams, READ, 7) == REPLY
            assert await ask(streams, UNKNOWN, 5) == UNKNOWN_REPLY
            assert server.heard.crc_errors > 2

    run(loop_factory, main)
    assert quiet(caplog)


@both_loops
def test_there_is_a_limit_to_connections(loop_factory: LoopFactory) -> None:
    """One too many is closed; the others go on."""

    async def main() -> None:
        async with serving(max_connections=1) as server, connected(server) as first:
            assert await ask(first, READ, 7) == REPLY
            async with connected(server) as second:
                assert await asyncio.wait_for(ended(second[0]), 5)
            assert await ask(first, READ, 7) == REPLY
            assert server.accepted == 2

    run(loop_factory, main)


@both_loops
def test_a_client_that_never_reads_is_not_read(loop_factory: LoopFactory) -> None:
    """Memory stays bounded, and others are served."""

    async def main() -> None:
        request = seal(b"\x01\x04\x00\x00\x00\x7d") * 5000
        async with serving() as server:
            greedy = socket.create_connection(("127.0.0.1", server.port))
            greedy.setblocking(False)
            sent = stuck = 0
            while stuck < 20 and sent < 40_000_000:
                try:
                    sent += greedy.send(request[sent % 8 :])
                    stuck = 0
                except BlockingIOError:
                    stuck += 1
                    await asyncio.sleep(0.01)
            assert sent < 16_000_000
            async with connected(server) as streams:
                assert await ask(streams, READ, 7) == REPLY
            greedy.close()
            await until(lambda: server.connections == 0)

    run(loop_factory, main)


@both_loops
def test_a_broadcast_write_acts_in_silence(loop_factory: LoopFactory) -> None:
    """The next answer is that of the next request."""

    async def main() -> None:
        async with serving() as server, connected(server) as streams:
            streams[1].write(seal(b"\x00\x06\x13\x88\x00\x08"))
            assert await ask(streams, READ, 7) == REPLY
            assert image(server.door).written == [(6, 5000, b"\x00\x08")]

    run(loop_factory, main)


async def test_a_taken_port_is_explained() -> None:
    """By the option that sets it."""
    async with serving() as server:
        second = RtuTcpServer(image_door(), port=server.port)
        with pytest.raises(EmulatorError, match=r"^rtu-tcp-port=.* is already in use"):
            await second.start()
