"""Commands that show what the catalog knows; they need no running emulator."""

from __future__ import annotations

import click

from sungrow_emulator.catalog.batteries import load_batteries
from sungrow_emulator.catalog.codes import load_faults
from sungrow_emulator.catalog.errors import UnknownNameError
from sungrow_emulator.catalog.models import load_models, resolve_model
from sungrow_emulator.catalog.personas import FIRMWARES, PATHS, load_firmware, load_path
from sungrow_emulator.catalog.registers import families, load_registers
from sungrow_emulator.cli.options import json_option
from sungrow_emulator.cli.output import print_json, print_table


@click.command("models")
@click.argument("pattern", default="")
@click.option("--family", metavar="FAMILY", default="", help="Only this register family.")
@json_option
def models_command(pattern: str, family: str, as_json: bool) -> None:
    """List the models that can be emulated.

    PATTERN keeps those whose name contains it.
    """
    if family and family not in families():
        raise UnknownNameError("family", family, families())
    rows = [
        model
        for model in load_models().values()
        if family in {"", model.family} and pattern.casefold() in model.name.casefold()
    ]
    if pattern and not rows:
        raise UnknownNameError("model", pattern, load_models())
    if as_json:
        print_json(rows)
        return
    print_table(
        ("model", "code", "family", "W", "phases", "MPPT", "unverified"),
        [
            (
                model.name,
                f"0x{model.type_code:04X}",
                model.family,
                model.nominal_power or "",
                model.phases or "",
                model.mppt_count or "",
                " ".join(model.unverified),
            )
            for model in rows
        ],
    )


@click.command("registers")
@click.argument("model")
@click.argument("pattern", default="")
@click.option("--table", type=click.Choice(["input", "holding"]), help="Only this table.")
@json_option
def registers_command(model: str, pattern: str, table: str | None, as_json: bool) -> None:
    """List the registers of a model.

    MODEL is a name, a type code, a battery pack or a register family.

    PATTERN keeps those whose name contains it or whose number it is.
    """
    rows = [
        spec
        for spec in load_registers(_family(model))
        if table in (None, spec.table)
        and (pattern.casefold() in spec.name or pattern == str(spec.address))
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("table", "number", "wire", "words", "register", "type", "scale", "unit", "access", ""),
        [
            (
                spec.table,
                spec.address,
                spec.address - 1,
                spec.count,
                spec.name,
                f"{spec.datatype}[{spec.length}]" if spec.length > 1 else spec.datatype,
                f"{spec.scale:g}",
                spec.unit,
                "RW" if spec.writable else "RO",
                "opaque" if spec.opaque else "unverified" if spec.unverified else "",
            )
            for spec in rows
        ],
    )


@click.command("personas")
@json_option
def personas_command(as_json: bool) -> None:
    """List access paths and firmware waves."""
    layers = [load_path(name) for name in PATHS] + [load_firmware(name) for name in FIRMWARES]
    if as_json:
        print_json(
            [
                {
                    "kind": "path" if layer.name in PATHS else "firmware",
                    "name": layer.name,
                    "title": layer.title,
                    "usual_for": layer.usual_for,
                    "unusual_for": layer.unusual_for,
                    "units": dict(layer.units),
                    "encryption": layer.encryption,
                    "sources": layer.sources,
                }
                for layer in layers
            ]
        )
        return
    print_table(
        ("option", "value", "meaning", "usual for"),
        [
            (
                "--path" if layer.name in PATHS else "--firmware",
                layer.name,
                layer.title,
                " ".join(layer.usual_for),
            )
            for layer in layers
        ],
    )


@click.command("faults")
@click.argument("pattern", default="")
@json_option
def faults_command(pattern: str, as_json: bool) -> None:
    """List the faults that set-fault knows.

    PATTERN keeps those whose name or meaning contains it or whose number it is.
    """
    wanted = pattern.casefold()
    rows = [
        fault
        for fault in load_faults().values()
        if wanted in fault.name
        or wanted in fault.meaning.casefold()
        or wanted == str(fault.number)
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("number", "name", "kind", "meaning"),
        [
            (fault.number, fault.name, "fault" if fault.stops else "alarm", fault.meaning)
            for fault in rows
        ],
    )


def _family(text: str) -> str:
    """Return the family that a model, battery pack or family name stands for."""
    wanted = text.strip().casefold()
    if wanted in families():
        return wanted
    if wanted in {name.casefold() for name in load_batteries()}:
        return "battery-sbr"
    return resolve_model(text).family
