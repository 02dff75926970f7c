"""The flat vector behind the registers: what the site reads, then what the device adds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sungrow_emulator.catalog.quantities import load_quantities
from sungrow_emulator.site.quantities import QUANTITIES

CLOCK = tuple(f"clock.{p}" for p in ("year", "month", "day", "hour", "minute", "second"))
ALARM = (
    *(f"alarm.{p}" for p in ("year", "month", "day", "hour", "minute", "second")),
    "alarm.code",
)
FAULT_WORDS = (
    "inverter_alarm", "grid_fault", "system_fault_1", "system_fault_2", "dc_fault",
    "permanent_fault", "bdc_fault", "bdc_permanent_fault", "battery_fault", "battery_alarm",
    "bms_alarm", "bms_protection", "bms_fault_1", "bms_fault_2", "bms_alarm_2",
)  # fmt: skip
STATE = (
    "state.string", "state.string2", "state.hybrid.old", "state.hybrid.new", "state.hybrid.zero",
    "state.flow", "state.work_status_1", "state.work_status_2", "state.heartbeat", "state.drm",
    "state.grid",
)  # fmt: skip
SHORT_YEAR = ("clock.short_year",)
FLEET = ("fleet.devices", "fleet.faulty", "fleet.online", "fleet.storage_capacity")
DEVICE_QUANTITIES = (
    *CLOCK,
    *STATE,
    *ALARM,
    *(f"fault.{word}" for word in FAULT_WORDS),
    *FLEET,
    *SHORT_YEAR,
)
"""What the device adds to the site's readings, in the order of the vector."""


@cache
def slots() -> Mapping[str, int]:
    """Return the place of each changing quantity in the vector."""
    return {name: slot for slot, name in enumerate((*QUANTITIES, *DEVICE_QUANTITIES))}


@cache
def unit_of(quantity: str) -> str:
    """Return the unit that a quantity is kept in."""
    if quantity.startswith("state.hybrid."):
        quantity = "state.hybrid"
    return load_quantities()[quantity].unit
