"""What the writable registers command: settings become the site's controls.

Rules: behaviour of writes as seen on hardware, and string protocol V1.1.80 §3 (active power limit
at the AC port, feed-in limit at the grid meter; the stricter one wins).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sungrow_emulator.catalog.spec import ModelSpec
from sungrow_emulator.device.settings import START, Settings
from sungrow_emulator.site.controls import BatteryCommand, Controls, EmsMode, ReactiveMode

_EMS_MODES: Final[Mapping[int, EmsMode]] = {
    0: "self-consumption",
    2: "forced",
    3: "external",
    4: "vpp",
}
_COMMANDS: Final[Mapping[int, BatteryCommand]] = {
    0xAA: "charge",
    0xBB: "discharge",
    0xCC: "stop",
}
_POWER_FACTOR, _FIXED_Q = 0xA1, 0xA2
_FULL = 1000
"""100 % in units of 0.1 %."""


def controls_for(settings: Settings, model: ModelSpec) -> Controls:
    """Return the controls that the registers of a model command now."""
    nominal = float(model.nominal_power)
    mode, value = _reactive(settings, nominal)
    shut_down = (
        settings.is_on("apl_shutdown_at_zero")
        and _ratio(settings, "active_power_limitation", "active_power_limit_ratio") == 0
    )
    return Controls(
        running=settings.get("start_stop", START) == START and not shut_down,
        active_power_limit=_active_limit(settings, nominal),
        feed_in_limit=_feed_in_limit(settings, nominal),
        reactive_mode=mode,
        reactive_value=value,
        ems_mode=_EMS_MODES.get(settings.get("ems_mode"), "self-consumption"),
        battery_command=_COMMANDS.get(settings.get("charge_discharge_command"), "stop"),
        battery_power=settings.scaled("charge_discharge_power", "W") or 0.0,
        max_charge=settings.scaled("max_charging_power", "W"),
        max_discharge=settings.scaled("max_discharging_power", "W"),
        soc_min=settings.get("min_soc", 50) / 10,
        soc_max=settings.get("max_soc", 1000) / 10,
        reserve_soc=float(settings.get("reserved_soc_for_backup")),
    )


def _ratio(settings: Settings, switch: str, setting: str) -> int | None:
    """Return a limit in 0.1 %, None where its switch is off or it does not limit."""
    ratio = settings.get(setting, _FULL)
    return ratio if settings.is_on(switch) and ratio < _FULL else None


def _active_limit(settings: Settings, nominal: float) -> float | None:
    ratio = _ratio(settings, "power_limitation_switch", "power_limitation_setting")
    if ratio is None:
        ratio = _ratio(settings, "active_power_limitation", "active_power_limit_ratio")
    return None if ratio is None else nominal * ratio / _FULL


def _feed_in_limit(settings: Settings, nominal: float) -> float | None:
    if settings.is_on("export_power_limitation"):
        limits = [nominal * settings.get("export_power_limitation_percentage", _FULL) / _FULL]
        value = settings.scaled("export_power_limitation_value", "W")
        return min([*limits, nominal if value is None else value])
    if not settings.is_on("export_power_limit_mode"):
        return None
    ratio = settings.get("feed_in_limitation_ratio", _FULL)
    if ratio < _FULL:  # The ratio takes precedence over the power (hybrid protocol V1.1.16).
        return nominal * ratio / _FULL
    return settings.scaled("export_power_limit", "W")


def _reactive(settings: Settings, nominal: float) -> tuple[ReactiveMode, float]:
    mode = settings.get("reactive_power_adjustment_mode")
    if mode == _POWER_FACTOR:
        return "power-factor", settings.get("power_factor_setting", _FULL) / _FULL
    if mode == _FIXED_Q:
        return "var", nominal * settings.get("reactive_power_percentage_setting") / _FULL
    return "off", 0.0
