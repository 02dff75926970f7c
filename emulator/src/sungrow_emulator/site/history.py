"""The arrays a device keeps: quarter hours of today, days, months and years.

Quarter hours hold mean power in W, everything else energy in kWh. Only complete days are
stored; what today has brought so far is added when somebody asks.
"""

from __future__ import annotations

from array import array
from datetime import date
from typing import Final

from sungrow_emulator.catalog.errors import UnknownNameError
from sungrow_emulator.site.counters import JOULES_PER_KWH, Counters
from sungrow_emulator.site.ledger import KEPT, Ledger
from sungrow_emulator.site.quantities import HISTORY_NAMES, HISTORY_SPANS

QUARTERS: Final = 96
FIRST_YEAR: Final = 2015
_YEARS: Final = 20
_EPOCH: Final = date(1970, 1, 1).toordinal()


def calendar(day: int) -> date:
    """Return the date of a day counted from 1970-01-01."""
    return date.fromordinal(_EPOCH + day)


def day_number(day: date) -> int:
    """Return days since 1970-01-01."""
    return day.toordinal() - _EPOCH


class History:
    """What one device remembers of energy from PV.

    Attributes:
        days: energy in J by day since 1970, in the order of `KEPT`; this month and the last.
        months: energy in J by (year * 12 + month - 1), in the order of `KEPT`.
    """

    def __init__(self, days: Ledger, months: Ledger) -> None:
        self.days = days
        self.months = months
        self._today = _quarters()
        self._marks = array("d", (0.0,) * len(KEPT))

    def mark(self, counters: Counters) -> None:
        """Begin a quarter hour here."""
        self._marks = array("d", (counters.totals[slot] for slot in KEPT))

    def close_quarter(self, quarter: int, seconds: float, counters: Counters) -> None:
        """Store the mean power since the mark, which is `seconds` ago, as `quarter` of today."""
        for row, slot, mark in zip(self._today, KEPT, self._marks, strict=True):
            row[quarter] = (counters.totals[slot] - mark) / seconds

    def close_day(self, day: int, counters: Counters) -> None:
        """Store what `day` brought and forget its quarter hours."""
        totals, midnight = counters.totals, counters.midnight
        brought = [totals[slot] - midnight[slot] for slot in KEPT]
        when = calendar(day)
        self.days.add(day, brought)
        self.days.forget_before(day - 61)
        self.months.add(when.year * 12 + when.month - 1, brought)
        self._today = _quarters()

    def read(
        self,
        name: str,
        span: str,
        day: int,
        running: tuple[int, float],
        totals: list[float],
        midnight: list[float],
    ) -> list[float]:
        """Return one array.

        Args:
            name: one of `HISTORY_NAMES`.
            span: `today` (96 values, W), `daily` (31), `monthly` (12) or `yearly` (20, the
                first of them 2015), the latter three in kWh.
            day: today, in days since 1970.
            running: the quarter hour that is running and how many seconds it has lasted.
            totals: the counters now.
            midnight: the counters at midnight.

        Raises:
            UnknownNameError: no such array.
        """
        if name not in HISTORY_NAMES or span not in HISTORY_SPANS:
            known = (f"{known}.{kind}" for known in HISTORY_NAMES for kind in HISTORY_SPANS)
            raise UnknownNameError("history", f"{name}.{span}", known)
        column = HISTORY_NAMES.index(name)
        slot = KEPT[column]
        if span == "today":
            quarter, seconds = running
            row = list(self._today[column])
            if seconds > 0:
                row[quarter] = (totals[slot] - self._marks[column]) / seconds
            return row
        so_far = totals[slot] - midnight[slot]
        return [energy / JOULES_PER_KWH for energy in self._sums(span, column, day, so_far)]

    def _sums(self, span: str, column: int, day: int, so_far: float) -> list[float]:
        today = calendar(day)
        if span == "daily":
            first = day - today.day + 1
            values = [0.0] * 31
            for kept in range(first, day):
                values[kept - first] = self.days[kept][column]
            values[today.day - 1] += so_far
        elif span == "monthly":
            values = [self.months[today.year * 12 + month][column] for month in range(12)]
            values[today.month - 1] += so_far
        else:
            values = [0.0] * _YEARS
            for month in self.months:
                if 0 <= month // 12 - FIRST_YEAR < _YEARS:
                    values[month // 12 - FIRST_YEAR] += self.months[month][column]
            if 0 <= today.year - FIRST_YEAR < _YEARS:
                values[today.year - FIRST_YEAR] += so_far
        return values


def _quarters() -> tuple[array[float], ...]:
    return tuple(array("d", (0.0,) * QUARTERS) for _ in KEPT)
