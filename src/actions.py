"""The actions: typed parameters, and the one call of the control API that each stands for.

A further action is a class here, a method of a few lines in the charm and its description in
charmcraft.yaml.
"""

from __future__ import annotations

import abc
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pydantic
from pydantic import Field

import control
from sungrow_inverter import InverterUnitData

LAST_REGISTER = 65536

Results = dict[str, str]


def _said(fault: int | str) -> int | str:
    if fault == "":
        raise ValueError("give a number or a name, e.g. grid-lost")
    return fault


Fault = Annotated[int | str, pydantic.AfterValidator(_said)]
Address = Annotated[int, Field(ge=1, le=LAST_REGISTER)]
Word = Annotated[int, Field(ge=0, le=0xFFFF)]


class Action(pydantic.BaseModel, abc.ABC):
    """Parameters of an action; charmcraft.yaml describes them."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=True, frozen=True)

    @abc.abstractmethod
    def perform(self, api: control.Control) -> Results:
        """Do it and return the results.

        Raises:
            control.ControlError: it was refused, and nothing has changed.
        """


class DeviceAction(Action):
    """An action on one device; an empty id means the inverter."""

    device: str = ""


class SetFault(DeviceAction):
    """Raise a fault or alarm."""

    fault: Fault

    def perform(self, api: control.Control) -> Results:
        """Raise it."""
        return of_change(api.set_fault(self.fault, self.device))


class ClearFault(DeviceAction):
    """Clear one fault or alarm, or all."""

    fault: Fault | None = None

    def perform(self, api: control.Control) -> Results:
        """Clear it."""
        return of_change(api.clear_fault(self.fault, self.device))


class SetPower(DeviceAction):
    """Hold the PV power."""

    watts: Annotated[float, Field(ge=0)]

    def perform(self, api: control.Control) -> Results:
        """Hold it."""
        return of_change(api.set_power(self.watts, self.device))


class ReleasePower(DeviceAction):
    """Let the PV power follow the sun."""

    def perform(self, api: control.Control) -> Results:
        """Release it."""
        return of_change(api.set_power(None, self.device))


class SetBattery(DeviceAction):
    """Hold or release the battery's power, or set its state of charge."""

    watts: float | None = None
    soc: Annotated[float | None, Field(ge=0, le=100)] = None
    release: bool | None = None

    @pydantic.model_validator(mode="after")
    def _one(self) -> SetBattery:
        if len(self.model_fields_set - {"device"}) != 1 or self.release is False:
            raise ValueError("give one of watts, soc, release=true")
        return self

    def perform(self, api: control.Control) -> Results:
        """Do the one thing."""
        if self.soc is not None:
            return of_change(api.set_soc(self.soc, self.device))
        return of_change(api.set_battery_power(self.watts, self.device))


class SetClock(Action):
    """Steer simulated time."""

    time: Annotated[str | None, Field(min_length=1)] = None
    speed: Annotated[float | None, Field(ge=0.001, le=86400)] = None
    frozen: bool | None = None
    advance: Annotated[float | None, Field(ge=0)] = None

    @pydantic.model_validator(mode="after")
    def _something(self) -> SetClock:
        given = self.model_fields_set
        if not given or ("advance" in given and len(given) > 1):
            raise ValueError("give some of time, speed, frozen, or advance alone")
        return self

    def perform(self, api: control.Control) -> Results:
        """Steer it."""
        if self.advance is not None:
            return of_clock(api.advance(self.advance))
        return of_clock(api.set_clock(**self.model_dump(exclude_none=True)))


class GetStatus(Action):
    """Show what the inverter is doing."""

    def perform(self, api: control.Control) -> Results:
        """Ask."""
        return of_state(api.state())


class ReadRegisters(DeviceAction):
    """Read registers as a client would."""

    address: Address
    count: Annotated[int, Field(ge=1, le=125)] = 1
    table: Literal["input", "holding"] = "input"

    @pydantic.model_validator(mode="after")
    def _within(self) -> ReadRegisters:
        _check_end(self.address, self.count)
        return self

    def perform(self, api: control.Control) -> Results:
        """Read the words, then what they mean."""
        block = api.registers(self.device, self.table, self.address, self.count)
        values = [
            field.model_dump(exclude={"table"})
            for field in api.fields(self.device)
            if field.table == self.table and field.name in block.fields
        ]
        return scalars(
            device=block.device,
            table=block.table,
            address=block.address,
            words=block.words,
            values=values,
        )


class WriteRegister(DeviceAction):
    """Write holding registers as a client would."""

    address: Address
    value: Annotated[int | None, Field(ge=-32768, le=65535)] = None
    words: Annotated[list[Word], Field(min_length=1, max_length=123)] | None = None

    @pydantic.model_validator(mode="after")
    def _one_of(self) -> WriteRegister:
        if (self.value is None) == (self.words is None):
            raise ValueError("give either value or words")
        _check_end(self.address, len(self.words or (0,)))
        return self

    def perform(self, api: control.Control) -> Results:
        """Write them."""
        words = [(self.value or 0) & 0xFFFF] if self.words is None else self.words
        return of_change(api.write(self.device, self.address, words))


class Reset(Action):
    """Go back to right after the start."""

    def perform(self, api: control.Control) -> Results:
        """Reset."""
        return of_state(api.reset())


def _check_end(address: int, count: int) -> None:
    if address + count - 1 > LAST_REGISTER:
        raise ValueError(
            f"address={address}: {count} registers from there would go beyond {LAST_REGISTER}"
        )


def of_change(change: control.Change) -> Results:
    """Return what a command did, and the state of the device after it."""
    done = scalars(
        action=change.action, time=change.time, notes=change.notes, changed=change.changed
    )
    return done | of_device(change.state)


def of_clock(clock: control.Clock) -> Results:
    """Return where simulated time stands."""
    return scalars(**clock.model_dump())


def of_device(device: control.Device) -> Results:
    """Return what one device is doing."""
    return scalars(**device.model_dump(exclude={"id", "kind"}))


def of_state(state: control.State) -> Results:
    """Return what the inverter is doing, the clock, and all doors and devices."""
    return (
        scalars(version=state.version)
        | of_device(state.devices[0])
        | of_clock(state.clock)
        | scalars(doors=state.doors, devices=state.devices)
    )


def of_connections(data: InverterUnitData, fqdn: str, address: str) -> Results:
    """Return where clients reach a unit, as the relation says it, and its pod's own addresses."""
    endpoints, devices = data.endpoints or (), data.devices or ()
    ports = {
        f"{endpoint.connection_type.value}_port": endpoint.port
        for endpoint in endpoints
        if endpoint.connection_type
    }
    host = next((endpoint.host for endpoint in endpoints), None)
    device = devices[0].model_dump() if devices else {}
    return scalars(
        host=host,
        fqdn=fqdn,
        pod_address=address,
        **ports,
        **device,
        endpoints=endpoints,
        devices=devices,
    )


def scalars(**results: Any) -> Results:
    """Return results as Juju shows them: hyphenated keys, lists as one JSON string."""
    return {
        name.replace("_", "-"): _text(value)
        for name, value in results.items()
        if value is not None
    }


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | list | Mapping | bool):
        return json.dumps(value, default=lambda answer: answer.model_dump(mode="json"))
    return f"{value:.10g}" if isinstance(value, float) else str(value)
