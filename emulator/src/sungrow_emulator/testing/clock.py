"""Simulated time as tests steer it, from their own thread or on the emulator's loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from sungrow_emulator.answers import ClockAnswer
from sungrow_emulator.emulator import Emulator


class _ClockCommands:
    def __init__(self, emulator: Emulator, call: Callable[[Callable[[], Any]], Any]) -> None:
        self._emulator = emulator
        self._call = call

    def now(self) -> ClockAnswer:
        """Return where simulated time stands."""
        return self._call(self._emulator.clock)

    def freeze(self) -> ClockAnswer:
        """Let simulated time stand still."""
        return self._call(self._emulator.freeze)

    def resume(self) -> ClockAnswer:
        """Let simulated time run."""
        return self._call(self._emulator.resume)

    def set_speed(self, speed: float) -> ClockAnswer:
        """Let simulated time run at `speed` simulated seconds per second."""
        return self._call(lambda: self._emulator.set_speed(speed))


class Clock(_ClockCommands):
    """Simulated time of an emulator in a thread of its own."""

    def __init__(
        self,
        emulator: Emulator,
        call: Callable[[Callable[[], Any]], Any],
        run: Callable[[Coroutine[Any, Any, Any]], Any],
    ) -> None:
        super().__init__(emulator, call)
        self._run = run

    def jump(self, target: str) -> ClockAnswer:
        """Go to an ISO 8601 time, or sunrise, sunset, solar-noon, midnight, dst-change."""
        return self._run(self._emulator.jump(target))

    def advance(self, seconds: float) -> ClockAnswer:
        """Go forward by simulated seconds."""
        return self._run(self._emulator.advance(seconds))


class AsyncClock(_ClockCommands):
    """Simulated time of an emulator on the caller's loop."""

    async def jump(self, target: str) -> ClockAnswer:
        """Go to an ISO 8601 time, or sunrise, sunset, solar-noon, midnight, dst-change."""
        return await self._emulator.jump(target)

    async def advance(self, seconds: float) -> ClockAnswer:
        """Go forward by simulated seconds."""
        return await self._emulator.advance(seconds)
