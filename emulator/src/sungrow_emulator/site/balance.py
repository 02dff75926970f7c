"""The power balance of a site at one moment.

DC side: array + battery converter = inverter input. AC side: inverters = load + export.
Losses are proportional: the inverter and the battery converter each keep their share in
either direction. Ceilings act in this order: nominal power and the active power limit at
each inverter, then the feed-in limit at the meter; PV gives way before the battery does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sungrow_emulator.site.battery import EFFICIENCY as CONVERTER
from sungrow_emulator.site.battery import Battery
from sungrow_emulator.site.counters import (
    CHARGE,
    CHARGE_PV,
    DIRECT,
    DISCHARGE,
    EXPORT,
    EXPORT_PV,
    IMPORT,
    OUTPUT,
    PV,
    RUNNING,
)
from sungrow_emulator.site.inverter import EFFICIENCY as INVERTER
from sungrow_emulator.site.plant import Plant

_SLACK: Final = 1e-6
_EMERGENCY: Final = 0.1


def solve(plants: Sequence[Plant], load: float, seconds: float) -> None:
    """Set the powers and counter rates of all plants.

    Args:
        plants: they share one load and one grid connection.
        load: power drawn by the consumers in W.
        seconds: for how long the result will hold; a battery does not pass its limits.
    """
    missing = load
    for plant in plants:
        missing -= _from_pv(plant)
    for plant in plants:
        if plant.feeding and plant.battery:
            before = _from_pv(plant)
            _hybrid(plant, plant.battery, before + missing, seconds)
            missing -= plant.ac - before
        else:
            _string(plant)
    _respect_feed_in(plants, load)
    _book(plants, load)


def exported(plants: Sequence[Plant], load: float) -> float:
    """Return the power that flows into the grid in W, negative while power is bought."""
    export = -load
    for plant in plants:
        export += plant.ac
    return export


def to_ac(dc: float) -> float:
    """Return the AC power that an inverter makes of `dc` W, or takes for it if negative."""
    return dc * INVERTER if dc >= 0 else dc / INVERTER


def to_bus(battery: float) -> float:
    """Return what `battery` W at the terminals are worth on the inverter's DC bus."""
    return battery * CONVERTER if battery >= 0 else battery / CONVERTER


def _from_pv(plant: Plant) -> float:
    """Return the AC power that PV alone would give."""
    return min(plant.available * INVERTER, plant.ceiling) if plant.feeding else 0.0


def _string(plant: Plant) -> None:
    plant.battery_power = 0.0
    plant.ac = _from_pv(plant)
    plant.dc = plant.ac / INVERTER
    cut = plant.feeding and plant.available * INVERTER > plant.ceiling + _SLACK
    plant.limited = _ceiling_name(plant) if cut else ""


def _hybrid(plant: Plant, battery: Battery, wanted: float, seconds: float) -> None:
    """Let the battery cover what PV lacks of `wanted` W, or store what it has too much."""
    order = _battery_order(plant)
    charge, discharge = _caps(plant, battery, seconds)
    available, ceiling = plant.available, plant.ceiling
    if order is None:
        surplus = available - max(0.0, min(wanted, ceiling)) / INVERTER
        power = -surplus * CONVERTER if surplus > 0 else -surplus / CONVERTER
    else:
        power = order
    power = max(-charge, min(discharge, power))
    bus, dc = to_bus(power), available
    ac = to_ac(dc + bus)
    plant.limited = ""
    if ac > ceiling + _SLACK:
        plant.limited = _ceiling_name(plant)
        dc = max(0.0, ceiling / INVERTER - bus)
        power = min(power, ceiling / INVERTER / CONVERTER)
        ac = ceiling
    elif ac < -plant.spec.nominal_power:
        ac = -plant.spec.nominal_power
        power = (ac * INVERTER - dc) * CONVERTER
    plant.dc, plant.battery_power, plant.ac = dc, power, ac


def _battery_order(plant: Plant) -> float | None:
    """Return the battery power that is commanded in W, None for self-consumption."""
    if plant.battery_override is not None:
        return plant.battery_override
    if plant.emergency and plant.battery:
        return -_EMERGENCY * plant.battery.spec.max_charge
    controls = plant.controls
    if controls.ems_mode == "self-consumption":
        return None
    sign = {"charge": -1.0, "discharge": 1.0, "stop": 0.0}[controls.battery_command]
    return sign * controls.battery_power


def _caps(plant: Plant, battery: Battery, seconds: float) -> tuple[float, float]:
    controls = plant.controls
    if plant.battery_override is not None:
        return battery.caps(0.0, 100.0, seconds)
    low = controls.soc_min
    if controls.ems_mode == "self-consumption":
        low = max(low, controls.reserve_soc)
    charge, discharge = battery.caps(low, controls.soc_max, seconds)
    if controls.max_charge is not None:
        charge = min(charge, controls.max_charge)
    if controls.max_discharge is not None:
        discharge = min(discharge, controls.max_discharge)
    return charge, discharge


def _ceiling_name(plant: Plant) -> str:
    return "active" if plant.ceiling < plant.spec.nominal_power else "nominal"


def _respect_feed_in(plants: Sequence[Plant], load: float) -> None:
    limits = [
        plant.controls.feed_in_limit
        for plant in plants
        if plant.spec.meter and plant.controls.feed_in_limit is not None
    ]
    if not limits:
        return
    excess = exported(plants, load) - min(limits)
    for plant in plants:
        if excess <= _SLACK:
            return
        if plant.controls.feed_in_limit is None or not plant.spec.meter or plant.ac <= 0:
            continue
        ac = max(0.0, plant.ac - excess)
        excess -= plant.ac - ac
        bus = to_bus(plant.battery_power)
        plant.dc = max(0.0, ac / INVERTER - bus)
        if bus > ac / INVERTER:
            plant.battery_power = ac / INVERTER / CONVERTER
        plant.ac = ac
        plant.limited = "feed-in"


def _book(plants: Sequence[Plant], load: float) -> None:
    """Split the powers into what the counters count; export is shared by output."""
    export = exported(plants, load)
    output = 0.0
    for plant in plants:
        output += max(0.0, plant.ac)
    share = min(1.0, export / output) if export > 0 and output > 0 else 0.0
    for plant in plants:
        rates = plant.counters.rates
        charge = max(0.0, -plant.battery_power)
        charge_pv = min(charge, plant.dc * CONVERTER)
        own = max(0.0, plant.ac)
        pv_ac = min(own, INVERTER * (plant.dc - charge_pv / CONVERTER))
        rates[PV] = plant.dc
        rates[OUTPUT] = own
        rates[CHARGE] = charge
        rates[CHARGE_PV] = charge_pv
        rates[DISCHARGE] = max(0.0, plant.battery_power)
        rates[RUNNING] = 1.0 if plant.feeding else 0.0
        if plant.spec.meter:
            export_pv = pv_ac * share
            rates[EXPORT_PV] = export_pv
            rates[DIRECT] = pv_ac - export_pv
            rates[EXPORT] = max(0.0, export)
            rates[IMPORT] = max(0.0, -export)
