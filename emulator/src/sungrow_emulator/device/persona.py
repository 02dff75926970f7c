"""Personas: what a model shows through one access path with one firmware.

The family's register map, the path's layer and the firmware's layer are merged once into what
the register program needs: the registers as they are shown here, the blocks that answer, and the
oddities of the path.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.personas import (
    Layer,
    Names,
    Ranges,
    load_firmware,
    load_path,
    load_web,
    usual_path,
)
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.scans import load_scan_bands
from sungrow_emulator.catalog.spec import Datatype, ModelSpec, RegisterSpec, Table
from sungrow_emulator.device.bands import Interval, merge, subtract


@dataclass(frozen=True, slots=True)
class Shown:
    """A register as it is shown through this path.

    Attributes:
        spec: its row after all overrides.
        write_factor: what a written word is multiplied with before it is checked.
    """

    spec: RegisterSpec
    write_factor: int = 1


@dataclass(frozen=True, slots=True)
class Persona:
    """How one model looks through one access path with one firmware.

    Attributes:
        name: `family/path/firmware`; the path is followed by `+web` on a dongle's web side.
        model: the model.
        path: the access path.
        firmware: the firmware wave.
        strict: whether only the path's own bands answer, and no block that clients scan.
        registers: the registers shown, input before holding, by address.
        blocks: the intervals of document numbers that answer, per table.
        refused_starts: document numbers of input registers on which no read may begin.
        undefined: what a word without a register reads as, per table.
        zero_sentinels: tables in which "not available" reads 0.
        padded: document number -> words that an answer starting there carries.
        state_style: `old`, `new` or `zero` codes in input register 13000.
    """

    name: str
    model: ModelSpec
    path: Layer
    firmware: Layer
    strict: bool
    registers: tuple[Shown, ...]
    blocks: Mapping[Table, tuple[Interval, ...]]
    refused_starts: frozenset[int]
    undefined: Mapping[Table, int]
    zero_sentinels: tuple[Table, ...]
    padded: Mapping[int, int]
    state_style: str


def resolve_path(model: ModelSpec, path: str) -> tuple[str, tuple[str, ...]]:
    """Return the path that `auto` means for a model, and what the user should be told."""
    if path == "auto":
        chosen = usual_path(model)
        return chosen, (f"path auto: {model.name} is usually read through {chosen}",)
    layer = load_path(path)
    if model.family in layer.unusual_for:
        return path, (f"path {path} is unusual for {model.name}: {layer.unusual_why}",)
    return path, ()


@cache
def resolve_persona(
    model: ModelSpec, path: str, firmware: str, strict: bool, web: bool = False
) -> Persona:
    """Merge the layers for a model; the result is shared by all devices that look the same.

    Args:
        model: whose registers.
        path: the access path; of a dongle's web side the path of its Modbus port.
        firmware: the firmware wave.
        strict: whether only documented bands answer.
        web: whether the dongle's web side is asked, which passes on more than its Modbus port.

    Raises:
        UnknownNameError: no such path or firmware.
        EmulatorError: a layer changes a register that the family does not have.
    """
    layers = (load_path(path), *([load_web()] if web else []), load_firmware(firmware))
    registers = _registers(model, layers)
    blocks, refused_starts = _blocks(model, layers, registers, strict)
    return Persona(
        name=f"{model.family}/{path}{'+web' if web else ''}/{firmware}",
        model=model,
        path=layers[0],
        firmware=layers[-1],
        strict=strict,
        registers=registers,
        blocks=blocks,
        refused_starts=refused_starts,
        undefined=layers[0].undefined,
        zero_sentinels=layers[0].zero_sentinels,
        padded={
            address: entry.words
            for layer in layers
            for entry in layer.padded
            if entry.scope.covers(model.name, model.family)
            for address in entry.addresses
        },
        state_style=_state_style(model, layers),
    )


def _registers(model: ModelSpec, layers: Iterable[Layer]) -> tuple[Shown, ...]:
    known = {_key(spec): Shown(spec) for spec in load_registers(model.family)}
    shown = dict(known)
    for layer in layers:
        for hide in layer.hidden:
            shown = {key: entry for key, entry in shown.items() if not _means(hide, model, key)}
        for show in layer.shown:
            shown |= {key: entry for key, entry in known.items() if _means(show, model, key)}
        for override in layer.overrides:
            if not override.scope.covers(model.name, model.family):
                continue
            keys = [key for key in shown if key[1] == override.register]
            if not keys and not override.scope.models:
                continue
            for key in keys:
                spec = _changed(shown[key].spec, override.changes)
                shown[key] = Shown(spec, override.write_factor)
    order = sorted(shown.values(), key=lambda s: (s.spec.table is Table.HOLDING, s.spec.address))
    return tuple(order)


def _key(spec: RegisterSpec) -> tuple[Table, str]:
    return spec.table, spec.name


def _means(names: Names, model: ModelSpec, key: tuple[Table, str]) -> bool:
    covered = names.scope.covers(model.name, model.family)
    return covered and any(fnmatch.fnmatchcase(key[1], pattern) for pattern in names.registers)


_OVERRIDABLE = (Datatype.U16, Datatype.S16)


def _changed(spec: RegisterSpec, changes: Mapping[str, Any]) -> RegisterSpec:
    """Return a row with other fields; what it reads as without a value stays.

    A signed 13022 without battery is 0xFFFF as ever (dump SH10RT-V112/LAN).
    """
    fields = dict(changes)
    if "datatype" in fields:
        datatype = Datatype(fields["datatype"])
        if datatype not in _OVERRIDABLE:
            raise EmulatorError(
                f"an override makes {spec.name} {datatype}; allowed are U16 and S16"
            )
        fields["datatype"] = datatype
    return replace(spec, **fields)


def _blocks(
    model: ModelSpec, layers: Sequence[Layer], registers: tuple[Shown, ...], strict: bool
) -> tuple[Mapping[Table, tuple[Interval, ...]], frozenset[int]]:
    scans = () if strict else load_scan_bands(model.family)
    blocks: dict[Table, tuple[Interval, ...]] = {}
    for table in Table:
        words = [
            (entry.spec.address, entry.spec.address + entry.spec.count - 1)
            for entry in registers
            if entry.spec.table is table
        ]
        bands = [pair for layer in layers for pair in _pairs(layer.bands, model, table)]
        served = merge([*merge(words, layers[0].fill), *bands])
        scanned = [(s.address, s.address + s.count - 1) for s in scans if s.table is table]
        blocks[table] = merge(
            [
                *subtract(served, _refused(layers, model, table)),
                *subtract(scanned, _refused(layers, model, table, always=True)),
            ]
        )
    scanned = [(s.address, s.address) for s in scans if s.table is Table.INPUT]
    begun = subtract(scanned, _refused(layers, model, Table.INPUT, always=True, starting=True))
    starts = {
        address
        for first, last in _refused(layers, model, Table.INPUT, starting=True)
        for address in range(first, last + 1)
    }
    return blocks, frozenset(starts.difference(address for address, _ in begun))


def _refused(
    layers: Sequence[Layer],
    model: ModelSpec,
    table: Table,
    *,
    always: bool = False,
    starting: bool = False,
) -> list[Interval]:
    """Return what a layer refuses and no layer above the path answers.

    Args:
        layers: the path first.
        model: the model that is read.
        table: the table.
        always: only what is refused where clients scan, too.
        starting: where a read may not begin, instead of what it may not touch.
    """
    _, *above = layers
    entries = [entry for layer in layers for entry in layer.refused if entry.always or not always]
    answered = [pair for layer in above for pair in _pairs(layer.bands, model, table)]
    return list(subtract(_pairs(entries, model, table, starting=starting), answered))


def _pairs(
    entries: Iterable[Ranges], model: ModelSpec, table: Table, *, starting: bool = False
) -> list[Interval]:
    return [
        pair
        for entry in entries
        if entry.table is table
        and entry.starting is starting
        and entry.scope.covers(model.name, model.family)
        for pair in entry.ranges
    ]


def _state_style(model: ModelSpec, layers: Iterable[Layer]) -> str:
    style = "new"
    for layer in layers:
        for entry in layer.states:
            if entry.scope.covers(model.name, model.family):
                style = entry.style
    return style
