"""Commands that read and write any inverter over Modbus TCP, real or emulated."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from sungrow_emulator.answers import DoorAnswer, StateAnswer
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.models import models_by_type_code, resolve_model
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import Datatype, RegisterSpec, Table
from sungrow_emulator.cli.connect import connect
from sungrow_emulator.cli.options import URL_VARIABLE, control_options, json_option
from sungrow_emulator.cli.output import print_json, print_table, raw, show
from sungrow_emulator.cli.steer import NumberCommand
from sungrow_emulator.client.registers import TYPES, Reading, raw_words, readings, target

if TYPE_CHECKING:
    from sungrow_emulator.client.modbus import ModbusReader

TYPE_CODE = 5000
_OPTIONS = (
    click.option("--host", metavar="HOST", default="", help="Inverter; see below if not given."),
    click.option("--port", type=click.IntRange(1, 65535), help="Its TCP port."),
    click.option("--unit", type=click.IntRange(1, 247), help="Its unit id; 1 if not given."),
    click.option("--model", metavar="MODEL", default="", help="Model, to know its registers."),
    click.option("--type", "datatype", type=click.Choice(TYPES), help="Type of the values."),
    click.option("--wire", is_flag=True, help="Numbers are wire addresses, not document ones."),
    click.option("--timeout", type=click.FloatRange(0.05, 60), default=3.0, metavar="SECONDS"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where to read: given by options, by a running emulator, or the default door.

    Attributes:
        host: name or address.
        port: TCP port.
        unit: unit id.
        model: model name, empty where nobody said.
    """

    host: str
    port: int
    unit: int
    model: str


def _options(command: click.decorators.FC) -> click.decorators.FC:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(
    "read",
    epilog="Without --host and --port they come from the emulator at --url or "
    f"{URL_VARIABLE}, else 127.0.0.1 and 5020.",
)
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS[:COUNT]…")
@click.option("--table", type=click.Choice(["input", "holding"]), help="input if not given.")
@_options
@control_options
@json_option
def read_command(
    addresses: tuple[str, ...],
    host: str,
    port: int | None,
    unit: int | None,
    model: str,
    datatype: str | None,
    wire: bool,
    timeout: float,
    table: str | None,
    url: str,
    token_file: str,
    as_json: bool,
) -> None:
    """Read registers of any inverter over Modbus.

    ADDRESS is a document number or, where the model is known, a register name.
    """
    place = place_of(host, port, unit, model, url, token_file)
    kind = Datatype(datatype) if datatype else None
    rows: list[Reading] = []
    with open_reader(place, timeout) as reader:
        registers = _registers(place, reader, addresses)
        for text in addresses:
            where = Table(table) if table else None
            found = target(text, registers, table=where, datatype=kind, wire=wire)
            words = reader.read(found.table, found.address, found.count)
            rows.extend(readings(found, words, registers, kind))
    if as_json:
        print_json(rows)
        return
    print_table(
        ("table", "number", "wire", "register", "value", "raw"),
        [
            (
                row.table,
                row.address,
                row.wire,
                row.name,
                show(row.value, row.unit, row.label),
                raw(row.words),
            )
            for row in rows
        ],
    )


@click.command(
    "write",
    cls=NumberCommand,
    epilog="Without --host and --port they come from the emulator at --url or "
    f"{URL_VARIABLE}, else 127.0.0.1 and 5020.",
)
@click.argument("address")
@click.argument("values", nargs=-1, required=True, metavar="VALUE…")
@click.option(
    "--function", type=click.Choice(["6", "16"]), help="6 for one word, else 16, if not given."
)
@_options
@control_options
@json_option
def write_command(
    address: str,
    values: tuple[str, ...],
    function: str | None,
    host: str,
    port: int | None,
    unit: int | None,
    model: str,
    datatype: str | None,
    wire: bool,
    timeout: float,
    url: str,
    token_file: str,
    as_json: bool,
) -> None:
    """Write holding registers over Modbus.

    ADDRESS is a document number, and VALUE… raw words, or a register name, and VALUE is in its
    unit, a label, or raw as 0x….
    """
    place = place_of(host, port, unit, model, url, token_file)
    kind = Datatype(datatype) if datatype else None
    with open_reader(place, timeout) as reader:
        registers = _registers(place, reader, (address,))
        found = target(address, registers, table=Table.HOLDING, datatype=kind, wire=wire)
        named = not address[:1].isdecimal()
        words = raw_words(found, values, kind, in_units=named)
        used = reader.write(found.address, words, int(function or 0))
    if as_json:
        print_json(
            {
                "table": "holding",
                "address": found.address,
                "wire": found.address - 1,
                "words": words,
                "function": used,
            }
        )
        return
    click.echo(
        f"wrote holding {found.address} (wire {found.address - 1}): {raw(words)} "
        f"with function {used}"
    )


def open_reader(place: Place, timeout: float = 3.0) -> ModbusReader:
    """Return a Modbus client; its library's own messages stay out of a one-line answer."""
    from sungrow_emulator.client.modbus import ModbusReader

    logging.getLogger("pymodbus").setLevel(logging.CRITICAL + 1)
    return ModbusReader(place.host, place.port, place.unit, timeout=timeout)


def place_of(
    host: str, port: int | None, unit: int | None, model: str, url: str, token_file: str
) -> Place:
    """Return where to read: options go before the emulator at `url`, that before the default."""
    url = url or os.environ.get(URL_VARIABLE, "")
    if url and not (host and port):
        with connect(url, token_file) as client:
            place = door_of(client.state(), client.host, unit)
        return Place(host or place.host, port or place.port, place.unit, model or place.model)
    return Place(host or "127.0.0.1", port or 5020, 1 if unit is None else unit, model)


def door_of(state: StateAnswer, host: str, unit: int | None = None) -> Place:
    """Return the Modbus door of a running emulator and the model behind the unit."""
    door = next((door for door in state.doors if door.kind == "modbus"), None)
    if door is None:
        raise EmulatorError("the emulator has no Modbus door; name one with --host and --port")
    devices = {device.id: device for device in state.devices}
    if unit is None:
        first = state.devices[0].id
        unit = next((int(key) for key, device in door.units.items() if device == first), 1)
    behind = devices.get(door.units.get(str(unit), ""))
    return Place(reachable(door, host), door.port, unit, behind.model if behind else "")


def reachable(door: DoorAnswer, host: str) -> str:
    """Return the address of a door; `host` is where the emulator itself was reached."""
    everywhere = door.host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    return host if everywhere else door.host


def _registers(
    place: Place, reader: ModbusReader, addresses: tuple[str, ...]
) -> tuple[RegisterSpec, ...]:
    """Return the registers of the model; a name without a model asks the inverter which it is."""
    if place.model:
        return load_registers(_family(place.model))
    if all(text[:1].isdecimal() for text in addresses):
        return ()
    code = reader.read(Table.INPUT, TYPE_CODE)[0]
    candidates = models_by_type_code(code)
    if not candidates:
        raise EmulatorError(
            f"the inverter has type code 0x{code:04X}, which no known model has; give --model"
        )
    return load_registers(candidates[0].family)


def _family(model: str) -> str:
    return "battery-sbr" if model.upper().startswith("SBR") else resolve_model(model).family
