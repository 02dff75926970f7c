"""The comparison sees what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from sungrow_emulator.catalog.spec import Table

from .compared import compare
from .comparison import Comparison, Kind
from .dump import Word

INPUT, HOLDING = Table.INPUT, Table.HOLDING


def altered(changes: Mapping[Word, int | None]) -> Comparison:
    """Return the comparison of a LAN dump with other answers; None takes a word away."""
    comparison = compare("sh10rt_lan_evening")
    answered = {**comparison.answered, **changes}
    kept = {word: value for word, value in answered.items() if value is not None}
    return replace(comparison, answered=kept)


@pytest.mark.parametrize(
    ("changes", "kind", "register"),
    [
        ({(INPUT, 5008): 0xFFFF}, Kind.CLASS, "internal_temperature"),
        ({(INPUT, 13008): 0xFFFF, (INPUT, 13009): 0x7FFF}, Kind.CLASS, "load_power"),
        ({(INPUT, 5025): 7}, Kind.CLASS, "input 5025"),
        ({(INPUT, 5025): None}, Kind.CLASS, "input 5025"),
        ({(INPUT, 13023): 0}, Kind.ZERO, "battery_soc"),
        ({(INPUT, 5000): 0x0E02}, Kind.FIGURE, "device_type_code"),
        ({(INPUT, 4952): 0x0100, (INPUT, 4953): 0x1100}, Kind.FIGURE, "protocol_version"),
        ({(INPUT, 4954): 0x4241}, Kind.FIGURE, "arm_software_version"),
        ({(INPUT, 13261): 0x3231}, Kind.FIGURE, "inverter_firmware"),
        ({(HOLDING, 31208): 501}, Kind.OPAQUE, "undocumented_31208"),
    ],
)
def test_one_different_answer_is_seen(
    changes: Mapping[Word, int | None], kind: Kind, register: str
) -> None:
    """A class, a figure, a shape, a word of unknown meaning or a zero too many."""
    before = compare("sh10rt_lan_evening").differences
    assert altered(changes).differences - before == {(kind, register)}


def test_unlike_words_lower_the_share() -> None:
    """Both words of a number count."""
    comparison = altered({(INPUT, 13008): 0xFFFF, (INPUT, 13009): 0x7FFF})
    assert comparison.share == pytest.approx(1 - 2 / comparison.total)


def test_living_words_without_a_register_are_seen() -> None:
    """A word that a persona does not know is named by its table and number."""
    comparison = compare("sh10rt_lan_evening")
    registers = tuple(s for s in comparison.persona.registers if s.spec.address != 13023)
    poorer = replace(comparison, persona=replace(comparison.persona, registers=registers))
    assert (Kind.UNNAMED, "input 13023") in poorer.differences


def test_refused_ranges_count_as_words() -> None:
    """A word that the device refused, and the emulator answers, is unlike."""
    comparison = compare("sh20t_winet-s2_day")
    word = (INPUT, 5046)
    answering = replace(comparison, answered={**comparison.answered, word: 0})
    assert word in comparison.dump.refused
    assert answering.unlike - comparison.unlike == {word}
