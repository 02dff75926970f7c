"""Runs an emulator until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sungrow_emulator.answers import StateAnswer
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.cli.options import config_of, config_options, given_options
from sungrow_emulator.cli.output import print_json
from sungrow_emulator.config import Config
from sungrow_emulator.control.access import require_token, resolve_token
from sungrow_emulator.plan import Plan, plan_of

if TYPE_CHECKING:
    from sungrow_emulator.emulator import Emulator

_log = logging.getLogger(__name__)

_WEB = {"winet-http": "HTTP", "winet-ws": "WebSocket", "winet-tls": "TLS"}
_MODBUS = {
    "modbus": "Modbus TCP",
    "modbus-second": "Modbus TCP",
    "modbus-tls": "Modbus TLS",
    "rtu": "Modbus RTU",
    "rtu-tcp": "RTU over TCP",
}
_MOST_SHOWN = 12


@click.command("serve")
@click.argument("site", required=False, type=click.Path(path_type=Path), metavar="[SITE.yaml]")
@config_options
@click.option("--check", is_flag=True, help="Check everything, print one line, start nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON, then the log.")
def serve_command(site: Path | None, check: bool, as_json: bool, **options: Any) -> None:
    """Emulate an inverter, or the devices of SITE.yaml.

    It goes on until SIGINT or SIGTERM. Options beside a site file go before what it says and
    hold for each of its devices.
    """
    from sungrow_emulator.claims import refuse_clashes, refuse_missing
    from sungrow_emulator.emulator import Emulator
    from sungrow_emulator.servers.loop import new_event_loop, raise_descriptor_limit

    plan = _plan(site, options)
    config = plan.config
    token = resolve_token(config.control_token, config.control_token_file)
    require_token(config.control_host, token)
    emulator = Emulator(plan)
    refuse_clashes(plan.devices, config)
    if check:
        refuse_missing(plan.devices)
        _print_check(emulator, as_json)
        return
    logging.basicConfig(
        level=config.log_level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    raise_descriptor_limit()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(emulator, config, token, as_json))


def _plan(site: Path | None, options: dict[str, Any]) -> Plan:
    """Return what is to be emulated: one device, several alike, or those of a site file."""
    if site is None:
        return plan_of(config_of(options))
    from sungrow_emulator.site_file import load_site

    given = given_options(options)
    if given.pop("count", 1) != 1:
        raise EmulatorError("--count and a site file exclude each other; list the devices there")
    return load_site(site, given)


async def serve(emulator: Emulator, config: Config, token: str, as_json: bool) -> None:
    """Open the doors, then the control API, and stop both on a signal.

    Raises:
        EmulatorError: a port cannot be had.
    """
    from sungrow_emulator.control.server import ControlServer

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    control = ControlServer(emulator, config.control_host, config.control_port, token)
    try:
        await emulator.start()
        control.bind()
        if as_json:
            few = len(emulator.installations()) <= _MOST_SHOWN
            print_json(emulator.state(begin=few))
        else:
            _print_start(emulator)
        sys.stdout.flush()
        await control.start()
        _log.debug("control API at %s", control.url)
        await stopping.wait()
        _log.debug("stopping")
    finally:
        await asyncio.gather(control.stop(), emulator.stop())


def _print_check(emulator: Emulator, as_json: bool) -> None:
    state = emulator.state(begin=False)
    doors = [door for door in state.doors if door.kind == "modbus"]
    if as_json:
        first = {"model": state.devices[0].model, "persona": doors[0].persona}
        print_json({"ok": True, **first, "devices": len(state.devices)})
        return
    notes = "".join(f"; {note}" for note in state.notes)
    what = f"{state.devices[0].model} as {doors[0].persona}"
    if len(emulator.installations()) > 1:
        what = f"{len(state.devices)} devices, {len(doors)} Modbus ports"
    click.echo(f"ok: {what}{notes}")


def _print_start(emulator: Emulator) -> None:
    state = emulator.state(begin=False)
    first = state.devices[0]
    door = state.doors[0]
    if len(emulator.installations()) > 1:
        _print_several(state)
    else:
        click.echo(
            f"{first.model}, type code 0x{first.type_code:04X}, serial {first.serial_number}, "
            f"{door.persona}"
        )
    for note in state.notes:
        click.echo(f"note: {note}")
    for door in state.doors[:_MOST_SHOWN]:
        if door.kind in _MODBUS:
            units = ", ".join(f"{unit} {device}" for unit, device in door.units.items())
            where = door.place or f"{door.host}:{door.port}"
            click.echo(f"{_MODBUS[door.kind]:<13}{where}, units {units}")
        else:
            click.echo(f"{door.path:<13}{door.host}:{door.port}, {_WEB[door.kind]}")
    if len(state.doors) > _MOST_SHOWN:
        click.echo(f"… and {len(state.doors) - _MOST_SHOWN} more ports; status lists all")
    click.echo(f"control API  {state.control}, documented at {state.control}/docs")
    click.echo(f"try          {_trial(state)}")


def _trial(state: StateAnswer) -> str:
    """Return a command line that asks the first device, or who answers for it, what it is."""
    door, first = state.doors[0], state.devices[0].id
    # An inverter behind an iHomeManager has no unit id.
    unit, name = min(door.units.items(), key=lambda entry: entry[1] != first)
    family = next(device.family for device in state.devices if device.id == name)
    registers = load_registers(family)
    spec = min(registers, key=lambda spec: not spec.name.endswith("device_type_code"))
    table = 3 if spec.table == Table.INPUT else 4
    where = f"-r {spec.address} -c {spec.count} -1 {door.host}"
    return f"mbpoll -m tcp -p {door.port} -a {unit} -t {table} {where}"


def _print_several(state: StateAnswer) -> None:
    shown = state.devices[:_MOST_SHOWN]
    width = max(len(device.id) for device in shown) + 2
    for device in shown:
        click.echo(f"{device.id:<{width}}{device.model}, serial {device.serial_number}")
    if len(state.devices) > _MOST_SHOWN:
        click.echo(f"… and {len(state.devices) - _MOST_SHOWN} more devices")
