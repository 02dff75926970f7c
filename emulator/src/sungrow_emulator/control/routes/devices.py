"""Devices: what they show and what an operator can do to them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from sungrow_emulator.answers import (
    ChangeAnswer,
    DeviceAnswer,
    FaultAnswer,
    FieldAnswer,
    RegistersAnswer,
)
from sungrow_emulator.control.bodies import (
    DeviceBody,
    FaultBody,
    PinBody,
    SocBody,
    WattsBody,
    WriteBody,
)
from sungrow_emulator.control.routes.common import (
    API,
    LOOK_SECONDS,
    Address,
    DeviceId,
    Facade,
    RegisterTable,
)

router = APIRouter(prefix=f"{API}/devices", tags=["devices"])
Count = Annotated[int, Query(ge=1, le=125, title="Number of words")]
Fault = Annotated[str, Path(title="Number or name of a fault", examples=["grid-lost"])]


@router.get("")
async def list_devices(emulator: Facade) -> tuple[DeviceAnswer, ...]:
    """List every device and what it is doing.

    Of hundreds that nobody has looked at, the last may be without readings yet.
    """
    await emulator.look(LOOK_SECONDS)
    return emulator.devices(begin=False)


@router.post("", status_code=201)
async def add_device(emulator: Facade, body: DeviceBody) -> tuple[DeviceAnswer, ...]:
    """Add a device with its companions and open its doors; no other device notices.

    A name, a unit id on one port, a port or a serial line that is taken is refused with 409.
    """
    return await emulator.add_device(body.members())


@router.delete("/{device}", status_code=204)
async def remove_device(emulator: Facade, device: DeviceId) -> None:
    """Take a device and its companions away and close the ports that are only theirs."""
    await emulator.remove_device(device)


@router.get("/{device}")
async def get_device(emulator: Facade, device: DeviceId) -> DeviceAnswer:
    """Return one device and what it is doing."""
    return emulator.device(device)


@router.get("/{device}/fields")
async def list_fields(emulator: Facade, device: DeviceId) -> tuple[FieldAnswer, ...]:
    """List every register as the device shows it now, decoded, beside the truth behind it."""
    return emulator.fields(device)


@router.get("/{device}/registers/{table}/{address}", tags=["registers"])
async def read_registers(
    emulator: Facade, device: DeviceId, table: RegisterTable, address: Address, count: Count = 1
) -> RegistersAnswer:
    """Read raw words as a client would read them."""
    return emulator.registers(device, table, address, count)


@router.put("/{device}/registers/{table}/{address}", tags=["registers"])
async def pin_registers(
    emulator: Facade, device: DeviceId, table: RegisterTable, address: Address, body: PinBody
) -> RegistersAnswer:
    """Lay words above the register bank; clients see them until they are deleted."""
    return emulator.pin(device, table, address, body.words)


@router.delete("/{device}/registers/{table}/{address}", tags=["registers"])
async def unpin_registers(
    emulator: Facade, device: DeviceId, table: RegisterTable, address: Address
) -> RegistersAnswer:
    """Take pinned words away; the bank shows through again."""
    return emulator.unpin(device, table, address)


@router.post("/{device}/write", tags=["registers"])
async def write_registers(emulator: Facade, device: DeviceId, body: WriteBody) -> ChangeAnswer:
    """Write holding registers as a client would, with all access checks."""
    return emulator.write(device, body.address, body.raw())


@router.put("/{device}/power", tags=["operation"])
async def set_power(emulator: Facade, device: DeviceId, body: WattsBody) -> ChangeAnswer:
    """Hold the PV power so that the uncurtailed AC power is this many watts, day or night."""
    return emulator.set_power(device, body.watts)


@router.delete("/{device}/power", tags=["operation"])
async def release_power(emulator: Facade, device: DeviceId) -> ChangeAnswer:
    """Give the PV power back to the sun."""
    return emulator.release_power(device)


@router.put("/{device}/load", tags=["operation"])
async def set_load(emulator: Facade, device: DeviceId, body: WattsBody) -> ChangeAnswer:
    """Hold the power that the site consumes."""
    return emulator.set_load(device, body.watts)


@router.delete("/{device}/load", tags=["operation"])
async def release_load(emulator: Facade, device: DeviceId) -> ChangeAnswer:
    """Let the site consume as its load curve says."""
    return emulator.set_load(device, None)


@router.put("/{device}/soc", tags=["operation"])
async def set_soc(emulator: Facade, device: DeviceId, body: SocBody) -> ChangeAnswer:
    """Set the state of charge of the battery; it goes on from there."""
    return emulator.set_soc(device, body.percent)


@router.put("/{device}/battery", tags=["operation"])
async def set_battery_power(emulator: Facade, device: DeviceId, body: WattsBody) -> ChangeAnswer:
    """Hold the battery power: above 0 it discharges, below 0 it charges."""
    return emulator.set_battery_power(device, body.watts)


@router.delete("/{device}/battery", tags=["operation"])
async def release_battery_power(emulator: Facade, device: DeviceId) -> ChangeAnswer:
    """Give the battery back to the inverter's energy management."""
    return emulator.set_battery_power(device, None)


@router.get("/{device}/faults", tags=["faults"])
async def list_faults(emulator: Facade, device: DeviceId) -> tuple[FaultAnswer, ...]:
    """List the active faults and alarms."""
    return emulator.device(device).faults


@router.post("/{device}/faults", tags=["faults"])
async def set_fault(emulator: Facade, device: DeviceId, body: FaultBody) -> ChangeAnswer:
    """Set a fault (feed-in stops) or an alarm (it goes on) by number or name."""
    return emulator.set_fault(device, _fault(body.fault))


@router.delete("/{device}/faults", tags=["faults"])
async def clear_faults(emulator: Facade, device: DeviceId) -> ChangeAnswer:
    """Clear every fault and alarm."""
    return emulator.clear_fault(device)


@router.delete("/{device}/faults/{fault}", tags=["faults"])
async def clear_fault(emulator: Facade, device: DeviceId, fault: Fault) -> ChangeAnswer:
    """Clear one fault or alarm by number or name."""
    return emulator.clear_fault(device, _fault(fault))


def _fault(given: int | str) -> int | str:
    """Accept a number written as text: names never consist of digits."""
    return int(given) if isinstance(given, str) and given.isdecimal() else given
