"""Work states, faults and countries."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from sungrow_emulator.catalog.codes import find_fault, load_countries, load_faults, load_states
from sungrow_emulator.catalog.errors import CatalogError, UnknownNameError
from sungrow_emulator.catalog.quantities import load_quantities


@pytest.mark.parametrize(
    ("name", "string_code", "old_code", "work_state_2", "feeds_in"),
    [
        ("run", 0x0000, 0x0040, 0x00020001, True),
        ("standby", 0x1400, 0x0008, 0x10, False),
        ("initial-standby", 0x1200, 0x0010, 0x04, False),
        ("starting", 0x1600, 0x0020, 0x40, False),
        ("stop", 0x8000, 0x0001, 0x02, False),
        ("key-stop", 0x1300, 0x0002, 0x08, False),
        ("emergency-stop", 0x1500, 0x0004, 0x20, False),
        ("derating", 0x8100, 0x0080, 0x00020800, True),
        ("dispatch", 0x8200, None, 0x00021000, True),
        ("fault", 0x5500, 0x0100, 0x00040200, False),
        ("alarm-run", 0x9100, None, 0x00020400, True),
        ("communication-fault", 0x2500, None, 0x00042000, False),
        ("uninitialised", 0x1111, None, None, False),
        ("forced", 0x0800, 0x0800, None, True),
        ("emergency-charging", 0x4001, 0x4001, None, True),
    ],
)
def test_states_in_three_styles(
    name: str, string_code: int, old_code: int | None, work_state_2: int | None, feeds_in: bool
) -> None:
    """A state has the codes of 5038, of older 13000 and of 5081 that the documents give."""
    state = load_states()[name]
    assert (state.string_code, state.hybrid_old_code, state.work_state_2, state.feeds_in) == (
        string_code,
        old_code,
        work_state_2,
        feeds_in,
    )
    assert state.sources


def test_no_code_means_two_states() -> None:
    """Inside one style a code is unique."""
    states = load_states().values()
    assert len(states) == 26
    for codes in (
        [state.string_code for state in states],
        [state.hybrid_old_code for state in states if state.hybrid_old_code is not None],
        [state.work_state_2 for state in states if state.work_state_2 is not None],
    ):
        assert len(codes) == len(set(codes))


def test_names_are_unique_and_kebab_case() -> None:
    """Every fault has a name of its own that is easy to type."""
    names = [fault.name for fault in load_faults().values()]
    assert len(names) == len(set(names)) == 576
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


@pytest.mark.parametrize(
    ("number", "word", "bit"),
    [
        (78, "inverter_alarm", 8),
        (84, "inverter_alarm", 14),
        (514, "inverter_alarm", 30),
        (106, "grid_fault", 22),
        (39, "system_fault_2", 3),
        (28, "dc_fault", 9),
        (703, "battery_fault", 3),
        (714, "battery_fault", 14),
        (59, "", -1),
    ],
)
def test_numbers_fall_on_the_right_bits(number: int, word: str, bit: int) -> None:
    """Numbers known in public fall on the bits of the hybrids' fault words."""
    fault = load_faults()[number]
    assert (fault.word, fault.bit) == (word, bit)


def test_words_are_quantities_and_bits_are_used_once() -> None:
    """Each word can be shown by a register, and a bit stands for one number."""
    carried = [(f.word, f.bit) for f in load_faults().values() if f.word]
    assert len(carried) == len(set(carried))
    assert {f"fault.{word}" for word, _ in carried} <= set(load_quantities())
    assert all(0 <= bit <= 31 for _, bit in carried)


@pytest.mark.parametrize("text", [10, "10", "grid-lost", "Grid Lost", " grid_lost "])
def test_find_fault_by_number_or_name(text: str | int) -> None:
    """A number, and a name in any spelling, mean the same fault."""
    assert find_fault(text).meaning == "grid lost (islanding)"


def test_faults_stop_and_alarms_do_not() -> None:
    """The class decides; where documents disagree a note says so."""
    assert find_fault("low-insulation").stops
    assert not find_fault("fan").stops
    assert find_fault(89).note == "fault in V1.1.37, alarm in V1.1.80"
    assert all(fault.sources and fault.meaning for fault in load_faults().values())


def test_unknown_faults_name_the_nearest() -> None:
    """A wrong name or number is answered with what there is."""
    with pytest.raises(UnknownNameError, match="unknown fault 'grid-los'; did you mean grid-lost"):
        find_fault("grid-los")
    with pytest.raises(UnknownNameError, match=r"unknown fault '5140'; did you mean .*514"):
        find_fault("5140")


def test_countries() -> None:
    """Grid codes are known by number."""
    assert load_countries()[1] == "Germany"
    assert len(load_countries()) == 51


def test_unknown_class_is_refused(spoil: Callable[[str, str, str], None]) -> None:
    """A fault number is a fault or an alarm."""
    spoil("codes/faults.csv", "grid-lost,F", "grid-lost,X")
    with pytest.raises(CatalogError, match="column class: 'X' is not F"):
        load_faults()
