"""Real clients on a serial line: on the emulator's pseudo terminal, and over a pair of socat."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from protocol.image import REFUSED, image, image_door
from servers.clients import until

from sungrow_emulator.servers.serial_line import SerialLine

from . import environments

PATIENCE = 60
BLOCKS = [("input", 5000, 1), ("input", 13001, 125), ("holding", 33047, 3)]
WRITES = [(13050, [2, 0xAA, 700])]


async def drive(client: str, terminal: Path) -> dict[str, Any]:
    """Run a client's driver on a terminal and return what it printed."""
    job = {
        "terminal": str(terminal),
        "unit": 1,
        "blocks": BLOCKS,
        "writes": WRITES,
        "refused": REFUSED + 1,
        "mbpoll": environments.tool("mbpoll"),
    }
    command = [*environments.command(client), json.dumps(job)]
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environments.variables(client),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said, complaint = await asyncio.wait_for(process.communicate(), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, complaint.decode()
    return json.loads(said)


@asynccontextmanager
async def serving(place: str) -> AsyncIterator[SerialLine]:
    """Serve an image whose words are their own addresses."""
    line = SerialLine(image_door(), place)
    await line.start()
    try:
        yield line
    finally:
        await line.stop()


@asynccontextmanager
async def paired(one: Path, other: Path) -> AsyncIterator[None]:
    """Let socat join two terminals, as a cable joins two adapters."""
    ends = [f"pty,raw,echo=0,link={path}" for path in (one, other)]
    process = await asyncio.create_subprocess_exec(environments.tool("socat"), *ends)
    try:
        await until(lambda: one.exists() and other.exists())
        yield
    finally:
        process.terminate()
        await process.wait()


def verify(report: dict[str, Any], line: SerialLine) -> None:
    """Compare what a client saw with the image, and what the image took with what it wrote."""
    assert report["notes"] == []
    for block, (table, address, count) in zip(report["blocks"], BLOCKS, strict=False):
        base = 0x8000 if table == "holding" else 0
        words = [(address - 1 + n + base) & 0xFFFF for n in range(count)]
        assert (block["table"], [word & 0xFFFF for word in block["words"]]) == (table, words)
    ((address, values),) = WRITES
    assert report["blocks"][-1]["words"] == values
    written = b"".join(value.to_bytes(2, "big") for value in values)
    assert (16, address - 1, written) in image(line.door).written
    if "codes" in report:
        assert report["codes"] == [1, 2]
        assert (6, address - 1, written[:2]) in image(line.door).written


@pytest.mark.parametrize("client", ["mbpoll", "pymodbus-serial"])
async def test_clients_are_served_on_a_pseudo_terminal(client: str, tmp_path: Path) -> None:
    """They open and close it for every exchange; every frame of theirs is a sound one."""
    async with serving(f"pty:{tmp_path / 'inverter'}") as line:
        verify(await drive(client, tmp_path / "inverter"), line)
        assert line.accepted >= 1  # Who opens it again at once is the same client.
        assert line.heard.crc_errors == 0


@pytest.mark.parametrize("client", ["mbpoll", "pymodbus-serial"])
async def test_clients_are_served_over_a_pair_that_returns(client: str, tmp_path: Path) -> None:
    """When it was gone for a moment they are served again, under the same path."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    async with AsyncExitStack() as stack:
        async with paired(ours, theirs):
            line = await stack.enter_async_context(serving(str(ours)))
            verify(await drive(client, theirs), line)
        await until(lambda: line.connections == 0)
        async with paired(ours, theirs):
            await asyncio.sleep(0.5)  # Twice as long as a terminal is left alone.
            verify(await drive(client, theirs), line)
        assert (line.accepted, line.heard.crc_errors) == (2, 0)
