"""Written settings that read back their old values for a while, as a dongle's cache shows them.

A dongle answers reads of holding registers out of a cache that it fills anew when it likes. What
is written goes to the inverter, which obeys at once, and not into the cache: the old value reads
back for minutes to hours, never for less than two minutes (danbitzer/hass-sungrow-modbus PLAN.md:
13047 read 440 where 450 had been written).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.device.device import Device
from sungrow_emulator.site.noise import Noise


@dataclass(frozen=True, slots=True)
class ReadBack:
    """How long written settings read back their old values, in seconds of simulated time.

    Attributes:
        shortest: no written value shows earlier.
        longest: no written value shows later.
        seed: of the choice between the two, which is the same for all that is written within
            one second.
    """

    shortest: float
    longest: float
    seed: int

    def __post_init__(self) -> None:
        """Refuse what is no span."""
        if not 0 <= self.shortest <= self.longest:
            raise EmulatorError(
                f"reading back after {self.shortest} to {self.longest} s is not a range"
                " from 0 s on"
            )


class StaleSettings:
    """The settings of a device as a dongle has them; a `bank.Source`.

    Args:
        device: whose settings.
        read_back: how long they stay stale.
    """

    def __init__(self, device: Device, read_back: ReadBack) -> None:
        self._device = device
        self._span = read_back
        self._noise = Noise(read_back.seed, "read back")
        self._resets = device.resets
        self._written = dict(device.settings)
        self._shown = dict(device.settings)
        self._due: dict[str, float] = {}

    @property
    def figures(self) -> Mapping[str, float | str | bytes]:
        """Figures and texts of the device by quantity."""
        return self._device.figures

    @property
    def settings(self) -> Mapping[str, int]:
        """Raw values of the writable registers by name, as they read back."""
        return MappingProxyType(self._shown)

    def setting_for(self, name: str, unit: str, scale: float) -> int:
        """Return a setting, as it reads back, as a raw number of a register."""
        return self._device.setting_for(name, unit, scale, raw=self._shown[name])

    def history(self, name: str, span: str) -> Sequence[float]:
        """Return an array that the site keeps."""
        return self._device.history(name, span)

    def note(self) -> None:
        """Take note of what was written; to be called whenever something changes at once.

        Each write begins the wait anew. A reset of the device empties the cache too.
        """
        now = self._device.settings
        if self._resets != self._device.resets:
            self._resets = self._device.resets
            self._written, self._shown = dict(now), dict(now)
            self._due.clear()
        if now == self._written:
            return
        self.settle(self._device.time)  # Or what is shown would depend on who looked when.
        # On whole seconds, like everything else that shows.
        due = self._after(self._device.time)
        self._due.update((name, due) for name, raw in now.items() if raw != self._written[name])
        self._written = dict(now)

    def settle(self, time: float) -> bool:
        """Show what is due at a simulated time; tell whether that changed anything.

        A clock that was set back makes nobody wait longer than the longest time.
        """
        due = [
            name
            for name, at in self._due.items()
            if not time < at <= time + self._span.longest + 1
        ]
        for name in due:
            del self._due[name]
            self._shown[name] = self._written[name]
        return bool(due)

    def _after(self, time: float) -> float:
        share = self._noise.unit(math.floor(time))
        span = self._span
        return math.ceil(time + span.shortest + (span.longest - span.shortest) * share)
