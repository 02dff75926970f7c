"""One client of the Modbus port: back-pressure, turns, time, and the ways to part."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Iterable

import pytest
from protocol.image import image_door, request
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
    paced_door,
    quiet,
    run,
    serving,
    until,
)

from sungrow_emulator.protocol.door import Door
from sungrow_emulator.protocol.hooks import Client
from sungrow_emulator.servers.guests import Guests
from sungrow_emulator.servers.modbus_connection import ModbusTcpProtocol
from sungrow_emulator.servers.modbus_tcp import ModbusTcpServer


@both_loops
def test_pipelined_requests_are_answered_in_order(loop_factory: LoopFactory) -> None:
    """A segment of 1000 requests, far longer than one turn takes."""

    async def main() -> None:
        async with serving() as server, connected(server) as (reader, writer):
            writer.write(b"".join(request(4, n, 1, tid=n) for n in range(3000, 4000)))
            got = await asyncio.wait_for(reader.readexactly(11 * 1000), 5)
            assert [struct.unpack_from(">H7xH", got, 11 * n) for n in range(1000)] == [
                (n, n) for n in range(3000, 4000)
            ]

    run(loop_factory, main)


@both_loops
def test_answers_in_the_making_survive_the_client_s_goodbye(loop_factory: LoopFactory) -> None:
    """`nc` style: ask a lot, shut the sending side, read to the end."""

    async def main() -> None:
        async with serving() as server, connected(server) as (reader, writer):
            writer.write(READ * 2000)
            writer.write_eof()
            assert await asyncio.wait_for(reader.read(), 5) == REPLY * 2000

    async def timed() -> None:
        door = paced_door(input_latency=(0.02, 0.02))
        async with serving(door) as server, connected(server) as (reader, writer):
            writer.write(READ * 3)
            writer.write_eof()
            assert await asyncio.wait_for(reader.read(), 5) == REPLY * 3

    run(loop_factory, main)
    run(loop_factory, timed)


@both_loops
def test_a_client_that_never_reads_is_not_read(
    loop_factory: LoopFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """It asks for hundreds of megabytes; memory stays bounded and others are served."""

    async def main() -> None:
        async with serving() as server:
            greedy = socket.create_connection(("127.0.0.1", server.port))
            sent = await flood(greedy)
            assert sent < 16_000_000
            before = server.door.counters.replies
            assert before * 12 < sent
            assert await answers(server)
            got = 0
            async with asyncio.timeout(20):
                while got < before * 259 + 10 * 259:
                    try:
                        got += len(greedy.recv(1 << 20))
                    except BlockingIOError:
                        await asyncio.sleep(0.001)
            assert server.door.counters.replies > before
            greedy.close()
            await until(lambda: server.connections == 0)

    run(loop_factory, main)
    assert quiet(caplog)


@both_loops
def test_half_a_frame_bothers_nobody(loop_factory: LoopFactory) -> None:
    """A client that stops in the middle is waited for, and gets its answer later."""

    async def main() -> None:
        async with serving() as server, connected(server) as (reader, writer):
            writer.write(READ[:7])
            assert await answers(server)
            writer.write(READ[7:])
            assert await asyncio.wait_for(reader.readexactly(11), 5) == REPLY

    run(loop_factory, main)


@both_loops
def test_a_slow_trickle_is_put_together(loop_factory: LoopFactory) -> None:
    """One byte at a time, ten clients at once."""

    async def main() -> None:
        async def trickle(server: ModbusTcpServer) -> bytes:
            async with connected(server) as (reader, writer):
                for byte in READ + READ:
                    writer.write(bytes((byte,)))
                    await asyncio.sleep(0.001)
                return await asyncio.wait_for(reader.readexactly(22), 5)

        async with serving() as server:
            got = await asyncio.gather(*(trickle(server) for _ in range(10)))
        assert got == [REPLY * 2] * 10

    run(loop_factory, main)


@both_loops
def test_latency_is_kept_and_so_is_the_order(loop_factory: LoopFactory) -> None:
    """Five answers of 20 ms each take 100 ms."""

    async def main() -> None:
        door = paced_door(input_latency=(0.02, 0.02))
        async with serving(door) as server, connected(server) as (reader, writer):
            begun = time.monotonic()
            writer.write(b"".join(request(4, n, 1, tid=n) for n in range(5)))
            got = await asyncio.wait_for(reader.readexactly(55), 5)
            assert 0.095 <= time.monotonic() - begun < 1
            assert [got[11 * n + 1] for n in range(5)] == list(range(5))

    run(loop_factory, main)


async def test_many_timed_answers_stop_the_reading() -> None:
    """A client with hundreds of answers to come is not read until some have left."""
    door = paced_door(input_latency=(0.001, 0.001))
    async with serving(door) as server, connected(server) as (reader, writer):
        writer.write(READ * 1000)
        assert await asyncio.wait_for(reader.readexactly(11), 5) == REPLY
        assert door.counters.requests < 700
        assert await asyncio.wait_for(reader.readexactly(11 * 999), 10) == REPLY * 999


async def test_timed_answers_leave_before_garbage_closes() -> None:
    """What was asked properly is answered in its time."""
    door = paced_door(input_latency=(0.02, 0.02))
    async with serving(door) as server, connected(server) as (reader, writer):
        writer.write(READ + READ + GARBAGE)
        assert await asyncio.wait_for(reader.read(), 5) == REPLY * 2


async def test_stopping_drops_what_waits_for_its_time() -> None:
    """Nobody waits a minute for a slow device."""
    door = paced_door(input_latency=(60.0, 60.0))
    async with serving(door) as server, connected(server) as (reader, writer):
        writer.write(READ)
        await until(lambda: door.counters.requests == 1)
        await server.stop()
        assert await ended(reader)


async def test_a_silent_client_is_closed_after_its_idle_time() -> None:
    """One that talks stays."""
    async with (
        serving(paced_door(idle_close=0.1)) as server,
        connected(server) as talker,
        connected(server) as silent,
    ):
        closed = asyncio.ensure_future(ended(silent[0]))
        while not closed.done():
            assert await ask(talker, READ) == REPLY
            await asyncio.sleep(0.02)
        assert await closed
        assert await ask(talker, READ) == REPLY


async def test_hooks_work_over_sockets() -> None:
    """A filter that comes while connections are open delays answers and knows the client."""
    seen: list[Client] = []

    def later(
        client: Client, request: bytes, reply: bytes, delay: float
    ) -> Iterable[tuple[float, bytes]]:
        seen.append(client)
        return ((delay + 0.03, reply),)

    async with serving() as server, connected(server) as streams:
        assert await ask(streams, READ) == REPLY
        server.door.watch(None, later)
        begun = time.monotonic()
        assert await ask(streams, READ) == REPLY
        assert time.monotonic() - begun >= 0.029
        server.door.watch(None, None)
        assert await ask(streams, READ) == REPLY
        assert seen == [Client(1, "127.0.0.1")]


class Shouting(asyncio.Transport):
    """A transport that turns the bits of what is written."""

    def __init__(self, inner: asyncio.Transport) -> None:
        super().__init__()
        self.inner = inner

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.inner.write(bytes(byte ^ 0xFF for byte in data))

    def is_closing(self) -> bool:
        return self.inner.is_closing()

    def close(self) -> None:
        self.inner.close()


class Lost(Shouting):
    """A transport that cannot pause, and whose peer is gone once it is told so."""

    def __init__(self, inner: asyncio.Transport) -> None:
        super().__init__(inner)
        self.gone = False
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.gone
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.gone

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def close(self) -> None:
        self.gone = True

    def abort(self) -> None:
        self.gone = True

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default


def opened(door: Door, limit: int = 10) -> tuple[ModbusTcpProtocol, Lost]:
    """Open a connection without a socket."""
    protocol = ModbusTcpProtocol(door, Guests(limit))
    transport = Lost(asyncio.Transport())
    protocol.connection_made(transport)
    return protocol, transport


async def test_what_comes_in_spite_of_a_pause_waits_for_its_turn() -> None:
    """A wrapper may not be able to pause; the order of answers stays all the same."""
    protocol, transport = opened(image_door())
    protocol.data_received(READ * 200)
    protocol.data_received(READ)
    protocol.pause_writing()
    protocol.data_received(READ)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    protocol.data_received(READ)
    protocol.resume_writing()
    await until(lambda: len(b"".join(transport.written)) >= len(REPLY) * 203)
    assert b"".join(transport.written) == REPLY * 203
    protocol.connection_lost(None)


async def test_nothing_is_written_to_a_client_that_is_gone() -> None:
    """Its turn and its timed answers come to nothing."""
    protocol, transport = opened(image_door())
    protocol.data_received(READ * 400)
    transport.close()
    written = len(transport.written)
    await asyncio.sleep(0.01)
    protocol.resume_writing()
    assert len(transport.written) == written
    protocol.connection_lost(ConnectionResetError())
    protocol, transport = opened(paced_door(input_latency=(0.01, 0.01)))
    protocol.data_received(READ)
    transport.close()
    await asyncio.sleep(0.03)
    assert transport.written == []
    protocol.connection_lost(None)


async def test_transports_can_be_wrapped() -> None:
    """The seam for wire faults."""
    async with serving(wrap_transport=Shouting) as server, connected(server) as streams:
        assert await ask(streams, READ) == bytes(byte ^ 0xFF for byte in REPLY)


@both_loops
@pytest.mark.parametrize(
    "garbage",
    [GARBAGE, bytes.fromhex("16030100c8010000c40303") + bytes(190), READ[:2] + b"\xff" * 5000],
    ids=["http", "tls", "oversized"],
)
def test_garbage_closes_its_connection_only(
    loop_factory: LoopFactory, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Earlier answers are flushed, the connection ends, the others never notice."""

    async def main() -> None:
        async with serving() as server, connected(server) as other, connected(server) as bad:
            bad[1].write(READ + garbage)
            assert await asyncio.wait_for(bad[0].readexactly(11), 5) == REPLY
            assert await asyncio.wait_for(ended(bad[0]), 5)
            assert await ask(other, READ) == REPLY
            assert await answers(server)
            assert server.door.counters.garbage_closes == 1

    run(loop_factory, main)
    assert quiet(caplog)


async def test_a_session_begins_with_the_first_byte() -> None:
    """One client at a time; those that say nothing do not count, a second talker is closed."""
    async with serving(paced_door(sessions=1)) as server, connected(server):
        async with connected(server) as first:
            assert await ask(first, READ) == REPLY
            async with connected(server) as second:
                second[1].write(READ)
                assert await asyncio.wait_for(ended(second[0]), 5)
            assert await ask(first, READ) == REPLY
        await until(lambda: server.connections == 1)
        assert await answers(server)


async def test_one_too_many_is_closed_before_it_speaks() -> None:
    """The port's limit counts the new connection as well."""
    protocol, transport = opened(image_door(), limit=0)
    assert transport.gone
    protocol.abort()
    protocol.connection_lost(None)
    assert transport.written == []
