"""A listening socket that survives."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import cast

import pytest
from servers.clients import LoopFactory, both_loops, run, until

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError
from sungrow_emulator.servers.listener import BACKLOG, Listener, bind

TESTS = Path(__file__).parents[1]


class Greeter(asyncio.Protocol):
    """Says hello and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writing = cast("asyncio.WriteTransport", transport)  # uvloop's has no base of asyncio.
        writing.write(b"hello")
        writing.close()


def test_the_system_chooses_port_0() -> None:
    """The socket listens, does not block and keeps half-open peers in check."""
    with bind("127.0.0.1", 0, "port") as listening:
        assert listening.getsockname()[1] > 0
        assert not listening.getblocking()
        assert listening.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert BACKLOG >= 1024


def test_names_have_addresses() -> None:
    """IPv4 is preferred where a name has both."""
    with bind("localhost", 0, "port") as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_a_port_in_use_is_said_to_be() -> None:
    """One sentence with the remedy."""
    with bind("127.0.0.1", 0, "port") as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ConflictError) as caught:
            bind("127.0.0.1", port, "modbus-port")
    assert str(caught.value) == (
        f"modbus-port={port} is already in use on 127.0.0.1; choose another port, or 0 to let the"
        " system choose"
    )


@pytest.mark.parametrize(
    ("host", "port", "says"),
    [
        ("127.0.0.1", 70000, "modbus-port=70000 must be between 0 and 65535"),
        ("127.0.0.1", -1, "modbus-port=-1 must be"),
        ("no.such.host.invalid", 0, "host='no.such.host.invalid' has no address"),
        ("x" * 300, 0, "has no address"),
        ("192.0.2.77", 0, "host='192.0.2.77' is no address of this machine"),
    ],
)
def test_bad_addresses_are_explained(host: str, port: int, says: str) -> None:
    """What is wrong and what would be right."""
    with pytest.raises(EmulatorError, match=says):
        bind(host, port, "modbus-port")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.EACCES, "choose a port above 1023, or allow it with: sysctl net.ip"),
        (errno.EPROTO, "modbus-port=502 cannot be had on 127.0.0.1: Protocol error"),
    ],
)
def test_what_the_system_refuses_is_explained(
    monkeypatch: pytest.MonkeyPatch, number: int, says: str
) -> None:
    """A privileged port has a remedy; anything else is passed on."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(EmulatorError, match=says):
        bind("127.0.0.1", 502, "modbus-port")


@both_loops
def test_clients_are_accepted_until_it_closes(loop_factory: LoopFactory) -> None:
    """A burst is served, and afterwards nobody listens."""

    async def main() -> None:
        listening = bind("127.0.0.1", 0, "port")
        port = listening.getsockname()[1]
        listener = Listener(listening, Greeter)

        async def visit() -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            said = await reader.read()
            writer.close()
            await writer.wait_closed()
            return said

        assert await asyncio.gather(*(visit() for _ in range(300))) == [b"hello"] * 300
        await listener.close()
        with pytest.raises(ConnectionError):
            await visit()

    run(loop_factory, main)


async def test_a_client_that_is_gone_already_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its socket is closed and nothing is reported."""
    seen: list[socket.socket] = []

    async def gone(_: object, client: socket.socket) -> None:
        seen.append(client)
        raise OSError(errno.ENOTCONN, "gone")

    monkeypatch.setattr(asyncio.get_running_loop(), "connect_accepted_socket", gone)
    listening = bind("127.0.0.1", 0, "port")
    listener = Listener(listening, Greeter)
    with socket.create_connection(listening.getsockname()):
        await until(lambda: bool(seen) and seen[0].fileno() == -1)
    await listener.close()
    assert len(seen) == 1


class Refusing:
    """A listening socket whose accept fails with a given error, then goes on."""

    def __init__(self, real: socket.socket, numbers: list[int]) -> None:
        self.real = real
        self.numbers = numbers

    def fileno(self) -> int:
        return self.real.fileno()

    def close(self) -> None:
        self.real.close()

    def accept(self) -> tuple[socket.socket, object]:
        if self.numbers:
            number = self.numbers.pop(0)
            raise OSError(number, os.strerror(number))
        return self.real.accept()


async def test_want_of_descriptors_makes_clients_wait(caplog: pytest.LogCaptureFixture) -> None:
    """One line for a whole episode, and all are served in the end."""
    listening = bind("127.0.0.1", 0, "port")
    refusing = Refusing(listening, [errno.EMFILE, errno.ENFILE, errno.ENOBUFS])
    listener = Listener(refusing, Greeter)  # type: ignore[arg-type]
    reader, writer = await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])
    assert await asyncio.wait_for(reader.read(), 5) == b"hello"
    writer.close()
    await writer.wait_closed()
    await listener.close()
    assert [record.getMessage() for record in caplog.records] == [
        "new connections have to wait: Too many open files"
    ]


async def test_closing_ends_the_wait_for_descriptors() -> None:
    """No timer is left that would listen again."""
    listening = bind("127.0.0.1", 0, "port")
    refusing = Refusing(listening, [errno.EMFILE] * 100)
    listener = Listener(refusing, Greeter)  # type: ignore[arg-type]
    with socket.create_connection(listening.getsockname()):
        await until(lambda: len(refusing.numbers) < 100)
        await listener.close()
        left = len(refusing.numbers)
        await asyncio.sleep(0.15)
    assert len(refusing.numbers) == left


async def test_a_client_that_gave_up_while_waiting_is_nothing_special(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The next one is accepted without a word in the log."""
    listening = bind("127.0.0.1", 0, "port")
    refusing = Refusing(listening, [errno.ECONNABORTED, errno.EINTR])
    listener = Listener(refusing, Greeter)  # type: ignore[arg-type]
    reader, writer = await asyncio.open_connection("127.0.0.1", listening.getsockname()[1])
    assert await asyncio.wait_for(reader.read(), 5) == b"hello"
    writer.close()
    await writer.wait_closed()
    await listener.close()
    assert caplog.records == []


STARVED = """
    import asyncio, logging, resource, socket, sys
    from servers.clients import LOOPS, answers, serving, until

    async def main():
        reported = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, said: reported.append(said))
        async with serving() as server:
            assert await answers(server)
            resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))
            clients = []
            try:
                while True:
                    clients.append(socket.create_connection(("127.0.0.1", server.port)))
            except OSError:
                pass
            await asyncio.sleep(0.3)
            held = server.connections
            for client in clients:
                client.close()
            await until(lambda: server.connections == 0)
            assert await answers(server)
            print(len(clients) > held, reported)

    logging.basicConfig(format="%(message)s")
    with asyncio.Runner(loop_factory=LOOPS[int(sys.argv[1])]) as runner:
        runner.run(main())
"""


@pytest.mark.parametrize("number", [0, 1], ids=["asyncio", "uvloop"])
def test_it_serves_again_when_descriptors_return(number: int) -> None:
    """With a really exhausted limit: one line, no traceback, and the listener lives."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(STARVED), str(number)],
        capture_output=True,
        text=True,
        cwd=TESTS,
        timeout=30,
    )
    assert done.stderr == "new connections have to wait: Too many open files\n"
    assert done.stdout == "True []\n"
