"""Waits until an emulator is ready."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.cli.connect import connect
from sungrow_emulator.cli.options import control_options, json_option
from sungrow_emulator.cli.output import print_json
from sungrow_emulator.cli.registers import TYPE_CODE, door_of, open_reader
from sungrow_emulator.client.errors import UnreachableError

if TYPE_CHECKING:
    from sungrow_emulator.client.control import ControlClient

_PAUSE = 0.05


@click.command("wait")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 3600),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait at most.",
)
@click.option("--probe", is_flag=True, help="Also read register 5000 once over Modbus.")
@control_options
@json_option
def wait_command(url: str, token_file: str, timeout: float, probe: bool, as_json: bool) -> None:
    """Wait until an emulator is ready.

    It is when every door was bound and answered.
    """
    began = time.monotonic()
    with connect(url, token_file) as client:
        while not client.ready():
            if time.monotonic() - began > timeout:
                raise UnreachableError(
                    f"the emulator at {client.url} was not ready within {timeout:g} s"
                )
            time.sleep(_PAUSE)
        type_code = _probe(client) if probe else None
        waited = round(time.monotonic() - began, 3)
    if as_json:
        print_json({"ready": True, "seconds": waited, "type_code": type_code})
        return
    read = "" if type_code is None else f", type code 0x{type_code:04X} read over Modbus"
    click.echo(f"ready after {waited:.2f} s{read}")


def _probe(client: ControlClient) -> int:
    """Read the type code from outside, as a client does."""
    place = door_of(client.state(), client.host)
    with open_reader(place) as reader:
        return reader.read(Table.INPUT, TYPE_CODE)[0]
