"""Runs an emulator in the situation of each dump once, and keeps what it answered."""

from __future__ import annotations

from functools import cache

from sungrow_emulator.catalog.models import find_model
from sungrow_emulator.device.persona import resolve_persona

from .comparison import Comparison
from .dump import load_dumps
from .reading import read_words
from .situation import SITES, load_site, situation


@cache
def compare(name: str) -> Comparison:
    """Return the comparison of a dump with an emulator in its situation."""
    dump = next(dump for dump in load_dumps() if dump.name == name)
    with situation(load_site(SITES / f"{name}.yaml")) as emulator:
        config = emulator.emulator.config
        device = emulator.state().doors[0].units[str(dump.unit)]
        model = find_model(emulator.device(device).model)
        answered = read_words(emulator.modbus_port, dump.unit, dump.words.keys() | dump.refused)
    persona = resolve_persona(model, config.path, config.firmware, config.strict)
    return Comparison(dump, persona, answered)
