"""Tests of `site-schema`."""

from __future__ import annotations

import json
from collections.abc import Callable

from sungrow_emulator.cli.site import site_schema_command
from sungrow_emulator.site_schema import schema

Call = Callable[..., tuple[int, str, str]]


def test_the_schema_is_printed(call: Call) -> None:
    """One line of JSON is the schema of site files."""
    code, out, err = call("site-schema")
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert json.loads(out) == schema()


def test_name() -> None:
    """The command has the name that people type."""
    assert site_schema_command.name == "site-schema"
