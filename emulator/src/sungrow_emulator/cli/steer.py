"""Commands that look at a running emulator and steer its devices."""

from __future__ import annotations

import re
from typing import Any

import click

from sungrow_emulator.answers import DeviceAnswer, StateAnswer
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.cli.connect import connect
from sungrow_emulator.cli.options import control_options, device_option, json_option
from sungrow_emulator.cli.output import (
    print_change,
    print_clock,
    print_json,
    print_table,
    raw,
    show,
)

_NEGATIVE = re.compile(r"-\.?\d")
_MOST_SHOWN = 8


class NumberCommand(click.Command):
    """A command whose arguments may be numbers below 0."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let `-2000` be an argument; anything else with a dash stays an option."""
        ctx.ignore_unknown_options = any(_NEGATIVE.match(arg) for arg in args)
        return super().parse_args(ctx, args)


@click.command("status")
@control_options
@json_option
def status_command(url: str, token_file: str, as_json: bool) -> None:
    """Show what the emulator is doing."""
    with connect(url, token_file) as client:
        state = client.state()
    if as_json:
        print_json(state)
    else:
        print_state(state)


@click.command("reset")
@control_options
@json_option
def reset_command(url: str, token_file: str, as_json: bool) -> None:
    """Go back to right after the start.

    Clock, faults, pins and client writes are reset; ports and connections stay.
    """
    with connect(url, token_file) as client:
        state = client.reset()
    if as_json:
        print_json(state)
    else:
        print_state(state)


@click.command("fields")
@click.argument("pattern", default="")
@control_options
@device_option
@json_option
def fields_command(url: str, token_file: str, device: str, pattern: str, as_json: bool) -> None:
    """Show every register of a device, decoded.

    PATTERN keeps the registers whose name contains it or whose number it is. Of long rows the
    first ones are shown; --json and `read` show all.
    """
    with connect(url, token_file) as client:
        rows = [
            field
            for field in client.fields(device)
            if pattern.casefold() in field.name or pattern == str(field.address)
        ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("table", "number", "wire", "register", "value", "raw"),
        [
            (
                field.table,
                field.address,
                field.wire,
                field.name,
                show(field.value, field.unit, field.label, _MOST_SHOWN),
                raw(field.words, _MOST_SHOWN),
            )
            for field in rows
        ],
    )


@click.command("set-power", cls=NumberCommand)
@click.argument("watts", type=float)
@control_options
@device_option
@json_option
def set_power_command(watts: float, as_json: bool, **where: str) -> None:
    """Hold the AC power that PV allows.

    WATTS is 0 to 1.1 times the nominal power, day or night.
    """
    _change("set_power", where, as_json, watts)


@click.command("release-power")
@control_options
@device_option
@json_option
def release_power_command(as_json: bool, **where: str) -> None:
    """Give the PV power back to the sun."""
    _change("release_power", where, as_json)


@click.command("set-load", cls=NumberCommand)
@click.argument("watts")
@control_options
@device_option
@json_option
def set_load_command(watts: str, as_json: bool, **where: str) -> None:
    """Hold the power that the site consumes.

    `set-load release` ends that.
    """
    _change("set_load", where, as_json, _watts(watts))


@click.command("set-soc", cls=NumberCommand)
@click.argument("percent", type=float)
@control_options
@device_option
@json_option
def set_soc_command(percent: float, as_json: bool, **where: str) -> None:
    """Set the battery's state of charge to PERCENT."""
    _change("set_soc", where, as_json, percent)


@click.command("set-battery", cls=NumberCommand)
@click.argument("watts")
@control_options
@device_option
@json_option
def set_battery_command(watts: str, as_json: bool, **where: str) -> None:
    """Hold the power of the battery.

    Above 0 it discharges, below 0 it charges; `set-battery release` ends that.
    """
    _change("set_battery_power", where, as_json, _watts(watts))


@click.command("set-fault")
@click.argument("fault")
@control_options
@device_option
@json_option
def set_fault_command(fault: str, as_json: bool, **where: str) -> None:
    """Set a fault or alarm by number or name.

    `sungrow-emulator faults` lists them. A fault stops the feed-in, an alarm does not.
    """
    _change("set_fault", where, as_json, int(fault) if fault.isdecimal() else fault)


@click.command("clear-fault")
@click.argument("fault", required=False)
@control_options
@device_option
@json_option
def clear_fault_command(fault: str | None, as_json: bool, **where: str) -> None:
    """Clear one fault or alarm, or all."""
    _change("clear_fault", where, as_json, fault)


def _change(name: str, where: dict[str, str], as_json: bool, *arguments: Any) -> None:
    with connect(where["url"], where["token_file"]) as client:
        print_change(getattr(client, name)(where["device"], *arguments), as_json)


def _watts(text: str) -> float | None:
    if text == "release":
        return None
    try:
        return float(text)
    except ValueError:
        raise EmulatorError(f"{text!r} is neither a number of watts nor release") from None


def print_state(state: StateAnswer) -> None:
    """Print the whole emulator for people."""
    for device in state.devices:
        click.echo(_device_line(device))
    for door in state.doors:
        units = ", ".join(f"{unit} {device}" for unit, device in door.units.items())
        click.echo(
            f"{door.kind} {door.host}:{door.port}, {door.persona}, units {units}; "
            f"{door.connections} connections, {door.requests} requests, "
            f"{door.exceptions} exceptions"
        )
    print_clock(state.clock, as_json=False)
    for note in state.notes:
        click.echo(f"note: {note}")


def _device_line(device: DeviceAnswer) -> str:
    parts = [f"{device.id}: {device.model} {device.serial_number}"]
    if device.state:
        parts.append(device.state)
    if device.power is not None:
        parts.append(f"{device.power:g} W")
    if device.soc is not None:
        parts.append(f"{device.soc:g} % charged")
    parts.extend(f"{name} held at {value:g}" for name, value in device.overrides.items())
    parts.extend(f"fault {fault.number} {fault.name}" for fault in device.faults)
    parts.extend(f"{pin.table} {pin.address} pinned" for pin in device.pins)
    return ", ".join(parts)
