"""Access paths on which another device answers beside the inverter, or instead of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from ops import testing
from surroundings import CONTAINER, RELATION, Running, endpoints, given, judged

from charm import SungrowEmulatorCharm


@pytest.mark.parametrize(
    ("path", "units"),
    [("logger", {1: "SH10RT", 247: "Logger1000"}), ("ihomemanager", {247: "iHomeManager"})],
)
def test_one_inverter(
    context: testing.Context[SungrowEmulatorCharm],
    start: Callable[..., Running],
    path: str,
    units: dict[int, str],
) -> None:
    """The emulator takes the path with one inverter, and what answers there is published."""
    start(path=path)
    state = judged(context, given(config={"path": path}))
    state = context.run(context.on.pebble_ready(state.get_container(CONTAINER.name)), state)
    assert state.unit_status == testing.ActiveStatus()
    assert set(endpoints(state)) == {"modbus", "sungrow"}
    devices = json.loads(state.get_relation(RELATION.id).local_unit_data["devices"])
    assert units.items() <= {each["unit_id"]: each["model"] for each in devices}.items()
