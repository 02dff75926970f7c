"""The bounds of one connection at a dongle's web doors, over real sockets."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from servers.clients import LoopFactory, both_loops, run, until
from servers.dongles import (
    GET,
    UPGRADE,
    alive,
    answers_http,
    answers_ws,
    connected,
    cut,
    frame,
    outcome,
    rest,
    said,
    serving,
    unread,
    upgraded,
)

from sungrow_emulator.servers import winet_connection

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


@both_loops
def test_a_page_and_a_message(loop_factory: LoopFactory) -> None:
    """No header is sent that the emulator did not choose, and connections are kept."""

    async def main() -> None:
        async with serving() as server:
            async with connected(server.ports.http) as (reader, writer):
                for _ in range(2):
                    writer.write(GET)
                    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
                    assert head == (
                        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                        b"content-length: 21\r\n\r\n"
                    )
                    assert await reader.readexactly(21) == b"GET /page a=1%202&b 0"
            assert await alive(server)

    run(loop_factory, main)


GARBAGE: dict[str, tuple[bytes, ...]] = {
    "noise": (random.Random(1).randbytes(3000),),
    "tls": (bytes.fromhex("16030100c8010000c40303") + bytes(200),),
    "modbus": (bytes.fromhex("000100000006010413870001"),),
    "a method of its own": (b"FETCH / HTTP/1.1\r\n\r\n",),
    "a path of its own": (b"GET \xff\xfe\x00 HTTP/1.1\r\nHost: a\r\n\r\n",),
    "connect": (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",),
    "two lengths": (b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",),
    "an endless head": (b"GET / HTTP/1.1\r\nx: ", *([b"y" * 15000] * 2), b"y"),
}
BAD_HANDSHAKES = {
    "path": UPGRADE.replace(b"overview", b"\xc3\xa4"),
    "method": UPGRADE.replace(b"GET", b"POST"),
    "key": UPGRADE.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"short"),
    "version": UPGRADE.replace(b"Version: 13", b"Version: 8"),
    "too many headers": UPGRADE[:-2] + b"x: y\r\n" * 200 + b"\r\n",
    "a long line": UPGRADE[:-2] + b"x: " + b"y" * 9000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("pieces", GARBAGE.values(), ids=GARBAGE)
async def test_what_is_no_http_is_refused(
    pieces: tuple[bytes, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """Such a client gets a 400 and is hung up on; others do not notice, and the log is silent."""
    async with serving() as server:
        assert (await said(server.ports.http, *pieces)).startswith(b"HTTP/1.1 400 ")
        assert await alive(server)
    assert caplog.records == []


@pytest.mark.parametrize("handshake", BAD_HANDSHAKES.values(), ids=BAD_HANDSHAKES)
async def test_a_bad_handshake_is_refused(
    handshake: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """No client is left waiting for an answer to its handshake; no answer has a date."""
    async with serving() as server:
        answer = await said(server.ports.ws, handshake)
        assert answer.startswith(b"HTTP/1.1 4")
        assert b"\ndate:" not in answer.lower()
        assert await alive(server)
    assert caplog.records == []


async def test_nothing_is_negotiated() -> None:
    """An offer of extensions and an empty sub-protocol are passed over, not refused."""
    offers = (
        b"Sec-WebSocket-Protocol: \r\n"
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    )
    async with serving() as server, connected(server.ports.ws) as (reader, writer):
        writer.write(UPGRADE[:-2] + offers)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        names = {line.split(b":")[0].lower() for line in head.splitlines()[1:-1]}
        assert head.startswith(b"HTTP/1.1 101 ")
        assert names == {b"upgrade", b"connection", b"sec-websocket-accept"}


async def test_other_paths_and_ports_have_no_websocket() -> None:
    """A handshake where none is expected gets a 403."""
    async with serving() as server:
        wrong = UPGRADE.replace(b"/ws/home/overview", b"/ws")
        assert (await said(server.ports.ws, wrong)).startswith(b"HTTP/1.1 403 ")
        assert (await said(server.ports.http, UPGRADE)).startswith(b"HTTP/1.1 403 ")


BAD_FRAMES = {
    "not masked": (1002, frame(TEXT, b"hello", masked=False)),
    "reserved bits": (1002, b"\xf1\x80\0\0\0\0"),
    "unknown opcode": (1002, frame(3)),
    "a fragmented ping": (1002, frame(PING, fin=False)),
    "a long ping": (1002, frame(PING, b"x" * 126)),
    "a continuation of nothing": (1002, frame(0, b"x")),
    "a message within a message": (1002, frame(TEXT, b"a", fin=False) + frame(TEXT, b"b")),
    "no utf-8": (1007, frame(TEXT, b"\xff\xfe")),
    "binary": (1003, frame(BINARY, b"hello")),
    "a giant message": (1009, frame(TEXT, b"x" * 65537)[:100]),
    "a message of 2^62 bytes": (1009, b"\x81\xff" + (1 << 62).to_bytes(8, "big") + bytes(4)),
    "giant in fragments": (
        1009,
        frame(TEXT, b"x" * 60000, fin=False) + frame(0, b"x" * 60000)[:100],
    ),
    "close with a bad code": (1002, frame(CLOSE, b"\0\1")),
    "a close of one byte": (1002, frame(CLOSE, b"\3")),
    "an honest close": (1000, frame(CLOSE, b"\x03\xe8")),
}


@pytest.mark.parametrize(("code", "sent"), BAD_FRAMES.values(), ids=BAD_FRAMES)
async def test_bad_frames_end_the_session(
    code: int, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The close frame says why, others do not notice, and the log is silent."""
    async with serving() as server:
        got = await outcome(server.ports.ws, sent, frame(CLOSE, b"\x03\xe8"))
        assert got[0] == 0x80 | CLOSE
        assert int.from_bytes(got[2:4], "big") == code
        assert await alive(server)
    assert caplog.records == []


