"""Tells what a site file may hold."""

from __future__ import annotations

import click

from sungrow_emulator.cli.output import print_json
from sungrow_emulator.site_schema import schema


@click.command("site-schema")
def site_schema_command() -> None:
    """Print the JSON Schema of site files.

    Editors and CI check site files with it.
    """
    print_json(schema())
