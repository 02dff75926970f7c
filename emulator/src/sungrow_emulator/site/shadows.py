"""Why PV power set by hand does not show in full."""

from __future__ import annotations

import math

from sungrow_emulator.site.plant import Plant


def shadows(plant: Plant, t: float) -> tuple[str, ...]:
    """Return one sentence for everything that holds the AC power of `plant` down at `t`."""
    reasons = [reason for reason in (_state(plant, t), _limit(plant)) if reason]
    if plant.feeding and plant.battery_power < -0.5 and plant.dc > 0:
        reasons.append(f"the battery takes {-plant.battery_power:.0f} W of it")
    return tuple(reasons)


def _state(plant: Plant, t: float) -> str:
    phase = plant.sequence.phase
    if phase == "run":
        return ""
    if phase == "fault":
        numbers = ", ".join(str(fault.number) for fault in plant.faults if fault.stops)
        return f"fault {numbers} keeps the inverter off the grid"
    if phase == "key-stop":
        return "the inverter was told to stop"
    left = plant.sequence.deadline - t
    wait = f" for another {left:.0f} s of simulated time" if math.isfinite(left) else ""
    return f"the inverter is in {phase}{wait}"


def _limit(plant: Plant) -> str:
    if plant.limited == "nominal":
        return f"nominal power {plant.spec.nominal_power:g} W is the ceiling"
    if plant.limited == "active":
        return f"the active power limit is {plant.ceiling:g} W"
    if plant.limited == "feed-in":
        return f"the feed-in limit of the site is {plant.controls.feed_in_limit:g} W"
    return ""
