"""The devices of an emulator and the doors to them; both come and go while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from sungrow_emulator.build import Built, build_site, kind_of
from sungrow_emulator.catalog.errors import ConflictError, EmulatorError, UnknownNameError
from sungrow_emulator.catalog.personas import Timing
from sungrow_emulator.claims import refuse_clashes, refuse_idle_certificates
from sungrow_emulator.config import Config
from sungrow_emulator.device.device import Device
from sungrow_emulator.device.program import compile_program
from sungrow_emulator.device.readback import ReadBack
from sungrow_emulator.device.station import STATION_KINDS, Station
from sungrow_emulator.device.view import View
from sungrow_emulator.doors import ModbusDoor
from sungrow_emulator.plan import GATEWAY_PATHS, DevicePlan, told_at
from sungrow_emulator.site.clock import SimClock
from sungrow_emulator.site.site import Site
from sungrow_emulator.web_door import WinetDoor

AnyDoor = ModbusDoor | WinetDoor


@dataclass(frozen=True, slots=True)
class Installation:
    """One device as planned, with its companions.

    Attributes:
        plan: what was asked for.
        site: its physics, perhaps shared.
        devices: the device and its companions.
        views: them as the Modbus path shows them, by device id.
        doors: where clients come in; a Modbus door may be shared with others.
        overrides: what an operator holds, by device id.
        notes: what the plan made it say.
    """

    plan: DevicePlan
    site: Site
    devices: tuple[Device, ...]
    views: dict[str, View]
    doors: tuple[AnyDoor, ...]
    notes: tuple[str, ...]
    overrides: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])

    @property
    def id(self) -> str:
        """The name of the device that was asked for."""
        return self.devices[0].id

    @property
    def view(self) -> View:
        """The device that was asked for."""
        return self.views[self.id]


class Fleet:
    """Every installation of an emulator.

    Args:
        plans: what there is from the start.
        clock: simulated time, the same for all.
        monotonic: wall clock in seconds that only goes forward.

    Raises:
        EmulatorError: a plan asks for something that does not exist or fit.
    """

    def __init__(
        self, plans: Iterable[DevicePlan], clock: SimClock, monotonic: Callable[[], float]
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._installations: dict[str, Installation] = {}
        self._owners: dict[str, Installation] = {}
        self._shared_doors: dict[tuple[str, int], ModbusDoor] = {}
        self._given_serials: dict[str, str] = {}
        plans = tuple(_named(tuple(plans)))
        refuse_clashes(plans)
        refuse_idle_certificates(plans)
        for group in _by_site(plans):
            for plan, built in zip(group, build_site(group, clock, monotonic), strict=True):
                with told_at(plan):
                    self._enter(plan, built)

    def __iter__(self) -> Iterator[Installation]:
        """Yield every installation, the oldest first."""
        return iter(tuple(self._installations.values()))

    @property
    def doors(self) -> tuple[AnyDoor, ...]:
        """Every door once."""
        doors = (door for one in self._installations.values() for door in one.doors)
        return tuple(dict.fromkeys(doors))

    @property
    def sites(self) -> tuple[Site, ...]:
        """Every site once."""
        return tuple(dict.fromkeys(one.site for one in self._installations.values()))

    @property
    def first(self) -> Installation:
        """The oldest installation, which is meant where nobody names one."""
        return next(iter(self._installations.values()))

    def device_ids(self) -> tuple[str, ...]:
        """Return the names of all devices, companions behind their own."""
        return tuple(device.id for one in self._installations.values() for device in one.devices)

    def find(self, device_id: str) -> tuple[Installation, View]:
        """Return a device; an empty name means the first.

        Raises:
            UnknownNameError: there is no such device.
        """
        if not device_id:
            return self.first, self.first.view
        owner = self._owners.get(device_id)
        if owner is None:
            raise UnknownNameError("device", device_id, self._owners)
        return owner, owner.views[device_id]

    async def start(self) -> None:
        """Open every door, or none: EmulatorError says which could not be and what to do."""
        opened: set[AnyDoor] = set()
        try:
            for one in self:
                for door in one.doors:
                    if door not in opened:
                        opened.add(door)
                        await self._open(door, one.plan)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close every door and connection."""
        await asyncio.gather(*(door.stop() for door in self.doors))
        doors = self._shared_doors.items()
        self._shared_doors = {at: door for at, door in doors if at == door.address}

    def answers(self) -> bool:
        """Tell whether every door answered a self-read, in memory."""
        return all(door.answers() for door in self.doors)

    async def add(self, plan: DevicePlan, number: int, *, open_doors: bool) -> Installation:
        """Add a device and, if they are to be, open its doors while all others go on.

        Args:
            plan: what it is to be.
            number: what tells it from others of its kind where it has no name.
            open_doors: whether the doors of the others are open.

        Raises:
            ConflictError: its name, its unit id on that port, or a port is taken.
            EmulatorError: the plan asks for something that does not exist or fit.
        """
        plan = _one_of_several(plan, number)
        refuse_clashes((*(one.plan for one in self), plan))
        refuse_idle_certificates((plan,))
        (built,) = build_site((plan,), self._clock, self._monotonic)
        before = set(self.doors)
        added = self._enter(plan, built)
        new = [door for door in added.doors if door not in before]
        try:
            for door in new if open_doors else ():
                await self._open(door, plan)
        except BaseException:
            await asyncio.gather(*(door.stop() for door in new))
            self._leave(added)
            raise
        return added

    async def remove(self, device_id: str) -> Installation:
        """Take a device and its companions away; doors that are only theirs are closed.

        Raises:
            UnknownNameError: there is no such device.
            ConflictError: it is a companion, or the last device.
        """
        gone, _ = self.find(device_id)
        if device_id != gone.id:
            if isinstance(gone.views[device_id].device, Station):
                raise ConflictError(
                    f"{device_id} stands before all at its port; it goes with the last of them"
                )
            raise ConflictError(f"{device_id} belongs to {gone.id}; remove that")
        if len(self._installations) == 1:
            raise ConflictError(f"{device_id} is the last device; an emulator has at least one")
        self._leave(gone)
        still = set(self.doors)
        await asyncio.gather(*(door.stop() for door in gone.doors if door not in still))
        return gone

    def _enter(self, plan: DevicePlan, built: Built) -> Installation:
        for device in built.devices:
            if device.id in self._owners:
                raise ConflictError(f"device {device.id!r} is there already; choose another id")
        config = plan.config
        self._check_serial(plan, built)
        if (door := self._known_door(config)) is not None and door.has_station:
            one, *beside = built.devices
            beside = [device for device in beside if device.kind not in STATION_KINDS]
            built = replace(built, devices=(one, *beside))
        views = {
            device.id: View(
                device,
                program := compile_program(
                    device.model, built.path, config.firmware, config.strict
                ),
                self._monotonic,
                _read_back(config, program.persona.path.timing),
            )
            for device in built.devices
        }
        modbus = self._modbus_door(plan, views, built.key)
        doors: tuple[AnyDoor, ...] = (modbus,)
        if built.dongle != "none":
            config = replace(config, winet=built.dongle)
            try:
                doors += (WinetDoor(config, built.devices, self._monotonic, modbus.clients),)
            except EmulatorError:
                self._detach(modbus, views.values())
                raise
        one = Installation(plan, built.site, built.devices, views, doors, built.notes)
        one.overrides.update({name: {} for name in views})
        self._keep(one)
        if config.serial_number:
            self._given_serials[config.serial_number] = one.id
        return one

    def _keep(self, one: Installation) -> None:
        self._installations[one.id] = one
        self._owners.update(dict.fromkeys(one.views, one))

    def _check_serial(self, plan: DevicePlan, built: Built) -> None:
        serial = plan.config.serial_number
        if serial in self._given_serials:
            raise ConflictError(
                f"serial-number={serial!r}: that is {self._given_serials[serial]} already, so "
                f"{built.devices[0].id} needs another one"
            )

    def _leave(self, one: Installation) -> None:
        one = self._without_station(one)
        del self._installations[one.id]
        self._given_serials.pop(one.plan.config.serial_number, None)
        for name in one.views:
            del self._owners[name]
        for door in one.doors:
            if isinstance(door, ModbusDoor):
                self._detach(door, one.views.values())

    def _without_station(self, one: Installation) -> Installation:
        """Let the next inverter at its port have the station that came with one that leaves."""
        station = next((d for d in one.devices[1:] if isinstance(d, Station)), None)
        heir = next((other for other in self if _stands_beside(other, one)), None)
        if station is None or heir is None:
            return one
        station.site, station.plant = heir.site, heir.devices[0].plant
        views = dict(one.views)
        heir.overrides[station.id] = one.overrides[station.id]
        heir = replace(
            heir,
            devices=(*heir.devices, station),
            views={**heir.views, station.id: views.pop(station.id)},
        )
        self._keep(heir)
        return replace(one, devices=tuple(d for d in one.devices if d is not station), views=views)

    def _detach(self, door: ModbusDoor, views: Iterable[View]) -> None:
        door.detach(views)
        if door.empty:
            doors = self._shared_doors.items()
            self._shared_doors = {at: known for at, known in doors if known is not door}

    async def _open(self, door: AnyDoor, plan: DevicePlan) -> None:
        with told_at(plan):
            await door.start()
        if isinstance(door, ModbusDoor):  # Others may join at the port that the system chose.
            self._shared_doors[door.address[0], door.port] = door

    def _known_door(self, config: Config) -> ModbusDoor | None:
        """Return the Modbus door at the port that a device wants, None where it is new."""
        # Port 0 is another one for each device, but for those behind a gateway.
        if not config.modbus_port and config.path not in GATEWAY_PATHS:
            return None
        return self._shared_doors.get((config.host, config.modbus_port))

    def _modbus_door(self, plan: DevicePlan, views: dict[str, View], key: bytes) -> ModbusDoor:
        """Return the door of a device: one that is there at the same port, or a new one."""
        config = plan.config
        door = self._known_door(config)
        if door is not None:
            door.attach(config, views)
            return door
        door = ModbusDoor(config, views, key)
        if config.modbus_port or config.path in GATEWAY_PATHS:
            self._shared_doors[config.host, config.modbus_port] = door
        return door


