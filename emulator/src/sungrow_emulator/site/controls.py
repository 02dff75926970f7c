"""What a device is told to do, and the record it keeps of a fault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ReactiveMode = Literal["off", "power-factor", "var"]
EmsMode = Literal["self-consumption", "forced", "external", "vpp"]
BatteryCommand = Literal["charge", "discharge", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The commands in force, in physical units; the defaults are those after power-on.

    Attributes:
        running: False after a stop command.
        active_power_limit: ceiling of the AC power in W; None = none.
        feed_in_limit: ceiling of the export at the grid meter in W; None = none.
        reactive_mode: how `reactive_value` is meant.
        reactive_value: with `power-factor` the factor, positive = leading; with `var` the
            reactive power in var, positive = inductive.
        ems_mode: self-consumption, or a mode in which `battery_command` decides.
        battery_command: what the battery does outside self-consumption.
        battery_power: power of that command in W, not negative.
        max_charge: ceiling of the charging power in W; None = the pack's.
        max_discharge: ceiling of the discharging power in W; None = the pack's.
        soc_min: discharge stops here, %.
        soc_max: charge stops here, %.
        reserve_soc: kept for backup while the grid is there, %.
    """

    running: bool = True
    active_power_limit: float | None = None
    feed_in_limit: float | None = None
    reactive_mode: ReactiveMode = "off"
    reactive_value: float = 0.0
    ems_mode: EmsMode = "self-consumption"
    battery_command: BatteryCommand = "stop"
    battery_power: float = 0.0
    max_charge: float | None = None
    max_discharge: float | None = None
    soc_min: float = 5.0
    soc_max: float = 100.0
    reserve_soc: float = 0.0


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """The fault or alarm a device reports.

    Attributes:
        number: decimal number as displays and apps show it.
        stops: True for a fault (feed-in stops), False for an alarm.
        at: the device's own clock when it came.
    """

    number: int
    stops: bool
    at: datetime
