"""The battery pack: state of charge, limits and voltages.

Energy is booked at the terminals; what is lost on the way in and out is the converter's
(`EFFICIENCY`), so a full cycle gives back what the terminals took.
"""

from __future__ import annotations

from typing import Final

from sungrow_emulator.site.spec import BatteryPackSpec

EFFICIENCY: Final = 0.98
"""Share of the power that is left after the battery converter, in either direction."""

# The BMS tapers the current over this much SoC (in %) next to full and empty.
_TAPER: Final = 5.0
_LEAST: Final = 0.04
_LFP_CELL: Final = 3.2
_NOTHING: Final = 1e-6


class Battery:
    """One pack and its state of charge.

    Attributes:
        spec: the pack.
        soc: state of charge in %, 0 ... 100.
        cells: cells in series.
        health: state of health in %.
    """

    def __init__(self, spec: BatteryPackSpec, soc: float) -> None:
        self.spec = spec
        self.soc = soc
        self.cells = max(1, round(spec.nominal_voltage / _LFP_CELL))
        self.health = 99.0
        self._percent_per_joule = 100 / (spec.capacity * 3.6e6)

    def charge_allowed(self) -> float:
        """Return the share of the charging power that the BMS allows; 0 when full."""
        room = 100 - self.soc
        return 0.0 if room <= 0 else max(_LEAST, min(1.0, room / _TAPER))

    def discharge_allowed(self) -> float:
        """Return the share of the discharging power that the BMS allows; 0 when empty."""
        return 0.0 if self.soc <= 0 else max(_LEAST, min(1.0, self.soc / _TAPER))

    def caps(self, low: float, high: float, seconds: float) -> tuple[float, float]:
        """Return (charging, discharging) power in W that can be held for `seconds`.

        Neither leads beyond `high` or below `low` per cent of charge.
        """
        per_joule = self._percent_per_joule * seconds
        charge = (high - self.soc) / per_joule if high - self.soc > _NOTHING else 0.0
        discharge = (self.soc - low) / per_joule if self.soc - low > _NOTHING else 0.0
        return (
            min(charge, self.spec.max_charge * self.charge_allowed()),
            min(discharge, self.spec.max_discharge * self.discharge_allowed()),
        )

    def move(self, power: float, seconds: float) -> None:
        """Discharge (positive) or charge (negative) with `power` W for `seconds`."""
        self.soc = self.soc_after(power, seconds)

    def soc_after(self, power: float, seconds: float) -> float:
        """Return the SoC that `move` would lead to."""
        return max(0.0, min(100.0, self.soc - power * seconds * self._percent_per_joule))

    def voltage(self, soc: float, power: float) -> float:
        """Return the terminal voltage in V at `soc` per cent while `power` W flows out."""
        rest = 0.95 + 0.1 * soc / 100
        return self.spec.nominal_voltage * (
            rest - 0.02 * power / max(1.0, self.spec.max_discharge)
        )
