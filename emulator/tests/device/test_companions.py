"""Tests of device/companions.py."""

from __future__ import annotations

import pytest

from sungrow_emulator.catalog.batteries import load_batteries
from sungrow_emulator.device.companions import battery_model, meter_model
from sungrow_emulator.device.program import compile_program


@pytest.mark.parametrize("name", sorted(load_batteries()))
def test_packs_are_models_of_their_own(name: str) -> None:
    """Each pack has a register program of the battery family."""
    model = battery_model(load_batteries()[name])
    program = compile_program(model, "lan", "pre-2024-11", True)
    assert program.persona.name == "battery-sbr/lan/pre-2024-11"
    assert (model.phases, model.hybrid) == (0, False)


@pytest.mark.parametrize("phases", [1, 3])
def test_a_meter_has_phases_and_no_registers(phases: int) -> None:
    """What a meter's registers hold behind a dongle is not known, so there are none."""
    model = meter_model(phases)
    program = compile_program(model, "winet-s", "pre-2024-11", True, web=True)
    assert (model.phases, program.persona.registers) == (phases, ())
