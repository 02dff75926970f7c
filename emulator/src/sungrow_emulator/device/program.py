"""The program that puts values into register words, compiled once per persona and shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sungrow_emulator.catalog.spec import Datatype, ModelSpec, RegisterSpec, Table
from sungrow_emulator.device.bands import Layout
from sungrow_emulator.device.codec import BITS, SIGNED, TEXT, bounds, encode, encode_text
from sungrow_emulator.device.persona import Persona, Shown, resolve_persona
from sungrow_emulator.device.units import factor
from sungrow_emulator.device.values import slots, unit_of

_LINE_VOLTAGES = {
    "ac.voltage.a": "ac.line_voltage.ab",
    "ac.voltage.b": "ac.line_voltage.bc",
    "ac.voltage.c": "ac.line_voltage.ca",
}


Row = tuple[int, int, float, int, int, int]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A register that shows something that never changes for a device.

    Attributes:
        spec: the register.
        index: index of its first word in the image.
        quantity: name of the figure or text, e.g. `identity.serial`.
        factor: from the unit of the quantity to a raw number.
    """

    spec: RegisterSpec
    index: int
    quantity: str
    factor: float


@dataclass(frozen=True, slots=True)
class Setting:
    """A register that shows what was written to a holding register.

    Attributes:
        spec: the register.
        index: index of its first word in the image.
        name: name of the holding register.
    """

    spec: RegisterSpec
    index: int
    name: str


@dataclass(frozen=True, slots=True)
class History:
    """A register array that the site keeps.

    Attributes:
        spec: the register.
        index: index of its first word in the image.
        name: `pv`, `direct`, `export_pv` or `battery.charge_pv`.
        span: `today`, `daily`, `monthly` or `yearly`.
        factor: from the unit of the quantity to a raw number.
        highest: largest raw number that an element holds.
    """

    spec: RegisterSpec
    index: int
    name: str
    span: str
    factor: float
    highest: int


@dataclass(frozen=True, slots=True)
class TableProgram:
    """How the words of one table come about.

    Attributes:
        layout: which addresses answer and where their words lie.
        template: all words as they are before any value is known: undefined words,
            sentinels and constants.
        rows: (index, slot, factor, lowest, highest, words) of changing numbers, by index.
        starts: the index of each row.
        fixed: figures and texts of the device.
        settings: registers that clients write.
        histories: arrays.
    """

    layout: Layout
    template: tuple[int, ...]
    rows: tuple[Row, ...]
    starts: tuple[int, ...]
    fixed: tuple[Fixed, ...]
    settings: tuple[Setting, ...]
    histories: tuple[History, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """The whole register program of a persona.

    Attributes:
        persona: what is shown.
        tables: how the words of each table come about.
        writable: document number of each writable word -> its register, and which word of it.
    """

    persona: Persona
    tables: Mapping[Table, TableProgram]
    writable: Mapping[int, tuple[Shown, int]]


@cache
def compile_program(
    model: ModelSpec, path: str, firmware: str, strict: bool, web: bool = False
) -> Program:
    """Compile the program of a persona; devices that look the same share it.

    The arguments are those of `resolve_persona`.

    Raises:
        EmulatorError: a register shows something that does not exist or cannot be converted.
    """
    persona = resolve_persona(model, path, firmware, strict, web)
    writable = {
        shown.spec.address + offset: (shown, offset)
        for shown in persona.registers
        if shown.spec.writable
        for offset in range(shown.spec.count)
    }
    return Program(persona, {table: _compile(persona, table) for table in Table}, writable)


def source_of(persona: Persona, spec: RegisterSpec) -> str:
    """Return what a register shows through this persona: its `shows`, with variants chosen."""
    shows = spec.shows
    if spec.default and not shows:
        return f"setting:{spec.name}"
    if shows == "state.hybrid":
        return f"state.hybrid.{persona.state_style}"
    if spec.table is Table.INPUT and persona.model.output_type == 2 and spec.address < 5022:
        return _LINE_VOLTAGES.get(shows, shows)
    if shows.startswith("string.") and not persona.model.string_currents:
        return ""
    return shows


def _compile(persona: Persona, table: Table) -> TableProgram:
    layout = Layout(persona.blocks[table])
    template = [persona.undefined[table]] * layout.size
    rows: list[Row] = []
    fixed: list[Fixed] = []
    settings: list[Setting] = []
    histories: list[History] = []
    places = slots()
    for shown in persona.registers:
        spec = shown.spec
        index = layout.find(spec.address, spec.count) if spec.table is table else -1
        if index < 0:
            continue
        zero = table in persona.zero_sentinels
        template[index : index + spec.count] = (0,) * spec.count if zero else spec.sentinel
        source = source_of(persona, spec)
        if source.startswith("="):
            template[index : index + spec.count] = constant(spec, source[1:])
        elif source.startswith("setting:"):
            settings.append(Setting(spec, index, source.removeprefix("setting:")))
        elif source.startswith("history."):
            name, _, span = source.removeprefix("history.").rpartition(".")
            highest = bounds(spec.datatype)[1]
            histories.append(History(spec, index, name, span, _factor(spec, source), highest))
        elif source in places:
            low, high = _limits(spec)
            rows.append((index, places[source], _factor(spec, source), low, high, spec.count))
        elif source:
            fixed.append(Fixed(spec, index, source, _factor(spec, source)))
    rows.sort()
    return TableProgram(
        layout,
        tuple(template),
        tuple(rows),
        tuple(row[0] for row in rows),
        tuple(fixed),
        tuple(settings),
        tuple(histories),
    )


def constant(spec: RegisterSpec, literal: str) -> tuple[int, ...]:
    """Return the words of a constant: text in double quotes, or a raw number for each element."""
    if literal.startswith('"'):
        return encode_text(literal.strip('"'), spec.count)
    if spec.datatype in TEXT:
        return encode_text(b"", spec.count)
    return encode(spec.datatype, int(literal, 0)) * spec.length


def _factor(spec: RegisterSpec, quantity: str) -> float:
    return factor(unit_of(quantity), spec.unit) / spec.scale


def _limits(spec: RegisterSpec) -> tuple[int, int]:
    """Return the range of raw numbers; the largest one is left out, as it means no value."""
    if spec.datatype in {Datatype.BITS16, Datatype.BITS32}:
        return 0, (1 << BITS[spec.datatype]) - 1
    bits = BITS[spec.datatype]
    if spec.datatype in SIGNED:
        return -(1 << bits - 1), (1 << bits - 1) - 2
    return 0, (1 << bits) - 2