def _stands_beside(other: Installation, one: Installation) -> bool:
    """Tell whether another installation has an inverter at the same Modbus port."""
    return (
        other is not one and other.devices[0].kind == "inverter" and other.doors[0] is one.doors[0]
    )


def _read_back(config: Config, timing: Timing | None) -> ReadBack | None:
    if config.timing == "none" or timing is None or timing.read_back == (0.0, 0.0):
        return None
    return ReadBack(*timing.read_back, seed=config.seed + config.instance)


def _named(plans: tuple[DevicePlan, ...]) -> Iterator[DevicePlan]:
    """Yield plans; where there are several, each as one of several."""
    for number, plan in enumerate(plans):
        yield _one_of_several(plan, number) if len(plans) > 1 else plan


def _one_of_several(plan: DevicePlan, number: int) -> DevicePlan:
    """Return a plan that has a name, and a dongle only where one was asked for."""
    with told_at(plan):
        name = plan.id or f"{kind_of(plan.config)}-{number + 1}"
    config = plan.config
    if config.winet == "auto":
        config = replace(config, winet="none")
    return replace(plan, id=name, config=config)


def _by_site(plans: Iterable[DevicePlan]) -> list[list[DevicePlan]]:
    """Return devices by the site that they share, in the order of the first of each."""
    groups: dict[object, list[DevicePlan]] = {}
    for plan in plans:
        groups.setdefault(plan.site or object(), []).append(plan)
    return list(groups.values())
