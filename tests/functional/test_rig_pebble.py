"""Who may use a Pebble that runs as Juju runs it."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import ops
import pytest
from rig import pebble
from rig.artefact_tools import TOOLS

CHARM = 170
ASK = """
import socket, sys
with socket.socket(socket.AF_UNIX) as pebble:
    pebble.connect(sys.argv[1])
    pebble.sendall(b"GET /v1/files?action=list&path=/ HTTP/1.0\\r\\n\\r\\n")
    print(pebble.makefile().readline().split()[1])
"""

Start = Callable[[str, str], Path]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the charm's user can look into."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts daemons, and ends them."""
    daemons: list[subprocess.Popen[bytes]] = []

    def begin(version: str, identities: str) -> Path:
        seeds, socket = folder / "identities.yaml", folder / "pebble.socket"
        command = [str(pebble.binary(TOOLS, version)), "run", "--create-dirs", "--hold"]
        if identities:
            seeds.write_text(identities)
            command += ["--identities", str(seeds)]
        environment = {"PEBBLE": str(folder / "pebble"), "PEBBLE_SOCKET": str(socket)}
        daemons.append(
            subprocess.Popen(
                command,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        client, end = ops.pebble.Client(str(socket)), time.monotonic() + 10
        while time.monotonic() < end:
            try:
                client.get_system_info()
            except ops.pebble.ConnectionError:
                time.sleep(0.05)
            else:
                break
        return socket

    yield begin
    for daemon in daemons:
        daemon.terminate()
        daemon.wait(10)


def answer(socket: Path, user: int) -> str:
    """Return the HTTP status with which Pebble answers a user who asks for files."""
    asked = subprocess.run(
        ["/usr/bin/python3", "-c", ASK, str(socket)],
        user=user,
        group=user,
        extra_groups=[],
        check=True,
        capture_output=True,
        text=True,
        timeout=10,
    )
    return asked.stdout.strip()


@pytest.mark.parametrize("version", [pebble.JUJU_S, pebble.ROCK_S])
def test_identity(start: Start, version: str) -> None:
    """With an identity the charm's user may ask."""
    access = f"identities: {{charm: {{access: admin, local: {{user-id: {CHARM}}}}}}}"
    socket = start(version, access)
    assert [answer(socket, CHARM), answer(socket, 0)] == ["200", "200"]
    assert answer(socket, CHARM + 1) == "401"


@pytest.mark.parametrize("version", [pebble.JUJU_S, pebble.ROCK_S])
def test_no_identity(start: Start, version: str) -> None:
    """Without one, nobody but root may."""
    socket = start(version, "")
    assert [answer(socket, CHARM), answer(socket, 0)] == ["401", "200"]


def test_versions() -> None:
    """The binaries are what they are named after."""
    for version in (pebble.JUJU_S, pebble.ROCK_S):
        command = [str(pebble.binary(TOOLS, version)), "version", "--client"]
        said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10)
        assert said.stdout.strip() == f"v{version}"


def test_no_go(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Without Go and without the binaries, one line says what to install."""
    monkeypatch.setenv("PATH", str(folder))
    assert pebble.missing(TOOLS) == ""
    assert "install Go" in pebble.missing(folder)
    with pytest.raises(RuntimeError, match="install Go"):
        pebble.binary(folder)
