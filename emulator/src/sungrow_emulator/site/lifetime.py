"""What the counters stood at when the simulation began.

A site that starts today must not show less than the same site showed before it was
restarted. Every past day is therefore booked with an upper estimate of what simulating it
could have given. Sunlight above a threshold has a closed form: with sin(elevation) =
a + b cos(h), the integral of max(0, a + b cos(h)) over a day. Energy from PV that the house
cannot use at once is the same integral with the house's draw taken off a. It is convex in
the day's clearness, so clearness times its value on a clear day is never too little. The
battery is followed from night to night. The books of the past balance: PV is booked as what
its uses add up to.
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
from sungrow_emulator.site.ledger import KEPT, Ledger
from sungrow_emulator.site.load import Load
from sungrow_emulator.site.pv import Sky, clear_sky
from sungrow_emulator.site.spec import PlantSpec
from sungrow_emulator.site.sun import DAY, Sun

# Found by comparing with simulated days of many sites: each leaves room to spare.
_MARGIN: Final = 1.03
_LEAST_CLOUDS: Final = 0.3
_LEAST_HEAT: Final = 0.03
_QUIET: Final = 0.75
_BUSY: Final = 1.3
_BUSY_DAY: Final = 1.2
_DAWN: Final = 1200.0
# Share of the pack that self-consumption uses, what it usually finds of the surplus, and how
# far the estimate of a day may be off, in packs and relative.
_USED: Final = 0.95
_FOUND: Final = 0.8
_DOUBT: Final = 0.25
_CYCLES: Final = 1.15
# Share of a day's load that clouds send through the battery and back.
_RESTLESS: Final = 0.08


@dataclass(frozen=True, slots=True)
class Past:
    """The books of one plant up to a local midnight.

    Attributes:
        totals: in the order of counters.py, J and s.
        month_output: the output total at the first of the current month, J.
        days: the days of the current month, J in the order of ledger.KEPT.
        months: by (year * 12 + month - 1), J in the order of ledger.KEPT.
        soc: likely state of charge in %.
    """

    totals: list[float]
    month_output: float
    days: Ledger
    months: Ledger
    soc: float


@dataclass(frozen=True, slots=True)
class _SolarDay:
    """Upper bounds for a site's day of clearness 1: energies in J, times in s."""

    pv: float
    surplus: float
    daylight: float
    bright: float


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
        self._packs = _DOUBT * math.fsum(_pack(plant) for plant in plants)
        noon = day_number(date(2024, 1, 1)) * DAY + DAY / 2 - 240 * longitude
        days = [self._solar_day(sun, noon + day * DAY) for day in range(366)]
        self._year = [
            _SolarDay(
                _MARGIN * max(before.pv, day.pv, after.pv),
                _MARGIN * max(before.surplus, day.surplus, after.surplus),
                min(DAY, _MARGIN * max(before.daylight, day.daylight, after.daylight)),
                day.bright,
            )
            for before, day, after in zip(
                [days[-1], *days], days, [*days[1:], days[0]], strict=False
            )
        ]

    def past(self, spec: PlantSpec, today: int, midnight: float) -> Past:
        """Return the books of a plant from its commissioning to the midnight `today` began at.

        Args:
            spec: the plant.
            today: the local date, in days since 1970.
            midnight: when it began, epoch seconds.
        """
        first = day_number(spec.commissioned)
        share = spec.peak / self._peak if self._peak else 0.0
        metered = 1.0 if spec.meter else 0.0
        busy = _BUSY * self._load.mean_between(8, 18)
        bought = metered * (_BUSY_DAY * self._load.mean * DAY + self._packs)
        totals = [0.0] * COUNT
        books = _Books(first, today)
        storage = _Storage(_pack(spec), share, self._load)
        stored = given = 0.0
        for day in range(first, today):
            solar = self._year[books.turn(day, totals[OUTPUT])]
            upper, depth = self._sky.clearness(day)
            clear = upper * (1 - _LEAST_CLOUDS * depth) * (1 - _LEAST_HEAT * upper)
            surplus = share * clear * solar.surplus
            direct = share * min(INVERTER * clear * solar.pv, busy * solar.daylight)
            if spec.battery:
                short = share * busy * solar.daylight - direct
                stored, given, kept = storage.live(surplus, short, DAY - solar.bright)
                surplus -= kept
            pv = (direct + surplus) / INVERTER + stored / CONVERTER
            totals[PV] += pv
            totals[OUTPUT] += direct + surplus + given
            totals[EXPORT] += metered * surplus / share if share else 0.0
            totals[EXPORT_PV] += metered * surplus
            totals[IMPORT] += bought
            totals[DIRECT] += metered * direct
            totals[CHARGE] += max(stored, given)
            totals[CHARGE_PV] += stored
            totals[DISCHARGE] += given
            totals[RUNNING] += min(DAY, solar.daylight + _DAWN)
            books.add(day, (pv, metered * direct, metered * surplus, stored))
        books.turn(today, totals[OUTPUT])
        books.close()
        if spec.battery and first < today:
            # It never disconnects, and days of 23 and 25 hours count as they are.
            totals[RUNNING] = midnight - first * DAY
        return Past(totals, books.month_output, books.days, books.months, storage.soc)

    def _solar_day(self, sun: Sun, noon: float) -> _SolarDay:
        a, b, _ = sun.terms(noon)
        highest = a + b
        # Haurwitz bends down towards the horizon, so noon's value per sine bounds the day.
        power = self._peak * clear_sky(highest) / highest if highest > 0 else 0.0
        if not power:
            return _SolarDay(0.0, 0.0, DAY * _half_arc(a, b) / math.pi, 0.0)
        least = _QUIET * self._load.least_between(8, 18) / (INVERTER * power)
        return _SolarDay(
            power * _above(a, b),
            INVERTER * power * _above(a - least, b),
            DAY * _half_arc(a, b) / math.pi,
            DAY * _half_arc(a - least, b) / math.pi,
        )


