"""Runs an emulator until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING, Any

import click

from sungrow_emulator.answers import StateAnswer
from sungrow_emulator.cli.options import config_of, config_options
from sungrow_emulator.cli.output import print_json
from sungrow_emulator.config import Config
from sungrow_emulator.control.access import require_token, resolve_token

if TYPE_CHECKING:
    from sungrow_emulator.emulator import Emulator

_log = logging.getLogger(__name__)


@click.command("serve")
@config_options
@click.option("--check", is_flag=True, help="Check everything, print one line, start nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON, then the log.")
def serve_command(check: bool, as_json: bool, **options: Any) -> None:
    """Emulate an inverter until SIGINT or SIGTERM."""
    from sungrow_emulator.emulator import Emulator
    from sungrow_emulator.servers.loop import new_event_loop, raise_descriptor_limit

    config = config_of(options)
    token = resolve_token(config.control_token, config.control_token_file)
    require_token(config.control_host, token)
    emulator = Emulator(config)
    if check:
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
            print_json(emulator.state())
        else:
            _print_start(emulator.state())
        sys.stdout.flush()
        await control.start()
        _log.debug("control API at %s", control.url)
        await stopping.wait()
        _log.debug("stopping")
    finally:
        await asyncio.gather(control.stop(), emulator.stop())


def _print_check(emulator: Emulator, as_json: bool) -> None:
    state = emulator.state()
    door = state.doors[0]
    if as_json:
        print_json({"ok": True, "model": state.devices[0].model, "persona": door.persona})
        return
    notes = "".join(f"; {note}" for note in state.notes)
    click.echo(f"ok: {state.devices[0].model} as {door.persona}{notes}")


def _print_start(state: StateAnswer) -> None:
    first = state.devices[0]
    door = state.doors[0]
    units = ", ".join(f"{unit} {device}" for unit, device in door.units.items())
    unit = next((key for key, device in door.units.items() if device == first.id), "1")
    click.echo(
        f"{first.model}, type code 0x{first.type_code:04X}, serial {first.serial_number}, "
        f"{door.persona}"
    )
    for note in state.notes:
        click.echo(f"note: {note}")
    click.echo(f"Modbus TCP   {door.host}:{door.port}, units {units}")
    names = {"winet-http": "HTTP", "winet-ws": "WebSocket", "winet-tls": "TLS"}
    web = [f"{names[door.kind]} {door.port}" for door in state.doors if door.kind in names]
    if web:
        click.echo(f"{state.doors[1].path:<13}{door.host}, {', '.join(web)}")
    click.echo(f"control API  {state.control}, documented at {state.control}/docs")
    click.echo(
        f"try          mbpoll -m tcp -p {door.port} -a {unit} -t 3 -r 5000 -c 1 -1 {door.host}"
    )
