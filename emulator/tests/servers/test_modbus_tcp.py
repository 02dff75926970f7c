"""The Modbus TCP port over real sockets."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import time
from contextlib import suppress

import pytest
from protocol.image import PUBLIC_KEY, image, image_door, request
from pymodbus.client import AsyncModbusTcpClient
from servers.clients import (
    GARBAGE,
    READ,
    REPLY,
    LoopFactory,
    answers,
    ask,
    both_loops,
    connected,
    ended,
    flood,
    quiet,
    run,
    serving,
    until,
)

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.protocol.cipher import FrameCipher
from sungrow_emulator.servers.modbus_tcp import ModbusTcpServer


@both_loops
def test_pymodbus_reads_and_writes(loop_factory: LoopFactory) -> None:
    """The ecosystem's own client as an oracle, for all functions and refusals."""

    async def main() -> None:
        async with serving() as server:
            client = AsyncModbusTcpClient("127.0.0.1", port=server.port)
            await client.connect()
            got = await client.read_input_registers(4999, count=125)
            assert got.registers == list(range(4999, 5124))
            got = await client.read_holding_registers(13000, count=2)
            assert got.registers == [13000 + 0x8000, 13001 + 0x8000]
            assert not (await client.write_register(13050, 600)).isError()
            assert not (await client.write_registers(13051, [1, 2, 3])).isError()
            got = await client.read_holding_registers(13050, count=4)
            assert got.registers == [600, 1, 2, 3]
            assert (await client.read_input_registers(2000, count=1)).exception_code == 2
            assert (await client.read_coils(0, count=8)).exception_code == 1
            several = [client.read_input_registers(n, count=1) for n in range(20)]
            assert [got.registers for got in await asyncio.gather(*several)] == [
                [n] for n in range(20)
            ]
            client.close()
            await until(lambda: server.connections == 0)

    run(loop_factory, main)


@both_loops
def test_encrypted_clients_come_and_go(loop_factory: LoopFactory) -> None:
    """SungrowModbusTcpClient: a connection for the key, idle ones, then one per request."""

    async def main() -> None:
        async with serving() as server:
            cipher = FrameCipher(PUBLIC_KEY)
            async with connected(server) as streams:
                told = await ask(streams, bytes.fromhex("68680000 0006 f7 04 0ae7 0008"), 25)
                assert told[9:] == PUBLIC_KEY
            for _ in range(20):
                for _ in range(3):
                    async with connected(server):
                        pass
                async with connected(server) as streams:
                    reply = await ask(streams, cipher.seal(request(4, 7, 1)), 20)
                    assert cipher.open(reply)[-1] == 7
            assert server.accepted == 81
            await until(lambda: server.connections == 0)

    run(loop_factory, main)


@both_loops
def test_two_thousand_idle_connections(loop_factory: LoopFactory) -> None:
    """They are accepted quickly, cost nobody an answer, and go when the server stops."""

    async def main() -> None:
        async with serving() as server:
            begun = time.monotonic()
            idle: list[socket.socket] = []
            try:
                while len(idle) < 2000:
                    idle.append(socket.create_connection(("127.0.0.1", server.port)))
                    if len(idle) % 500 == 0:  # The backlog is emptied by this very thread.
                        await until(lambda: server.connections == len(idle))
                assert await answers(server)
                assert time.monotonic() - begun < 5
                stopping = time.monotonic()
                await server.stop()
                assert time.monotonic() - stopping < 1
                assert server.connections == 0
            finally:
                for client in idle:
                    client.close()

    run(loop_factory, main)


@both_loops
def test_resets_are_no_news(loop_factory: LoopFactory, caplog: pytest.LogCaptureFixture) -> None:
    """Clients that vanish with a reset, before or after asking, leave no trace."""

    async def main() -> None:
        async with serving() as server:
            for asked in (b"", READ, READ * 500, GARBAGE) * 5:
                client = socket.create_connection(("127.0.0.1", server.port))
                client.sendall(asked)
                await asyncio.sleep(0.002)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
            await until(lambda: server.connections == 0)
            assert await answers(server)

    run(loop_factory, main)
    assert quiet(caplog)


