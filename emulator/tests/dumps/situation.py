"""The situation of a dump: a site file, and an emulator that runs it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sungrow_emulator.catalog.models import find_model
from sungrow_emulator.device.persona import Persona, resolve_persona
from sungrow_emulator.emulator import Emulator
from sungrow_emulator.plan import Plan
from sungrow_emulator.site_file import load_site

from .dump import Dump, Word
from .reading import read_words

SITES = Path(__file__).parent / "sites"


def plan_of(dump: Dump, *, strict: bool = True) -> Plan:
    """Return what the site file of a dump describes, on a port that the system chooses."""
    given = {"modbus_port": 0, "winet": "none", "strict": strict}
    return load_site(SITES / f"{dump.name}.yaml", given)


def answers(dump: Dump, *, strict: bool = True) -> tuple[Persona, dict[Word, int]]:
    """Run an emulator in the situation of a dump.

    Answered and refused words are read apart: where one begins to read matters to a dongle.

    Returns:
        The persona of the device that answers on the dump's unit id, and what it answers for
        every word that the device answered or refused.
    """
    return asyncio.run(_answers(dump, strict))


async def _answers(dump: Dump, strict: bool) -> tuple[Persona, dict[Word, int]]:
    plan = plan_of(dump, strict=strict)
    emulator = Emulator(plan)
    await emulator.start()
    try:
        units = emulator.state().doors[0].units
        model = find_model(emulator.device(units[str(dump.unit)]).model)
        config = plan.devices[0].config
        persona = resolve_persona(model, config.path, config.firmware, config.strict)
        port = emulator.modbus.port
        found: dict[Word, int] = {}
        for wanted in (dump.words, dump.refused):
            found |= await asyncio.to_thread(read_words, port, dump.unit, wanted)
        return persona, found
    finally:
        await emulator.stop()
