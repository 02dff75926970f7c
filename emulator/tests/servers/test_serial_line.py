"""A door on a serial line: clients that come and go, terminals that vanish and return."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
from pathlib import Path

import pytest
from protocol.image import ImageUnit, image, image_door
from servers.clients import LoopFactory, both_loops, paced_door, quiet, run, until
from servers.terminals import READ, REPLY, UNKNOWN, UNKNOWN_REPLY, Cable, Port, line

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.protocol.rtu import FRAME_GAP, seal
from sungrow_emulator.servers.serial_line import SerialLine
from sungrow_emulator.servers.terminal import Device, PseudoTerminal

LONG_READ = seal(b"\x01\x04\x00\x00\x00\x7d")


def terminals() -> list[str]:
    """Return the descriptors of terminals that this process has open."""
    return sorted(name for name in os.listdir("/dev/fd") if os.isatty(int(name)))


@both_loops
def test_requests_on_a_pseudo_terminal_are_answered(loop_factory: LoopFactory) -> None:
    """Also without a known length, and broadcast ones with silence."""

    async def main() -> None:
        async with line() as serving:
            with Port(serving.name) as port:
                assert await port.ask() == REPLY
                assert await port.ask(UNKNOWN, 5) == UNKNOWN_REPLY
                assert len(await port.ask(LONG_READ, 255)) == 255
                port.send(seal(b"\x00\x06\x13\x88\x00\x08"))
                assert await port.ask() == REPLY
                assert image(serving.door).written == [(6, 5000, b"\x00\x08")]
                assert repr(serving) == f"<SerialLine {serving.name}, 1 connections>"
                assert serving.clients == (serving.name,)
            await until(lambda: serving.connections == 0)
            assert serving.heard.frames == 5
        assert repr(serving) == "<SerialLine pty, closed>"
        await serving.stop()

    before = terminals()
    run(loop_factory, main)
    assert terminals() == before


@both_loops
def test_clients_come_and_go_under_one_name(
    loop_factory: LoopFactory, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is served, whatever the one before did to the terminal and left unread."""

    async def main() -> None:
        link = tmp_path / "inverter"
        async with line(f"pty:{link}") as serving:
            name = serving.name
            assert serving.link == link
            for number in range(1, 21):
                with Port(link) as port:
                    assert await port.ask() == REPLY
                    if number % 5 == 0:
                        port.cook()
                    else:
                        port.send(LONG_READ * 3)
                assert serving.name == name == os.readlink(link)
                await until(lambda: serving.connections == 0)
                assert serving.accepted == number
            with Port(link):  # Says nothing.
                pass
            with Port(link) as port:
                port.send(READ[:5])
            await until(lambda: serving.connections == 0)
            with Port(link) as port:
                assert await port.ask() == REPLY
        assert not link.is_symlink()

    run(loop_factory, main)
    assert quiet(caplog)


@both_loops
def test_a_restart_makes_a_new_terminal_behind_the_old_link(
    loop_factory: LoopFactory, tmp_path: Path
) -> None:
    """Start after stop works as the first start did."""

    async def main() -> None:
        link = tmp_path / "inverter"
        serving = SerialLine(image_door(), f"pty:{link}")
        for _ in range(2):
            await serving.start()
            with Port(link) as port:
                assert await port.ask() == REPLY
            await serving.stop()
            assert (serving.link, serving.name) == (None, f"pty:{link}")

    run(loop_factory, main)


@both_loops
def test_a_terminal_of_somebody_else_is_served(loop_factory: LoopFactory, tmp_path: Path) -> None:
    """One end of a pair, by its path; there are no connections until somebody speaks."""

    async def main() -> None:
        cable = Cable(tmp_path / "ttyUSB0")
        async with line(str(cable.path)) as serving:
            assert (serving.connections, serving.link) == (0, None)
            for _ in range(3):
                assert await cable.ask() == REPLY
            assert (serving.connections, serving.accepted) == (1, 1)
            assert serving.name == str(cable.path)
        cable.unplug()

    before = terminals()
    run(loop_factory, main)
    assert terminals() == before


