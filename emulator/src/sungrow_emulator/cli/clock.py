"""Commands for simulated time."""

from __future__ import annotations

import re

import click

from sungrow_emulator.catalog.errors import EmulatorError, nearest
from sungrow_emulator.cli.connect import connect
from sungrow_emulator.cli.options import control_options, json_option
from sungrow_emulator.cli.output import print_clock

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_ACTIONS = ("show", "freeze", "resume", "speed", "set", "advance")


class _ClockGroup(click.Group):
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _ACTIONS and not args[0].startswith("-"):
            close = nearest(args[0], _ACTIONS)
            hint = f"did you mean {' or '.join(close)}?" if close else ", ".join(_ACTIONS)
            raise click.UsageError(f"unknown clock command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group("clock", cls=_ClockGroup)
def clock_command() -> None:
    """Show or change simulated time."""


@clock_command.command("show")
@control_options
@json_option
def show_clock(url: str, token_file: str, as_json: bool) -> None:
    """Show where simulated time stands."""
    with connect(url, token_file) as client:
        print_clock(client.clock(), as_json)


@clock_command.command("freeze")
@control_options
@json_option
def freeze(url: str, token_file: str, as_json: bool) -> None:
    """Let simulated time stand still."""
    with connect(url, token_file) as client:
        print_clock(client.freeze(), as_json)


@clock_command.command("resume")
@control_options
@json_option
def resume(url: str, token_file: str, as_json: bool) -> None:
    """Let simulated time go on."""
    with connect(url, token_file) as client:
        print_clock(client.resume(), as_json)


@clock_command.command("speed")
@click.argument("factor", type=float)
@control_options
@json_option
def speed(url: str, token_file: str, factor: float, as_json: bool) -> None:
    """Let simulated time run FACTOR times as fast as the wall clock."""
    with connect(url, token_file) as client:
        print_clock(client.set_speed(factor), as_json)


@clock_command.command("set")
@click.argument("target")
@control_options
@json_option
def set_clock(url: str, token_file: str, target: str, as_json: bool) -> None:
    """Go to TARGET: ISO 8601, or the next sunrise, sunset, solar-noon, midnight or dst."""
    with connect(url, token_file) as client:
        print_clock(client.jump(target), as_json)


@clock_command.command("advance")
@click.argument("span")
@control_options
@json_option
def advance(url: str, token_file: str, span: str, as_json: bool) -> None:
    """Advance by SPAN (90, 15m, 2h, 1d) and settle everything up to then."""
    with connect(url, token_file) as client:
        print_clock(client.advance(seconds(span)), as_json)


def seconds(span: str) -> float:
    """Return a span of time in seconds; EmulatorError says how to write one."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", span)
    if not match:
        raise EmulatorError(f"{span!r} is not a span of time; write 90, 90s, 15m, 2h or 1d")
    return float(match[1]) * _UNITS[match[2]]
