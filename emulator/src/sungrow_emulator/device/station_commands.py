"""What a client commands a station, in the registers of one inverter behind it.

Meanings of the iHomeManager's registers: its document V1.0.2. Those of the Logger are known from
clients alone (tczerny, voyanti). That a power is shared out evenly is a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sungrow_emulator.device.settings import START, STOP, SWITCH_OFF, SWITCH_ON

_EMS_MODES: Final = {4: 4, 5: 2}
"""VPP and compulsory mode; whatever else the station does, the inverter sees to itself."""
_FULL: Final = 1000
"""100 % in units of 0.1 %."""
_UNIT: Final = 100
"""Powers of stations are in units of 0.1 kW."""


def commands_for(
    settings: Mapping[str, int], inverters: int, rated: float, charger: float
) -> Mapping[str, int]:
    """Return raw values of an inverter's settings, in the order in which they are written.

    Args:
        settings: those of the station.
        inverters: how many share what is commanded.
        rated: nominal power of all of them in W.
        charger: most that this one's battery converter can do in W.

    Returns:
        Settings of inverters of all families by name; not every inverter has them all.
    """
    if "logger_start_stop_all" in settings:
        power = settings["logger_set_active_power"] * _UNIT
        ratio = settings["logger_set_active_power_ratio"]
        if power and rated:  # 0, its value at start, limits nothing.
            ratio = min(ratio, round(_FULL * power / rated))
        running = settings["logger_start_stop_all"] == 1
        return {"start_stop": START if running else STOP, **_ceiling(ratio)}
    if "ihm_start_stop" not in settings:
        return {}
    limited = settings["ihm_active_power_limitation"] == SWITCH_ON
    share = settings["ihm_charge_discharge_power"] * _UNIT / max(inverters, 1)
    return {
        "start_stop": settings["ihm_start_stop"],
        "ems_mode": _EMS_MODES.get(settings["ihm_ems_mode"], 0),
        "charge_discharge_command": settings["ihm_charge_discharge_command"],
        "charge_discharge_power": round(min(share, charger)),
        **_feed_in(settings["ihm_feed_in_limitation"] == 1, settings["ihm_feed_in_limit_ratio"]),
        **_ceiling(settings["ihm_active_power_limit_ratio"] if limited else _FULL),
    }


def _ceiling(ratio: int) -> Mapping[str, int]:
    """Return the limit of active power, in 0.1 % of nominal, for both lines of inverters."""
    ratio = min(ratio, _FULL)
    switch = SWITCH_ON if ratio < _FULL else SWITCH_OFF
    return {
        "power_limitation_switch": switch,
        "power_limitation_setting": ratio,
        "active_power_limitation": switch,
        "active_power_limit_ratio": ratio,
    }


def _feed_in(limited: bool, ratio: int) -> Mapping[str, int]:
    """Return the limit at the grid meter, in 0.1 % of nominal, for both lines of inverters."""
    switch = SWITCH_ON if limited else SWITCH_OFF
    return {
        "export_power_limit_mode": switch,
        "feed_in_limitation_ratio": ratio,
        "export_power_limitation": switch,
        "export_power_limitation_percentage": ratio,
    }
