"""Connects commands to a running emulator."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sungrow_emulator.cli.options import TOKEN_VARIABLE
from sungrow_emulator.control.access import resolve_token

if TYPE_CHECKING:
    from sungrow_emulator.client.control import ControlClient


def connect(url: str, token_file: str) -> ControlClient:
    """Return a client of the control API; the token comes from the environment or a file."""
    from sungrow_emulator.client.control import DEFAULT_URL, ControlClient

    variable = "" if token_file else os.environ.get(TOKEN_VARIABLE, "")
    return ControlClient(url or DEFAULT_URL, resolve_token(variable, token_file))