async def test_a_giant_message_is_not_taken_in() -> None:
    """The client is hung up on before it is through, and may lose the close frame by that."""
    async with serving() as server:
        await outcome(server.ports.ws, frame(TEXT, b"x" * 20_000_000))
        assert await alive(server)


async def test_no_utf8_and_a_close_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """What uvicorn would trip over is cut."""
    async with serving() as server:
        await outcome(server.ports.ws, frame(TEXT, b"\xff") + frame(CLOSE, b"\x03\xe8"))
        assert await alive(server)
    assert caplog.records == []


async def test_pings_are_answered_and_pongs_passed_over() -> None:
    """Clients like python's websockets send pings on long connections."""
    async with serving() as server, upgraded(server.ports.ws) as (reader, writer):
        writer.write(frame(PONG, b"unasked") + frame(PING, b"hello"))
        assert await asyncio.wait_for(reader.readexactly(7), 5) == b"\x8a\x05hello"


async def test_a_message_may_come_in_fragments_and_in_bytes() -> None:
    """However a message is cut, its answer is one frame."""
    async with serving() as server, upgraded(server.ports.ws) as (reader, writer):
        pieces = frame(TEXT, b"he", fin=False) + frame(PING) + frame(0, b"llo")
        for byte in pieces:
            writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        got = await asyncio.wait_for(reader.readexactly(18), 5)
        assert got == b"\x8a\0\x81\x0eyou said hello"


async def test_messages_in_one_segment_are_answered_in_order() -> None:
    """No client is known to do so, and it works."""
    async with serving() as server, upgraded(server.ports.ws) as (reader, writer):
        writer.write(b"".join(frame(TEXT, b"%03d" % n) for n in range(200)))
        got = await asyncio.wait_for(reader.readexactly(200 * 14), 5)
        assert got == b"".join(b"\x81\x0cyou said %03d" % n for n in range(200))