@both_loops
def test_connections_beyond_the_limit_are_closed(loop_factory: LoopFactory) -> None:
    """Those that are there go on, and a place that becomes free is given away."""

    async def main() -> None:
        async with serving(max_connections=2) as server, connected(server) as first:
            async with connected(server) as second:
                await until(lambda: server.connections == 2)
                async with connected(server) as third:
                    assert await asyncio.wait_for(ended(third[0]), 5)
                assert await ask(first, READ) == await ask(second, READ) == REPLY
            await until(lambda: server.connections == 1)
            assert await answers(server)

    run(loop_factory, main)


@both_loops
def test_stopping_takes_less_than_a_second(loop_factory: LoopFactory) -> None:
    """Even with a client that reads nothing and another in the middle of a frame."""

    async def main() -> None:
        async with serving() as server, connected(server) as half:
            stuck = socket.create_connection(("127.0.0.1", server.port))
            half[1].write(READ[:3])
            await flood(stuck)
            begun = time.monotonic()
            await server.stop()
            assert time.monotonic() - begun < 1
            assert server.connections == 0
            assert await ended(half[0])
            stuck.close()

    run(loop_factory, main)


def nonsense(chance: random.Random) -> bytes:
    """Return noise, cipher text of nobody, a piece of a frame, or a frame many times."""
    kind = chance.randrange(5)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 600))
    if kind == 1:
        return b"\x01\x00\x0c\x04" + chance.randbytes(16)
    frame = request(chance.randrange(256), chance.randrange(65536), chance.randrange(200))
    return frame[: chance.randrange(1, 13)] if kind == 2 else frame * chance.randrange(1, 40)


async def talk_nonsense(server: ModbusTcpServer, chance: random.Random) -> None:
    """Connect, send a few things, and leave politely or not."""
    with suppress(ConnectionError, TimeoutError):
        async with connected(server) as (reader, writer):
            for _ in range(chance.randrange(1, 8)):
                if not writer.is_closing():
                    writer.write(nonsense(chance))
                await writer.drain()
            if chance.random() < 0.2:
                writer.transport.abort()
            async with asyncio.timeout(0.02):
                await reader.read()


@both_loops
def test_a_soak_of_random_frames(
    loop_factory: LoopFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """A while of nonsense from many clients; afterwards the listener answers."""

    async def main() -> None:
        async with serving(max_connections=30) as server:
            ends = time.monotonic() + 1.5

            async def client(seed: int) -> None:
                chance = random.Random(seed)
                while time.monotonic() < ends:
                    await talk_nonsense(server, chance)

            await asyncio.gather(*map(client, range(40)))
            await until(lambda: server.connections == 0)
            assert await answers(server)
            assert server.door.counters.requests > 1000

    run(loop_factory, main)
    assert quiet(caplog)


async def test_a_port_in_use_names_the_option() -> None:
    """The error of the second server is one sentence."""
    async with serving() as server:
        second = ModbusTcpServer(image_door(), "127.0.0.1", server.port)
        with pytest.raises(EmulatorError, match=r"^modbus-port=.* is already in use"):
            await second.start()
        await second.stop()


async def test_it_can_be_started_again() -> None:
    """The port that the system chose is kept."""
    async with serving() as server:
        port = server.port
        await server.stop()
        await server.start()
        assert server.port == port
        assert await answers(server)
        assert repr(server).startswith(f"<ModbusTcpServer 127.0.0.1:{port}, ")
        await server.stop()
        assert repr(server) == f"<ModbusTcpServer 127.0.0.1:{port}, closed>"


async def test_writes_reach_the_device() -> None:
    """From the socket to the unit."""
    async with serving() as server, connected(server) as streams:
        frame = request(6, 13050, 600)
        assert await ask(streams, frame, 12) == frame
        assert image(server.door).written == [(6, 13050, b"\x02\x58")]
