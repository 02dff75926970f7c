"""An emulator inside the test's own process: in a thread of its own, or on the caller's loop."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sungrow_emulator.answers import (
    ChangeAnswer,
    DeviceAnswer,
    DoorAnswer,
    FieldAnswer,
    RegistersAnswer,
    StateAnswer,
)
from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.config import Config
from sungrow_emulator.emulator import Emulator
from sungrow_emulator.plan import Plan, plan_of, plan_of_devices
from sungrow_emulator.testing.clock import AsyncClock, Clock
from sungrow_emulator.testing.loop_thread import LoopThread

T = TypeVar("T")

SUMMER_NOON = "2026-06-21T11:00:00Z"
"""Where time stands in a test unless it says otherwise."""
_DEFAULTS: dict[str, Any] = {
    "modbus_port": 0,
    "seed": 1,
    "start": SUMMER_NOON,
    "freeze": True,
    "model": "SG5.0RT",
    "winet": "none",
    "winet_http_port": 0,
    "winet_ws_port": 0,
    "winet_tls_port": 0,
}


_ADDED: dict[str, Any] = {"model": "SG5.0RT", "modbus_port": 0}


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """What a client needs to connect.

    Attributes:
        connection_type: `modbus` (plain Modbus TCP), `sungrow` (encrypted Modbus TCP) or
            `http` (the dongle's WebSocket and HTTP).
        host: address of the emulated device.
        port: TCP port; of the WebSocket for `http`.
        unit: unit id of the device; for `http` the number that the dongle gave it, which its
            clients send as `dev_id`.
        http_port: TCP port of the dongle's HTTP for `http`, else None.
    """

    connection_type: str
    host: str
    port: int
    unit: int
    http_port: int | None = None


class SungrowEmulator:
    """An emulated inverter for a test: ephemeral port, frozen clock, fixed seed.

    Use it as a context manager, sync or async.

    Args:
        site: a site file instead of one inverter. It keeps the ports that it names; time
            stands still at a summer noon unless it says otherwise.
        devices: several devices instead of one, each with `id`, `site`, `hold`, `faults` and
            options of its own.
        options: those of the command line with underscores (`model`, `path`, `firmware`,
            `encryption`, `start`, …); beside several devices they hold for all of them.

    Raises:
        EmulatorError: an option is unknown or out of range.
    """

    def __init__(
        self,
        site: str | Path | None = None,
        *,
        devices: Sequence[Mapping[str, Any]] | None = None,
        **options: Any,
    ) -> None:
        self.plan = _plan(site, devices, options)
        self.config = self.plan.config
        self._thread: LoopThread | None = None
        self._emulator: Emulator | None = None

    def __enter__(self) -> Handle:
        """Start in a daemon thread with a loop of its own."""
        self._thread = LoopThread()
        try:
            emulator = self._thread.call(lambda: Emulator(self.plan))
            self._thread.run(emulator.start())
        except BaseException:
            self._thread.stop()
            raise
        self._emulator = emulator
        return Handle(emulator, self._thread.call, self._thread.run)

    def __exit__(self, *_: object) -> None:
        """Close doors and connections and end the thread."""
        if self._thread is not None and self._emulator is not None:
            self._thread.run(self._emulator.stop())
            self._thread.stop()

    async def __aenter__(self) -> AsyncHandle:
        """Start on the caller's loop."""
        self._emulator = Emulator(self.plan)
        await self._emulator.start()
        return AsyncHandle(self._emulator)

    async def __aexit__(self, *_: object) -> None:
        """Close doors and connections."""
        if self._emulator is not None:
            await self._emulator.stop()


class _Commands:
    """What both handles can do; every command answers what it changed."""

    def __init__(self, emulator: Emulator, call: Callable[[Callable[[], Any]], Any]) -> None:
        self.emulator = emulator
        self._call = call

    def __repr__(self) -> str:
        """Name the model, the address and the simulated time."""
        clock = self._do(self.emulator.clock)
        more = len(self._do(self.emulator.installations)) - 1
        what = f"{self.device().model}{f' and {more} more' if more else ''}"
        where = f"{self.host}:{self.modbus_port}"
        return f"<{type(self).__name__} {what} at {where}, {clock.time}>"

    @property
    def host(self) -> str:
        """Address of the emulated device, of the first where there are several."""
        return self.emulator.modbus.address[0]

    @property
    def modbus_port(self) -> int:
        """TCP port of its Modbus door."""
        return self.emulator.modbus.port

    def connection_info(self, connection_type: str = "modbus", device: str = "") -> ConnectionInfo:
        """Return host, port and unit of a device for a connection type of SunGather.

        Raises:
            EmulatorError: there is no such device, or it has no door of that type; for `http`
                also where the dongle wants a login, which SunGather's client has not.
        """
        kinds = ("modbus", "sungrow", "http")
        if connection_type not in kinds:
            raise UnknownNameError("connection type", connection_type, kinds)
        device = self.device(device).id
        doors = {door.kind: door for door in self.state().doors if device in door.units.values()}
        if connection_type == "http":
            return _web_info(doors, device)
        if "modbus" not in doors:
            raise EmulatorError(f"no Modbus door of this emulator leads to {device}")
        door = doors["modbus"]
        return ConnectionInfo(connection_type, door.host, door.port, _unit(door, device))

    def state(self) -> StateAnswer:
        """Return the whole emulator at this instant."""
        return self._do(self.emulator.state)

    def device(self, device: str = "") -> DeviceAnswer:
        """Return one device and what it is doing."""
        return self._do(lambda: self.emulator.device(device))

    def fields(self, device: str = "") -> tuple[FieldAnswer, ...]:
        """Return every register as the device shows it now, decoded, with its truth."""
        return self._do(lambda: self.emulator.fields(device))

    def field(self, name: str, device: str = "") -> FieldAnswer:
        """Return one register by name; EmulatorError names the nearest."""
        found = {field.name: field for field in self.fields(device)}
        if name not in found:
            raise UnknownNameError("register", name, found)
        return found[name]

    def registers(
        self, table: str, address: int, count: int = 1, device: str = ""
    ) -> RegistersAnswer:
        """Return raw words by document number."""
        return self._do(lambda: self.emulator.registers(device, table, address, count))

    def pin(
        self, table: str, address: int, words: Sequence[int], device: str = ""
    ) -> RegistersAnswer:
        """Lay raw words above the registers until they are unpinned."""
        return self._do(lambda: self.emulator.pin(device, table, address, words))

    def unpin(self, table: str, address: int, device: str = "") -> RegistersAnswer:
        """Take pinned words away."""
        return self._do(lambda: self.emulator.unpin(device, table, address))

    def write(self, address: int, words: Sequence[int], device: str = "") -> ChangeAnswer:
        """Write holding registers as a client would, with the same checks."""
        return self._do(lambda: self.emulator.write(device, address, words))

    def set_power(self, watts: float, device: str = "") -> ChangeAnswer:
        """Hold PV so that the uncurtailed AC power is `watts`."""
        return self._do(lambda: self.emulator.set_power(device, watts))

    def release_power(self, device: str = "") -> ChangeAnswer:
        """Let PV follow the sun again."""
        return self._do(lambda: self.emulator.release_power(device))

    def set_load(self, watts: float | None, device: str = "") -> ChangeAnswer:
        """Hold the house load; None lets it follow its profile again."""
        return self._do(lambda: self.emulator.set_load(device, watts))

    def set_soc(self, percent: float, device: str = "") -> ChangeAnswer:
        """Set the battery's state of charge."""
        return self._do(lambda: self.emulator.set_soc(device, percent))

    def set_battery_power(self, watts: float | None, device: str = "") -> ChangeAnswer:
        """Hold the battery power (positive discharges); None lets it manage itself again."""
        return self._do(lambda: self.emulator.set_battery_power(device, watts))

    def set_fault(self, fault: int | str, device: str = "") -> ChangeAnswer:
        """Raise a fault or an alarm by number or name."""
        return self._do(lambda: self.emulator.set_fault(device, fault))

    def clear_fault(self, fault: int | str | None = None, device: str = "") -> ChangeAnswer:
        """Clear one fault or alarm, or all of them."""
        return self._do(lambda: self.emulator.clear_fault(device, fault))

    def reset(self) -> StateAnswer:
        """Go back to right after the start."""
        self._do(self.emulator.reset)
        return self.state()

    def _do(self, command: Callable[[], T]) -> T:
        result: T = self._call(command)
        return result


class Handle(_Commands):
    """A running emulator in a thread of its own. Every method may be called from any thread."""

    def __init__(
        self,
        emulator: Emulator,
        call: Callable[[Callable[[], Any]], Any],
        run: Callable[[Coroutine[Any, Any, Any]], Any],
    ) -> None:
        super().__init__(emulator, call)
        self.clock = Clock(emulator, call, run)
        self._run = run

    def add_device(self, **members: Any) -> tuple[DeviceAnswer, ...]:
        """Add a device while all others go on; return it and its companions.

        Args:
            members: `id`, `hold`, `faults` and its options. Unless they say otherwise it is
                an SG5.0RT at a port that the system chooses.
        """
        return self._run(self.emulator.add_device({**_ADDED, **members}))

    def remove_device(self, device: str) -> None:
        """Take a device and its companions away."""
        self._run(self.emulator.remove_device(device))


class AsyncHandle(_Commands):
    """A running emulator on the caller's loop. What takes time is awaited."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator, _call_directly)
        self.clock = AsyncClock(emulator, _call_directly)

    async def add_device(self, **members: Any) -> tuple[DeviceAnswer, ...]:
        """Add a device while all others go on; return it and its companions.

        Args:
            members: `id`, `hold`, `faults` and its options. Unless they say otherwise it is
                an SG5.0RT at a port that the system chooses.
        """
        return await self.emulator.add_device({**_ADDED, **members})

    async def remove_device(self, device: str) -> None:
        """Take a device and its companions away."""
        await self.emulator.remove_device(device)


def _web_info(doors: Mapping[str, DoorAnswer], device: str) -> ConnectionInfo:
    """Return what a client of the dongle needs that, like SunGather's, has no password."""
    socket, pages = doors.get("winet-ws"), doors.get("winet-http")
    remedy = "start it with winet='winet-s' and a dongle_firmware before P024"
    if socket is None or pages is None:
        raise EmulatorError(f"this emulator has no plain web door; {remedy}")
    if socket.login:
        raise EmulatorError(
            f"the dongle of this emulator wants a login, and http clients cannot log in; {remedy}"
        )
    return ConnectionInfo("http", socket.host, socket.port, _unit(socket, device), pages.port)


def _unit(door: DoorAnswer, device: str) -> int:
    return next(int(unit) for unit, name in door.units.items() if name == device)


def _call_directly(function: Callable[[], T]) -> T:
    return function()


def _plan(
    site: str | Path | None, devices: Sequence[Mapping[str, Any]] | None, options: dict[str, Any]
) -> Plan:
    if site is None:
        given = {**_DEFAULTS, **options}
        return (
            plan_of(Config.from_mapping(given))
            if devices is None
            else plan_of_devices(given, devices)
        )
    if devices is not None or options.get("count", 1) != 1:
        raise EmulatorError("a site file lists its devices; leave devices and count out")
    from sungrow_emulator.site_file import load_site

    return load_site(Path(site), options, {"start": SUMMER_NOON, "freeze": True})
