"""The skeleton of the charm says what it does not do yet."""

from __future__ import annotations

import pytest
from ops import testing

from charm import SungrowEmulatorCharm


@pytest.mark.parametrize("can_connect", [False, True])
def test_status(can_connect: bool) -> None:
    """With and without its container the charm says that it does not start the emulator."""
    context = testing.Context(SungrowEmulatorCharm)
    container = testing.Container("emulator", can_connect=can_connect)
    state = context.run(context.on.update_status(), testing.State(containers={container}))
    assert state.unit_status == testing.BlockedStatus(
        "this revision does not start the emulator yet"
    )


def test_pebble_ready() -> None:
    """The container named in charmcraft.yaml gets ready without an error."""
    context = testing.Context(SungrowEmulatorCharm)
    container = testing.Container("emulator", can_connect=True)
    state = context.run(context.on.pebble_ready(container), testing.State(containers={container}))
    assert state.get_container("emulator").plan.services == {}
