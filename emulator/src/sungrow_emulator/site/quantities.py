"""The quantities a site produces, in the order of a readings vector."""

from __future__ import annotations

from typing import Final

MAX_MPPT: Final = 16
MAX_STRINGS: Final = 32
PHASES: Final = ("a", "b", "c")

_PER_DAY_AND_TOTAL: Final = (
    "pv",
    "output",
    "export",
    "export_pv",
    "import",
    "direct",
    "battery.charge",
    "battery.charge_pv",
    "battery.discharge",
)

QUANTITIES: Final[tuple[str, ...]] = (
    "ac.power",
    "ac.reactive",
    "ac.apparent",
    "ac.power_factor",
    "ac.frequency",
    *(f"ac.voltage.{phase}" for phase in PHASES),
    *(f"ac.line_voltage.{pair}" for pair in ("ab", "bc", "ca")),
    *(f"ac.current.{phase}" for phase in PHASES),
    "dc.power",
    *(f"mppt.{n}.{what}" for n in range(1, MAX_MPPT + 1) for what in ("voltage", "current")),
    *(f"string.{n}.current" for n in range(1, MAX_STRINGS + 1)),
    "bus.voltage",
    "array.insulation",
    "array.voltage_to_ground",
    "temperature.internal",
    *(f"energy.{name}.{span}" for name in _PER_DAY_AND_TOTAL for span in ("daily", "total")),
    "energy.output.monthly",
    "time.running.total",
    "time.running.daily",
    "co2.total",
    "self_consumption.daily",
    "export.power",
    "meter.power",
    *(f"meter.{what}.{phase}" for phase in PHASES for what in ("power", "voltage", "current")),
    "load.power",
    "battery.power",
    "battery.power.magnitude",
    "battery.current",
    "battery.current.magnitude",
    "battery.voltage",
    "battery.soc",
    "battery.soh",
    "battery.temperature",
    "battery.bms.max_charge_current",
    "battery.bms.max_discharge_current",
    "battery.cell.voltage.max",
    "battery.cell.voltage.min",
    "battery.module.temperature.max",
    "battery.module.temperature.min",
    *(f"backup.{what}.{phase}" for phase in PHASES for what in ("voltage", "current", "power")),
    "backup.power",
    "backup.frequency",
    "setpoint.active",
    "setpoint.reactive",
)

INDEX: Final[dict[str, int]] = {name: slot for slot, name in enumerate(QUANTITIES)}

HISTORY_NAMES: Final = ("pv", "direct", "export_pv", "battery.charge_pv")
HISTORY_SPANS: Final = ("today", "daily", "monthly", "yearly")
