"""Tests of device/battery.py."""

from __future__ import annotations

import pytest

from sungrow_emulator.catalog.batteries import load_batteries
from sungrow_emulator.device.battery import as_model
from sungrow_emulator.device.program import compile_program


@pytest.mark.parametrize("name", sorted(load_batteries()))
def test_packs_are_models_of_their_own(name: str) -> None:
    """Each pack has a register program of the battery family."""
    model = as_model(load_batteries()[name])
    program = compile_program(model, "lan", "pre-2024-11", True)
    assert program.persona.name == "battery-sbr/lan/pre-2024-11"
    assert (model.phases, model.hybrid) == (0, False)
