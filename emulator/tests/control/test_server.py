"""Tests of the control server, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from control.recorder import Recorder

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.control.server import ControlServer


@asynccontextmanager
async def running(
    recorder: Recorder, host: str = "127.0.0.1", token: str = ""
) -> AsyncIterator[ControlServer]:
    """Run a server on a port of its own."""
    server = ControlServer(recorder.facade, host, 0, token)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def get(url: str, token: str = "") -> httpx.Response:
    """Get a page over the network."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(url, headers=headers)


async def test_serves() -> None:
    """Health and state are answered where the façade is told they are."""
    recorder = Recorder()
    async with running(recorder) as server:
        assert recorder.control_url == server.url == f"http://127.0.0.1:{server.port}"
        assert (await get(f"{server.url}/readyz")).status_code == 200
        answer = await get(f"{server.url}/api/v1/state")
        assert answer.json()["api"] == 1
        assert {"server", "date"} & set(answer.headers) == set()


async def test_bind_before_start() -> None:
    """The port is known and open before anything is loaded; requests wait for their answer."""
    recorder = Recorder()
    server = ControlServer(recorder.facade, "127.0.0.1", 0)
    assert server.port == 0
    bound = server.bind()
    assert server.port == bound.getsockname()[1]
    waiting = asyncio.create_task(get(f"{server.url}/livez"))
    await asyncio.sleep(0.05)
    await server.start()
    assert (await waiting).status_code == 200
    await server.loaded()
    await server.stop()


async def test_stop_without_start() -> None:
    """A server that was only bound gives its port back."""
    server = ControlServer(Recorder().facade, "127.0.0.1", 0)
    port = server.bind().getsockname()[1]
    await server.stop()
    with socket.create_server(("127.0.0.1", port)):
        assert server.port == 0


async def test_nothing_to_wait_for() -> None:
    """A server that was not started is not waited for."""
    server = ControlServer(Recorder().facade, "127.0.0.1", 0)
    await server.loaded()
    await server.stop()
    assert repr(server) == "<ControlServer http://127.0.0.1:0>"


async def test_stop_while_loading() -> None:
    """A stop right after the start leaves nothing behind and takes no second."""
    server = ControlServer(Recorder().facade, "127.0.0.1", 0)
    await server.start()
    began = asyncio.get_running_loop().time()
    await server.stop()
    assert asyncio.get_running_loop().time() - began < 1.5


async def test_beyond_loopback() -> None:
    """On all addresses the URL is one that works here, and the token is asked for."""
    async with running(Recorder(), "0.0.0.0", "t") as server:
        assert server.url.startswith("http://127.0.0.1:")
        assert (await get(f"{server.url}/api/v1/state")).status_code == 401
        assert (await get(f"{server.url}/api/v1/state", "t")).status_code == 200


async def test_version_6() -> None:
    """An address of IP version 6 is written in brackets."""
    async with running(Recorder(), "::1") as server:
        assert server.url == f"http://[::1]:{server.port}"
        assert (await get(f"{server.url}/livez")).status_code == 200


def test_beyond_loopback_without_token() -> None:
    """Listening for others without a token is refused at once."""
    with pytest.raises(EmulatorError, match="needs a token"):
        ControlServer(Recorder().facade, "0.0.0.0", 0)


def test_port_in_use() -> None:
    """A port that is taken is named with the remedy."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = ControlServer(Recorder().facade, "127.0.0.1", port)
        with pytest.raises(EmulatorError, match=f"^control-port={port} is already in use"):
            server.bind()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "x" * 300, "192.0.2.1"])
def test_impossible_hosts(host: str) -> None:
    """A host that is not this machine is refused with one that is."""
    server = ControlServer(Recorder().facade, host, 0, "t")
    with pytest.raises(EmulatorError, match=r"address.*use 127\.0\.0\.1"):
        server.bind()
