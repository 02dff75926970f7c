"""Modbus over TLS, with the clients that people use and some that nobody would."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from protocol.image import image, image_door, request
from pymodbus.client import AsyncModbusTlsClient, ModbusTlsClient
from servers import dongles
from servers.clients import (
    GARBAGE,
    READ,
    REPLY,
    LoopFactory,
    answers,
    both_loops,
    ended,
    paced_door,
    quiet,
    run,
    serving,
    until,
)

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.protocol.door import Door
from sungrow_emulator.servers import modbus_tls
from sungrow_emulator.servers.modbus_tls import ModbusTlsServer
from sungrow_emulator.servers.tls import modbus_context


@pytest.fixture(scope="module")
def context() -> ssl.SSLContext:
    """Make keys once for all tests."""
    return modbus_context()


def trusting() -> ssl.SSLContext:
    """Accept any certificate, as clients of a dongle must."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    return client


@asynccontextmanager
async def encrypted(
    context: ssl.SSLContext, door: Door | None = None, **options: int
) -> AsyncIterator[ModbusTlsServer]:
    """Serve a door over TLS at a port of the system's choice."""
    server = ModbusTlsServer(door or image_door(), context=context, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def asked(server: ModbusTlsServer, frame: bytes, size: int) -> bytes:
    """Return the answer that a new TLS client gets."""
    async with dongles.connected(server.port, ssl=trusting()) as (reader, writer):
        writer.write(frame)
        return await asyncio.wait_for(reader.readexactly(size), 5)


async def alive(server: ModbusTlsServer) -> bool:
    """Tell whether a new TLS client is answered."""
    return await asked(server, READ, len(REPLY)) == REPLY


@both_loops
def test_pymodbus_reads_and_writes(loop_factory: LoopFactory, context: ssl.SSLContext) -> None:
    """The ecosystem's own client over TLS, told not to check the certificate."""

    async def main() -> None:
        async with encrypted(context) as server:
            client = AsyncModbusTlsClient("127.0.0.1", port=server.port, sslctx=trusting())
            assert await client.connect()
            got = await client.read_input_registers(4999, count=125)
            assert got.registers == list(range(4999, 5124))
            assert not (await client.write_register(13050, 600)).isError()
            assert (await client.read_holding_registers(13050, count=1)).registers == [600]
            assert (await client.read_input_registers(2000, count=1)).exception_code == 2
            client.close()
            await until(lambda: server.connections == 0)

    run(loop_factory, main)


async def test_the_sync_client_of_pymodbus(context: ssl.SSLContext) -> None:
    """It sits in a thread and blocks."""

    def read(port: int) -> list[int]:
        with ModbusTlsClient("127.0.0.1", port=port, sslctx=trusting()) as client:
            return client.read_input_registers(4999, count=3).registers

    async with encrypted(context) as server:
        assert await asyncio.to_thread(read, server.port) == [4999, 5000, 5001]


async def test_openssl_sees_what_a_dongle_shows(context: ssl.SSLContext) -> None:
    """Version, cipher, subject and issuer; nobody asks for a certificate of the client."""
    async with encrypted(context) as server:
        done = await asyncio.to_thread(
            subprocess.run,
            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-nameopt", "RFC2253"],
            input=b"",
            capture_output=True,
            timeout=20,
            check=True,
        )
    said = done.stdout.decode()
    assert "subject=CN=sun,OU=sun,O=OT,L=NJ,ST=JS,C=CN\n" in said
    assert "issuer=CN=OT.SUNGROW\n" in said
    assert "TLSv1.2, Cipher is ECDHE-RSA-AES256-GCM-SHA384" in said
    assert "No client certificate CA names sent" in said


@pytest.mark.parametrize("what", ["TLS 1.3", "another cipher"])
async def test_nothing_else_is_agreed_to(context: ssl.SSLContext, what: str) -> None:
    """A client that insists on something newer or weaker gets no connection."""
    client = trusting()
    if what == "TLS 1.3":
        client.minimum_version = ssl.TLSVersion.TLSv1_3
    else:
        client.maximum_version = ssl.TLSVersion.TLSv1_2
        client.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
    async with encrypted(context) as server:
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", server.port, ssl=client)
        assert await alive(server)


@both_loops
def test_both_ports_are_one_door(loop_factory: LoopFactory, context: ssl.SSLContext) -> None:
    """What is written over TLS is read in clear, and both are counted together."""

    async def main() -> None:
        door = image_door()
        async with encrypted(context, door) as server, serving(door) as plain:
            frame = request(6, 13050, 600)
            assert await asked(server, frame, 12) == frame
            assert image(door).written == [(6, 13050, b"\x02\x58")]
            assert await answers(plain)
            assert door.counters.requests == 2

    run(loop_factory, main)


@both_loops
@pytest.mark.parametrize(
    "sent",
    [READ, READ * 30, GARBAGE, b"\0" * 5, b"\xff" * 70_000],
    ids=["a read", "many reads", "http", "zeros", "noise"],
)
def test_plain_text_is_accepted_and_closed(
    loop_factory: LoopFactory,
    context: ssl.SSLContext,
    sent: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without TLS there is no answer of Modbus, and nobody else notices."""

    async def main() -> None:
        async with encrypted(context) as server:
            async with dongles.connected(server.port) as (reader, writer):
                writer.write(sent)
                heard = b""
                with suppress(ConnectionError):
                    heard = await asyncio.wait_for(reader.read(), 5)
                assert heard == b"" or heard[0] == 0x15  # A TLS alert.
            assert await alive(server)
            assert server.door.counters.requests == 1

    run(loop_factory, main)
    assert quiet(caplog)


@both_loops
def test_garbage_inside_tls_closes_that_connection(
    loop_factory: LoopFactory, context: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    """What came before it is answered."""

    async def main() -> None:
        async with encrypted(context) as server:
            async with dongles.connected(server.port, ssl=trusting()) as (reader, writer):
                writer.write(READ + GARBAGE)
                assert await asyncio.wait_for(reader.read(), 5) == REPLY
            assert await alive(server)
            await until(lambda: server.connections == 0)

    run(loop_factory, main)
    assert quiet(caplog)


@both_loops
def test_a_goodbye_while_answers_wait(
    loop_factory: LoopFactory, context: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that leaves before a slow device has answered leaves no trace."""

    async def main() -> None:
        door = paced_door(input_latency=(0.2, 0.2))
        async with encrypted(context, door) as server:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=trusting())
            writer.write(READ * 3)
            await until(lambda: door.counters.requests == 3)
            writer.close()
            await writer.wait_closed()
            await until(lambda: server.connections == 0)
            assert await alive(server)

    run(loop_factory, main)
    assert quiet(caplog)


@both_loops
def test_a_client_that_reads_nothing_is_no_longer_read(
    loop_factory: LoopFactory, context: ssl.SSLContext
) -> None:
    """Its requests stay where they are; others are answered, and stopping does not wait for it."""

    async def main() -> None:
        async with encrypted(context) as server:
            greedy = socket.create_connection(("127.0.0.1", server.port))
            greedy.settimeout(0.3)
            chunk = request(4, 0, 125) * 2000
            asking = threading.Event()

            def ask() -> int:
                sent = 0
                with trusting().wrap_socket(greedy) as talking, suppress(TimeoutError):
                    while sent < 2000:
                        talking.sendall(chunk)
                        sent += 1
                        asking.set()
                asking.set()
                return sent

            talk = asyncio.create_task(asyncio.to_thread(ask))
            await until(asking.is_set)
            assert await alive(server)
            assert await talk < 2000
            begun = time.monotonic()
            await server.stop()
            assert time.monotonic() - begun < 1
            assert server.connections == 0

    run(loop_factory, main)


@both_loops
def test_half_handshakes_hurt_nobody(
    loop_factory: LoopFactory, context: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    """Connections that say nothing or half a hello; stopping cuts them within a second."""

    async def main() -> None:
        async with encrypted(context) as server:
            hanging = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
            for number, client in enumerate(hanging):
                client.send(bytes.fromhex("16030100c8010000c40303")[: number % 12])
            assert await alive(server)
            begun = time.monotonic()
            await server.stop()
            assert time.monotonic() - begun < 1
            for client in hanging:
                client.close()

    run(loop_factory, main)
    assert quiet(caplog)


@both_loops
def test_connections_beyond_the_limit_are_closed(
    loop_factory: LoopFactory, context: ssl.SSLContext
) -> None:
    """Those that are there go on."""

    async def main() -> None:
        async with (
            encrypted(context, max_connections=1) as server,
            dongles.connected(server.port, ssl=trusting()) as (reader, writer),
        ):
            async with dongles.connected(server.port, ssl=trusting()) as second:
                assert await asyncio.wait_for(ended(second[0]), 5)
            writer.write(READ)
            assert await asyncio.wait_for(reader.readexactly(len(REPLY)), 5) == REPLY

    run(loop_factory, main)


@both_loops
def test_a_soak_of_nonsense(
    loop_factory: LoopFactory, context: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    """Noise in clear and encrypted, resets and hasty leaving; afterwards it answers."""

    async def main() -> None:
        async with encrypted(context, max_connections=20) as server:
            ends = time.monotonic() + 1.0

            async def client(seed: int) -> None:
                chance = random.Random(seed)
                while time.monotonic() < ends:
                    tls = trusting() if chance.random() < 0.5 else None
                    with suppress(OSError, TimeoutError):
                        async with dongles.connected(server.port, ssl=tls) as (reader, writer):
                            if chance.random() < 0.5:
                                writer.write(READ * chance.randrange(1, 50))
                            writer.write(chance.randbytes(chance.randrange(1, 400)))
                            async with asyncio.timeout(0.02):
                                await reader.read()

            await asyncio.gather(*map(client, range(12)))
            await until(lambda: server.connections == 0)
            assert await alive(server)

    run(loop_factory, main)
    assert quiet(caplog)


async def test_keys_are_made_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop goes on meanwhile, and a second start makes no new ones."""
    makers: list[threading.Thread] = []

    def make() -> ssl.SSLContext:
        makers.append(threading.current_thread())
        return modbus_context()

    monkeypatch.setattr(modbus_tls, "_make_context", make)
    server = ModbusTlsServer(image_door())
    for _ in range(2):
        await server.start()
        assert await alive(server)
        await server.stop()
    assert len(makers) == 1
    assert makers[0] is not threading.main_thread()
    assert repr(server) == f"<ModbusTlsServer 127.0.0.1:{server.port}, closed>"


async def test_without_keys_no_port_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error while they are made leaves nothing behind."""

    def fail() -> ssl.SSLContext:
        raise EmulatorError("no entropy")

    with monkeypatch.context() as patched:
        patched.setattr(modbus_tls, "_make_context", fail)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = ModbusTlsServer(image_door(), port=port)
        with pytest.raises(EmulatorError, match="no entropy"):
            await server.start()
    await server.start()
    assert server.port == port
    await server.stop()


async def test_a_port_in_use_names_the_option(context: ssl.SSLContext) -> None:
    """The error of the second server is one sentence."""
    async with encrypted(context) as server:
        second = ModbusTlsServer(image_door(), port=server.port, context=context)
        with pytest.raises(EmulatorError, match=r"^modbus-tls-port=.* is already in use"):
            await second.start()


def test_what_only_tls_needs_is_not_paid_for_without_it() -> None:
    """Importing the server imports no certificates."""
    code = (
        "import sys; from sungrow_emulator.servers import modbus_tls;"
        "print('cryptography.x509' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
