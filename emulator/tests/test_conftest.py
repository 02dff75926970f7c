"""The guards of conftest.py: whatever a test leaves behind fails it."""

from __future__ import annotations

from pathlib import Path

import pytest

LEAKS = {
    "socket": "def test_it():\n    KEPT.append(socket.socket())",
    "thread": "def test_it():\n    threading.Timer(1, print).start()",
    "child process": "def test_it():\n    KEPT.append(subprocess.Popen(['sleep', '1']))",
    "task": "async def test_it():\n    KEPT.append(asyncio.ensure_future(asyncio.sleep(1)))",
    "socket on descriptor": (
        "async def test_it():\n    KEPT.append(await asyncio.start_server(print, '127.0.0.1', 0))"
    ),
}
TIDY = """
async def test_it():
    async def serve(reader, writer):
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    await reader.read()
    writer.close()
    server.close()
    await asyncio.to_thread(time.sleep, 0.01)
"""


def outcome(pytester: pytest.Pytester, body: str) -> tuple[dict[str, int], str]:
    """Run `body` as a test under our conftest; return how it ended and what was printed."""
    pytester.makeconftest(
        (Path(__file__).parent / "conftest.py").read_text().replace("2.0", "0.05")
    )
    pytester.makepyfile(
        "import asyncio, socket, subprocess, threading, time\nKEPT = []\n\n" + body
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-o", "asyncio_mode=auto")
    return result.parseoutcomes(), result.stdout.str()


@pytest.mark.parametrize("leak", LEAKS)
def test_leak(pytester: pytest.Pytester, leak: str) -> None:
    """What outlives a test is named and fails it."""
    outcomes, printed = outcome(pytester, LEAKS[leak])
    assert outcomes["errors"] >= 1
    assert f"left behind: {leak}" in printed


def test_tidy(pytester: pytest.Pytester) -> None:
    """A test that closes its server, connections and threads passes."""
    assert outcome(pytester, TIDY)[0] == {"passed": 1}
