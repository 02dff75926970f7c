"""One plant while it runs: its inverter, array, battery, clock and counters."""

from __future__ import annotations

import math
from typing import Final

from sungrow_emulator.site import inverter
from sungrow_emulator.site.battery import Battery
from sungrow_emulator.site.controls import Controls, FaultRecord
from sungrow_emulator.site.counters import Counters
from sungrow_emulator.site.history import History, calendar
from sungrow_emulator.site.inverter import Sequence
from sungrow_emulator.site.lifetime import Past
from sungrow_emulator.site.noise import Noise
from sungrow_emulator.site.pv import Array
from sungrow_emulator.site.spec import PlantSpec
from sungrow_emulator.site.sun import DAY
from sungrow_emulator.site.zone import Zone, naive

_QUARTER: Final = 900
# Shares of the rated array power: enough to start, and enough to stay connected.
_READY: Final = 0.004
_ABLE: Final = 0.0015
_WARM_UP: Final = 900.0
# Emergency charging begins this far below the lower SoC limit, in %.
_DEEP: Final = 2.0


class Plant:
    """The changing state of one plant; power in W, constant until the site solves again.

    Attributes:
        spec: what it consists of.
        noise: its own readings' noise.
        array: its PV inputs.
        battery: its pack, None without one.
        sequence: where the inverter is between standby and run.
        controls: what it is told to do.
        pv_override: AC-equivalent of the PV set by hand, None = the sky decides.
        battery_override: battery power set by hand, None = the controls decide.
        available: what the array could give at its MPP.
        dc: what is drawn from it.
        battery_power: at the terminals, positive = discharging.
        ac: at the AC terminals, negative while charging from the grid.
        limited: what holds the AC power down: "", "nominal", "active" or "feed-in".
        emergency: whether it charges because the SoC is far too low.
        temperature: inside the inverter in degrees Celsius.
        counters: its energies.
        history: its arrays.
        skew: device clock minus local time in s.
        next_quarter: when its next quarter hour begins, epoch seconds.
    """

    def __init__(
        self, spec: PlantSpec, noise: Noise, zone: Zone, past: Past, midnight: float
    ) -> None:
        self.spec = spec
        self.noise = noise
        self.array = Array(spec, noise)
        self.battery = Battery(spec.battery, past.soc) if spec.battery else None
        self.sequence = Sequence("run" if self.battery else "standby")
        self.controls = Controls()
        self.pv_override: float | None = None
        self.battery_override: float | None = None
        self.available = 0.0
        self.dc = 0.0
        self.battery_power = 0.0
        self.ac = 0.0
        self.limited = ""
        self.emergency = False
        self.temperature = 25.0
        self.counters = Counters(past.totals, past.month_output)
        self.history = History(past.days, past.months)
        self.history.mark(self.counters)
        self.skew = 0.0
        self._zone = zone
        self._faults: dict[int, FaultRecord] = {}
        self._stopping = False
        self._day = self.device_day(midnight)
        self._quarter_start = midnight
        self.next_quarter = midnight + _QUARTER

    @property
    def ceiling(self) -> float:
        """The highest AC power it may deliver now."""
        limit = self.controls.active_power_limit
        nominal = self.spec.nominal_power
        return nominal if limit is None else max(0.0, min(nominal, limit))

    @property
    def feeding(self) -> bool:
        """Whether it is connected to the grid."""
        return self.sequence.phase == "run"

    def device_seconds(self, t: float) -> float:
        """Return the device's own clock at `t`, as seconds since 1970 on that clock."""
        return self._zone.local(t) + self.skew

    def device_day(self, t: float) -> int:
        """Return the device's own date at `t`, in days since 1970."""
        return int(self.device_seconds(t) // DAY)

    def refresh(self, now: float, irradiance_yield: float) -> None:
        """Take in the sky, and let the inverter change its state."""
        override = self.pv_override
        if override is None:
            self.available = self.spec.peak * irradiance_yield
        else:
            self.available = override / inverter.EFFICIENCY
        stays = self.battery is not None
        self.sequence.update(
            now,
            fault=self._stopping,
            stopped=not self.controls.running,
            ready=stays or self.available > _READY * self.spec.peak,
            able=stays or self.available > _ABLE * self.spec.peak,
            at_once=override is not None,
        )
        if self.battery:
            low = self.controls.soc_min
            deep = low - (0.0 if self.emergency else _DEEP)
            self.emergency = self.battery.soc < deep - 1e-6

    def integrate(self, seconds: float, ambient: float) -> None:
        """Live through `seconds` of constant power."""
        self.counters.integrate(seconds)
        if self.battery and self.battery_power:
            self.battery.move(self.battery_power, seconds)
        warm = ambient + 28 * abs(self.ac) / self.spec.nominal_power
        self.temperature += (warm - self.temperature) * seconds / (seconds + _WARM_UP)

    def tick(self, now: float) -> None:
        """Close the quarter hour, and the day, if they end at `now`."""
        if now < self.next_quarter:
            return
        self._close_quarter(now)
        self.next_quarter += _QUARTER
        day = self.device_day(now)
        if day > self._day:
            self._close_day(day)

    def set_skew(self, skew: float, now: float) -> None:
        """Set the device's clock; a later date ends the day, an earlier one does not."""
        self._close_quarter(now)
        self.skew = skew
        self.next_quarter = now + _QUARTER - self.device_seconds(now) % _QUARTER
        day = self.device_day(now)
        if day > self._day:
            self._close_day(day)
        self._day = day

    def running_quarter(self, t: float) -> tuple[int, float]:
        """Return the quarter hour of the day that is running and for how long it has, in s."""
        return self._quarter_of(self._quarter_start), t - self._quarter_start

    @property
    def day(self) -> int:
        """The day that the daily counters count, in days since 1970."""
        return self._day

    def add_fault(self, number: int, stops: bool, now: float) -> None:
        """Raise a fault or alarm."""
        at = naive(float(int(self.device_seconds(now))))
        self._faults.pop(number, None)
        self._faults[number] = FaultRecord(number, stops, at)
        self._stopping = any(record.stops for record in self._faults.values())

    def drop_fault(self, number: int | None) -> None:
        """Clear one fault or alarm, or all of them."""
        if number is None:
            self._faults.clear()
        else:
            self._faults.pop(number, None)
        self._stopping = any(record.stops for record in self._faults.values())

    @property
    def faults(self) -> tuple[FaultRecord, ...]:
        """All active faults and alarms, oldest first."""
        return tuple(self._faults.values())

    def fault_record(self) -> FaultRecord | None:
        """Return the fault that shows: the latest one that stops, else the latest alarm."""
        if not self._faults:
            return None
        stopping = [record for record in self._faults.values() if record.stops]
        return (stopping or list(self._faults.values()))[-1]

    def state(self) -> str:
        """Return the name of the working state."""
        if self.sequence.phase != "run":
            return self.sequence.phase
        if self._faults:
            return "alarm-run"
        if self.emergency:
            return "emergency-charging"
        if self.battery and self.controls.ems_mode != "self-consumption":
            return "forced" if self.controls.ems_mode == "forced" else "external-ems"
        return {"active": "dispatch", "feed-in": "derating"}.get(self.limited, "run")

    def reactive(self, ac: float) -> float:
        """Return the reactive power in var while `ac` W flow; positive = inductive."""
        if not self.feeding:
            return 0.0
        value = self.controls.reactive_value
        if self.controls.reactive_mode == "var":
            return value
        if self.controls.reactive_mode == "power-factor" and value:
            tangent = math.sqrt(max(0.0, 1 - value * value)) / abs(value)
            return -math.copysign(round(tangent, 9) * abs(ac), value)
        return 0.0

    def _close_quarter(self, now: float) -> None:
        seconds = now - self._quarter_start
        if seconds > 0:
            quarter = self._quarter_of(self._quarter_start)
            self.history.close_quarter(quarter, seconds, self.counters)
        self.history.mark(self.counters)
        self._quarter_start = now

    def _close_day(self, day: int) -> None:
        self.history.close_day(self._day, self.counters)
        was, now = calendar(self._day), calendar(day)
        self.counters.new_day(new_month=(was.year, was.month) != (now.year, now.month))
        self._day = day

    def _quarter_of(self, t: float) -> int:
        return int(self.device_seconds(t) % DAY // _QUARTER)
