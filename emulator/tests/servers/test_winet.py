"""The web doors of a dongle, with the clients that people use."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from servers.clients import LoopFactory, both_loops, run, until
from servers.dongles import (
    GET,
    UPGRADE,
    EchoDongle,
    alive,
    answers_http,
    answers_ws,
    connected,
    rest,
    serving,
    upgraded,
)
from websockets.asyncio.client import connect

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.servers import winet_app
from sungrow_emulator.servers.tls import CertificateFiles, dongle_certificate
from sungrow_emulator.servers.winet import WinetPorts, WinetServer


@pytest.fixture(scope="module")
def trusting() -> ssl.SSLContext:
    """Accept any certificate, as every client of a dongle does."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@both_loops
def test_pages_and_websocket_over_tls(loop_factory: LoopFactory, trusting: ssl.SSLContext) -> None:
    """From P026 on one port speaks both, and nothing else is open."""

    async def main() -> None:
        async with serving(WinetPorts(tls=0)) as server:
            assert (server.ports.http, server.ports.ws) == (None, None)
            where = f"127.0.0.1:{server.ports.tls}"
            async with httpx.AsyncClient(verify=trusting, base_url=f"https://{where}") as client:
                for _ in range(2):
                    assert (await client.get("/page?a=1")).text == "GET /page a=1 0"
                posted = await client.post("/device/setParam", json={"param_addr": "33148"})
                assert posted.text.startswith("POST /device/setParam")
                assert server.connections == 1
            async with connect(f"wss://{where}/ws/home/overview", ssl=trusting) as websocket:
                await websocket.send("hello")
                assert await websocket.recv() == "you said hello"
                await (await websocket.ping())
            await until(lambda: server.connections == 0)

    run(loop_factory, main)


@both_loops
def test_pages_and_websocket_have_ports_of_their_own(loop_factory: LoopFactory) -> None:
    """Up to P024 pages are on 80 and the WebSocket is on 8082."""

    async def main() -> None:
        dongle = EchoDongle()
        async with serving(dongle=dongle) as server:
            pages, other_port = (
                f"http://127.0.0.1:{port}" for port in (server.ports.http, server.ports.ws)
            )
            async with httpx.AsyncClient() as client:
                assert (await client.get(f"{pages}/page")).status_code == 200
                assert (await client.get(f"{other_port}/page")).status_code == 404
                assert (await client.head(f"{pages}/page")).status_code == 200
            address = f"ws://127.0.0.1:{server.ports.ws}/ws/home/overview"
            async with connect(address) as one, connect(address, compression=None) as other:
                await one.send("twice")
                assert [await one.recv(), await one.recv()] == ["one", "two"]
                await other.send("é" * 1000)
                assert await other.recv() == "you said " + "é" * 1000
            await until(lambda: server.connections == 0)
            assert server.http_requests == 3
        assert [(session.peer, session.closed) for session in dongle.sessions] == [
            ("127.0.0.1", True)
        ] * 2

    run(loop_factory, main)


async def test_the_eyem4_has_its_websocket_on_the_http_port() -> None:
    """One plain port speaks both."""
    async with serving(WinetPorts(http=0), websocket_on_http=True) as server:
        assert await answers_http(server.ports.http)
        assert await answers_ws(server.ports.http)


async def test_a_notice_reaches_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the dongle says unasked arrives at once, without a question."""
    monkeypatch.setattr(winet_app, "NOTICE_SECONDS", 0.01)
    dongle = EchoDongle()
    async with serving(dongle=dongle) as server:
        address = f"ws://127.0.0.1:{server.ports.ws}/ws/home/overview"
        async with connect(address) as websocket:
            await until(lambda: len(dongle.sessions) == 1)
            dongle.notices.append((dongle.sessions[0], "normal user limit"))
            assert await asyncio.wait_for(websocket.recv(), 5) == "normal user limit"


async def test_a_certificate_of_the_user_s_own(tmp_path: Path, trusting: ssl.SSLContext) -> None:
    """It is shown to clients; one that cannot be used stops the start, and no port is left."""
    certificate, key = dongle_certificate()
    files = CertificateFiles(tmp_path / "own.pem", tmp_path / "own.key")
    files.certificate.write_bytes(certificate)
    files.key.write_bytes(key)
    async with serving(WinetPorts(tls=0), certificate=files) as server:
        address = ("127.0.0.1", server.ports.tls or 0)
        shown = await asyncio.to_thread(ssl.get_server_certificate, address)
        assert shown.encode() == certificate
        assert await answers_http(server.ports.tls, ssl=trusting)
    files.key.write_text("")
    server = WinetServer(EchoDongle(), ports=WinetPorts(http=0, tls=0), certificate=files)
    with pytest.raises(EmulatorError, match="no pair"):
        await server.start()
    assert server.ports == WinetPorts(http=0, tls=0)
    assert server.connections == 0


async def test_tls_and_plain_do_not_mix(trusting: ssl.SSLContext) -> None:
    """Who talks TLS to a plain door, or plain to a TLS door, is hung up on."""
    async with serving(WinetPorts(http=0, ws=0, tls=0)) as server:
        for port in (server.ports.http, server.ports.ws):
            with pytest.raises(ssl.SSLError):
                await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        for hello in (GET, UPGRADE):
            async with connected(server.ports.tls) as (reader, writer):
                writer.write(hello)
                assert not (await rest(reader)).startswith(b"HTTP")
        assert await answers_http(server.ports.http)
        assert await answers_ws(server.ports.ws)
        assert await answers_http(server.ports.tls, ssl=trusting)


@pytest.mark.parametrize(
    ("option", "taken"),
    [("winet-http-port", "http"), ("winet-ws-port", "ws"), ("winet-tls-port", "tls")],
)
async def test_a_port_in_use_is_told_with_its_option(option: str, taken: str) -> None:
    """The message tells what to do, and the other doors are not left open."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = WinetServer(EchoDongle(), ports=WinetPorts(**{taken: port}))
        with pytest.raises(EmulatorError, match=f"^{option}={port} is already in use"):
            await server.start()
        free = WinetServer(EchoDongle(), ports=WinetPorts(http=0, ws=0, tls=port))
        with pytest.raises(EmulatorError, match="in use"):
            await free.start()
    assert free.ports == WinetPorts(http=0, ws=0, tls=port)


