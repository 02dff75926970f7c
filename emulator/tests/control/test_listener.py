"""Tests of the HTTP server underneath the control API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sungrow_emulator.control.listener import HttpListener
from sungrow_emulator.servers.listener import bind

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Application:
    """Answers 204; `/slow` waits until it is let go, `/large` never fits a socket buffer."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.cancelled = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/slow":
            try:
                await self.go.wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise
        body = b"x" * 20_000_000 if scope["path"] == "/large" else b""
        await send({"type": "http.response.start", "status": 204 if not body else 200})
        await send({"type": "http.response.body", "body": body})


class Served:
    """A listener on a port of its own."""

    def __init__(self, **limits: Any) -> None:
        self.app = Application()
        self.socket = bind("127.0.0.1", 0, "--control-port")
        self.address = self.socket.getsockname()
        self.listener = HttpListener(self.app, self.socket, **limits)
        self.writers: list[asyncio.StreamWriter] = []
        self.stopped = False

    async def connect(self, data: bytes) -> asyncio.StreamReader:
        """Open a connection and send something."""
        reader, writer = await asyncio.open_connection(*self.address)
        self.writers.append(writer)
        writer.write(data)
        await writer.drain()
        return reader

    async def stop(self) -> float:
        """Stop once and return the seconds that it took."""
        if self.stopped:
            return 0.0
        self.stopped = True
        began = asyncio.get_running_loop().time()
        await self.listener.stop()
        took = asyncio.get_running_loop().time() - began
        for writer in self.writers:
            writer.close()
        return took


@pytest.fixture(name="served")
async def _served(request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    served = Served(**getattr(request, "param", {}))
    yield served
    await served.stop()


async def test_bare_answer(served: Served) -> None:
    """An answer has neither a server nor a date header."""
    reader = await served.connect(GET)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 204")
    assert b"server:" not in head
    assert b"date:" not in head


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00", b"\0\1\0\0\0\6\1\4\r\n"])
async def test_garbage(served: Served, data: bytes) -> None:
    """What is no HTTP closes its own connection, nothing else."""
    reader = await served.connect(data)
    assert (await reader.read()).startswith(b"HTTP/1.1 400")
    assert (await (await served.connect(GET)).readline()).startswith(b"HTTP/1.1 204")


async def test_stop_is_quick_for_idle_and_half_open_connections(served: Served) -> None:
    """Connections that wait for the next or the rest of a request do not hold the stop up."""
    idle = await served.connect(GET)
    await idle.readuntil(b"\r\n\r\n")
    half = await served.connect(GET[:10])
    silent = await served.connect(b"")
    assert await served.stop() < 0.3
    assert [await reader.read() for reader in (idle, half, silent)] == [b""] * 3


async def test_stop_lets_a_running_request_finish(served: Served) -> None:
    """A request that ends soon gets its answer."""
    reader = await served.connect(GET.replace(b"/ ", b"/slow "))
    await asyncio.sleep(0.05)
    asyncio.get_running_loop().call_later(0.05, served.app.go.set)
    await served.stop()
    assert (await reader.readline()).startswith(b"HTTP/1.1 204")


async def test_stop_cuts_what_does_not_end(served: Served) -> None:
    """A request that does not end and a client that does not read are cut."""
    await served.connect(GET.replace(b"/ ", b"/slow "))
    await served.connect(GET.replace(b"/ ", b"/large "))
    await asyncio.sleep(0.05)
    assert await served.stop() < 0.9
    assert served.app.cancelled


@pytest.mark.parametrize("served", [{"limit": 1}], indirect=True)
async def test_too_many_connections(served: Served) -> None:
    """A connection beyond the limit is closed, those within are served."""
    first = await served.connect(b"")
    await asyncio.sleep(0.02)
    second = await served.connect(b"")
    assert await second.read() == b""
    served.writers[0].write(GET)
    assert (await first.readline()).startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize("served", [{"request_timeout": 0.05}], indirect=True)
async def test_silent_connection(served: Served) -> None:
    """A connection that never asks is dropped, one that asked is kept."""
    asking = await served.connect(GET)
    silent = await served.connect(b"")
    gone = await served.connect(b"")
    served.writers[-1].close()
    assert await silent.read() == b""
    await asking.readuntil(b"\r\n\r\n")
    await asyncio.sleep(0.1)
    served.writers[0].write(GET)
    assert (await asking.readline()).startswith(b"HTTP/1.1 204")
    assert gone.at_eof() or await gone.read() == b""
