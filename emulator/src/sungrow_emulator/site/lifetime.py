"""What the counters stood at when the simulation began.

A site that starts today must not show less than the same site showed before it was
restarted. Every past day is therefore booked with an upper estimate of what simulating it
could have given. Sunlight above a threshold has a closed form: with sin(elevation) =
a + b cos(h), the integral of max(0, a + b cos(h)) over a day. Energy from PV that the house
cannot use at once is the same integral with the least load taken off a. It is convex in the
day's clearness, so clearness times its value on a clear day is never too little. The books
of the past balance: PV is what its uses add up to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Final

from sungrow_emulator.site.battery import EFFICIENCY as CONVERTER
from sungrow_emulator.site.counters import (
    CHARGE,
    CHARGE_PV,
    COUNT,
    DIRECT,
    DISCHARGE,
    EXPORT,
    EXPORT_PV,
    IMPORT,
    JOULES_PER_KWH,
    OUTPUT,
    PV,
    RUNNING,
)
from sungrow_emulator.site.history import calendar, day_number
from sungrow_emulator.site.inverter import EFFICIENCY as INVERTER
from sungrow_emulator.site.load import Load
from sungrow_emulator.site.pv import Sky
from sungrow_emulator.site.spec import PlantSpec
from sungrow_emulator.site.sun import DAY, Sun

_MARGIN: Final = 1.03
_BUSY_DAY: Final = 1.25
_DAYTIME: Final = 1.5
# A pack turns over at most this often per day, a different SoC at midnight included.
_CYCLES: Final = 1.7
_DAWN: Final = 1200.0
_LEAST_SOC: Final = 5.0


@dataclass(frozen=True, slots=True)
class Past:
    """The books of one plant up to a local midnight.

    Attributes:
        totals: in the order of counters.py, J and s.
        month_output: the output total at the first of the current month, J.
        days: the days of the current month, J in the order of history.KEPT.
        months: by (year * 12 + month - 1), J in the order of history.KEPT.
    """

    totals: list[float]
    month_output: float
    days: dict[int, tuple[float, ...]]
    months: dict[int, list[float]]


@dataclass(frozen=True, slots=True)
class _SolarDay:
    """Upper bounds for a day of clearness 1: energies in J, daylight in s."""

    pv: float
    surplus: float
    daylight: float


class Lifetime:
    """Estimates of the days before the simulation began.

    Args:
        sun: the sun of the site.
        sky: gives the clearness of a date.
        load: the consumers of the site.
        plants: all plants of the site.
        longitude: of the site in degrees.
    """

    def __init__(
        self, sun: Sun, sky: Sky, load: Load, plants: tuple[PlantSpec, ...], longitude: float
    ) -> None:
        self._sky = sky
        self._load = load
        self._peak = math.fsum(plant.peak for plant in plants)
        self._packs = math.fsum(
            plant.battery.capacity * JOULES_PER_KWH for plant in plants if plant.battery
        )
        first = day_number(date(2024, 1, 1))
        table = [
            self._solar_day(sun, (first + day) * DAY + DAY / 2 - 240 * longitude)
            for day in range(366)
        ]
        self._year = [
            _SolarDay(
                *(
                    _MARGIN * max(getattr(table[(day + by) % 366], name) for by in (-1, 0, 1))
                    for name in ("pv", "surplus", "daylight")
                )
            )
            for day in range(366)
        ]

    def past(self, spec: PlantSpec, today: int, midnight: float) -> Past:
        """Return the books of a plant from its commissioning to the midnight `today` began at.

        Args:
            spec: the plant.
            today: the local date, in days since 1970.
            midnight: when it began, epoch seconds.
        """
        totals = [0.0] * COUNT
        days: dict[int, tuple[float, ...]] = {}
        months: dict[int, list[float]] = {}
        first = day_number(spec.commissioned)
        this_month = today - calendar(today).day + 1
        month_output = 0.0
        share = spec.peak / self._peak if self._peak else 0.0
        pack = spec.battery.capacity * JOULES_PER_KWH if spec.battery else 0.0
        load_day = self._load.mean * DAY * _BUSY_DAY
        bought = load_day + 0.7 * self._packs if spec.meter else 0.0
        metered = 1.0 if spec.meter else 0.0
        when = calendar(first)
        year, month, next_month, new_year = 0, 0, first, first
        column: list[float] = []
        for day in range(first, today):
            if day == next_month:
                when = calendar(day)
                year, month = when.year, when.month
                following = date(year + month // 12, month % 12 + 1, 1)
                next_month = day_number(following)
                new_year = day_number(date(year, 1, 1))
                column = months[year * 12 + month - 1] = [0.0, 0.0, 0.0, 0.0]
            if day == this_month:
                month_output = totals[OUTPUT]
            solar = self._year[day - new_year]
            clearness = self._sky.clearness(day)[0]
            surplus = share * clearness * solar.surplus
            direct = share * min(
                INVERTER * clearness * solar.pv,
                load_day * min(1.0, _DAYTIME * solar.daylight / DAY),
            )
            stored = min(CONVERTER * surplus, _CYCLES * pack)
            pv = (direct + surplus) / INVERTER + stored / CONVERTER
            totals[PV] += pv
            totals[OUTPUT] += direct + surplus + _CYCLES * pack
            totals[EXPORT_PV] += surplus * metered
            totals[EXPORT] += surplus / share * metered if share else 0.0
            totals[IMPORT] += bought
            totals[DIRECT] += direct * metered
            totals[CHARGE_PV] += stored
            totals[CHARGE] += _CYCLES * pack
            totals[DISCHARGE] += _CYCLES * pack
            totals[RUNNING] += min(DAY, solar.daylight + _DAWN)
            energies = (pv, direct * metered, surplus * metered, stored)
            column[0] += pv
            column[1] += energies[1]
            column[2] += energies[2]
            column[3] += stored
            if day >= this_month:
                days[day] = energies
        if this_month >= today:
            month_output = totals[OUTPUT]
        if spec.battery and first < today:
            # It never disconnects; days of 23 and 25 hours count as they are.
            totals[RUNNING] = midnight - first * DAY
        return Past(totals, month_output, days, months)

    def soc(self, spec: PlantSpec, today: int) -> float:
        """Return a likely SoC in % at the midnight that `today` (days since 1970) begins with."""
        if spec.battery is None:
            return 0.0
        share = spec.peak / self._peak if self._peak else 0.0
        pack = spec.battery.capacity * JOULES_PER_KWH / 100
        yesterday = calendar(today - 1)
        solar = self._year[yesterday.timetuple().tm_yday - 1]
        upper, depth = self._sky.clearness(today - 1)
        made = 0.85 * upper * (1 - depth / 2) * solar.pv
        left = max(0.0, made - self._load.mean * solar.daylight)
        evening = self._load.mean * 1.4 * (DAY - solar.daylight) / 2
        at_dusk = min(100.0, _LEAST_SOC + share * left / pack)
        return max(_LEAST_SOC, at_dusk - share * evening / pack)

    def _solar_day(self, sun: Sun, noon: float) -> _SolarDay:
        a, b, _ = sun.terms(noon)
        highest = a + b
        if highest <= 0 or not self._peak:
            return _SolarDay(0.0, 0.0, 0.0)
        power = self._peak * 1.098 * round(math.exp(-0.057 / highest), 9)
        least = self._load.lowest / (INVERTER * power)
        return _SolarDay(
            power * _above(a, b),
            INVERTER * power * _above(a - least, b),
            DAY * _half_arc(a, b) / math.pi,
        )


def _half_arc(a: float, b: float) -> float:
    """Return the hour angle in radians at which a + b cos(h) falls to 0."""
    if b <= 1e-9:
        return math.pi if a > 0 else 0.0
    return round(math.acos(max(-1.0, min(1.0, -a / b))), 9)


def _above(a: float, b: float) -> float:
    """Return the integral of max(0, a + b cos(h)) over one day, in s."""
    arc = _half_arc(a, b)
    return max(0.0, DAY * (a * arc + b * round(math.sin(arc), 9)) / math.pi)
