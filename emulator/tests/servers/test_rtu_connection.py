"""RTU on a transport: silence, time and floods."""

from __future__ import annotations

import asyncio
import time

from protocol.image import image_door
from servers.clients import (
    LoopFactory,
    both_loops,
    paced_door,
    run,
    until,
)
from servers.terminals import READ, REPLY, UNKNOWN, UNKNOWN_REPLY

from sungrow_emulator.protocol.rtu import LineCounters
from sungrow_emulator.servers.guests import Guests
from sungrow_emulator.servers.rtu_connection import RtuProtocol


class Wire(asyncio.Transport):
    """Keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return False

    def resume_reading(self) -> None:
        """Never was paused."""


def protocol(wire: Wire, silence: float = 0.01, **manners: object) -> RtuProtocol:
    """Connect a protocol to a wire."""
    door = paced_door(**manners) if manners else image_door()
    made = RtuProtocol(door, Guests(1), counters=LineCounters(), silence=silence)
    made.connection_made(wire)
    return made


@both_loops
def test_a_request_is_answered_at_once(loop_factory: LoopFactory) -> None:
    """No timer runs for a frame that is complete."""

    async def main() -> None:
        wire = Wire()
        line = protocol(wire)
        line.data_received(READ)
        assert wire.sent == REPLY
        assert line._silence_timer is None
        line.connection_lost(None)

    run(loop_factory, main)


@both_loops
def test_silence_brings_the_answer(loop_factory: LoopFactory) -> None:
    """To a function without known length, and to a request after what looked like more."""

    async def main() -> None:
        wire = Wire()
        line = protocol(wire)
        line.data_received(UNKNOWN)
        assert wire.sent == b""
        await until(lambda: wire.sent == UNKNOWN_REPLY)
        line.data_received(b"\x05\x04\xfa" + READ)
        await until(lambda: wire.sent == UNKNOWN_REPLY + REPLY)
        line.connection_lost(None)

    run(loop_factory, main)


@both_loops
def test_whoever_goes_on_speaking_is_heard_out(loop_factory: LoopFactory) -> None:
    """Silence counts from the last byte; a frame may trickle in."""

    async def main() -> None:
        wire = Wire()
        line = protocol(wire, silence=0.3)
        begun = time.monotonic()
        for byte in UNKNOWN:
            line.data_received(bytes((byte,)))
            await asyncio.sleep(0.05)
        assert wire.sent == b""
        await until(lambda: wire.sent == UNKNOWN_REPLY)
        assert time.monotonic() - begun > 0.55
        line.data_received(READ[:3])
        line.data_received(READ[3:])
        assert wire.sent == UNKNOWN_REPLY + REPLY
        await asyncio.sleep(0.35)
        assert line._silence_timer is None
        assert wire.sent == UNKNOWN_REPLY + REPLY
        line.connection_lost(None)

    run(loop_factory, main)


@both_loops
def test_the_end_leaves_no_timer(loop_factory: LoopFactory) -> None:
    """Half a frame and goodbye."""

    async def main() -> None:
        wire = Wire()
        line = protocol(wire)
        line.data_received(UNKNOWN)
        line.connection_lost(None)
        await asyncio.sleep(0.03)
        assert wire.sent == b""

    run(loop_factory, main)


@both_loops
def test_latency_is_kept(loop_factory: LoopFactory) -> None:
    """Three answers of 20 ms each take 60 ms; silence changes nothing about their order."""

    async def main() -> None:
        wire = Wire()
        line = protocol(wire, input_latency=(0.02, 0.02))
        begun = time.monotonic()
        line.data_received(READ * 3 + b"\x01")
        await until(lambda: wire.sent == REPLY * 3)
        assert time.monotonic() - begun > 0.055
        await until(lambda: not line._line.waiting)
        line.connection_lost(None)

    run(loop_factory, main)


@both_loops
def test_what_waits_to_be_looked_at_is_not_cut_by_silence(loop_factory: LoopFactory) -> None:
    """A reader that does not read keeps requests waiting longer than silence lasts."""

    async def main() -> None:
        wire = Wire()
        line = protocol(wire)
        wire.pause_reading = lambda: None  # type: ignore[method-assign]
        line.pause_writing()
        line.data_received(UNKNOWN[:3])
        await asyncio.sleep(0.05)
        line.data_received(UNKNOWN[3:])
        await asyncio.sleep(0.05)
        assert wire.sent == b""
        line.resume_writing()
        await until(lambda: wire.sent == UNKNOWN_REPLY)
        line.connection_lost(None)

    run(loop_factory, main)
