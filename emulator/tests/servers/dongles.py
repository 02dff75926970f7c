"""A dongle without devices, and clients that do to its doors what no library would."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from servers.clients import until

from sungrow_emulator.servers.winet import WinetPorts, WinetServer

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = (
    "GET /ws/home/overview HTTP/1.1\r\nHost: dongle\r\nUpgrade: websocket\r\n"
    f"Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()
GET = b"GET /page?a=1%202&b HTTP/1.1\r\nHost: dongle\r\n\r\n"

PLAIN = WinetPorts(http=0, ws=0)
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Page:
    """An HTTP answer."""

    status: int
    content_type: str
    body: bytes


@dataclass
class EchoSession:
    """Answers what it is told, twice if asked."""

    peer: str
    local: str = ""
    closed: bool = False

    def receive(self, text: str) -> Sequence[str]:
        """Repeat; `twice`, `nothing`, `big` and `fail` do what they say."""
        if text == "fail":
            raise RuntimeError("no such register")
        answers = {"twice": ("one", "two"), "nothing": (), "big": ("x" * 60_000,)}
        return answers.get(text, (f"you said {text}",))

    def close(self) -> None:
        """Remember that the client is gone."""
        self.closed = True


@dataclass
class EchoDongle:
    """Shows what it was asked, and keeps its sessions for the test to see."""

    sessions: list[EchoSession] = field(default_factory=list)
    notices: list[tuple[EchoSession, str]] = field(default_factory=list)

    def http(self, method: str, path: str, query: str, body: bytes) -> Page:
        """Return the request; `/fail` fails."""
        if path == "/fail":
            raise RuntimeError("no such register")
        if path == "/big":
            return Page(200, "text/plain", b"x" * 4_000_000)
        said = f"{method} {path} {query} {len(body)}"
        return Page(404 if path == "/missing" else 200, "application/json", said.encode())

    def open(self, now: float, peer: str, local: str) -> EchoSession:
        """Begin a session."""
        self.sessions.append(EchoSession(peer, local))
        return self.sessions[-1]

    def due(self, now: float) -> Sequence[tuple[EchoSession, str]]:
        """Return the notices that the test has put there."""
        due, self.notices = self.notices, []
        return due


@asynccontextmanager
async def serving(ports: WinetPorts = PLAIN, **options: Any) -> AsyncIterator[WinetServer]:
    """Serve an `EchoDongle`, or the one given, at ports of the system's choice."""
    server = WinetServer(options.pop("dongle", None) or EchoDongle(), ports=ports, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def connected(port: int | None, **options: Any) -> AsyncIterator[Streams]:
    """Connect a client without manners."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **options)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def upgraded(port: int | None) -> AsyncIterator[Streams]:
    """Connect a client that has made the handshake of a WebSocket."""
    async with connected(port) as (reader, writer):
        writer.write(UPGRADE)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert head.startswith(b"HTTP/1.1 101 ")
        yield reader, writer


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, masked: bool = True) -> bytes:
    """Return a WebSocket frame, masked with zeros as a lazy client may."""
    size = len(payload)
    mask = 0x80 if masked else 0
    head = bytes((opcode | (0x80 if fin else 0),))
    if size < 126:
        head += bytes((size | mask,))
    elif size < 65536:
        head += bytes((126 | mask,)) + size.to_bytes(2, "big")
    else:
        head += bytes((127 | mask,)) + size.to_bytes(8, "big")
    return head + (b"\0\0\0\0" if masked else b"") + payload


async def rest(reader: asyncio.StreamReader, seconds: float = 5) -> bytes:
    """Return what comes until the connection is closed, by whatever means."""
    got = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(seconds):
            while data := await reader.read(65536):
                got += data
    return got


async def answers_http(port: int | None, **options: Any) -> bool:
    """Tell whether a new client gets a page."""
    async with connected(port, **options) as (reader, writer):
        writer.write(GET)
        return (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 ")


async def answers_ws(port: int | None) -> bool:
    """Tell whether a new client gets an answer to a message."""
    async with upgraded(port) as (reader, writer):
        writer.write(frame(1, b"hello"))
        return await asyncio.wait_for(reader.readexactly(16), 5) == b"\x81\x0eyou said hello"


async def said(port: int | None, *pieces: bytes) -> bytes:
    """Send pieces, one after the other, and return all that is answered until the end."""
    async with connected(port) as (reader, writer):
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.02)
        return await rest(reader)


async def outcome(port: int | None, *frames: bytes) -> bytes:
    """Send frames over a WebSocket and return all that is answered until the end."""
    async with upgraded(port) as (reader, writer):
        for one in frames:
            writer.write(one)
            await asyncio.sleep(0.02)
        return await rest(reader)


async def alive(server: WinetServer) -> bool:
    """Tell whether both doors still serve, and nothing but the new clients is connected."""
    await until(lambda: server.connections == 0)
    return await answers_http(server.ports.http) and await answers_ws(server.ports.ws)


def narrow() -> socket.socket:
    """Return an unconnected socket that takes little before it is read."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    narrow.setblocking(False)
    return narrow


async def unread(port: int | None, *pieces: bytes) -> socket.socket:
    """Connect, send, and read nothing."""
    client = narrow()
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", port))
    for piece in pieces:
        await loop.sock_sendall(client, piece)
    return client


async def cut(client: socket.socket) -> int:
    """Read until the connection ends, and return how many bytes there were."""
    loop, got = asyncio.get_running_loop(), 0
    with suppress(ConnectionError):
        while data := await asyncio.wait_for(loop.sock_recv(client, 1 << 20), 5):
            got += len(data)
    client.close()
    return got
