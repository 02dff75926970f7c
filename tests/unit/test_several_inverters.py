"""A unit that holds several inverters."""

from __future__ import annotations

import dataclasses

from surroundings import CONTAINER, Running, given, new_context

from emulator import SERVICE


def test_a_unit_with_several_inverters(running: Running) -> None:
    """A fleet behind one port: each unit's instances follow those of the unit before."""
    context = new_context(unit=2)
    state = dataclasses.replace(given(), config={"device-count": 20})
    state = context.run(context.on.pebble_ready(CONTAINER), state)
    plan = state.get_container(CONTAINER.name).plan
    variables = plan.services[SERVICE].environment
    assert variables["SUNGROW_EMULATOR_INSTANCE"] == "40"
    assert variables["SUNGROW_EMULATOR_COUNT"] == "20"
    assert variables["SUNGROW_EMULATOR_PATH"] == "logger"
    assert running.emulator is not None
