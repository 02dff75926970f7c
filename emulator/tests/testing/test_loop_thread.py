"""Tests of testing/loop_thread.py."""

from __future__ import annotations

import asyncio
import threading

import pytest

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.testing.loop_thread import LoopThread


async def _where() -> str:
    await asyncio.sleep(0)
    return threading.current_thread().name


def test_what_is_called_runs_on_the_loop() -> None:
    """Functions and coroutines run in the thread, and their answers and errors come back."""
    thread = LoopThread()
    try:
        assert thread.call(lambda: threading.current_thread().name) == "sungrow-emulator"
        assert thread.run(_where()) == "sungrow-emulator"
        with pytest.raises(ZeroDivisionError):
            thread.call(lambda: 1 // 0)
    finally:
        thread.stop()


def test_a_stopped_thread_says_so() -> None:
    """A call after the end gets a sentence instead of a hang."""
    thread = LoopThread()
    thread.stop()
    with pytest.raises(EmulatorError, match="has been stopped; enter its context again"):
        thread.run(_where())