class _Storage:
    """The battery of one plant, followed from night to night; energies in J."""

    def __init__(self, pack: float, share: float, load: Load) -> None:
        self._pack = _USED * pack
        self._held = self._pack / 2
        self._doubt = _DOUBT * self._pack
        self._restless = 2 * self._doubt + _RESTLESS * share * load.mean * DAY
        self._before_dawn = share * load.mean_between(0, 6) / 2
        self._after_dusk = share * load.mean_between(18, 24) / 2

    def live(self, surplus: float, short: float, dark: float) -> tuple[float, float, float]:
        """Live through a day; return upper bounds of what it stored and gave, and what it kept.

        Args:
            surplus: what PV gives beyond the draw of the house.
            short: what the house may draw beyond PV while the sun is up.
            dark: seconds with less sun than draw; half of them come before dawn.
        """
        morning = min(self._held, dark * self._before_dawn)
        taken = min(_FOUND * surplus, self._pack - self._held + morning)
        evening = min(self._held - morning + taken, dark * self._after_dusk)
        self._held += taken - morning - evening
        stored = _CYCLES * min(surplus, taken + self._restless)
        given = _CYCLES * (morning + evening) + min(2 * self._doubt, short) + self._restless
        return stored, given, max(0.0, taken - self._doubt)

    @property
    def soc(self) -> float:
        """The state of charge in %."""
        return 100 - 100 * _USED * (1 - self._held / self._pack) if self._pack else 0.0


class _Books:
    """Sums by day and month, and where the current month began."""

    def __init__(self, first: int, today: int) -> None:
        self.days = Ledger()
        self.months = Ledger()
        self.month_output = 0.0
        self._this_month = today - calendar(today).day + 1
        self._next_month = first
        self._new_year = first
        self._month = 0
        self._sums = [0.0] * len(KEPT)

    def turn(self, day: int, output: float) -> int:
        """Open the book of `day`, with the output total before it; return its day of the year."""
        if day >= self._next_month:
            when = calendar(day)
            month = when.year * 12 + when.month
            self._next_month = day_number(date(month // 12, month % 12 + 1, 1))
            self._new_year = day_number(date(when.year, 1, 1))
            self.close()
            self._month = month - 1
            self.month_output = output
        return day - self._new_year

    def add(self, day: int, brought: tuple[float, float, float, float]) -> None:
        """Book what `day` brought."""
        sums = self._sums
        sums[0] += brought[0]
        sums[1] += brought[1]
        sums[2] += brought[2]
        sums[3] += brought[3]
        if day >= self._this_month:
            self.days.add(day, brought)

    def close(self) -> None:
        """Book the month that is open."""
        if self._month:
            self.months.add(self._month, self._sums)
        self._sums = [0.0] * len(KEPT)


def _pack(spec: PlantSpec) -> float:
    return spec.battery.capacity * JOULES_PER_KWH if spec.battery else 0.0


def _half_arc(a: float, b: float) -> float:
    """Return the hour angle in radians at which a + b cos(h) falls to 0."""
    if b <= 1e-9:
        return math.pi if a > 0 else 0.0
    return round(math.acos(max(-1.0, min(1.0, -a / b))), 9)


def _above(a: float, b: float) -> float:
    """Return the integral of max(0, a + b cos(h)) over one day, in s."""
    arc = _half_arc(a, b)
    return max(0.0, DAY * (a * arc + b * round(math.sin(arc), 9)) / math.pi)
