"""A session of the rig begins with what it needs and ends with nothing left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rig import session
from rig.artefact_tools import CHECKOUT

HOLDER = """
import os, sys, time
from rig.session import session
with session() as environment:
    os.environ |= environment
    os.system("juju add-model orphan")
    print(environment["RIG_STATE"], flush=True)
    time.sleep(60)
"""


def processes(mark: str) -> list[str]:
    """Return the command lines that hold a word."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mark in words:
            found.append(words)
    return found


def test_end_of_a_session() -> None:
    """Models that are still there are ended with the session."""
    with session.session() as environment:
        state = environment["RIG_STATE"]
        variables = {**os.environ, **environment}
        subprocess.run([f"{state}/bin/juju", "add-model", "left"], env=variables, check=True)
        assert processes(state)
    assert not processes(state)
    assert not Path(state).exists()


def test_killed_session() -> None:
    """Models end by themselves when the process that began the session is killed."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT / "tests/functional")}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder, holder.stdout:
        state = holder.stdout.readline().strip()
        assert processes(state)
        holder.kill()
    end = time.monotonic() + 15
    while processes(state) and time.monotonic() < end:
        time.sleep(0.1)
    assert not processes(state)
    subprocess.run(["rm", "-r", state], check=True, timeout=10)


def test_missing_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One line says which programs are missing and how to get them."""
    monkeypatch.setenv("PATH", str(tmp_path))
    said = session.missing()
    assert said.startswith("The rig lacks hostname, ip, ")
    assert said.endswith("apt-get install -y hostname iproute2 procps skopeo umoci util-linux")


def test_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What outlives a session fails it."""
    monkeypatch.setattr(session, "_END_SECONDS", 0.5)
    sleepers: list[subprocess.Popen[bytes]] = []
    try:
        with (
            pytest.raises(session.SessionError) as caught,
            session.session() as environment,
        ):
            sleepers.append(_sleeper(environment["RIG_STATE"]))
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.communicate()
    assert f"process {sleepers[0].pid}" in str(caught.value)


def _sleeper(mark: str) -> subprocess.Popen[bytes]:
    code = "import time; print(flush=True); time.sleep(600)"
    sleeper = subprocess.Popen([sys.executable, "-c", code, mark], stdout=subprocess.PIPE)
    assert sleeper.stdout is not None
    # Its first line says that the system already knows it by its own command line.
    sleeper.stdout.readline()
    return sleeper
