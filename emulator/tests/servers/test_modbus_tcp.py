"""The Modbus TCP port over real sockets."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import pytest
from protocol.image import PUBLIC_KEY, ImageUnit, image, image_door, request
from pymodbus.client import AsyncModbusTcpClient
from servers.clients import answers, ask, both_loops, connected, quiet, run, serving, until

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.protocol.cipher import FrameCipher
from sungrow_emulator.protocol.door import Door, DoorRules
from sungrow_emulator.protocol.hooks import Client
from sungrow_emulator.protocol.manners import Manners, Pacer, splitmix64
from sungrow_emulator.servers.modbus_tcp import ModbusTcpProtocol, ModbusTcpServer

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
READ = request(4, 7, 1)
REPLY = bytes.fromhex("0001000000050104020007")
GARBAGE = b"GET / HTTP/1.1\r\n\r\n"


def paced_door(**manners: object) -> Door:
    """Return a door whose device takes its time."""
    pacer = Pacer(Manners(**manners), splitmix64(1))  # type: ignore[arg-type]
    return Door({1: ImageUnit()}, DoorRules(), pacer=pacer)


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


async def ended(reader: asyncio.StreamReader) -> bool:
    """Tell whether the peer closed, politely or over unread bytes, and sent nothing more."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


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

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default


def opened(door: Door) -> tuple[ModbusTcpProtocol, Lost]:
    """Open a connection without a socket."""
    protocol = ModbusTcpProtocol(ModbusTcpServer(door))
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
    await until(lambda: b"".join(transport.written) == REPLY * 203)
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


async def test_a_port_in_use_names_the_option() -> None:
    """The error of the second server is one sentence."""
    async with serving() as server:
        second = ModbusTcpServer(image_door(), "127.0.0.1", server.port)
        with pytest.raises(EmulatorError, match="already in use; choose another with --modbus-p"):
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
