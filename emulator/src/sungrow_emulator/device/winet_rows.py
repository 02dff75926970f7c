"""The rows of a dongle's data lists, rendered from an instant at most once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sungrow_emulator.catalog.codes import load_states
from sungrow_emulator.catalog.spec import ModelSpec
from sungrow_emulator.catalog.winet import RowSpec, load_rows, load_state_texts
from sungrow_emulator.device.device import Device, Instant
from sungrow_emulator.device.values import slots, unit_of

NOT_AVAILABLE = "--"


@dataclass(frozen=True, slots=True)
class DataRow:
    """One row: key, value as text, unit."""

    name: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class Input:
    """One PV input: its name, voltage in V and current in A as texts."""

    name: str
    voltage: str
    current: str


@dataclass(frozen=True, slots=True)
class _Number:
    """A row with a number that changes; `factor` makes it a whole number of last decimals."""

    name: str
    unit: str
    slot: int
    factor: float
    decimals: int
    part: str

    def row(self, values: Sequence[float]) -> DataRow:
        value = values[self.slot]
        if self.part:
            # In this order NaN stays; adding zero makes -0.0 a plain zero.
            value = max(value if self.part == "positive" else -value, 0.0) + 0.0
        return DataRow(self.name, _text(value, self.factor, self.decimals), self.unit)


class RowList:
    """One list of one device.

    Args:
        name: a list of `catalog.winet.LISTS`.
        device: whose values it shows.
        new_names: whether the dongle's firmware uses the newer keys.
    """

    def __init__(self, name: str, device: Device, *, new_names: bool) -> None:
        self._device = device
        self._hybrid = device.model.hybrid
        met = conditions(device.model, new_names=new_names)
        self._lines = tuple(
            _line(spec, device.figures) for spec in load_rows(name) if met.issuperset(spec.when)
        )
        self._instant: Instant | None = None
        self._rows: tuple[DataRow, ...] = ()

    def rows(self) -> tuple[DataRow, ...]:
        """Return the rows of the present instant; the same object until it passes."""
        instant = self._device.instant()
        if instant is not self._instant:
            values = instant.values
            self._rows = tuple(
                line.row(values)
                if isinstance(line, _Number)
                else line
                if isinstance(line, DataRow)
                else DataRow(line.name, self._state(values), line.unit)
                for line in self._lines
            )
            self._instant = instant
        return self._rows

    def _state(self, values: Sequence[float]) -> str:
        texts = load_state_texts()[_state_names()[int(values[slots()["state.string"]])]]
        return texts.hybrid if self._hybrid else texts.string


class InputList:
    """The PV inputs of one inverter, rendered once per instant.

    Inverters that measure every string show strings, the others MPP trackers. The key of a
    string takes its number as an argument behind `%@`.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._inputs = _inputs(device.model)
        self._instant: Instant | None = None
        self._rows: tuple[Input, ...] = ()

    def rows(self) -> tuple[Input, ...]:
        """Return the inputs at the present instant; the same object until it passes."""
        instant = self._device.instant()
        if instant is not self._instant:
            values = instant.values
            self._rows = tuple(
                Input(name, _text(values[voltage], 10, 1), _text(values[current], 10, 1))
                for name, voltage, current in self._inputs
            )
            self._instant = instant
        return self._rows


def conditions(model: ModelSpec, *, new_names: bool) -> frozenset[str]:
    """Return the conditions of rows that hold for a model behind a dongle."""
    return frozenset(
        {
            "single-phase" if model.phases == 1 else "three-phase",
            "line-voltages" if model.output_type == 2 else "phase-voltages",
            "new-names" if new_names else "old-names",
        }
    )


def _line(
    spec: RowSpec, figures: Mapping[str, float | str | bytes]
) -> _Number | DataRow | RowSpec:
    if spec.shows == "state":
        return spec
    if spec.shows.startswith("="):
        return DataRow(spec.name, spec.shows[1:], spec.unit)
    if not spec.shows:
        return DataRow(spec.name, NOT_AVAILABLE, spec.unit)
    factor = _size(unit_of(spec.shows)) / _size(spec.unit) * 10**spec.decimals
    slot = slots().get(spec.shows)
    if slot is not None:
        return _Number(spec.name, spec.unit, slot, factor, spec.decimals, spec.part)
    figure = figures.get(spec.shows)
    value = math.nan if figure is None else float(figure)
    return DataRow(spec.name, _text(value, factor, spec.decimals), spec.unit)


def _size(unit: str) -> float:
    """Return what a unit of the lists is worth; all of them are plain or thousands."""
    return 1000.0 if unit.startswith("k") else 1.0


def _text(value: float, factor: float, decimals: int) -> str:
    """Return a number as the dongle writes it; a negative one that rounds to zero is `-0.00`."""
    if value != value:
        return NOT_AVAILABLE
    # Rounded like a register's raw number, so that both show the same last digit.
    number = round(value * factor) / 10**decimals
    return f"{math.copysign(number, value):.{decimals}f}"


def _inputs(model: ModelSpec) -> tuple[tuple[str, int, int], ...]:
    """Return name, slot of the voltage and slot of the current of each input."""
    place = slots()
    inputs: list[tuple[str, int, int]] = []
    for tracker in range(1, model.mppt_count + 1):
        voltage = place[f"mppt.{tracker}.voltage"]
        if not model.string_currents:
            inputs.append((f"MPPT{tracker}", voltage, place[f"mppt.{tracker}.current"]))
            continue
        for _ in range(model.strings_per_mppt[tracker - 1]):
            string = len(inputs) + 1
            name = f"I18N_COMMON_GROUP_BUNCH_TITLE_AND%@{string}"
            inputs.append((name, voltage, place[f"string.{string}.current"]))
    return tuple(inputs)


@cache
def _state_names() -> Mapping[int, str]:
    """Return the names of the work states by their code on string inverters."""
    return {state.string_code: state.name for state in load_states().values()}