@both_loops
def test_a_terminal_that_vanishes_is_waited_for(
    loop_factory: LoopFactory, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is served again under its path, and the log tells it once each way."""
    caplog.set_level(logging.INFO)

    async def main() -> None:
        cable = Cable(tmp_path / "ttyUSB0")
        async with line(str(cable.path)) as serving:
            assert await cable.ask() == REPLY
            for spoken in (False, True):
                caplog.clear()
                cable.unplug()
                await until(lambda: bool(caplog.records))
                await asyncio.sleep(0.6)
                assert serving.connections == 0
                cable.plug()
                await until(lambda: len(caplog.records) == 2)
                if spoken:
                    assert await cable.ask() == REPLY
                assert [record.message for record in caplog.records] == [
                    f"serial line {cable.path} is gone (the other side was closed);"
                    " it is served again once it returns",
                    f"serial line {cable.path} is back",
                ]
            assert serving.accepted == 2
        cable.unplug()

    run(loop_factory, main)


@both_loops
def test_a_line_whose_terminal_is_gone_can_be_stopped(
    loop_factory: LoopFactory, tmp_path: Path
) -> None:
    """Nothing waits for its return then."""

    async def main() -> None:
        cable = Cable(tmp_path / "ttyUSB0")
        serving = SerialLine(image_door(), str(cable.path))
        await serving.start()
        assert await cable.ask() == REPLY
        cable.unplug()
        await until(lambda: serving.connections == 0)
        await serving.stop()
        cable.plug()
        await asyncio.sleep(0.3)
        cable.unplug()

    before = terminals()
    run(loop_factory, main)
    assert terminals() == before


@both_loops
def test_noise_and_half_frames_end_nothing(
    loop_factory: LoopFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """The next request is answered, after a moment of silence at the latest."""

    async def main() -> None:
        noise = random.Random(3)
        async with line() as serving:
            with Port(serving.name) as port:
                for size in (1, 3, 7, 100, 3000, 10_000):
                    port.send(noise.randbytes(size))
                    await asyncio.sleep(0.1)
                    assert await port.ask() == REPLY
                port.send(READ[:6])
                await asyncio.sleep(0.1)
                assert await port.ask() == REPLY
                port.send(b"\xff" + READ)
                assert await port.receive(len(REPLY)) == REPLY
            assert serving.heard.crc_errors > 6

    run(loop_factory, main)
    assert quiet(caplog)


@both_loops
def test_a_client_that_never_reads_is_not_read(loop_factory: LoopFactory) -> None:
    """Nothing grows while it asks on; once it reads, or is gone, the line lives on."""

    async def flood(port: Port) -> int:
        sent = stuck = 0
        while stuck < 20 and sent < 4_000_000:
            more = port.send((LONG_READ * 100)[sent % 8 :])
            sent += more
            stuck = 0 if more else stuck + 1
            await asyncio.sleep(0 if more else 0.005)
        return sent

    async def main() -> None:
        async with line() as serving:
            with Port(serving.name) as port:
                assert await flood(port) < 200_000
                answered = serving.door.counters.replies
                got = 0
                async with asyncio.timeout(5):
                    while got < 255 * (answered + 10):
                        got += len(port.take())
                        await asyncio.sleep(0)
                await flood(port)
            await until(lambda: serving.connections == 0)
            with Port(serving.name) as port:
                assert await port.ask() == REPLY
                await flood(port)
                begun = time.monotonic()
                await serving.stop()
                assert time.monotonic() - begun < 1

    before = terminals()
    run(loop_factory, main)
    assert terminals() == before


@both_loops
def test_answers_leave_after_the_turnaround_and_with_latency(loop_factory: LoopFactory) -> None:
    """Both are there where they are wanted."""

    async def main() -> None:
        async with line(turnaround=5 * FRAME_GAP) as serving:
            with Port(serving.name) as port:
                begun = time.monotonic()
                assert await port.ask() == REPLY
                assert time.monotonic() - begun > 4 * FRAME_GAP
        async with line(door=paced_door(input_latency=(0.03, 0.03))) as serving:
            with Port(serving.name) as port:
                begun = time.monotonic()
                assert await port.ask(READ * 2, 14) == REPLY * 2
                assert time.monotonic() - begun > 0.055

    run(loop_factory, main)


async def test_two_lines_do_not_hear_each_other() -> None:
    """Each has a terminal and a device of its own."""
    doors = [image_door() for _ in range(2)]
    for number, door in enumerate(doors):
        unit = door.units[1]
        assert isinstance(unit, ImageUnit)
        unit.set(4, 7, 100 + number)
    async with line(door=doors[0]) as one, line(door=doors[1]) as two:
        assert one.name != two.name
        with Port(one.name) as first, Port(two.name) as second:
            got = await asyncio.gather(*(port.ask() for port in (first, second) * 1))
            assert [answer[4] for answer in got] == [100, 101]


async def test_a_pseudo_terminal_that_cannot_be_held_open_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As when there are no descriptors left; clients are served a moment later."""
    real, failures = PseudoTerminal.open, [OSError(24, "Too many open files")]

    def scarce(self: PseudoTerminal) -> int:
        if self._guard is None and failures:
            raise failures.pop()
        return real(self)

    monkeypatch.setattr(PseudoTerminal, "open", scarce)
    async with line() as serving:
        for _ in range(2):
            with Port(serving.name) as port:
                assert await port.ask() == REPLY
            await until(lambda: serving.connections == 0)
    assert "is gone (too many open files)" in caplog.text


async def test_a_terminal_that_somebody_else_has_meanwhile_is_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two emulators on one device would both answer; the second waits until the first is gone."""
    cable = Cable(tmp_path / "ttyUSB0")
    async with line(str(cable.path)) as serving:
        assert await cable.ask() == REPLY
        cable.unplug()
        await until(lambda: serving.connections == 0)
        cable.plug()
        first = Device(str(cable.path))
        first.open()
        await asyncio.sleep(0.3)
        assert len(caplog.records) == 1
        first.close()
        await asyncio.sleep(0.5)
        assert await cable.ask() == REPLY
    cable.unplug()


async def test_what_cannot_be_opened_is_explained() -> None:
    """At the start, in one sentence; the line stays closed."""
    serving = SerialLine(image_door(), "/dev/tty-none")
    with pytest.raises(EmulatorError, match="rtu='/dev/tty-none' is no serial line to be had"):
        await serving.start()
    assert repr(serving) == "<SerialLine /dev/tty-none, closed>"
