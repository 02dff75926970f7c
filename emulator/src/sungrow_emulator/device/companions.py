"""What stands beside an inverter, as models of their own: battery packs and meters."""

from __future__ import annotations

from sungrow_emulator.catalog.spec import BatterySpec, ModelSpec

METER = "DTSU666-20"
"""The meter sold with these inverters. That a dongle lists it by this name is a guess."""


def battery_model(battery: BatterySpec) -> ModelSpec:
    """Return the model row of a battery pack; it has no AC side and no type code register."""
    return _model(
        battery.name,
        battery.dev_code,
        "battery-sbr",
        phases=0,
        unverified=battery.unverified,
        sources=battery.sources,
    )


def meter_model(phases: int) -> ModelSpec:
    """Return the model row of a grid meter on the dongle's bus; no source tells its code."""
    return _model(METER, 0, "meter", phases=phases, unverified=("name", "type_code"), sources=())


def _model(
    name: str,
    type_code: int,
    family: str,
    *,
    phases: int,
    unverified: tuple[str, ...],
    sources: tuple[str, ...],
) -> ModelSpec:
    return ModelSpec(
        name=name,
        type_code=type_code,
        family=family,
        phases=phases,
        nominal_power=0,
        mppt_count=0,
        strings_per_mppt=(),
        string_currents=False,
        max_dc_voltage=0,
        mppt_voltage_min=0,
        mppt_voltage_max=0,
        hybrid=False,
        output_type=0,
        battery_max_charge=0,
        battery_max_discharge=0,
        power_limit_ratio_max=0,
        power_limit_max=0,
        reactive_limit=0,
        unverified=unverified,
        note="",
        sources=sources,
        bdc_rated=0,
    )
