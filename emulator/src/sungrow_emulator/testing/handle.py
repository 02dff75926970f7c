"""An emulator inside the test's own process: in a thread of its own, or on the caller's loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sungrow_emulator.answers import (
    ChangeAnswer,
    ClockAnswer,
    DeviceAnswer,
    FieldAnswer,
    RegistersAnswer,
    StateAnswer,
)
from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.config import Config
from sungrow_emulator.emulator import Emulator

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


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """What a client needs to connect.

    Attributes:
        connection_type: `modbus` (plain Modbus TCP), `sungrow` (encrypted Modbus TCP) or
            `http` (the dongle's WebSocket and HTTP).
        host: address of the emulated device.
        port: TCP port; of the WebSocket for `http`.
        unit: unit id of the device.
        http_port: TCP port of the dongle's HTTP for `http`, else None.
    """

    connection_type: str
    host: str
    port: int
    unit: int
    http_port: int | None = None


class SungrowEmulator:
    """An emulated inverter for a test: ephemeral port, frozen clock, fixed seed.

    Options are those of the command line with underscores (`model`, `path`, `firmware`,
    `encryption`, `start`, …). Use it as a context manager, sync or async.

    Raises:
        EmulatorError: an option is unknown or out of range.
    """

    def __init__(self, **options: Any) -> None:
        self.config = Config.from_mapping({**_DEFAULTS, **options})
        self._thread: _LoopThread | None = None
        self._emulator: Emulator | None = None

    def __enter__(self) -> Handle:
        """Start in a daemon thread with a loop of its own."""
        self._thread = _LoopThread()
        try:
            emulator = self._thread.call(lambda: Emulator(self.config))
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
        self._emulator = Emulator(self.config)
        await self._emulator.start()
        return AsyncHandle(self._emulator, _call_directly)

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
        clock = self._call(self.emulator.clock)
        config = self.emulator.config
        where = f"{self.host}:{self.modbus_port}"
        return f"<{type(self).__name__} {config.model} at {where}, {clock.time}>"

    @property
    def host(self) -> str:
        """Address of the emulated device."""
        return self.emulator.config.host

    @property
    def modbus_port(self) -> int:
        """TCP port that the system chose for Modbus."""
        return self.emulator.modbus.port

    def connection_info(self, connection_type: str = "modbus") -> ConnectionInfo:
        """Return host, port and unit for a connection type of SunGather.

        Raises:
            EmulatorError: this emulator has no door of that type.
        """
        kinds = ("modbus", "sungrow", "http")
        if connection_type not in kinds:
            raise UnknownNameError("connection type", connection_type, kinds)
        if connection_type == "http":
            ports = {door.kind: door.port for door in self.state().doors}
            if "winet-ws" not in ports or "winet-http" not in ports:
                raise EmulatorError(
                    "this emulator has no plain web door; start it with winet='winet-s' and a "
                    "dongle_firmware before P026"
                )
            unit, web = self.emulator.config.unit, ports["winet-http"]
            return ConnectionInfo("http", self.host, ports["winet-ws"], unit, web)
        return ConnectionInfo(
            connection_type, self.host, self.modbus_port, self.emulator.config.unit
        )

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
        return self._do(self.emulator.reset)

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


class AsyncHandle(_Commands):
    """A running emulator on the caller's loop. Going through time is awaited."""

    def __init__(self, emulator: Emulator, call: Callable[[Callable[[], Any]], Any]) -> None:
        super().__init__(emulator, call)
        self.clock = AsyncClock(emulator, call)


class _ClockCommands:
    def __init__(self, emulator: Emulator, call: Callable[[Callable[[], Any]], Any]) -> None:
        self._emulator = emulator
        self._call = call

    def now(self) -> ClockAnswer:
        """Return where simulated time stands."""
        return self._call(self._emulator.clock)

    def freeze(self) -> ClockAnswer:
        """Let simulated time stand still."""
        return self._call(self._emulator.freeze)

    def resume(self) -> ClockAnswer:
        """Let simulated time run."""
        return self._call(self._emulator.resume)

    def set_speed(self, speed: float) -> ClockAnswer:
        """Let simulated time run at `speed` simulated seconds per second."""
        return self._call(lambda: self._emulator.set_speed(speed))


class Clock(_ClockCommands):
    """Simulated time of a `Handle`."""

    def __init__(
        self,
        emulator: Emulator,
        call: Callable[[Callable[[], Any]], Any],
        run: Callable[[Coroutine[Any, Any, Any]], Any],
    ) -> None:
        super().__init__(emulator, call)
        self._run = run

    def jump(self, target: str) -> ClockAnswer:
        """Go to an ISO 8601 time, or sunrise, sunset, solar-noon, midnight, dst-change."""
        return self._run(self._emulator.jump(target))

    def advance(self, seconds: float) -> ClockAnswer:
        """Go forward by simulated seconds."""
        return self._run(self._emulator.advance(seconds))


class AsyncClock(_ClockCommands):
    """Simulated time of an `AsyncHandle`."""

    async def jump(self, target: str) -> ClockAnswer:
        """Go to an ISO 8601 time, or sunrise, sunset, solar-noon, midnight, dst-change."""
        return await self._emulator.jump(target)

    async def advance(self, seconds: float) -> ClockAnswer:
        """Go forward by simulated seconds."""
        return await self._emulator.advance(seconds)


class _LoopThread:
    """An event loop in a daemon thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="sungrow-emulator", daemon=True
        )
        self._thread.start()

    def call(self, function: Callable[[], T]) -> T:
        """Run a function on the loop and return what it returns."""

        async def wrapped() -> T:
            return function()

        return self.run(wrapped())

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and return what it returns."""
        if not self._thread.is_alive():
            coroutine.close()
            raise EmulatorError("this emulator has been stopped; enter its context again")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def stop(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _call_directly(function: Callable[[], T]) -> T:
    return function()
