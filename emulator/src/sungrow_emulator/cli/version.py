"""The version command."""

from __future__ import annotations

import platform

import click

from sungrow_emulator import __version__
from sungrow_emulator.cli.options import json_option
from sungrow_emulator.cli.output import print_json


@click.command("version")
@json_option
def version_command(as_json: bool) -> None:
    """Show the versions of emulator and Python."""
    if as_json:
        print_json({"version": __version__, "python": platform.python_version()})
    else:
        click.echo(f"sungrow-emulator {__version__}, Python {platform.python_version()}")
