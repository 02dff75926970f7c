"""Waits until an emulator is ready."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import click

from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.cli.connect import connect
from sungrow_emulator.cli.options import control_options, json_option
from sungrow_emulator.cli.output import print_json
from sungrow_emulator.cli.registers import TYPE_CODE, Place, open_reader, reachable
from sungrow_emulator.client.errors import RefusedError, UnreachableError

if TYPE_CHECKING:
    from sungrow_emulator.answers import DoorAnswer
    from sungrow_emulator.client.control import ControlClient

_PAUSE = 0.05
_WEB = frozenset({"winet-http", "winet-ws", "winet-tls"})
_ONE_PORT = frozenset({"eyem4"})
"""Dongles whose WebSocket is at the port of their pages."""


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
    """Ask every door from outside, as clients do; none of it logs in or takes a session.

    Returns:
        What answered, by the kind of its door; where several are of a kind, the name of the
        device that is asked for there stands behind it.
    """
    state = client.state()
    kinds = {device.id: device.kind for device in state.devices}
    answers: list[tuple[str, str, str]] = []
    for door in state.doors:
        host = reachable(door, client.host)
        if door.kind in _WEB:
            device = next(iter(door.units.values()))
            answers.append((door.kind, device, _ask_dongle(door, host)))
        elif door.kind == "modbus":  # The others are the same door once more.
            inverters = [one for one in door.units.items() if kinds.get(one[1]) == "inverter"]
            for unit, device in inverters or door.units.items():
                place = Place(host, door.port, int(unit), "")
                answers.append((door.kind, device, _ask_device(place)))
    many = {kind for kind, often in Counter(kind for kind, _, _ in answers).items() if often > 1}
    return {f"{kind} {name}" if kind in many else kind: answer for kind, name, answer in answers}


def _ask_device(place: Place) -> str:
    with open_reader(place) as reader:
        try:
            return f"type code 0x{reader.read(Table.INPUT, TYPE_CODE)[0]:04X}"
        except RefusedError as error:  # Wallboxes have none, yet this is an answer.
            return f"exception {error.code}"


def _ask_dongle(door: DoorAnswer, host: str) -> str:
    """Return what the pages at a door tell, and whether its WebSocket does."""
    from sungrow_emulator.client import winet

    secure = "s" if door.kind == "winet-tls" else ""
    place = f"[{host}]:{door.port}" if ":" in host else f"{host}:{door.port}"
    answers: list[str] = []
    if door.kind != "winet-ws":
        answers.append(winet.product(f"http{secure}://{place}"))
    if door.kind != "winet-http" or door.path in _ONE_PORT:
        winet.ping(f"ws{secure}://{place}")
        answers.append("pong")
    return ", ".join(answers)
