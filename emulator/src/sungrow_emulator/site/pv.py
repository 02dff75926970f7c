"""From the sky to the DC terminals.

Global irradiance on a clear day follows Haurwitz: 1098 W/m2 * s * exp(-0.057 / s), where s
is the sine of the sun's elevation. Every local date has a clearness of its own, and clouds
take a slowly varying part of what is left. The array gives its rated power at 1000 W/m2
less what warm modules lose.
"""

from __future__ import annotations

import math
from typing import Final

from sungrow_emulator.site.noise import Noise
from sungrow_emulator.site.spec import PlantSpec
from sungrow_emulator.site.sun import DAY, Sun
from sungrow_emulator.site.zone import Zone

_KNOT: Final = 300
_CLOUD: Final = 3
_TEMPERATURE_LOSS: Final = 0.08


def clear_sky(sine: float) -> float:
    """Return clear-sky irradiance in kW/m2 for the sine of the sun's elevation."""
    if sine <= 0:
        return 0.0
    return 1.098 * sine * round(math.exp(-0.057 / sine), 9)


class Sky:
    """Irradiance at the site as a function of time."""

    def __init__(self, seed: int, sun: Sun, zone: Zone, latitude: float) -> None:
        self._sun = sun
        self._zone = zone
        self._days = Noise(seed, "clearness")
        self._clouds = Noise(seed, "clouds")
        self._north = latitude >= 0
        self._block = -1
        self._low = 0.0
        self._rise = 0.0
        self._air = 0.0

    def clearness(self, day: int) -> tuple[float, float]:
        """Return (upper clearness, depth of clouds) of a local date, given as days since 1970.

        Clearness of that date moves between upper * (1 - depth) and upper.
        """
        word = self._days.word(day)
        upper = 0.25 + 0.75 * math.sqrt((word >> 32) / 2**32)
        return upper, 0.04 + 0.4 * (word & 0xFFFF) / 65536

    def irradiance(self, t: float) -> float:
        """Return irradiance in kW/m2 at epoch second `t`, at most about 1.04."""
        block = int(t // _KNOT)
        if block != self._block:
            self._enter(block)
        return self._low + (t - block * _KNOT) * self._rise

    def ambient(self, t: float) -> float:
        """Return the air temperature at epoch second `t` in degrees Celsius."""
        block = int(t // _KNOT)
        if block != self._block:
            self._enter(block)
        return self._air

    def _enter(self, block: int) -> None:
        self._block = block
        self._low = self._knot(block)
        self._rise = (self._knot(block + 1) - self._low) / _KNOT
        local = self._zone.local(block * float(_KNOT))
        season = math.cos(2 * math.pi * (local / DAY - 20) / 365.2425)
        hour = math.cos(2 * math.pi * (local % DAY / DAY - 0.625))
        self._air = 11 - round((9 if self._north else -9) * season - 4 * hour, 6)

    def _knot(self, index: int) -> float:
        t = index * float(_KNOT)
        clear = clear_sky(self._sun.sine(t))
        if not clear:
            return 0.0
        upper, depth = self.clearness(int(self._zone.local(t) // DAY))
        return clear * upper * (1 - depth * self._clouds.smooth(index / _CLOUD))


def dc_yield(irradiance: float) -> float:
    """Return DC power per rated power at `irradiance` in kW/m2; never above it."""
    return irradiance * (1 - _TEMPERATURE_LOSS * irradiance)


class Array:
    """The PV inputs of one plant: how power becomes volts and amperes."""

    def __init__(self, spec: PlantSpec, noise: Noise) -> None:
        strings = spec.strings_per_mppt or (1,)
        self.strings = tuple(strings[min(n, len(strings) - 1)] for n in range(spec.mppt_count))
        weights = [
            count * (1 + 0.03 * (noise.unit(n) - 0.5)) for n, count in enumerate(self.strings)
        ]
        total = math.fsum(weights)
        self.shares = tuple(weight / total for weight in weights)
        window = spec.mppt_voltage_max - spec.mppt_voltage_min
        self.working_voltage = spec.mppt_voltage_min + 0.52 * window
        self.open_voltage = min(1.2 * self.working_voltage, 0.95 * spec.max_dc_voltage)
        self._floor = spec.mppt_voltage_min
        self._offsets = tuple(0.02 * (noise.unit(100 + n) - 0.5) for n in range(spec.mppt_count))

    def voltage(self, tracker: int, light: float, drawn: float) -> float:
        """Return the voltage of a tracker in V.

        Args:
            tracker: counted from 0.
            light: available power per rated power.
            drawn: share of the available power that is drawn; 0 = open circuit.
        """
        if light <= 0:
            return 0.0
        dusk = min(1.0, 0.8 + 2 * light) if light < 0.1 else 1.0
        working = self.working_voltage * dusk * (1 + self._offsets[tracker])
        if drawn <= 0:
            return self.open_voltage * dusk * min(1.0, light / 0.002)
        away = (self.open_voltage * dusk - working) * (1 - drawn)
        return max(self._floor, working + away)
