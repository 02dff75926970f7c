"""The façade: everything that REST, command line, charm and tests can ask of an emulator."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sungrow_emulator import __version__
from sungrow_emulator.answers import ClockAnswer, DeviceAnswer, FieldAnswer, StateAnswer
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config
from sungrow_emulator.doors import ModbusDoor
from sungrow_emulator.fleet import Fleet
from sungrow_emulator.metrics import Metric
from sungrow_emulator.operations import Operations, iso
from sungrow_emulator.plan import Plan, added_plan, plan_of
from sungrow_emulator.report import describe, fields
from sungrow_emulator.site.clock import SimClock
from sungrow_emulator.timeline import Timeline, within
from sungrow_emulator.web_door import WinetDoor

API_VERSION = 1
_MOST_SHOWN = 8


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Emulator(Operations):
    """One emulator: sites, their devices and the doors to them. It belongs to one event loop.

    Args:
        what: what to emulate: a plan, or the configuration of one device or of many alike.
        monotonic: wall clock in seconds that only goes forward.
        now: wall clock, used where the configuration gives no start.

    Raises:
        EmulatorError: the configuration asks for something that does not exist or fit.
    """

    def __init__(
        self,
        what: Config | Plan,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        plan = plan_of(what) if isinstance(what, Config) else what
        config = plan.config
        start = config.start_time(now()).timestamp()
        clock = SimClock(start, config.speed, config.freeze, monotonic)
        super().__init__(Fleet(plan.devices, clock, monotonic), clock)
        self.config = config
        self.control_url = ""
        self._timeline = Timeline(config, clock, lambda: self._fleet.sites, self._changed)
        for owner in self._fleet:
            self._begin(owner)
        self._planned = len(plan.devices)
        self._changing = asyncio.Lock()
        self._running = False
        self._ready = False

    def __repr__(self) -> str:
        """Name the devices and the doors."""
        devices, doors = self._fleet.device_ids(), self._fleet.doors
        if len(devices) > _MOST_SHOWN:
            return f"<Emulator of {len(devices)} devices at {len(doors)} doors>"
        return f"<Emulator {', '.join(devices)} on {', '.join(map(repr, doors))}>"

    @property
    def ready(self) -> bool:
        """Whether every door was bound once and answered a self-read; stays True."""
        return self._ready

    @property
    def modbus(self) -> ModbusDoor:
        """The Modbus door of the first device, bound or not."""
        return next(door for door in self._fleet.first.doors if isinstance(door, ModbusDoor))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the configuration made it say, each thing once."""
        return tuple(dict.fromkeys(note for owner in self._fleet for note in owner.notes))

    async def start(self) -> None:
        """Bind every door, or none: EmulatorError says which could not be and what to do."""
        await self._fleet.start()
        self._ready = self._fleet.answers()
        self._running = True
        self._timeline.start()

    async def stop(self) -> None:
        """Close every door and connection."""
        self._running = False
        await self._timeline.stop()
        await self._fleet.stop()

    # What there is.

    async def look(self, seconds: float = math.inf) -> None:
        """Let sites begin that nobody has looked at; others get their turn in between.

        Each takes some 20 ms. Once `seconds` are over the rest is left as it is.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        for site in self._fleet.sites:
            if loop.time() >= end:
                return
            if not site.begun:
                site.settle(self._clock.now(), 0)
                await asyncio.sleep(0)

    def state(self, *, begin: bool = True) -> StateAnswer:
        """Return the whole emulator at this instant.

        Without `begin` no site begins for it that nobody has looked at; devices there have
        neither state nor power nor charge then.
        """
        return StateAnswer(
            api=API_VERSION,
            version=__version__,
            ready=self._ready,
            seed=self.config.seed,
            clock=self.clock(),
            devices=self.devices(begin=begin),
            doors=tuple(answer for door in self._fleet.doors for answer in door.describe()),
            control=self.control_url,
            notes=self.notes,
        )

    def installations(self) -> tuple[str, ...]:
        """Return the names of the devices that were asked for, companions left out."""
        return tuple(owner.id for owner in self._fleet)

    def devices(self, *, begin: bool = True) -> tuple[DeviceAnswer, ...]:
        """Return every device; for `begin` see `state`."""
        return tuple(self.device(name, begin=begin) for name in self._fleet.device_ids())

    def device(self, device_id: str = "", *, begin: bool = True) -> DeviceAnswer:
        """Return one device; an empty id means the first. For `begin` see `state`.

        Raises:
            UnknownNameError: there is no such device.
        """
        owner, view = self._fleet.find(device_id)
        readings = begin or owner.site.begun
        return describe(view, owner.overrides[view.device.id], readings=readings)

    def fields(self, device_id: str = "") -> tuple[FieldAnswer, ...]:
        """Return every register of a device as it shows it now, decoded."""
        return fields(self._fleet.find(device_id)[1])

    def metrics(self) -> tuple[Metric, ...]:
        """Return counters and gauges for monitoring."""
        return tuple(metric for door in self._fleet.doors for metric in door.metrics())

    async def add_device(self, members: Mapping[str, Any]) -> tuple[DeviceAnswer, ...]:
        """Add a device with its companions and open its doors; all others go on.

        Args:
            members: its options as in a site file, by names with hyphens. Where they say
                nothing else it has no dongle, and a serial number and a seed of its own.

        Raises:
            ConflictError: its name, its unit id on that port, or a port is taken.
            EmulatorError: the plan asks for something that does not exist or fit.
        """
        async with self._changing:
            number = self._planned
            plan = added_plan(self.config, members, number)
            self._planned += 1
            added = await self._fleet.add(plan, number, open_doors=self._running)
            try:
                self._begin(added)
            except EmulatorError:
                await self._fleet.remove(added.id)
                raise
        return tuple(self.device(device.id) for device in added.devices)

    async def remove_device(self, device_id: str) -> None:
        """Take a device and its companions away and close what is only theirs.

        Raises:
            UnknownNameError: there is no such device.
            ConflictError: it is a companion, or the last device.
        """
        async with self._changing:
            await self._fleet.remove(device_id)

    # Time.

    def clock(self) -> ClockAnswer:
        """Return where simulated time stands."""
        now = self._clock.now()
        first = self._fleet.first
        local = first.site.local_time(first.devices[0].plant, now).replace(tzinfo=None)
        return ClockAnswer(
            time=iso(now),
            device_time=local.isoformat(timespec="seconds"),
            timezone=first.plan.config.timezone,
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
        Everything up to then is settled before this returns. Going back lets every site begin
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

    def reset(self) -> None:
        """Go back to right after the start: clock, overrides, faults, pins, client writes.

        Doors and connections stay, tokens and locked accounts of dongles do not.
        """
        self._timeline.rewind()
        for owner in self._fleet:
            for device in owner.devices:
                owner.overrides[device.id].clear()
                device.reset()
            self._begin(owner)
        for door in self._fleet.doors:
            if isinstance(door, WinetDoor):
                door.reset()
