"""What the instruments show: the plant's powers with their noise, as one flat vector.

Noise sits on what PV gives, on the battery and on the load; all else is derived after
rounding to whole watts, so that load = AC power - export and meter = -export hold exactly.
Energies never see it. What was set by hand, and what a limit holds, is shown without noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from sungrow_emulator.site import counters as count
from sungrow_emulator.site.balance import to_ac, to_bus
from sungrow_emulator.site.battery import Battery
from sungrow_emulator.site.grid import GridReading
from sungrow_emulator.site.noise import lanes
from sungrow_emulator.site.plant import Plant
from sungrow_emulator.site.quantities import INDEX, PHASES, QUANTITIES

_AC: Final = INDEX["ac.power"]
_VOLTAGE: Final = INDEX["ac.voltage.a"]
_LINE_VOLTAGE: Final = INDEX["ac.line_voltage.ab"]
_CURRENT: Final = INDEX["ac.current.a"]
_DC: Final = INDEX["dc.power"]
_MPPT: Final = INDEX["mppt.1.voltage"]
_STRING: Final = INDEX["string.1.current"]
_BUS: Final = INDEX["bus.voltage"]
_ENERGY: Final = INDEX["energy.pv.daily"]
_EXPORT: Final = INDEX["export.power"]
_METER_PHASES: Final = INDEX["meter.power.a"]
_LOAD: Final = INDEX["load.power"]
_BATTERY: Final = INDEX["battery.power"]
_BACKUP: Final = INDEX["backup.voltage.a"]
_SETPOINT: Final = INDEX["setpoint.active"]

# Daily and total pairs in the order of QUANTITIES.
_ENERGIES: Final = (
    count.PV,
    count.OUTPUT,
    count.EXPORT,
    count.EXPORT_PV,
    count.IMPORT,
    count.DIRECT,
    count.CHARGE,
    count.CHARGE_PV,
    count.DISCHARGE,
)
_CO2_PER_KWH: Final = 0.7


class Powers:
    """The whole watts that all plants of a site show in one second.

    Attributes:
        dc: of each plant.
        battery: of each plant, positive = discharging.
        ac: of each plant.
        load: of the site.
        export: of the site.
    """

    __slots__ = ("ac", "battery", "dc", "export", "load")

    def __init__(self, plants: Sequence[Plant], load: int, second: int) -> None:
        self.dc: list[int] = []
        self.battery: list[int] = []
        self.ac: list[int] = []
        self.load = load
        self.export = -load
        for plant in plants:
            dc, battery, ac = _noisy(plant, second)
            self.dc.append(dc)
            self.battery.append(battery)
            self.ac.append(ac)
            self.export += ac


def _noisy(plant: Plant, second: int) -> tuple[int, int, int]:
    """Return DC, battery and AC power of a plant in whole watts."""
    dc, battery, ac = plant.dc, plant.battery_power, plant.ac
    if plant.pv_override is None and not plant.limited and (dc or battery):
        jitter = lanes(plant.noise.word(second))
        dc *= 1 + 0.004 * jitter[0]
        if plant.battery_override is None and plant.controls.ems_mode == "self-consumption":
            battery *= 1 + 0.003 * jitter[1]
        ac = min(to_ac(dc + to_bus(battery)), plant.ceiling)
    return round(dc), round(battery), round(ac)


def compose(
    plant: Plant,
    position: int,
    powers: Powers,
    grid: GridReading,
    second: int,
    ahead: float,
    ambient: float,
) -> list[float]:
    """Return the readings of one plant in the order of `QUANTITIES`; NaN = it has no such thing.

    Args:
        plant: the plant.
        position: its position among the plants of the site.
        powers: what all plants show in this second.
        grid: the grid in this second.
        second: epoch second, the index of the noise.
        ahead: seconds since the power last changed.
        ambient: temperature in degrees Celsius.
    """
    values = [math.nan] * len(QUANTITIES)
    jitter = lanes(plant.noise.word(-second - 1))
    phases = PHASES[: 1 if plant.spec.phases == 1 else 3]
    ac, dc = powers.ac[position], powers.dc[position]
    lift = plant.spec.phase_voltage * (1 + 0.004 * ac / plant.spec.nominal_power)
    volts = [lift * grid.a, lift * grid.b, lift * grid.c][: len(phases)]
    _ac_side(values, plant, ac, volts, grid.frequency)
    _dc_side(values, plant, dc, jitter)
    values[_BUS + 3] = plant.temperature + 0.05 * jitter[3]
    _energies(values, plant, plant.counters.ahead(ahead))
    if plant.spec.meter:
        values[_EXPORT] = float(powers.export)
        values[_EXPORT + 1] = float(-powers.export)
        values[_LOAD] = float(powers.load)
        _meter(values, -powers.export, volts, jitter)
    if plant.battery:
        power = powers.battery[position]
        soc = plant.battery.soc_after(plant.battery_power, ahead)
        _battery(values, plant.battery, power, soc, ambient, jitter[1])
    if plant.battery or plant.spec.hybrid:
        for n, voltage in enumerate(volts):
            values[_BACKUP + 3 * n] = voltage
            values[_BACKUP + 3 * n + 1] = 0.0
            values[_BACKUP + 3 * n + 2] = 0.0
        values[_BACKUP + 9] = 0.0
        values[_BACKUP + 10] = grid.frequency
    return values


def _ac_side(
    values: list[float], plant: Plant, ac: int, volts: list[float], frequency: float
) -> None:
    reactive = round(plant.reactive(ac))
    apparent = math.sqrt(ac * ac + reactive * reactive)
    factor = 0.0
    if plant.feeding and apparent:
        factor = abs(ac) / apparent * (-1 if reactive > 0 else 1)
    values[_AC] = float(ac)
    values[_AC + 1] = float(reactive)
    values[_AC + 2] = apparent
    values[_AC + 3] = factor
    values[_AC + 4] = frequency
    total = 0.0
    for n, voltage in enumerate(volts):
        values[_VOLTAGE + n] = voltage
        total += voltage
    if len(volts) == 3:
        a, b, c = volts
        values[_LINE_VOLTAGE] = math.sqrt(a * a + b * b + a * b)
        values[_LINE_VOLTAGE + 1] = math.sqrt(b * b + c * c + b * c)
        values[_LINE_VOLTAGE + 2] = math.sqrt(c * c + a * a + c * a)
    current = math.copysign(apparent, ac) / total if apparent else 0.0
    for n in range(len(volts)):
        values[_CURRENT + n] = current
    values[_SETPOINT] = plant.ceiling
    values[_SETPOINT + 1] = float(reactive)


def _dc_side(
    values: list[float], plant: Plant, dc: int, jitter: tuple[float, float, float, float]
) -> None:
    array = plant.array
    light = plant.available / plant.spec.peak if plant.spec.peak else 0.0
    drawn = plant.dc / plant.available if plant.available and plant.feeding else 0.0
    values[_DC] = float(dc)
    string = _STRING
    highest = 0.0
    for n, share in enumerate(array.shares):
        voltage = round(array.voltage(n, light, drawn) * (1 + 0.002 * jitter[n % 2]), 1)
        current = dc * share / voltage if voltage and dc else 0.0
        values[_MPPT + 2 * n] = voltage
        values[_MPPT + 2 * n + 1] = current
        highest = max(highest, voltage)
        for _ in range(array.strings[n]):
            if string < _BUS:
                values[string] = current / array.strings[n]
                string += 1
    if plant.feeding:
        resting = 620.0 if plant.spec.phases == 3 else 380.0
        bus = max(resting, highest + 15) * (1 + 0.003 * jitter[2])
    else:
        bus = max(highest, 6.5 + 3.4 * jitter[2])
    values[_BUS] = bus
    values[_BUS + 1] = 1075 - 5 * plant.temperature + 5 * jitter[3]
    values[_BUS + 2] = -highest / 2


def _energies(values: list[float], plant: Plant, totals: list[float]) -> None:
    midnight = plant.counters.midnight
    slot = _ENERGY
    for index in _ENERGIES:
        total = totals[index]
        values[slot] = (total - midnight[index]) / count.JOULES_PER_KWH
        values[slot + 1] = total / count.JOULES_PER_KWH
        slot += 2
    if plant.battery is None:
        for unused in range(slot - 6, slot):
            values[unused] = math.nan
    today = [totals[index] - midnight[index] for index in range(count.COUNT)]
    used = today[count.DIRECT] + today[count.CHARGE_PV]
    made = used + today[count.EXPORT_PV]
    month = totals[count.OUTPUT] - plant.counters.month_output
    values[slot] = month / count.JOULES_PER_KWH
    values[slot + 1] = totals[count.RUNNING] / 3600
    values[slot + 2] = today[count.RUNNING] / 60
    values[slot + 3] = totals[count.PV] / count.JOULES_PER_KWH * _CO2_PER_KWH
    values[slot + 4] = 100 * used / made if made > 0 else 0.0


def _meter(
    values: list[float], power: int, volts: list[float], jitter: tuple[float, float, float, float]
) -> None:
    parts = [power]
    if len(volts) == 3:
        tilt = 0.1 * abs(power) + 20
        first = round(power / 3 + tilt * jitter[0])
        second = round(power / 3 + tilt * jitter[1])
        parts = [first, second, power - first - second]
    for n, part in enumerate(parts):
        values[_METER_PHASES + 3 * n] = float(part)
        values[_METER_PHASES + 3 * n + 1] = volts[n]
        values[_METER_PHASES + 3 * n + 2] = abs(part) / volts[n]


def _battery(
    values: list[float], battery: Battery, power: int, soc: float, ambient: float, jitter: float
) -> None:
    spec = battery.spec
    voltage = round(battery.voltage(soc, power) + 0.1 * jitter, 1)
    current = power / voltage
    effort = abs(power) / max(1.0, spec.max_discharge)
    warm = 19 + 0.2 * ambient + 6 * effort
    cell = voltage / battery.cells
    values[_BATTERY : _BATTERY + 14] = (
        float(power),
        float(abs(power)),
        current,
        abs(current),
        voltage,
        soc,
        battery.health,
        warm,
        math.floor(spec.max_charge / spec.nominal_voltage) * battery.charge_allowed(),
        math.floor(spec.max_discharge / spec.nominal_voltage) * battery.discharge_allowed(),
        cell + 0.003 + 0.004 * effort,
        cell - 0.003 - 0.004 * effort,
        warm + 0.8,
        warm - 0.6,
    )
