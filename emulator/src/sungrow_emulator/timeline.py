"""Simulated time of one emulator: where it stands, and going elsewhere in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config, parse_time
from sungrow_emulator.site.clock import SimClock, next_target
from sungrow_emulator.site.site import Site
from sungrow_emulator.site.spec import Location

IDLE_TICK = 1.0
"""Seconds between two looks at an idle site: bounds how far behind it can fall."""
SLICE = 240
"""Grid steps settled before the event loop gets its turn."""
LEFT_ALONE = 1800.0
"""Simulated seconds that a site nobody has looked at may lie behind; the first look catches up."""
_LONGEST = timedelta(days=3653).total_seconds()


class Timeline:
    """Moves sites and their clock through simulated time.

    Args:
        config: where time starts and how fast it runs.
        clock: simulated time.
        sites: returns what is settled up to it.
        changed: called when every view has to look again.
    """

    def __init__(
        self,
        config: Config,
        clock: SimClock,
        sites: Callable[[], Iterable[Site]],
        changed: Callable[[], None],
    ) -> None:
        self._config = config
        self._clock = clock
        self._sites = sites
        self._changed = changed
        self._start = clock.now()
        self._ticker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the idle tick."""
        self._ticker = asyncio.create_task(self._tick(), name="sungrow-emulator idle tick")

    async def stop(self) -> None:
        """Stop the idle tick."""
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
            self._ticker = None

    def freeze(self) -> None:
        """Let simulated time stand still."""
        self._clock.freeze()
        self._changed()

    def resume(self) -> None:
        """Let simulated time run again."""
        self._clock.resume()
        self._changed()

    def set_speed(self, speed: float) -> None:
        """Let simulated time run at `speed` simulated seconds per second (0.001 … 86400)."""
        within("speed", speed, 0.001, 86400)
        self._clock.set_speed(speed)
        self._changed()

    def find(self, target: str) -> float:
        """Return the epoch seconds of an ISO 8601 time or of the next moment of that name.

        Raises:
            EmulatorError: it is neither.
        """
        if target[:1].isdigit():
            return parse_time(target)
        location = Location(self._config.latitude, self._config.longitude, self._config.timezone)
        return next_target(target, location, self._clock.now())

    async def jump(self, at: float) -> bool:
        """Go to a time in epoch seconds; everything up to then is settled first.

        Going back lets every site begin afresh at that time; returns whether it did.
        """
        back = at < self._clock.now()
        if back:
            self._clock.jump(at)
            self._restart(at)
        else:
            within("seconds", at - self._clock.now(), 0, _LONGEST)
            await self._settle(at)
            self._clock.jump(at)
        self._changed()
        return back

    def rewind(self) -> None:
        """Go back to the start, with speed and freezing as configured, and an untouched site."""
        self._clock.freeze()
        self._clock.jump(self._start)
        self._clock.set_speed(self._config.speed)
        if not self._config.freeze:
            self._clock.resume()
        self._restart(self._start)
        self._changed()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(IDLE_TICK)
            await self._settle(self._clock.now())

    async def _settle(self, at: float) -> None:
        for site in self._sites():
            if not site.begun and at - site.settled < LEFT_ALONE:
                continue
            # Each slice is work, not waiting: the loop only gets its turn in between.
            while not site.settle(at, SLICE):  # noqa: ASYNC110
                await asyncio.sleep(0)

    def _restart(self, at: float) -> None:
        for site in self._sites():
            site.restart(at)


def within(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number outside its range with a sentence that names both."""
    if not low <= value <= high:
        raise EmulatorError(f"{name}={value:g} must be between {low:g} and {high:g}")