FLOODS = {
    "messages": frame(TEXT, b"hello") * 20000,
    "pings": frame(PING) * 40000,
    "pongs": frame(PONG) * 40000,
    "empty fragments": frame(TEXT, fin=False) + frame(0, fin=False) * 40000,
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_a_flood_of_frames_is_cut(flood: bytes) -> None:
    """No client may occupy the others' time, or memory, with frames by the thousand."""
    async with serving() as server:
        async with upgraded(server.ports.ws) as (reader, writer):
            writer.write(flood)
            await rest(reader)
            await until(lambda: server.connections == 0)
        assert await alive(server)


async def test_fragments_add_up_over_time() -> None:
    """A message of endless empty fragments is cut, however slowly they come."""
    async with serving() as server, upgraded(server.ports.ws) as (reader, writer):
        writer.write(frame(TEXT, fin=False))
        for _ in range(30):
            writer.write(frame(0, fin=False) * 10)
            await asyncio.sleep(0.001)
        assert await rest(reader) == b""


async def test_pipelined_requests_are_answered_in_order() -> None:
    """A few requests at once are fine, a flood of them is cut."""
    async with serving() as server:
        async with connected(server.ports.http) as (reader, writer):
            writer.write(GET * 50)
            await asyncio.wait_for(reader.readuntil(b"b 0"), 5)
            for _ in range(49):
                await asyncio.wait_for(reader.readuntil(b"b 0"), 5)
        await said(server.ports.http, GET * 2000)
        assert await alive(server)


async def test_a_large_body_is_refused() -> None:
    """What does not fit in memory is not read."""
    head = b"POST /page HTTP/1.1\r\nHost: a\r\ncontent-length: 100000000\r\n\r\n"
    async with serving() as server:
        got = await said(server.ports.http, head, *([b"x" * 50000] * 3))
        assert got.startswith(b"HTTP/1.1 413 ") or got == b""
        assert await alive(server)


async def test_many_small_requests_do_not_add_up_to_a_large_head() -> None:
    """Heads are counted one by one."""
    head = GET[:-2] + b"x: " + b"y" * 7000 + b"\r\n\r\n"
    async with serving() as server, connected(server.ports.http) as (reader, writer):
        for _ in range(5):
            writer.write(head[:5000])
            await asyncio.sleep(0.01)
            writer.write(head[5000:])
            assert await asyncio.wait_for(reader.readuntil(b"b 0"), 5)


@pytest.mark.parametrize("start", [b"", b"GET / HT", UPGRADE[:80], b"POST / HTTP/1.1\r\n"])
async def test_a_client_that_never_asks_is_cut(
    start: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-open requests and handshakes do not stay."""
    monkeypatch.setattr(winet_connection, "IDLE_SECONDS", 0.05)
    async with serving() as server:
        assert await said(server.ports.http, start) == b""
        assert await alive(server)


async def test_a_client_that_goes_on_asking_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request gives a connection its time anew."""
    monkeypatch.setattr(winet_connection, "IDLE_SECONDS", 0.2)
    async with serving() as server, connected(server.ports.http) as (reader, writer):
        for _ in range(8):
            writer.write(GET)
            await asyncio.wait_for(reader.readuntil(b"b 0"), 5)
            await asyncio.sleep(0.06)
        assert await rest(reader) == b""


async def test_a_page_waits_for_a_slow_reader() -> None:
    """Whoever reads in the end gets everything; meanwhile others are served."""
    async with serving() as server:
        client = await unread(server.ports.http, GET.replace(b"/page", b"/big"))
        assert await answers_http(server.ports.http)
        loop, got = asyncio.get_running_loop(), 0
        while got < 4_000_000:
            got += len(await asyncio.wait_for(loop.sock_recv(client, 1 << 20), 5))
        client.close()


async def test_who_reads_no_page_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that nobody reads is given up."""
    monkeypatch.setattr(winet_connection, "IDLE_SECONDS", 0.1)
    async with serving() as server:
        client = await unread(server.ports.http, GET.replace(b"/page", b"/big"))
        await until(lambda: server.connections == 1)
        await until(lambda: server.connections == 0)
        assert await cut(client) < 4_000_000


async def test_who_reads_no_messages_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A WebSocket client that does not read is not answered any more, and given up."""
    monkeypatch.setattr(winet_connection, "_UNREAD_SECONDS", 0.2)
    async with serving() as server:
        client = await unread(server.ports.ws, UPGRADE)
        await asyncio.sleep(0.05)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, frame(TEXT, b"big") * 200)
        await until(lambda: server.connections == 0)
        assert await cut(client) < 200 * 60_000


async def test_who_reads_late_gets_all_messages() -> None:
    """Answers wait for a reader that is only slow."""
    async with serving() as server:
        client = await unread(server.ports.ws, UPGRADE)
        await asyncio.sleep(0.05)
        loop, got = asyncio.get_running_loop(), 0
        await loop.sock_sendall(client, frame(TEXT, b"big") * 100)
        await asyncio.sleep(0.05)
        assert await answers_ws(server.ports.ws)
        while got < 100 * 60_000:
            got += len(await asyncio.wait_for(loop.sock_recv(client, 1 << 20), 5))
        client.close()


async def test_who_pings_without_reading_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pongs are answers too: they do not pile up."""
    monkeypatch.setattr(winet_connection, "_MAX_UNREAD", 1000)
    pings = frame(PING, b"x" * 125) * 60
    async with serving() as server:
        client = await unread(server.ports.ws, UPGRADE)
        await asyncio.sleep(0.05)
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while server.connections:
                await asyncio.wait_for(loop.sock_sendall(client, pings), 5)
                await asyncio.sleep(0.001)
        await until(lambda: server.connections == 0)
        assert await cut(client) > 1000


async def test_beyond_the_limit_nobody_is_served() -> None:
    """A connection too many is closed at once, and one is free again when another ends."""
    async with serving(max_connections=2) as server:
        async with connected(server.ports.http), connected(server.ports.ws):
            await until(lambda: server.connections == 2)
            assert await said(server.ports.http) == b""
            assert await said(server.ports.ws) == b""
        assert await alive(server)


WITHOUT_HTTPTOOLS = """
import asyncio, sys
sys.modules["httptools"] = None
from servers.dongles import GET, answers_http, answers_ws, connected, rest, serving

async def main():
    async with serving() as server:
        assert await answers_http(server.ports.http)
        assert await answers_ws(server.ports.ws)
        async with connected(server.ports.http) as (reader, writer):
            writer.write(GET[:-2] + b"x: " + b"y" * 8000 + b"\\r\\n\\r\\n")
            await reader.readuntil(b"b 0")
            writer.write(bytes(3000))
            assert (await rest(reader)).startswith(b"HTTP/1.1 400 ")

asyncio.run(main())
"""


def test_h11_takes_the_place_of_httptools() -> None:
    """Where there is no httptools the same doors are served."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", WITHOUT_HTTPTOOLS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
