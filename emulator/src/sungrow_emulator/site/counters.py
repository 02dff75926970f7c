"""Energy and time counters: integrals of power that is constant from step to step.

Kept in joules and seconds since commissioning; a daily counter is the distance from where
the total stood at the device's midnight, so both always move together.
"""

from __future__ import annotations

from typing import Final

# Positions in totals and rates.
PV: Final = 0
OUTPUT: Final = 1
EXPORT: Final = 2
EXPORT_PV: Final = 3
IMPORT: Final = 4
DIRECT: Final = 5
CHARGE: Final = 6
CHARGE_PV: Final = 7
DISCHARGE: Final = 8
RUNNING: Final = 9
COUNT: Final = 10

JOULES_PER_KWH: Final = 3.6e6


class Counters:
    """The counters of one plant.

    Attributes:
        totals: since commissioning, in J; the last one in s.
        rates: what is added per second, in W; the last one 1 while connected to the grid.
        midnight: the totals at the device's last midnight.
        month_output: the output total at the first of the month.
    """

    def __init__(self, totals: list[float], month_output: float) -> None:
        self.totals = totals
        self.rates = [0.0] * COUNT
        self.midnight = list(totals)
        self.month_output = month_output

    def integrate(self, seconds: float) -> None:
        """Add `seconds` at the current rates."""
        self.totals = self.ahead(seconds)

    def ahead(self, seconds: float) -> list[float]:
        """Return what the totals will be in `seconds`."""
        return [
            total + rate * seconds for total, rate in zip(self.totals, self.rates, strict=True)
        ]

    def new_day(self, *, new_month: bool) -> None:
        """Start the daily counters, and with a new month the monthly one, afresh."""
        self.midnight = list(self.totals)
        if new_month:
            self.month_output = self.totals[OUTPUT]
