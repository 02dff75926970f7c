"""An event loop beside the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sungrow_emulator.catalog.errors import EmulatorError

T = TypeVar("T")


class LoopThread:
    """An event loop in a daemon thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="sungrow-emulator", daemon=True
        )
        self._thread.start()

    def call(self, function: Callable[[], T]) -> T:
        """Run a function on the loop and return what it returns."""

        async def wrapped() -> T:
            return function()

        return self.run(wrapped())

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and return what it returns."""
        if not self._thread.is_alive():
            coroutine.close()
            raise EmulatorError("this emulator has been stopped; enter its context again")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def stop(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
