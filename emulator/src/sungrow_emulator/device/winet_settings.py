"""The settings on a dongle's own pages, each one a holding register of the device."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sungrow_emulator.catalog.allowed import permits, resolve
from sungrow_emulator.catalog.figures import figures
from sungrow_emulator.catalog.spec import ModelSpec, RegisterSpec, Table
from sungrow_emulator.catalog.winet import ParameterSpec, load_parameters
from sungrow_emulator.device.codec import decode
from sungrow_emulator.device.view import View

CHOICE = 1
NUMBER = 2
_UNITS = {"degC": "℃"}
_NOT_AVAILABLE = "--"
_NO_PARENT = -1


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting with its present value (`protocol.winet.station.Parameter`).

    Attributes:
        number: its number on the page.
        address: document number of the holding register.
        parent: number of the setting it depends on, -1 for none.
        kind: 1 = choice, 2 = number.
        accuracy: decimals of the value; the register holds value * 10 ** accuracy.
        name: key of its text.
        value: present value.
        unit: its unit.
        relation: values of the parent with which it is sent, e.g. `[170]`.
        range: e.g. `[0~23]`, empty for choices and where anything goes.
        options: key and value of each choice.
    """

    number: int
    address: int
    parent: int
    kind: int
    accuracy: int
    name: str
    value: str
    unit: str
    relation: str
    range: str
    options: tuple[tuple[str, str], ...]


class Page:
    """One page of one device.

    Left out are settings whose register the device lacks, and those whose parent is left out or
    has another value than they need (bjeanes/modbus-mqtt: page 9 without numbers 22 to 32 while
    number 21 is off).
    """

    def __init__(self, page: int, view: View) -> None:
        self._view = view
        model = view.program.persona.model
        layout = view.bank(Table.HOLDING).layout
        registers = {
            shown.spec.name: shown.spec
            for shown in view.program.persona.registers
            if shown.spec.table is Table.HOLDING
            and layout.find(shown.spec.address, shown.spec.count) >= 0
        }
        self._entries: list[tuple[ParameterSpec, RegisterSpec, str]] = []
        for parameter in load_parameters(page):
            for name in parameter.registers:
                if name in registers:
                    spec = registers[name]
                    offered = replace(parameter, options=_options(parameter, spec, model))
                    self._entries.append((offered, spec, _range(parameter, spec, model)))
                    break

    def settings(self) -> tuple[Setting, ...]:
        """Return the settings with their present values."""
        values: dict[int, str] = {}
        for parameter, spec, _ in self._entries:  # Parents come before their children.
            parent = parameter.parent
            if parent == _NO_PARENT or values.get(parent) == parameter.relation:
                values[parameter.number] = self._value(spec)
        return tuple(
            _setting(parameter, spec, limits, values[parameter.number])
            for parameter, spec, limits in self._entries
            if parameter.number in values
        )

    def _value(self, spec: RegisterSpec) -> str:
        bank = self._view.bank(Table.HOLDING)
        index = bank.layout.find(spec.address, spec.count)
        words = tuple(bank.words[index : index + spec.count])
        if words == spec.sentinel:
            return _NOT_AVAILABLE
        return _text(decode(spec.datatype, words), _accuracy(spec))


def _setting(parameter: ParameterSpec, spec: RegisterSpec, limits: str, value: str) -> Setting:
    unit = _UNITS.get(spec.unit, spec.unit)
    return Setting(
        number=parameter.number,
        address=spec.address,
        parent=parameter.parent,
        kind=CHOICE if parameter.options else NUMBER,
        accuracy=_accuracy(spec),
        name=parameter.name,
        value=value,
        unit=f"{unit}&{parameter.hint}" if parameter.hint else unit,
        relation=f"[{parameter.relation}]" if parameter.relation else "",
        range=limits,
        options=parameter.options,
    )


def _accuracy(spec: RegisterSpec) -> int:
    """Return the decimals of a register's scale; those on the pages are powers of ten."""
    return next(places for places in range(4) if spec.scale * 10**places >= 1)


def _text(raw: int, accuracy: int) -> str:
    return f"{raw / 10**accuracy:.{accuracy}f}"


def _options(
    parameter: ParameterSpec, spec: RegisterSpec, model: ModelSpec
) -> tuple[tuple[str, str], ...]:
    """Return the choices that the register takes."""
    numbers = figures(model)
    return tuple(
        (name, raw) for name, raw in parameter.options if permits(spec.allowed, int(raw), numbers)
    )


def _range(parameter: ParameterSpec, spec: RegisterSpec, model: ModelSpec) -> str:
    if parameter.options or spec.allowed is None:
        return ""
    numbers = figures(model)
    places = _accuracy(spec)
    return "".join(
        f"[{_text(resolve(low, numbers), places)}~{_text(resolve(high, numbers), places)}]"
        for low, high in spec.allowed.ranges
    )
