"""A façade that records what the control API asks of it and answers fixed things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx

from sungrow_emulator.answers import (
    ChangeAnswer,
    ClockAnswer,
    DeviceAnswer,
    FaultAnswer,
    FieldAnswer,
    RegistersAnswer,
    StateAnswer,
)
from sungrow_emulator.catalog.errors import ConflictError, EmulatorError, UnknownNameError
from sungrow_emulator.emulator import Emulator

FAULT = FaultAnswer(10, "grid-lost", True, "the grid is gone")
DEVICE = DeviceAnswer(
    id="inverter",
    kind="inverter",
    model="SH10RT",
    family="hybrid-rt",
    type_code=0x0E03,
    serial_number="A2320000001",
    state="run",
    code=64,
    power=2500.0,
    soc=55.0,
    overrides={"pv_power": 2500.0},
    faults=(FAULT,),
    pins=(),
)
CLOCK = ClockAnswer("2026-06-21T10:00:00Z", "2026-06-21T12:00:00", "Europe/Berlin", 1.0, True)
FIELD = FieldAnswer(
    name="total_active_power",
    table="input",
    address=5031,
    wire=5030,
    count=2,
    words=(2500, 0),
    value=2500,
    unit="W",
    label="",
    shows="ac.power",
    truth=2500.0,
    writable=False,
    unverified=False,
)
STATE = StateAnswer(
    api=1,
    version="0.0",
    ready=True,
    seed=1,
    clock=CLOCK,
    devices=(DEVICE,),
    doors=(),
    control="http://127.0.0.1:8099",
)


@dataclass(frozen=True)
class Sample:
    """One metric."""

    name: str
    help: str
    kind: str
    labels: dict[str, str]
    value: float


@dataclass
class Recorder:
    """Records each call as (name, arguments); `fails` makes the next ones raise."""

    ready: bool = True
    frozen: bool = False
    control_url: str = ""
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    fails: dict[str, Exception] = field(default_factory=dict)
    looked: list[float] = field(default_factory=list)

    @property
    def facade(self) -> Emulator:
        """The recorder in the place of the real thing."""
        return cast("Emulator", self)

    def _call(self, name: str, *arguments: Any) -> None:
        self.calls.append((name, *arguments))
        if name in self.fails:
            raise self.fails[name]

    async def look(self, seconds: float) -> None:
        self.looked.append(seconds)

    def state(self, *, begin: bool) -> StateAnswer:
        self._call("state")
        return STATE

    def devices(self, *, begin: bool) -> tuple[DeviceAnswer, ...]:
        return (DEVICE,)

    def device(self, device: str = "") -> DeviceAnswer:
        if device not in {"", "inverter"}:
            raise UnknownNameError("device", device, ["inverter"])
        return DEVICE

    async def add_device(self, members: Mapping[str, Any]) -> tuple[DeviceAnswer, ...]:
        self._call("add_device", dict(members))
        return (DEVICE,)

    async def remove_device(self, device: str) -> None:
        self.device(device)
        self._call("remove_device", device)

    def fields(self, device: str) -> tuple[FieldAnswer, ...]:
        self.device(device)
        return (FIELD,)

    def registers(self, device: str, table: str, address: int, count: int = 1) -> RegistersAnswer:
        self._call("registers", device, table, address, count)
        return RegistersAnswer(device, table, address, address - 1, (0,) * count, False, ())

    def pin(self, device: str, table: str, address: int, words: Sequence[int]) -> RegistersAnswer:
        self._call("pin", device, table, address, list(words))
        return RegistersAnswer(device, table, address, address - 1, tuple(words), True, ())

    def unpin(self, device: str, table: str, address: int) -> RegistersAnswer:
        self._call("unpin", device, table, address)
        return RegistersAnswer(device, table, address, address - 1, (0,), False, ())

    def _change(self, name: str, device: str, *arguments: Any) -> ChangeAnswer:
        self._call(name, device, *arguments)
        return ChangeAnswer(device, name, CLOCK.time, (), ("a note",), DEVICE)

    def write(self, device: str, address: int, words: Sequence[int]) -> ChangeAnswer:
        return self._change("write", device, address, list(words))

    def set_power(self, device: str, watts: float) -> ChangeAnswer:
        return self._change("set_power", device, watts)

    def release_power(self, device: str) -> ChangeAnswer:
        return self._change("release_power", device)

    def set_load(self, device: str, watts: float | None) -> ChangeAnswer:
        return self._change("set_load", device, watts)

    def set_soc(self, device: str, percent: float) -> ChangeAnswer:
        return self._change("set_soc", device, percent)

    def set_battery_power(self, device: str, watts: float | None) -> ChangeAnswer:
        return self._change("set_battery_power", device, watts)

    def set_fault(self, device: str, fault: int | str) -> ChangeAnswer:
        return self._change("set_fault", device, fault)

    def clear_fault(self, device: str, fault: int | str | None = None) -> ChangeAnswer:
        return self._change("clear_fault", device, fault)

    def clock(self) -> ClockAnswer:
        return replace(CLOCK, frozen=self.frozen)

    def freeze(self) -> ClockAnswer:
        self._call("freeze")
        self.frozen = True
        return self.clock()

    def resume(self) -> ClockAnswer:
        self._call("resume")
        self.frozen = False
        return self.clock()

    def set_speed(self, speed: float) -> ClockAnswer:
        self._call("set_speed", speed)
        return self.clock()

    async def jump(self, target: str) -> ClockAnswer:
        self._call("jump", target)
        return self.clock()

    async def advance(self, seconds: float) -> ClockAnswer:
        self._call("advance", seconds)
        return self.clock()

    def reset(self) -> None:
        self._call("reset")

    def metrics(self) -> tuple[Sample, ...]:
        return (Sample("requests_total", "Requests.", "counter", {"door": "0"}, 7),)


def api(app: Any, **options: Any) -> httpx.AsyncClient:
    """Return a client that talks to an ASGI application without a socket."""
    options.setdefault("base_url", "http://127.0.0.1:8099")
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), **options)


def refused(sentence: str) -> EmulatorError:
    """Return an error as the façade raises it."""
    return EmulatorError(sentence)


def conflict(sentence: str) -> EmulatorError:
    """Return an error as the façade raises it where something is taken."""
    return ConflictError(sentence)
