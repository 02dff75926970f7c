"""Waits until an emulator is ready."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.cli.connect import connect
from sungrow_emulator.cli.options import control_options, json_option
from sungrow_emulator.cli.output import print_json
from sungrow_emulator.cli.registers import TYPE_CODE, door_of, open_reader, reachable
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
@click.option("--probe", is_flag=True, help="Also ask every door once, from outside.")
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
        answers = _probe(client) if probe else {}
        waited = round(time.monotonic() - began, 3)
    if as_json:
        print_json({"ready": True, "seconds": waited, "doors": answers})
        return
    told = (f"{kind}: {answer}" for kind, answer in answers.items())
    click.echo("; ".join((f"ready after {waited:.2f} s", *told)))


def _probe(client: ControlClient) -> dict[str, str]:
    """Ask every door from outside, as clients do; none of it logs in or takes a session."""
    from sungrow_emulator.client import winet

    state = client.state()
    answers: dict[str, str] = {}
    for door in state.doors:
        host = reachable(door, client.host)
        name = f"[{host}]" if ":" in host else host
        if door.kind == "modbus":
            with open_reader(door_of(state, client.host)) as reader:
                answers[door.kind] = f"type code 0x{reader.read(Table.INPUT, TYPE_CODE)[0]:04X}"
        elif door.kind == "winet-ws":
            winet.ping(name, door.port)
            answers[door.kind] = "pong"
        else:
            scheme = "https" if door.kind == "winet-tls" else "http"
            answers[door.kind] = winet.product(f"{scheme}://{name}:{door.port}")
    return answers
