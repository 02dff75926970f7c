"""A battery pack as a model of its own: it answers at a unit id of its own."""

from __future__ import annotations

from sungrow_emulator.catalog.spec import BatterySpec, ModelSpec


def as_model(battery: BatterySpec) -> ModelSpec:
    """Return the model row of a battery pack; it has no AC side and no type code register."""
    return ModelSpec(
        name=battery.name,
        type_code=battery.dev_code,
        family="battery-sbr",
        phases=0,
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
        unverified=battery.unverified,
        note="",
        sources=battery.sources,
        bdc_rated=0,
    )
