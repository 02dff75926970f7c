"""What the house draws: a daily shape, and noise that looks like appliances."""

from __future__ import annotations

from typing import Final

from sungrow_emulator.site.noise import Noise
from sungrow_emulator.site.spec import LoadSpec, Profile
from sungrow_emulator.site.sun import DAY
from sungrow_emulator.site.zone import Zone

_APPLIANCE: Final = 600
_JITTER: Final = 0.01
LOWEST: Final = 0.6
HIGHEST: Final = 1.8

# Draw by local hour, relative to the mean of the day.
_HOURS: Final[dict[Profile, tuple[float, ...]]] = {
    "household": (
        0.55, 0.48, 0.45, 0.44, 0.46, 0.60, 1.00, 1.30, 1.15, 0.95, 0.90, 1.05,
        1.25, 1.05, 0.90, 0.88, 0.95, 1.25, 1.70, 1.85, 1.70, 1.35, 1.00, 0.79,
    ),
    "commercial": (
        0.40, 0.40, 0.40, 0.40, 0.42, 0.50, 0.75, 1.20, 1.65, 1.85, 1.90, 1.90,
        1.75, 1.85, 1.85, 1.75, 1.50, 1.10, 0.70, 0.50, 0.43, 0.40, 0.40, 0.40,
    ),
    "flat": (1.0,) * 24,
}  # fmt: skip


class Load:
    """Power drawn at the site as a function of time."""

    def __init__(self, seed: int, spec: LoadSpec, zone: Zone) -> None:
        self.mean = spec.annual_energy / 8.766
        shape = _HOURS[spec.profile]
        scale = 24 / _total(shape)
        self._shape = tuple(scale * value for value in shape)
        self._zone = zone
        self._noise = Noise(seed, "load")
        self._jitter = Noise(seed, "load jitter")
        self._block = -1
        self._low = 0.0
        self._rise = 0.0

    def mean_between(self, first: int, last: int) -> float:
        """Return the mean power in W between two whole local hours."""
        return self.mean * _total(self._shape[first:last]) / (last - first)

    def least_between(self, first: int, last: int) -> float:
        """Return the mean power in W of the least busy hour between two whole local hours."""
        return self.mean * min(self._shape[first:last])

    def power(self, t: float) -> float:
        """Return the power drawn at epoch second `t` in W."""
        block = int(t // _APPLIANCE)
        if block != self._block:
            self._low = self._knot(block)
            self._rise = (self._knot(block + 1) - self._low) / _APPLIANCE
            self._block = block
        return self._low + (t - block * _APPLIANCE) * self._rise

    def jitter(self, second: int) -> float:
        """Return what the meter makes of 1 W in epoch second `second`."""
        return 1 + _JITTER * (2 * self._jitter.unit(second) - 1)

    def _knot(self, index: int) -> float:
        hour = self._zone.local(index * float(_APPLIANCE)) % DAY / 3600
        before = int(hour)
        here = self._shape[before]
        shape = here + (self._shape[(before + 1) % 24] - here) * (hour - before)
        busy = self._noise.unit(index)
        return self.mean * shape * (LOWEST + (HIGHEST - LOWEST) * busy * busy)


def _total(values: tuple[float, ...]) -> float:
    total = 0.0
    for value in values:
        total += value
    return total