async def test_a_privileged_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Port 80 needs a privilege, and the message says so."""

    def denied(_: socket.socket, address: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", address)

    monkeypatch.setattr(socket.socket, "bind", denied)
    with pytest.raises(EmulatorError, match=r"^winet-http-port=80 is for privileged"):
        await WinetServer(EchoDongle(), ports=WinetPorts(http=80)).start()


@both_loops
def test_stopping_takes_less_than_a_second(
    loop_factory: LoopFactory, trusting: ssl.SSLContext
) -> None:
    """Idle, silent, half-open and reading-nothing clients hold nobody up."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        dongle = EchoDongle()
        server = WinetServer(dongle, ports=WinetPorts(http=0, ws=0, tls=0))
        await server.start()
        ports = server.ports
        async with (
            connected(ports.http),
            connected(ports.http) as (_, half),
            connected(ports.http) as (_, greedy),
            upgraded(ports.ws) as (told, _),
            connected(ports.tls),
            connected(ports.tls, ssl=trusting),
        ):
            half.write(b"POST /page HTTP/1.1\r\ncontent-length: 5\r\n\r\nab")
            greedy.transport.pause_reading()
            greedy.write(GET.replace(b"/page", b"/big") * 3)
            await until(lambda: server.connections == 5 and len(dongle.sessions) == 1)
            await asyncio.sleep(0.05)
            began = loop.time()
            await server.stop()
            took = loop.time() - began
            assert await rest(told) == b"\x88\x02\x03\xf4"  # 1012: service restart.
        assert server.connections == 0
        assert dongle.sessions[0].closed
        return took

    assert run(loop_factory, main) < 1


async def test_stopping_twice_and_starting_again() -> None:
    """A server that is closed stays closed, and may be opened again at the same ports."""
    async with serving() as server:
        ports = server.ports
        await server.stop()
        await server.stop()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", ports.http)
        await server.start()
        assert server.ports == ports
        assert await answers_http(ports.http)


async def test_its_repr_tells_where_it_listens() -> None:
    """Doors that are not there are not named."""
    server = WinetServer(EchoDongle(), ports=WinetPorts(http=8080, ws=8082))
    assert repr(server) == "<WinetServer 127.0.0.1: http 8080, ws 8082, closed>"
    async with serving(WinetPorts(tls=0)) as server, connected(server.ports.tls):
        tls = server.ports.tls
        assert repr(server) == f"<WinetServer 127.0.0.1: tls {tls}, 0 connections>"


def test_plain_doors_import_no_cryptography() -> None:
    """What only TLS needs is not paid for without it."""
    code = (
        "import sys, sungrow_emulator.servers.winet; assert 'cryptography.x509' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_thousands_of_idle_connections() -> None:
    """They are taken quickly, bounded, and in nobody's way."""
    async with serving(max_connections=500) as server:
        loop = asyncio.get_running_loop()
        began = loop.time()
        idle = [await asyncio.open_connection("127.0.0.1", server.ports.http) for _ in range(1500)]
        await until(lambda: server.connections == 500)
        assert loop.time() - began < 5
        for _, writer in idle:
            writer.transport.abort()
        assert await alive(server)


class Tap:
    """Stands before a transport and keeps what is written, as a wire fault would."""

    def __init__(self, transport: asyncio.Transport, written: list[bytes]) -> None:
        self._transport = transport
        self._written = written

    def write(self, data: bytes) -> None:
        self._written.append(data)
        self._transport.write(data)

    def __getattr__(self, name: str) -> object:
        """Leave the rest to the transport."""
        return getattr(self._transport, name)


async def test_a_transport_can_be_wrapped() -> None:
    """Everything that either protocol writes passes the wrapper, also after the upgrade."""
    written: list[bytes] = []
    wrap: Callable[[asyncio.Transport], object] = lambda transport: Tap(transport, written)  # noqa: E731
    async with serving(WinetPorts(http=0, ws=0), wrap_transport=wrap) as server:
        assert await answers_http(server.ports.http)
        assert await answers_ws(server.ports.ws)
        server.wrap_transport = None
        assert await answers_http(server.ports.http)
    whole = b"".join(written)
    assert whole.count(b"HTTP/1.1 200 ") == 1
    assert b"HTTP/1.1 101 " in whole
    assert b"\x81\x0eyou said hello" in whole
