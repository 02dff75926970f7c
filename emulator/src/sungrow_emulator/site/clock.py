"""Simulated time, apart from wall time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.site.spec import Location
from sungrow_emulator.site.sun import Sun
from sungrow_emulator.site.zone import Zone

TARGETS: Final = ("sunrise", "sunset", "solar-noon", "midnight", "dst-change")


class SimClock:
    """A clock that can stand still, jump and run at another speed.

    Args:
        start: simulated time to begin with, epoch seconds UTC.
        speed: simulated seconds per wall second, above 0.
        frozen: whether it stands still at first.
        monotonic: the wall clock it is driven by, in seconds.
    """

    def __init__(
        self, start: float, speed: float, frozen: bool, monotonic: Callable[[], float]
    ) -> None:
        self._monotonic = monotonic
        self._speed = _checked_speed(speed)
        self._frozen = frozen
        self._sim = float(start)
        self._wall = monotonic()

    @property
    def speed(self) -> float:
        """Simulated seconds per wall second while it runs."""
        return self._speed

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen

    def now(self) -> float:
        """Return the simulated time in epoch seconds UTC."""
        if self._frozen:
            return self._sim
        return self._sim + (self._monotonic() - self._wall) * self._speed

    def freeze(self) -> None:
        """Stand still."""
        self._rebase(self.now())
        self._frozen = True

    def resume(self) -> None:
        """Run on from where it stands."""
        self._rebase(self.now())
        self._frozen = False

    def set_speed(self, speed: float) -> None:
        """Run at `speed` simulated seconds per wall second from now on."""
        speed = _checked_speed(speed)
        self._rebase(self.now())
        self._speed = speed

    def jump(self, t: float) -> None:
        """Continue from simulated time `t`, forwards or backwards."""
        self._rebase(float(t))

    def wall_deadline(self, t: float) -> float:
        """Return the monotonic time at which simulated time reaches `t`; inf while frozen."""
        if self._frozen:
            return math.inf
        return self._wall + (t - self._sim) / self._speed

    def _rebase(self, t: float) -> None:
        self._sim = t
        self._wall = self._monotonic()


def next_target(name: str, location: Location, after: float) -> float:
    """Return the next moment later than `after` that people call `name`.

    Args:
        name: one of `TARGETS`.
        location: where the site is.
        after: epoch seconds UTC.

    Raises:
        UnknownNameError: no such name.
        EmulatorError: the zone has no clock change.
    """
    if name == "midnight":
        return Zone(location.timezone).midnight_after(after)
    if name == "dst-change":
        return Zone(location.timezone).next_change(after)
    sun = Sun(location.latitude, location.longitude)
    if name == "solar-noon":
        return sun.noon(after)
    if name not in TARGETS:
        raise UnknownNameError("moment", name, TARGETS)
    return sun.crossing(after, rising=name == "sunrise")


def _checked_speed(speed: float) -> float:
    if not 0 < speed < math.inf:
        raise EmulatorError(f"speed {speed} is not allowed: it must be above 0, e.g. 1 or 60")
    return float(speed)
