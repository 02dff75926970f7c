"""A unit that holds several inverters."""

from __future__ import annotations

import dataclasses

import pytest
from surroundings import CONTAINER, given, new_context

from emulator import SERVICE


@pytest.mark.usefixtures("running")
def test_a_unit_with_several_inverters() -> None:
    """A fleet behind one port: each unit's instances follow those of the unit before."""
    context = new_context(unit=2)
    state = dataclasses.replace(given(), config={"device-count": 20})
    state = context.run(context.on.pebble_ready(CONTAINER), state)
    plan = state.get_container(CONTAINER.name).plan
    variables = plan.services[SERVICE].environment
    assert variables["SUNGROW_EMULATOR_INSTANCE"] == "40"
    assert variables["SUNGROW_EMULATOR_COUNT"] == "20"
    assert variables["SUNGROW_EMULATOR_PATH"] == "logger"
