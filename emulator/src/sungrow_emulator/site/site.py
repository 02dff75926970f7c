"""A site: plants that share one grid connection and one load, as time goes by.

Everything is a function of seed, spec, commands and simulated time. Power is constant
within a step of a fixed 60 s grid and energies are linear in it. A command splits the step
and solves the balance anew at that moment; reading never does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Final

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.site import balance, readings
from sungrow_emulator.site.controls import Controls, FaultRecord
from sungrow_emulator.site.grid import Grid
from sungrow_emulator.site.lifetime import Lifetime
from sungrow_emulator.site.load import Load
from sungrow_emulator.site.noise import Noise
from sungrow_emulator.site.plant import Plant
from sungrow_emulator.site.pv import Sky, dc_yield
from sungrow_emulator.site.quantities import QUANTITIES
from sungrow_emulator.site.shadows import shadows
from sungrow_emulator.site.spec import SiteSpec
from sungrow_emulator.site.sun import DAY, Sun
from sungrow_emulator.site.zone import Zone, naive, seconds_of

__all__ = ["QUANTITIES", "Site"]

STEP: Final = 60


class Site:
    """The truth that all devices and doors show.

    All times are epoch seconds UTC of simulated time. A time before the last command or
    settled step counts as that moment: the past cannot be read again, see `restart`.

    Args:
        spec: what it consists of.
        seed: of all noise.
        start: when it begins; the day so far is simulated from local midnight.
    """

    def __init__(self, spec: SiteSpec, seed: int, start: float) -> None:
        self.spec = spec
        self._seed = seed
        self._zone = Zone(spec.location.timezone)
        self.restart(start)

    def restart(self, t: float) -> None:
        """Begin afresh at `t`, as if nobody had ever commanded anything."""
        self._plants: list[Plant] = []
        self._begins = t
        self._put_off: list[tuple[int, Controls, float]] = []

    @property
    def begun(self) -> bool:
        """Whether anybody has looked yet; before that a site costs next to nothing."""
        return bool(self._plants)

    def _begin(self) -> None:
        """Simulate the day so far, for whoever looks first."""
        spec, seed, t = self.spec, self._seed, self._begins
        place = spec.location
        sun = Sun(place.latitude, place.longitude)
        self._sky = Sky(seed, sun, self._zone, place.latitude)
        self._load = Load(seed, spec.load, self._zone)
        self._load_override: float | None = None
        self._grid = Grid(seed, spec.grid_frequency)
        midnight = self._zone.midnight_before(t)
        today = int(self._zone.local(midnight) // DAY)
        lifetime = Lifetime(sun, self._sky, self._load, spec.plants, place.longitude)
        self._plants = [
            Plant(
                plant,
                Noise(seed, f"plant {position}"),
                self._zone,
                lifetime.past(plant, today, midnight),
                midnight,
            )
            for position, plant in enumerate(spec.plants)
        ]
        self._start = midnight
        self._enter_step(midnight)
        for plant in self._plants:
            plant.temperature = self._ambient
        self._solve()
        self.settle(t)
        for position, controls, at in self._put_off:
            self.set_controls(position, controls, at)

    def settle(self, t: float, max_steps: int | None = None) -> bool:
        """Advance to `t`, at most `max_steps` steps; return whether it got there."""
        if not self._plants:
            self._begin()
        steps = 0
        while self._end <= t:
            if steps == max_steps:
                return False
            self._advance()
            steps += 1
        return True

    @property
    def settled(self) -> float:
        """The end of the step up to which everything is known."""
        return self._end if self._plants else self._begins

    def valid_until(self, t: float) -> float:
        """Return when readings taken at `t` change next, commands aside."""
        self.settle(t)
        return min(float(int(t) + 1), self._end)

    def readings(self, plant: int, t: float) -> list[float]:
        """Return what the instruments of a plant show at `t`, in the order of `QUANTITIES`.

        NaN stands for what this plant does not have. Readings change once per second.
        """
        shown = self._plant(plant)
        self.settle(t)
        second = int(t)
        ahead = max(0.0, second - self._start)
        powers = readings.Powers(self._plants, self._shown_load(second), second)
        grid = self._grid.reading(second)
        return readings.compose(shown, plant, powers, grid, second, ahead, self._ambient)

    def state(self, plant: int, t: float) -> str:
        """Return the name of the working state of a plant, e.g. `run` or `key-stop`."""
        self.settle(t)
        return self._plant(plant).state()

    def history(self, plant: int, name: str, span: str, t: float) -> list[float]:
        """Return one array that the device keeps.

        Args:
            plant: position of the plant.
            name: `pv`, `direct`, `export_pv` or `battery.charge_pv`.
            span: `today` (96 quarter hours, W), `daily` (31, kWh), `monthly` (12, January
                first, kWh) or `yearly` (20, from 2015, kWh).
            t: when.
        """
        kept = self._plant(plant)
        self.settle(t)
        t = max(float(int(t)), self._start)
        totals = kept.counters.ahead(t - self._start)
        midnight = kept.counters.midnight
        return kept.history.read(name, span, kept.day, kept.running_quarter(t), totals, midnight)

    def local_time(self, plant: int, t: float) -> datetime:
        """Return the device's own clock, without a zone."""
        if not self._plants and 0 <= plant < len(self.spec.plants):
            return naive(self._zone.local(t))  # Nobody has set it.
        return naive(self._plant(plant).device_seconds(t))

    def utc_offset(self, t: float) -> float:
        """Return local time at the site minus UTC, in seconds."""
        return self._zone.offset(t)

    def fault_record(self, plant: int) -> FaultRecord | None:
        """Return the fault or alarm the device reports, None when all is well."""
        return self._plant(plant).fault_record()

    def faults(self, plant: int) -> tuple[FaultRecord, ...]:
        """Return all active faults and alarms, oldest first."""
        return self._plant(plant).faults

    def controls(self, plant: int) -> Controls:
        """Return the commands in force."""
        return self._plant(plant).controls

    def set_pv_power(self, plant: int, watts: float | None, t: float) -> None:
        """Let PV give `watts` of AC power if nothing holds it down; None releases it.

        Raises:
            EmulatorError: not within 0 ... 1.1 times nominal power.
        """
        changed = self._plant(plant)
        highest = 1.1 * changed.spec.nominal_power
        if watts is not None and not 0 <= watts <= highest:
            raise EmulatorError(
                f"PV power {watts:g} W is not allowed: it must be 0 to {highest:g} W"
            )

        def change() -> None:
            changed.pv_override = watts

        self._command(t, change)

    def set_load(self, watts: float | None, t: float) -> None:
        """Let the consumers draw `watts`; None releases it.

        Raises:
            EmulatorError: `watts` is negative or not a number.
        """
        if watts is not None and not 0 <= watts < math.inf:
            raise EmulatorError(f"load {watts:g} W is not allowed: it must be 0 W or more")

        def change() -> None:
            self._load_override = watts

        self._command(t, change)

    def set_soc(self, plant: int, percent: float, t: float) -> None:
        """Put the battery at `percent` of charge.

        Raises:
            EmulatorError: not within 0 ... 100, or no battery.
        """
        changed = self._plant(plant)
        battery = changed.battery
        if battery is None:
            raise EmulatorError(f"plant {plant} has no battery whose SoC could be set")
        if not 0 <= percent <= 100:
            raise EmulatorError(f"SoC {percent:g} % is not allowed: it must be 0 to 100 %")

        def change() -> None:
            battery.soc = float(percent)

        self._command(t, change)

    def set_battery_power(self, plant: int, watts: float | None, t: float) -> None:
        """Let the battery give (positive) or take (negative) `watts`; None releases it.

        What the pack cannot do (its power, full, empty) still holds.

        Raises:
            EmulatorError: no battery, or not a number.
        """
        changed = self._plant(plant)
        if changed.battery is None:
            raise EmulatorError(f"plant {plant} has no battery whose power could be set")
        if watts is not None and not math.isfinite(watts):
            raise EmulatorError("battery power must be a number of watts")

        def change() -> None:
            changed.battery_override = watts

        self._command(t, change)

    def set_fault(self, plant: int, number: int, stops: bool, t: float) -> None:
        """Raise fault or alarm `number`; it stops feed-in if `stops`. Several may be active."""
        changed = self._plant(plant)
        self._command(t, lambda: changed.add_fault(number, stops, self._start))

    def clear_fault(self, plant: int, number: int | None, t: float) -> None:
        """Clear one fault or alarm, or all; the inverter then connects again in about 60 s."""
        changed = self._plant(plant)
        self._command(t, lambda: changed.drop_fault(number))

    def set_device_clock(self, plant: int, local: datetime, t: float) -> None:
        """Set the device's own clock to `local`; the site's time stays as it is."""
        changed = self._plant(plant)

        def change() -> None:
            skew = seconds_of(local) - self._zone.local(self._start)
            changed.set_skew(skew, self._start)

        self._command(t, change)

    def set_controls(self, plant: int, controls: Controls, t: float) -> None:
        """Replace the commands in force."""
        plants = len(self.spec.plants)
        if not self._plants and 0 <= plant < plants and len(self._put_off) < 2 * plants:
            self._put_off.append((plant, controls, t))  # Nothing has to begin for that.
            return
        changed = self._plant(plant)

        def change() -> None:
            changed.controls = controls

        self._command(t, change)

    def shadowed_by(self, plant: int, t: float) -> tuple[str, ...]:
        """Return, in words, why the PV power set by hand does not show in full."""
        self.settle(t)
        return shadows(self._plant(plant), t)

    def _plant(self, position: int) -> Plant:
        if not self._plants:
            self._begin()
        if not 0 <= position < len(self._plants):
            raise EmulatorError(f"no plant {position}: the site has {len(self._plants)}")
        return self._plants[position]

    def _command(self, t: float, change: Callable[[], None]) -> None:
        """Apply a change at `t` and solve the balance there."""
        self.settle(t)
        if t > self._start:
            self._live(t)
        change()
        self._solve()

    def _live(self, now: float) -> None:
        """Book the time from the last solution until `now`."""
        seconds = now - self._start
        for plant in self._plants:
            plant.integrate(seconds, self._ambient)
        self._start = now

    def _advance(self) -> None:
        now = self._end
        self._live(now)
        for plant in self._plants:
            plant.tick(now)
        if now >= self._step_end:
            self._enter_step(now)
        self._solve()

    def _enter_step(self, now: float) -> None:
        grid = int(now // STEP)
        middle = grid * STEP + STEP / 2
        self._step_end = float((grid + 1) * STEP)
        self._yield = dc_yield(self._sky.irradiance(middle))
        self._free_load = self._load.power(middle)
        self._ambient = self._sky.ambient(middle)

    def _solve(self) -> None:
        now = self._start
        end = self._step_end
        for plant in self._plants:
            plant.refresh(now, self._yield)
            end = min(end, plant.next_quarter, plant.sequence.deadline)
        self._end = end
        balance.solve(self._plants, self._present_load(), end - now)

    def _present_load(self) -> float:
        return self._free_load if self._load_override is None else self._load_override

    def _shown_load(self, second: int) -> int:
        steady = any(plant.limited == "feed-in" for plant in self._plants)
        if steady or self._load_override is not None:
            return round(self._present_load())
        return round(self._free_load * self._load.jitter(second))
