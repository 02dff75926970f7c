"""The charm of SunGather as its maintainer publishes it, configured by hand.

It knows nothing of the relation: it is given host and port from `get-connection-info`, and the
emulator's own counters say whether it collects. `SUNGATHER_CHARM` names the charm, a path or a
name in the store; `SUNGATHER_RESOURCES` its resources where it is a path, e.g.
`sungather-image=<image>`, several separated by commas.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import jubilant
import pytest

from .helpers import CONNECTION_TYPES, DEPLOYED, Emulator, eventually, wait_active

APP = "sungather"
DOORS = {"modbus": "modbus", "sungrow": "modbus", "http": "winet-http"}
# It collects every 30 s unless told otherwise; three times shows that it goes on.
ROUNDS = 3
ROUND = 90.0


@pytest.fixture(scope="module")
def sungather(juju: jubilant.Juju, emulator: Emulator) -> str:
    """Return the name of the deployed charm of SunGather, which reads over Modbus."""
    charm = os.environ["SUNGATHER_CHARM"]
    given = [pair for pair in os.environ.get("SUNGATHER_RESOURCES", "").split(",") if pair]
    juju.deploy(
        Path(charm).resolve() if Path(charm).exists() else charm,
        APP,
        config=_config(emulator, "modbus"),
        resources=dict(pair.split("=", 1) for pair in given) or None,
    )
    wait_active(juju, APP, timeout=DEPLOYED)
    return APP


def _config(emulator: Emulator, kind: str) -> dict[str, str | int]:
    info = emulator.act("get-connection-info")
    return {
        "inverter-host": info["host"],
        "inverter-port": int(info[f"{kind}-port"]),
        "connection-type": kind,
    }


@pytest.mark.parametrize("kind", CONNECTION_TYPES)
def test_collects(juju: jubilant.Juju, emulator: Emulator, sungather: str, kind: str) -> None:
    """It collects again and again over each connection type, and is refused nothing."""
    juju.config(sungather, _config(emulator, kind))
    door = DOORS[kind]
    for _ in range(ROUNDS):
        requests, exceptions = _counted(emulator, door)
        eventually(lambda seen=requests: _counted(emulator, door)[0] > seen, ROUND)
        assert _counted(emulator, door)[1] == exceptions
    wait_active(juju, sungather)


def _counted(emulator: Emulator, kind: str) -> tuple[int, int]:
    """Return requests and exceptions of a door since its start."""
    doors = json.loads(emulator.act("get-status")["doors"])
    return next((door["requests"], door["exceptions"]) for door in doors if door["kind"] == kind)
