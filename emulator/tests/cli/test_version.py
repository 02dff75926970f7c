"""Tests of the version command."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sungrow_emulator import __version__
from sungrow_emulator.cli.version import version_command


def test_version(call: Callable[..., Any]) -> None:
    """The versions are printed for people or as JSON."""
    assert call("version")[1].startswith(f"sungrow-emulator {__version__}, Python 3.")
    assert json.loads(call("version", "--json")[1])["version"] == __version__


def test_name() -> None:
    """The command has the name of the contract."""
    assert version_command.name == "version"
