"""One device: its identity, its settings, its faults, and the instant that its views show."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sungrow_emulator.catalog.codes import load_states
from sungrow_emulator.catalog.spec import FaultSpec, ModelSpec, RegisterSpec, Table, WorkState
from sungrow_emulator.device.controls import controls_for
from sungrow_emulator.device.settings import SETTING_FAILURE, Settings
from sungrow_emulator.device.values import ALARM, CLOCK, FAULT_WORDS, FLEET, slots
from sungrow_emulator.site.clock import SimClock
from sungrow_emulator.site.quantities import INDEX
from sungrow_emulator.site.site import Site

METER_ALARM = 1 << 30
"""Bit of the inverter alarm word that a hybrid without a meter sets (number 514, dumps)."""


@dataclass(frozen=True, slots=True)
class Instant:
    """What a device shows at one moment.

    Attributes:
        time: simulated time, epoch seconds.
        values: the flat vector (device/values.py).
        revision: changes when a setting, a pin or a figure changed.
        valid_until: monotonic time up to which nothing changes by itself.
    """

    time: float
    values: Sequence[float]
    revision: int
    valid_until: float


class Device:
    """One device of the site.

    Args:
        device_id: its name in this emulator.
        kind: inverter, battery, wallbox, meter, logger or ihomemanager.
        model: its catalog row; for a battery a row made from the battery catalog.
        figures: identity texts and numbers that never change, by quantity.
        settings: its writable registers.
        site: where its values come from.
        plant: index of its plant in the site.
        clock: simulated time.
        monotonic: the wall clock that simulated time is driven by.
        has_meter: whether a grid meter is fitted.

    Attributes:
        resets: how often everything that clients wrote was forgotten.
    """

    def __init__(
        self,
        device_id: str,
        kind: str,
        model: ModelSpec,
        figures: Mapping[str, float | str | bytes],
        settings: Settings,
        *,
        site: Site,
        plant: int,
        clock: SimClock,
        monotonic: Callable[[], float],
        has_meter: bool,
    ) -> None:
        self.id = device_id
        self.kind = kind
        self.model = model
        self.figures = figures
        self.site = site
        self.plant = plant
        self.pins: dict[Table, dict[int, int]] = {Table.INPUT: {}, Table.HOLDING: {}}
        self.faults: tuple[FaultSpec, ...] = ()
        self.resets = 0
        self._store = settings
        self._clock = clock
        self._monotonic = monotonic
        self._has_meter = has_meter
        self._revision = 0
        self._instant: Instant | None = None
        self._watchers: list[Callable[[], None]] = []
        self._obey(clock.now())

    def __repr__(self) -> str:
        """Name the device, its model and its serial number."""
        return f"<Device {self.id}: {self.model.name} {self.serial_number}>"

    @property
    def serial_number(self) -> str:
        """The device's own serial number."""
        return str(self.figures["identity.serial"])

    @property
    def settings(self) -> Mapping[str, int]:
        """Raw values of the writable registers by name."""
        return self._store.values

    @property
    def time(self) -> float:
        """Simulated time now, epoch seconds."""
        return self._clock.now()

    def setting_for(self, name: str, unit: str, scale: float, raw: int | None = None) -> int:
        """Return a setting as a raw number of a register with this unit and scale.

        `raw` stands for the value that it has: as if that had been written.
        """
        return self._store.as_raw(name, unit, scale, raw)

    def setting_value(self, name: str, unit: str) -> float | None:
        """Return a setting in a unit, None where this device has no such register."""
        return self._store.scaled(name, unit)

    def value(self, quantity: str) -> float | None:
        """Return a changing quantity as it is now, in its own unit; None where there is none."""
        value = self.instant().values[slots()[quantity]]
        return value if value == value else None

    def history(self, name: str, span: str) -> Sequence[float]:
        """Return an array that the site keeps, as of now."""
        return self.site.history(self.plant, name, span, self.instant().time)

    def watch(self, expire: Callable[[], None]) -> None:
        """Have `expire` called whenever something changes at once."""
        self._watchers.append(expire)

    def unwatch(self, expire: Callable[[], None]) -> None:
        """Stop calling `expire`."""
        self._watchers.remove(expire)

    def changed(self, *, settings: bool = False) -> None:
        """Let every view look again; `settings` also lays settings, figures and pins anew."""
        self._revision += settings
        self._instant = None
        for expire in self._watchers:
            expire()

    def instant(self) -> Instant:
        """Return what the device shows now; all views of it share one instant."""
        now = self._clock.now()
        kept = self._instant
        if kept is None or self._monotonic() >= kept.valid_until:
            readings = self._readings(now)
            # Thousands of devices keep theirs, and packed they are neither far apart nor many.
            values = array("d", (*readings, *self._own_values(now, readings)))
            until = self._clock.wall_deadline(self.site.valid_until(now))
            kept = Instant(now, values, self._revision, until)
            self._instant = kept
        return kept

    def state(self) -> WorkState:
        """Return the operating state."""
        return load_states()[self.site.state(self.plant, self._clock.now())]

    def write(self, writes: Sequence[tuple[RegisterSpec, int]]) -> int:
        """Apply writes to registers, all or nothing; return 0 or an exception code.

        Each write is a register and the raw number; out of range or inconsistent values are
        refused with exception 4, registers that this model lacks with exception 2.
        """
        now = self._clock.now()
        clock = {spec.shows: raw for spec, raw in writes if spec.shows in CLOCK}
        ordinary = [(spec, raw) for spec, raw in writes if spec.shows not in CLOCK]
        local = self._clock_after(clock, now)
        if clock and local is None:
            return SETTING_FAILURE
        pending = dict(self._store.target(spec, raw) for spec, raw in ordinary)
        for spec, raw in ordinary:
            code = self._store.check(spec, raw, pending)
            if code:
                return code
        for spec, raw in ordinary:
            self._store.write(spec, raw)
        if local is not None:
            self.site.set_device_clock(self.plant, local, now)
        if ordinary:
            self._obey(now)
        self.changed(settings=True)
        return 0

    def set_faults(self, faults: tuple[FaultSpec, ...]) -> None:
        """Make exactly these faults and alarms active."""
        now = self._clock.now()
        for fault in self.faults:
            if fault not in faults:
                self.site.clear_fault(self.plant, fault.number, now)
        for fault in faults:
            if fault not in self.faults:
                self.site.set_fault(self.plant, fault.number, fault.stops, now)
        self.faults = faults
        self.changed()

    def reset(self) -> None:
        """Forget faults, pins and everything that clients wrote."""
        self.faults = ()
        for pins in self.pins.values():
            pins.clear()
        self.resets += 1
        self._store.reset()
        self.restore()

    def restore(self) -> None:
        """Tell a site that began afresh what stands: faults and what clients wrote."""
        now = self._clock.now()
        for fault in self.faults:
            self.site.set_fault(self.plant, fault.number, fault.stops, now)
        self._obey(now)
        self.changed(settings=True)

    def _obey(self, now: float) -> None:
        if self.kind == "inverter":
            self.site.set_controls(self.plant, controls_for(self._store, self.model), now)

    def _clock_after(self, fields: Mapping[str, int], now: float) -> datetime | None:
        """Return the device clock with some fields written, None where that is no date."""
        if not fields:
            return None
        local = self.site.local_time(self.plant, now)
        shown = (local.year, local.month, local.day, local.hour, local.minute, local.second)
        parts = [fields.get(name, part) for name, part in zip(CLOCK, shown, strict=True)]
        year, month, day, hour, minute, second = parts
        if not 2000 <= year <= 2099:
            return None
        try:
            # A device's own clock has no zone.
            return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
        except ValueError:
            return None

    def _readings(self, now: float) -> Sequence[float]:
        return self.site.readings(self.plant, now)

    def _fleet(self) -> Sequence[float]:
        """Return the values of FLEET; only a station has any."""
        return [0] * len(FLEET)

    def _own_values(self, now: float, readings: Sequence[float]) -> list[float]:
        local = self.site.local_time(self.plant, now)
        return [
            local.year,
            local.month,
            local.day,
            local.hour,
            local.minute,
            local.second,
            *self._state_values(now, readings),
            *self._alarm_values(),
            *self._fault_words(),
            *self._fleet(),
            local.year % 100,
        ]

    def _state_values(self, now: float, readings: Sequence[float]) -> list[float]:
        state = load_states()[self.site.state(self.plant, now)]
        new, old = state.string_code, state.hybrid_old_code
        return [
            new,
            state.work_state_2 or 0,
            new if old is None else old,
            new,
            0,
            _flow_bits(readings),
            _WORK_STATUS_1.get(state.name, 1 if state.feeds_in else 0),
            1 if state.feeds_in else 2 if "stop" in state.name else 4,
            int(now) // 60 & 0xFFFF,
            _DRM_NONE,
            _ON_GRID,
        ]

    def _alarm_values(self) -> list[float]:
        record = self.site.fault_record(self.plant)
        if record is None:
            return [0] * len(ALARM)
        at = record.at
        return [at.year, at.month, at.day, at.hour, at.minute, at.second, record.number]

    def _fault_words(self) -> list[float]:
        if not self.faults and (self._has_meter or not self.model.hybrid):
            return [0] * len(FAULT_WORDS)
        words = dict.fromkeys(FAULT_WORDS, 0)
        for fault in self.faults:
            if fault.word in words:
                words[fault.word] |= 1 << fault.bit
        if not self._has_meter and self.model.hybrid:
            words["inverter_alarm"] |= METER_ALARM
        return [*words.values()]


_PV, _BATTERY, _LOAD, _EXPORT = map(
    INDEX.__getitem__, ("dc.power", "battery.power", "load.power", "export.power")
)
_ON_GRID = 0x55
_DRM_NONE = 255
_WORK_STATUS_1 = {"derating": 2, "dispatch": 3, "fault": 6}


def _flow_bits(readings: Sequence[float]) -> int:
    """Return the power flow word 13001 (codes.md 2): what flows where."""
    battery, load, export = readings[_BATTERY], readings[_LOAD], readings[_EXPORT]
    return (
        (readings[_PV] > 0)
        | (battery < 0) << 1
        | (battery > 0) << 2
        | (load > 0) << 3
        | (export > 0) << 4
        | (export < 0) << 5
        | (load < 0) << 7
    )
