"""The transport of a terminal: what protocols may rely on, and how it ends."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest
from servers.clients import LoopFactory, both_loops, run, until

from sungrow_emulator.servers.terminal import make_raw
from sungrow_emulator.servers.terminal_transport import TerminalTransport


@dataclass
class Recorder(asyncio.Protocol):
    """Keeps what it is told."""

    said: list[str] = field(default_factory=list)
    data: bytes = b""
    heard: float = 0.0
    transport: TerminalTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("TerminalTransport", transport)
        self.said.append("made")

    def data_received(self, data: bytes) -> None:
        self.data += data
        self.heard = time.monotonic()

    def pause_writing(self) -> None:
        self.said.append("full")

    def resume_writing(self) -> None:
        self.said.append("room")

    def connection_lost(self, exc: Exception | None) -> None:
        self.said.append(f"lost {exc.errno}" if isinstance(exc, OSError) else "lost")

    def gone(self) -> None:
        self.said.append("gone")


class Pair:
    """A pseudo terminal of which the transport has one end."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.openpty()
        make_raw(self.theirs)
        for end in (self.ours, self.theirs):
            os.set_blocking(end, False)
        self.protocol = Recorder()

    def transport(self, turnaround: float = 0.0) -> TerminalTransport:
        """Put a transport on our end."""
        return TerminalTransport(
            asyncio.get_running_loop(),
            self.ours,
            self.protocol,
            name="/dev/pts/x",
            turnaround=turnaround,
            lost=self.protocol.gone,
        )

    def hang_up(self) -> None:
        """Close their end."""
        if self.theirs >= 0:
            os.close(self.theirs)
        self.theirs = -1

    def take(self) -> bytes:
        """Read what has come to their end."""
        try:
            return os.read(self.theirs, 1 << 20)
        except BlockingIOError:
            return b""


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give a terminal pair that is closed in the end."""
    made = Pair()
    yield made
    made.hang_up()
    os.close(made.ours)


@both_loops
def test_bytes_pass_both_ways(loop_factory: LoopFactory, pair: Pair) -> None:
    """The peer is the path of the terminal; nothing is held back."""

    async def main() -> None:
        transport = pair.transport()
        assert pair.protocol.transport is transport
        assert transport.get_extra_info("peername") == ("/dev/pts/x",)
        os.write(pair.theirs, b"\x00\x03\x0d\xff")
        await until(lambda: pair.protocol.data == b"\x00\x03\x0d\xff")
        transport.write(b"")
        transport.write(b"\x04\x0a")
        assert pair.take() == b"\x04\x0a"
        assert transport.get_write_buffer_size() == 0
        transport.close()
        transport.close()
        transport.write(b"too late")
        transport.resume_reading()
        assert transport.is_closing()
        assert not transport.is_reading()
        await until(lambda: pair.protocol.said == ["made", "lost", "gone"])
        transport.abort()
        assert pair.take() == b""

    run(loop_factory, main)
    assert pair.protocol.said == ["made", "lost", "gone"]


@both_loops
def test_what_is_not_wanted_waits(loop_factory: LoopFactory, pair: Pair) -> None:
    """Bytes that come while reading is paused are there afterwards."""

    async def main() -> None:
        transport = pair.transport()
        transport.pause_reading()
        transport.pause_reading()
        os.write(pair.theirs, b"later")
        await asyncio.sleep(0.02)
        assert pair.protocol.data == b""
        transport.resume_reading()
        transport.resume_reading()
        await until(lambda: pair.protocol.data == b"later")
        transport.abort()
        await until(lambda: pair.protocol.said[-1] == "gone")

    run(loop_factory, main)


@both_loops
def test_a_hang_up_is_an_end(loop_factory: LoopFactory, pair: Pair) -> None:
    """Once what was sent before has been read."""

    async def main() -> None:
        transport = pair.transport()
        os.write(pair.theirs, b"bye")
        pair.hang_up()
        await until(lambda: pair.protocol.said == ["made", "lost 5", "gone"])
        assert pair.protocol.data == b"bye"
        assert transport.is_closing()

    run(loop_factory, main)


@both_loops
def test_an_end_of_file_is_an_end(loop_factory: LoopFactory) -> None:
    """What a hung-up terminal reads as on some systems, shown by a pipe."""
    ours, theirs = os.pipe()
    os.close(theirs)
    protocol = Recorder()

    async def main() -> None:
        TerminalTransport(
            asyncio.get_running_loop(),
            ours,
            protocol,
            name="pipe",
            turnaround=0.0,
            lost=protocol.gone,
        )
        await until(lambda: protocol.said == ["made", "lost", "gone"])

    run(loop_factory, main)
    os.close(ours)
    assert protocol.data == b""


@both_loops
def test_a_reader_that_does_not_read_is_waited_for(loop_factory: LoopFactory, pair: Pair) -> None:
    """The protocol is told when to stop and to go on; every byte arrives, in order."""

    async def main() -> None:
        transport = pair.transport()
        sent = bytearray()
        while "full" not in pair.protocol.said and len(sent) < 1_000_000:
            block = bytes(range(250))
            transport.write(block)
            sent += block
        transport.write(b"one more")
        sent += b"one more"
        waiting = transport.get_write_buffer_size()
        assert 4096 < waiting < 5000
        transport.close()
        got = b""
        async with asyncio.timeout(5):
            while len(got) < len(sent):
                got += pair.take()
                await asyncio.sleep(0.0005)
        assert got == sent
        await until(lambda: pair.protocol.said == ["made", "full", "room", "lost", "gone"])

    run(loop_factory, main)


@both_loops
@pytest.mark.parametrize("paused", [False, True])
def test_a_reader_that_goes_without_reading_is_noticed(
    loop_factory: LoopFactory, pair: Pair, paused: bool
) -> None:
    """By the writer, where nobody listens; nothing waits for it any more."""

    async def main() -> None:
        transport = pair.transport()
        for _ in range(1000):
            transport.write(bytes(250))
        assert "full" in pair.protocol.said
        if paused:
            transport.pause_reading()
        pair.hang_up()
        await until(lambda: pair.protocol.said[-1] == "gone")
        assert transport.get_write_buffer_size() == 0

    run(loop_factory, main)


@both_loops
def test_an_answer_waits_for_the_line_to_turn_around(
    loop_factory: LoopFactory, pair: Pair
) -> None:
    """So long after the last byte received, all that is written leaves together."""

    async def main() -> None:
        transport = pair.transport(turnaround=0.05)
        os.write(pair.theirs, b"?")
        await until(lambda: pair.protocol.data == b"?")
        transport.write(b"!")
        transport.write(b"!!")
        got = b""
        while not got:
            await asyncio.sleep(0.001)
            got = pair.take()
        assert got == b"!!!"
        assert 0.04 < time.monotonic() - pair.protocol.heard < 1
        await asyncio.sleep(0.01)  # Loops round to milliseconds.
        transport.write(b"at once")
        assert pair.take() == b"at once"
        transport._heard_at = asyncio.get_running_loop().time()
        transport.write(b"never")
        transport.abort()
        await until(lambda: pair.protocol.said[-1] == "gone")
        await asyncio.sleep(0.06)
        assert pair.take() == b""

    run(loop_factory, main)


async def test_a_broken_descriptor_is_an_end(pair: Pair) -> None:
    """A device that is pulled out answers writes with errors of many kinds."""
    ours, theirs = os.pipe()
    os.close(ours)
    protocol = pair.protocol
    transport = pair.transport()
    transport._descriptor, kept = theirs, transport._descriptor
    transport.write(b"x")
    asyncio.get_running_loop().remove_reader(kept)
    os.close(theirs)
    await until(lambda: protocol.said == ["made", "lost 32", "gone"])
    assert transport.is_closing()


async def test_a_spurious_wake_up_is_nothing(pair: Pair) -> None:
    """Another reader was faster."""
    transport = pair.transport()
    transport._read()
    assert pair.protocol.said == ["made"]
    transport.abort()
    await until(lambda: pair.protocol.said[-1] == "gone")
