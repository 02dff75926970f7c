"""Which loop runs, what is kept off it, and how many descriptors it may have."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import threading

import pytest
import uvloop

from sungrow_emulator.servers.loop import new_event_loop, off_loop, raise_descriptor_limit


def test_uvloop_runs_where_it_is_installed() -> None:
    """The faster loop is the default."""
    loop = new_event_loop()
    loop.close()
    assert isinstance(loop, uvloop.Loop)


def test_asyncio_runs_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without uvloop everything still works."""
    monkeypatch.setitem(sys.modules, "uvloop", None)
    loop = new_event_loop()
    loop.close()
    assert isinstance(loop, asyncio.SelectorEventLoop)


def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    """The shell's 1024 is not the end."""
    code = (
        "import resource as r; from sungrow_emulator.servers.loop import raise_descriptor_limit;"
        "r.setrlimit(r.RLIMIT_NOFILE, (100, 200)); print(raise_descriptor_limit(),"
        "*r.getrlimit(r.RLIMIT_NOFILE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["200", "200", "200"]


def test_a_limit_that_cannot_be_raised_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The soft limit is what there is, where a system refuses its own hard one (macOS)."""

    def refuse(_: int, __: tuple[int, int]) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert raise_descriptor_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_windows_has_no_such_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to do there."""
    monkeypatch.setattr(sys, "platform", "win32")
    assert raise_descriptor_limit() == 0


async def test_slow_things_happen_off_the_loop() -> None:
    """In a thread that is gone when the result, or the error, is there."""
    maker = await off_loop(threading.current_thread)
    assert maker is not threading.current_thread()
    assert not maker.is_alive()

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await off_loop(fail)
