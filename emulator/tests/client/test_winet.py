"""Tests of client/winet.py."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from sungrow_emulator.client.errors import UnreachableError
from sungrow_emulator.client.winet import ping, product
from sungrow_emulator.testing import SungrowEmulator


@contextmanager
def says(text: bytes) -> Iterator[int]:
    """Serve one client that is told `text` whatever it asks; yields the port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            with closing(server.accept()[0]) as client:
                client.recv(4096)
                client.sendall(text)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join(5)


def test_a_dongle_tells_its_product() -> None:
    """Pages and WebSocket of an emulated dongle answer without a login."""
    free = {"winet_http_port": 0, "winet_ws_port": 0}
    with SungrowEmulator(model="SG5.0RT", winet="winet-s", dongle_firmware="P024", **free) as one:
        ports = {door.kind: door.port for door in one.state().doors}
        assert product(f"http://127.0.0.1:{ports['winet-http']}") == "WiNet-S"
        ping(f"ws://127.0.0.1:{ports['winet-ws']}")


def test_a_dongle_behind_tls_answers_too() -> None:
    """Its certificate is its own."""
    options = {"winet": "winet-s", "dongle_firmware": "P043", "winet_tls_port": 0}
    with SungrowEmulator(model="SG5.0RT", **options) as one:
        port = next(door.port for door in one.state().doors if door.kind == "winet-tls")
        assert product(f"https://127.0.0.1:{port}") == "WiNet-S"
        ping(f"wss://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "ask",
    [
        lambda port: product(f"http://127.0.0.1:{port}"),
        lambda port: ping(f"ws://127.0.0.1:{port}"),
        lambda port: ping(f"wss://127.0.0.1:{port}"),
    ],
)
@pytest.mark.parametrize("text", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]"])
def test_something_else_is_no_dongle(ask: Callable[[int], object], text: bytes) -> None:
    """A port where something else answers, or nothing, is named in one sentence."""
    with says(text) as port, pytest.raises(UnreachableError, match=f"no dongle .*{port}"):
        ask(port)


def test_a_ping_may_be_refused() -> None:
    """An address that is none is told like one where nobody answers."""
    with pytest.raises(UnreachableError, match="no dongle answers a ping"):
        ping("ws://host name:8082", timeout=0.2)
