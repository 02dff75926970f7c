"""An emulator without sockets, for the tests of the façade and its helpers."""

from __future__ import annotations

from typing import Any

from sungrow_emulator.config import Config
from sungrow_emulator.emulator import Emulator
from sungrow_emulator.plan import plan_of_devices

NOON = "2026-06-21T11:00:00Z"


def emulator(**options: Any) -> Emulator:
    """Build an emulator that starts frozen at a summer noon and binds any port."""
    defaults = {"start": NOON, "freeze": True, "modbus_port": 0, "winet": "none"}
    return Emulator(Config.from_mapping({**defaults, **options}))


def several(*devices: dict[str, Any], **options: Any) -> Emulator:
    """Build an emulator of several devices, each at a port of its own."""
    defaults = {"start": NOON, "freeze": True, "modbus_port": 0, "winet": "none"}
    return Emulator(plan_of_devices({**defaults, **options}, devices))


def field(one: Emulator, name: str, device: str = "") -> Any:
    """Return the decoded value of a register by name."""
    return next(f.value for f in one.fields(device) if f.name == name)
