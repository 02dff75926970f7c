"""Decodes what a view shows, register by register, beside the truth behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sungrow_emulator.answers import (
    DeviceAnswer,
    FaultAnswer,
    FieldAnswer,
    PinAnswer,
    RegisterChange,
)
from sungrow_emulator.catalog.spec import FaultSpec, RegisterSpec, Table
from sungrow_emulator.device.codec import decode_value
from sungrow_emulator.device.program import source_of
from sungrow_emulator.device.units import factor
from sungrow_emulator.device.values import slots, unit_of
from sungrow_emulator.device.view import View

Value = int | float | str | list[float] | None
Decoded = dict[tuple[str, int, str], Value]


def fields(view: View) -> tuple[FieldAnswer, ...]:
    """Return every register that the view serves, decoded, with its truth."""
    persona = view.program.persona
    answers: list[FieldAnswer] = []
    for spec, words in _served(view):
        source = source_of(persona, spec)
        value = decode_value(spec, words)
        answers.append(
            FieldAnswer(
                name=spec.name,
                table=spec.table.value,
                address=spec.address,
                wire=spec.address - 1,
                count=spec.count,
                words=words,
                value=value,
                unit=spec.unit,
                label=_label(spec, words),
                shows=source,
                truth=_truth(view, spec, source),
                writable=spec.writable,
                unverified=spec.unverified,
            )
        )
    return tuple(answers)


def describe(view: View, overrides: Mapping[str, float], *, readings: bool = True) -> DeviceAnswer:
    """Return a device and what it is doing now; without `readings` its site is left alone."""
    device = view.device
    inverter, battery = (readings and device.kind == kind for kind in ("inverter", "battery"))
    power = "ac.power" if inverter else "battery.power" if battery else ""
    code = device.value(state_quantity(view)) if inverter else None
    return DeviceAnswer(
        id=device.id,
        kind=device.kind,
        model=device.model.name,
        family=device.model.family,
        type_code=device.model.type_code,
        serial_number=device.serial_number,
        state=device.state().name if inverter else "",
        code=None if code is None else int(code),
        power=device.value(power) if power else None,
        soc=device.value("battery.soc") if power else None,
        overrides=dict(overrides),
        faults=tuple(FaultAnswer(f.number, f.name, f.stops, f.meaning) for f in device.faults),
        pins=tuple(_pins(view)),
    )


def state_quantity(view: View) -> str:
    """Return the quantity that holds the state code as the view's registers show it."""
    persona = view.program.persona
    hybrid = persona.model.family.startswith("hybrid-")
    return f"state.hybrid.{persona.state_style}" if hybrid else "state.string"


def lacks(view: View, fault: FaultSpec) -> tuple[str, ...]:
    """Return what this family cannot show of a fault: the record, or the fault word."""
    shows = {shown.spec.shows for shown in view.program.persona.registers}
    name = view.device.model.name
    notes: list[str] = []
    if "alarm.code" not in shows:
        notes.append(f"{name} has no fault record (5039 to 5045)")
    if not any(show.startswith("fault.") for show in shows):
        notes.append(f"{name} has no fault words (13050 to 13079)")
    elif not fault.word:
        notes.append(f"no fault word has a bit for number {fault.number}")
    elif f"fault.{fault.word}" not in shows:
        notes.append(f"{name} does not show the fault word {fault.word}")
    if fault.stops:
        notes.append("after it is cleared the inverter starts again, which needs simulated time")
    return tuple(notes)


def decoded(view: View) -> Decoded:
    """Return the decoded value of every register that the view serves."""
    return {
        (spec.table.value, spec.address, spec.name): decode_value(spec, words)
        for spec, words in _served(view)
    }


def changes(before: Decoded, after: Decoded) -> tuple[RegisterChange, ...]:
    """Return the registers whose decoded value differs."""
    return tuple(
        RegisterChange(*key, before=before.get(key), after=value)
        for key, value in after.items()
        if before.get(key) != value
    )


def names_in(view: View, table: Table, address: int, count: int) -> tuple[str, ...]:
    """Return the names of the registers that begin in a block of document numbers."""
    return tuple(
        shown.spec.name
        for shown in view.program.persona.registers
        if shown.spec.table is table and address <= shown.spec.address < address + count
    )


def _served(view: View) -> Iterator[tuple[RegisterSpec, tuple[int, ...]]]:
    for shown in view.program.persona.registers:
        spec = shown.spec
        bank = view.bank(spec.table)
        index = bank.layout.find(spec.address, spec.count)
        if index >= 0:
            yield spec, tuple(bank.words[index : index + spec.count])


def _pins(view: View) -> Iterator[PinAnswer]:
    for table, pins in view.device.pins.items():
        run: list[int] = []
        for address in sorted(pins):
            if run and address != run[-1] + 1:
                yield PinAnswer(table.value, run[0], tuple(pins[a] for a in run))
                run = []
            run.append(address)
        if run:
            yield PinAnswer(table.value, run[0], tuple(pins[a] for a in run))


def _label(spec: RegisterSpec, words: tuple[int, ...]) -> str:
    if not spec.labels or spec.count != 1:
        return ""
    return dict(spec.labels).get(words[0], "")


def _truth(view: View, spec: RegisterSpec, source: str) -> Value:
    device = view.device
    if source.startswith("setting:"):
        return device.setting_value(source.removeprefix("setting:"), spec.unit)
    if not source or source.startswith("="):
        return None
    if source.startswith("history."):
        name, _, span = source.removeprefix("history.").rpartition(".")
        ratio = factor(unit_of(source), spec.unit)
        return [value * ratio for value in device.history(name, span)]
    if source in slots():
        value = device.instant().values[slots()[source]] * factor(unit_of(source), spec.unit)
        return value if value == value else None
    figure = device.figures.get(source)
    if isinstance(figure, bytes):
        return figure.hex(" ")
    if isinstance(figure, str) or figure is None:
        return figure
    return figure * factor(unit_of(source), spec.unit)
