"""The site's time zone, from the tzdata package so that every machine agrees."""

from __future__ import annotations

import os.path
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import tzdata

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a device's own clock has no zone
_QUARTER: Final = 900


@lru_cache(maxsize=64)
def load_zone(name: str) -> ZoneInfo:
    """Return the zone called `name`, e.g. `Europe/Berlin`.

    Raises:
        UnknownNameError: tzdata has no such zone.
    """
    # Plain os.path: importing pathlib or importlib.resources costs more than the zone does.
    root = os.path.dirname(tzdata.__file__)
    with open(os.path.join(root, "zones"), encoding="ascii") as listing:
        known = listing.read().split()
    if name not in known:
        raise UnknownNameError("time zone", name, known)
    with open(os.path.join(root, "zoneinfo", name), "rb") as file:
        return ZoneInfo.from_file(file, key=name)


def naive(seconds: float) -> datetime:
    """Return the wall clock time that shows `seconds` since 1970-01-01 00:00 on that clock."""
    return _EPOCH + timedelta(seconds=seconds)


def seconds_of(local: datetime) -> float:
    """Return what `naive` was given; the inverse of it, any zone of `local` ignored."""
    return (local.replace(tzinfo=None) - _EPOCH).total_seconds()


class Zone:
    """Local time at the site."""

    def __init__(self, name: str) -> None:
        self._info = load_zone(name)
        self._quarter = -1
        self._offset = 0.0

    def offset(self, t: float) -> float:
        """Return local time minus UTC in seconds; changes fall on quarter hours of UTC."""
        quarter = int(t // _QUARTER)
        if quarter != self._quarter:
            moment = datetime.fromtimestamp(quarter * _QUARTER, UTC).astimezone(self._info)
            delta = moment.utcoffset()
            self._offset = delta.total_seconds() if delta else 0.0
            self._quarter = quarter
        return self._offset

    def local(self, t: float) -> float:
        """Return the local wall clock at `t`, as seconds since 1970-01-01 00:00 of that clock."""
        return t + self.offset(t)

    def midnight_before(self, t: float) -> float:
        """Return the latest moment not after `t` at which the local date began."""
        local = self.local(t)
        day = local // 86400
        moment = t - local % 86400
        # A clock change since then moved the beginning of the date, or repeated midnight.
        while self.local(moment) // 86400 < day:
            moment += _QUARTER
        while self.local(moment - _QUARTER) // 86400 >= day:
            moment -= _QUARTER
        return moment

    def midnight_after(self, t: float) -> float:
        """Return the first moment later than `t` at which a new local date begins."""
        day = self.local(t) // 86400
        moment = t - self.local(t) % _QUARTER
        moment += max(0.0, (86400 - self.local(t) % 86400) // _QUARTER - 8) * _QUARTER
        while moment <= t or self.local(moment) // 86400 <= day:
            moment += _QUARTER
        return moment

    def next_change(self, t: float) -> float:
        """Return the next moment at which the offset changes (a DST change).

        Raises:
            EmulatorError: the zone has none within two years.
        """
        before = self.offset(t)
        moment = (t // _QUARTER) * _QUARTER
        for _ in range(2 * 366 * 4):
            following = moment + 24 * _QUARTER
            if self.offset(following) != before:
                while self.offset(moment) == before:
                    moment += _QUARTER
                return moment
            moment = following
        raise EmulatorError(f"time zone {self._info.key} has no clock change to jump to")
