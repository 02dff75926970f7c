"""What speaks for several inverters: a Logger, or an iHomeManager."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.device.device import Device
from sungrow_emulator.device.station_commands import commands_for
from sungrow_emulator.device.values import slots
from sungrow_emulator.site.quantities import QUANTITIES

STATION_KINDS = frozenset({"logger", "ihomemanager"})
"""Kinds of device that are stations."""

_EACH: Final = (
    "ac.power", "ac.reactive", "ac.apparent", "dc.power", "co2.total", "setpoint.",
    "battery.power", "battery.current", "battery.bms.", "backup.power",
    "energy.pv.", "energy.output.", "energy.export_pv.", "energy.direct.", "energy.battery.",
)  # fmt: skip
"""Beginnings of quantities that each inverter adds to."""
_EACH_SITE: Final = (
    "export.power", "meter.power", "load.power", "energy.export.", "energy.import.",
)  # fmt: skip
"""Beginnings of quantities that inverters with one grid connection have in common."""
_SUMMED_FIGURES: Final = ("model.nominal_power", "model.nominal_reactive", "limits.bdc_rated")


class Station(Device):
    """A device that shows the sum of the inverters that joined it.

    Powers and energies are added up; of all else it shows what the first inverter shows, and of
    the state of charge the mean, by capacity. Alone it shows its own plant, like any device.
    What clients command it, it passes on when it changes (device/station_commands.py).
    """

    _own_figures: Mapping[str, float | str | bytes] | None = None
    _commanded: Mapping[str, int] = MappingProxyType({})
    members: tuple[Device, ...] = ()
    """The inverters that it speaks for, in the order in which they came."""

    def join(self, inverters: Iterable[Device]) -> None:
        """Speak for these inverters too; devices of other kinds are not counted."""
        for inverter in inverters:
            if inverter.kind == "inverter" and inverter not in self.members:
                self.members += (inverter,)
                inverter.watch(self.changed)
        self._add_up()

    def leave(self, inverters: Iterable[Device]) -> None:
        """Speak for these inverters no more."""
        for inverter in inverters:
            if inverter in self.members:
                self.members = tuple(one for one in self.members if one is not inverter)
                inverter.unwatch(self.changed)
        self._add_up()

    def _add_up(self) -> None:
        own = self.figures if self._own_figures is None else self._own_figures
        self._own_figures = own
        figures = dict(own)
        for first in self.members[:1]:
            figures["model.output_type"] = first.figures["model.output_type"]
            for name in _SUMMED_FIGURES:
                figures[name] = sum(float(member.figures[name]) for member in self.members)
        self.figures = figures
        self.changed(settings=True)

    def _readings(self, now: float) -> Sequence[float]:
        if not self.members:
            return super()._readings(now)
        shown = [(member, member.instant().values) for member in self.members]
        values = list(shown[0][1][: len(QUANTITIES)])
        for slot in _slots(_EACH):
            values[slot] = _sum(vector[slot] for _, vector in shown)
        for slot in _slots(_EACH_SITE):
            by_site = {
                id(member.site): vector[slot]
                for member, vector in reversed(shown)  # The first of each site counts.
                if vector[slot] == vector[slot]
            }
            values[slot] = _sum(by_site.values())
        soc = slots()["battery.soc"]
        values[soc] = self._mean([vector[soc] for _, vector in shown])
        return values

    def _mean(self, percentages: Sequence[float]) -> float:
        """Return the mean state of charge; a pack of unknown size counts little."""
        weighted = [
            (max(float(member.figures["battery.capacity"]), 0.1), percent)
            for member, percent in zip(self.members, percentages, strict=True)
            if percent == percent
        ]
        weight = _sum(share for share, _ in weighted)
        return _sum(share * percent for share, percent in weighted) / weight

    def _fleet(self) -> Sequence[float]:
        return [
            len(self.members),
            sum(bool(member.faults) for member in self.members),
            sum(member.state().feeds_in for member in self.members),
            sum(float(member.figures["battery.capacity"]) for member in self.members),
        ]

    def _obey(self, now: float) -> None:
        super()._obey(now)
        before, self._commanded = self._commanded, dict(self.settings)
        for member in self.members:
            old = self._commands(before, member)
            for name, raw in self._commands(self._commanded, member).items():
                if raw != old[name]:
                    _write(member, name, raw)

    def _commands(self, settings: Mapping[str, int], member: Device) -> Mapping[str, int]:
        rated = sum(float(one.figures["model.nominal_power"]) for one in self.members)
        charger = float(member.figures["limits.bdc_rated"])
        return commands_for(settings, len(self.members), rated, charger)


def _write(device: Device, name: str, raw: int) -> None:
    """Write to a register of a device; nothing happens where it has no such register."""
    for spec in load_registers(device.model.family):
        if spec.table is Table.HOLDING and spec.name == name:
            device.write([(spec, raw)])


@cache
def _slots(beginnings: tuple[str, ...]) -> list[int]:
    return [slot for slot, name in enumerate(QUANTITIES) if name.startswith(beginnings)]


def _sum(values: Iterable[float]) -> float:
    """Return the sum of what there is, from left to right; NaN where there is nothing."""
    total = math.nan
    for value in values:
        if value == value:
            total = value if total != total else total + value
    return total
