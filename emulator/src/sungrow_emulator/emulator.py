"""The façade: everything that REST, command line, charm and tests can ask of an emulator."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sungrow_emulator import __version__, access
from sungrow_emulator.answers import (
    ChangeAnswer,
    ClockAnswer,
    DeviceAnswer,
    FieldAnswer,
    RegistersAnswer,
    StateAnswer,
)
from sungrow_emulator.build import build, model_of
from sungrow_emulator.catalog.codes import find_fault
from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.config import Config
from sungrow_emulator.device.persona import resolve_path
from sungrow_emulator.device.program import compile_program
from sungrow_emulator.device.view import View
from sungrow_emulator.doors import Metric, ModbusDoor
from sungrow_emulator.report import Decoded, changes, decoded, describe, fields, lacks
from sungrow_emulator.site.clock import SimClock
from sungrow_emulator.timeline import Timeline, within
from sungrow_emulator.web_door import LISTED_KINDS, WinetDoor

API_VERSION = 1


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Emulator:
    """One emulator: a site, its devices and the doors to them. It belongs to one event loop.

    Args:
        config: what to emulate.
        monotonic: wall clock in seconds that only goes forward.
        now: wall clock, used where the configuration gives no start.

    Raises:
        EmulatorError: the configuration asks for something that does not exist or fit.
    """

    def __init__(
        self,
        config: Config,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.config = config
        self.control_url = ""
        start = config.start_time(now()).timestamp()
        self._clock = SimClock(start, config.speed, config.freeze, monotonic)
        built = build(config, self._clock, monotonic)
        self._site = built.site
        self._timeline = Timeline(config, self._clock, built.site, self._changed)
        self._devices = {device.id: device for device in built.devices}
        model = model_of(config)
        path, self.notes = resolve_path(model, config.path)
        self._views = {
            device.id: View(
                device,
                compile_program(device.model, path, config.firmware, config.strict),
                monotonic,
            )
            for device in built.devices
        }
        self._overrides: dict[str, dict[str, float]] = {name: {} for name in self._devices}
        self._modbus = ModbusDoor(config, self._views, built.key)
        self._doors: tuple[ModbusDoor | WinetDoor, ...] = (self._modbus,)
        if config.winet != "none" and built.devices[0].kind in LISTED_KINDS:
            web = WinetDoor(config, built.devices, monotonic, self._modbus.clients)
            self._doors += (web,)
        self._ready = False

    def __repr__(self) -> str:
        """Name the devices and the doors."""
        return f"<Emulator {', '.join(self._devices)} on {', '.join(map(repr, self._doors))}>"

    @property
    def ready(self) -> bool:
        """Whether every door was bound once and answered a self-read; stays True."""
        return self._ready

    @property
    def modbus(self) -> ModbusDoor:
        """The Modbus door, bound or not."""
        return self._modbus

    async def start(self) -> None:
        """Bind every door, or none: EmulatorError says which could not be and what to do."""
        try:
            for door in self._doors:
                await door.start()
        except BaseException:
            await self.stop()
            raise
        self._ready = all(door.answers() for door in self._doors)
        self._timeline.start()

    async def stop(self) -> None:
        """Close every door and connection."""
        await self._timeline.stop()
        for door in self._doors:
            await door.stop()

    # What there is.

    def state(self) -> StateAnswer:
        """Return the whole emulator at this instant."""
        return StateAnswer(
            api=API_VERSION,
            version=__version__,
            ready=self._ready,
            seed=self.config.seed,
            clock=self.clock(),
            devices=self.devices(),
            doors=tuple(answer for door in self._doors for answer in door.describe()),
            control=self.control_url,
            notes=self.notes,
        )

    def devices(self) -> tuple[DeviceAnswer, ...]:
        """Return every device."""
        return tuple(self.device(device_id) for device_id in self._devices)

    def device(self, device_id: str = "") -> DeviceAnswer:
        """Return one device; an empty id means the first.

        Raises:
            UnknownNameError: there is no such device.
        """
        view = self._view(device_id)
        return describe(view, self._overrides[view.device.id])

    def fields(self, device_id: str = "") -> tuple[FieldAnswer, ...]:
        """Return every register of a device as it shows it now, decoded."""
        return fields(self._view(device_id))

    def metrics(self) -> tuple[Metric, ...]:
        """Return counters and gauges for monitoring."""
        return tuple(metric for door in self._doors for metric in door.metrics())

    # Registers.

    def registers(
        self, device_id: str, table: str, address: int, count: int = 1
    ) -> RegistersAnswer:
        """Return raw words by document number.

        Raises:
            EmulatorError: a client would get an exception there; the sentence says which.
        """
        return access.read_block(self._view(device_id), access.table_named(table), address, count)

    def pin(
        self, device_id: str, table: str, address: int, words: Sequence[int]
    ) -> RegistersAnswer:
        """Lay raw words above the bank until they are unpinned."""
        return access.pin(self._view(device_id), access.table_named(table), address, words)

    def unpin(self, device_id: str, table: str, address: int) -> RegistersAnswer:
        """Take the run of pinned words away that begins at an address."""
        return access.unpin(self._view(device_id), access.table_named(table), address)

    def write(self, device_id: str, address: int, words: Sequence[int]) -> ChangeAnswer:
        """Write holding registers as a client would, with the same checks.

        Raises:
            EmulatorError: the device refuses; the sentence names the exception code.
        """
        view = self._view(device_id)
        before = decoded(view)
        access.write(view, address, words)
        return self._change(view, before, f"wrote holding {address}")

    # What an operator does to the site.

    def set_power(self, device_id: str, watts: float) -> ChangeAnswer:
        """Hold PV so that uncurtailed AC power is `watts` (0 … 1.1 x nominal), day or night."""
        view = self._inverter(device_id)
        within("watts", watts, 0, 1.1 * view.device.model.nominal_power)
        return self._operate(
            view,
            f"PV held at {watts:g} W",
            lambda at: self._site.set_pv_power(view.device.plant, watts, at),
            pv_power=watts,
        )

    def release_power(self, device_id: str = "") -> ChangeAnswer:
        """Let PV follow the sun again."""
        view = self._inverter(device_id)
        return self._operate(
            view,
            "PV follows the sun",
            lambda at: self._site.set_pv_power(view.device.plant, None, at),
            pv_power=None,
        )

    def set_load(self, device_id: str, watts: float | None) -> ChangeAnswer:
        """Hold the house load at `watts`; None lets it follow its profile again."""
        view = self._inverter(device_id)
        if watts is not None:
            within("watts", watts, 0, 1e6)
        action = "load follows its profile" if watts is None else f"load held at {watts:g} W"
        return self._operate(
            view, action, lambda at: self._site.set_load(watts, at), load_power=watts
        )

    def set_soc(self, device_id: str, percent: float) -> ChangeAnswer:
        """Set the battery's state of charge (0 … 100 %)."""
        view = self._with_battery(device_id)
        within("percent", percent, 0, 100)
        return self._operate(
            view,
            f"state of charge set to {percent:g} %",
            lambda at: self._site.set_soc(view.device.plant, percent, at),
        )

    def set_battery_power(self, device_id: str, watts: float | None) -> ChangeAnswer:
        """Hold the battery at `watts` (positive discharges); None lets it manage itself again."""
        view = self._with_battery(device_id)
        limit = max(view.device.model.battery_max_charge, view.device.model.battery_max_discharge)
        if watts is not None:
            within("watts", watts, -limit, limit)
        action = "battery manages itself" if watts is None else f"battery held at {watts:g} W"
        return self._operate(
            view,
            action,
            lambda at: self._site.set_battery_power(view.device.plant, watts, at),
            battery_power=watts,
        )

    def set_fault(self, device_id: str, fault: int | str) -> ChangeAnswer:
        """Raise a fault (feed-in stops) or an alarm (it goes on) by number or name."""
        view, spec = self._inverter(device_id), find_fault(fault)
        before = decoded(view)
        if spec not in view.device.faults:
            view.device.set_faults((*view.device.faults, spec))
        kind = "fault" if spec.stops else "alarm"
        return self._change(view, before, f"{kind} {spec.number} {spec.name}", lacks(view, spec))

    def clear_fault(self, device_id: str = "", fault: int | str | None = None) -> ChangeAnswer:
        """Clear one fault or alarm, or all of them; the inverter then starts again."""
        view = self._inverter(device_id)
        before = decoded(view)
        active = view.device.faults
        gone = active if fault is None else tuple(f for f in active if f == find_fault(fault))
        if fault is not None and not gone:
            names = ", ".join(f"{f.number} {f.name}" for f in active) or "none"
            raise EmulatorError(f"fault {fault} is not active; active are: {names}")
        view.device.set_faults(tuple(f for f in active if f not in gone))
        cleared = ", ".join(f"{f.number} {f.name}" for f in gone) or "nothing"
        return self._change(view, before, f"cleared {cleared}")

    # Time.

    def clock(self) -> ClockAnswer:
        """Return where simulated time stands."""
        now = self._clock.now()
        local = self._site.local_time(0, now).replace(tzinfo=None)
        return ClockAnswer(
            time=_iso(now),
            device_time=local.isoformat(timespec="seconds"),
            timezone=self.config.timezone,
            speed=self._clock.speed,
            frozen=self._clock.frozen,
        )

    def freeze(self) -> ClockAnswer:
        """Let simulated time stand still."""
        self._timeline.freeze()
        return self.clock()

    def resume(self) -> ClockAnswer:
        """Let simulated time run again."""
        self._timeline.resume()
        return self.clock()

    def set_speed(self, speed: float) -> ClockAnswer:
        """Let simulated time run at `speed` simulated seconds per second (0.001 … 86400)."""
        self._timeline.set_speed(speed)
        return self.clock()

    async def jump(self, target: str) -> ClockAnswer:
        """Go to an ISO 8601 time, or to a named moment.

        The moments are the next sunrise, sunset, solar-noon, midnight and dst-change.
        Everything up to then is settled before this returns. Going back lets the site begin
        afresh at that time; faults, overrides and client writes stay.
        """
        if await self._timeline.jump(self._timeline.find(target)):
            self._restore()
        return self.clock()

    async def advance(self, seconds: float) -> ClockAnswer:
        """Go forward by simulated seconds (0 … 10 years); returns when all of it is settled."""
        within("seconds", seconds, 0, math.inf)
        await self._timeline.jump(self._clock.now() + seconds)
        return self.clock()

    def reset(self) -> StateAnswer:
        """Go back to right after the start: clock, overrides, faults, pins, client writes.

        Doors and connections stay.
        """
        self._timeline.rewind()
        for device_id, device in self._devices.items():
            self._overrides[device_id].clear()
            device.reset()
        return self.state()

    # Inner workings.

    def _restore(self) -> None:
        """Tell a site that began afresh what stands."""
        now = self._clock.now()
        for device in self._devices.values():
            held = self._overrides[device.id]
            if "pv_power" in held:
                self._site.set_pv_power(device.plant, held["pv_power"], now)
            if "load_power" in held:
                self._site.set_load(held["load_power"], now)
            if "battery_power" in held:
                self._site.set_battery_power(device.plant, held["battery_power"], now)
            device.restore()

    def _changed(self) -> None:
        for device in self._devices.values():
            device.changed()

    def _operate(
        self,
        view: View,
        action: str,
        command: Callable[[float], None],
        **held: float | None,
    ) -> ChangeAnswer:
        before = decoded(view)
        command(self._clock.now())
        overrides = self._overrides[view.device.id]
        for name, value in held.items():
            overrides.pop(name, None)
            if value is not None:
                overrides[name] = value
        self._changed()
        shadows = self._site.shadowed_by(view.device.plant, self._clock.now())
        return self._change(view, before, action, shadows)

    def _change(
        self, view: View, before: Decoded, action: str, notes: tuple[str, ...] = ()
    ) -> ChangeAnswer:
        return ChangeAnswer(
            device=view.device.id,
            action=action,
            time=_iso(self._clock.now()),
            changed=changes(before, decoded(view)),
            notes=notes,
            state=self.device(view.device.id),
        )

    def _view(self, device_id: str) -> View:
        if not device_id:
            return next(iter(self._views.values()))
        try:
            return self._views[device_id]
        except KeyError:
            raise UnknownNameError("device", device_id, self._views) from None

    def _inverter(self, device_id: str) -> View:
        view = self._view(device_id)
        if view.device.kind != "inverter":
            raise EmulatorError(
                f"device {view.device.id!r} is a {view.device.kind}; only an inverter can do this"
            )
        return view

    def _with_battery(self, device_id: str) -> View:
        view = self._view(device_id)
        if view.device.kind == "battery":
            view = next(iter(self._views.values()))
        if view.device.value("battery.soc") is None:
            raise EmulatorError(f"{view.device.model.name} has no battery fitted")
        return view


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
