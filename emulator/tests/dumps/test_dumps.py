"""Emulators in the situation of real devices answer as those did."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from sungrow_emulator.device.codec import decode_value

from .compared import compare
from .comparison import Kind, Pair
from .differences import load_differences
from .dump import load_dumps
from .situation import plan_of

NAMES = [dump.name for dump in load_dumps()]

RANGES = {
    "V": (0, 1100),
    "A": (-70, 70),
    "W": (-60_000, 60_000),
    "kW": (0, 60),
    "VA": (0, 60_000),
    "var": (-20_000, 20_000),
    "kvar": (0, 20),
    "Wh": (0, 1_000_000),
    "kWh": (0, 1_000_000),
    "kg": (0, 1_000_000),
    "Hz": (45, 65),
    "degC": (-25, 90),
    "%": (0, 100),
    "kOhm": (0, 20_000),
    "s": (0, 2**32),
    "min": (0, 1440),
    "h": (0, 200_000),
    "km/kWh": (0, 20),
}
"""What is plausible in a house; a swapped or shifted pair of words is far outside."""

PINNED = {
    "pv_power": ("ac.power", "dc.power"),
    "load_power": ("load.power",),
    "battery_power": ("battery.power", "battery.power.magnitude"),
    "soc": ("battery.soc",),
}
"""What a site file holds, and the quantities that follow from it."""


@pytest.mark.parametrize("name", NAMES)
def test_words_have_the_same_class(name: str) -> None:
    """At least 95 of 100 words are a value, not available or refused in both."""
    comparison = compare(name)
    assert comparison.share >= 0.95, sorted(comparison.unlike)


@pytest.mark.parametrize("name", NAMES)
def test_differences_are_those_that_are_listed(name: str) -> None:
    """Nothing differs without a reason, and no reason is left without a difference."""
    assert compare(name).differences == _listed(name)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_refused_ranges_are_refused(name: str, strict: bool) -> None:
    """What the device refused with exception 2 is refused, word by word, strict or not."""
    comparison = compare(name, strict)
    assert not comparison.dump.refused & comparison.answered.keys()


@pytest.mark.parametrize("name", NAMES)
def test_values_are_plausible(name: str) -> None:
    """Every number decodes into a range that its unit can have, on both sides."""
    strange = [
        (pair.spec.name, value)
        for pair in compare(name).pairs
        for value in (*_numbers(pair, pair.dumped), *_numbers(pair, pair.answered))
        if not _plausible(pair, value)
    ]
    assert strange == []


@pytest.mark.parametrize("name", NAMES)
def test_what_the_site_file_holds_is_near_the_dump(name: str) -> None:
    """Powers are within 15 % and 50 W of the dump's, the state of charge within 1 %."""
    (device,) = plan_of(compare(name).dump).devices
    quantities = {quantity for held in device.hold for quantity in PINNED[held]}
    listed = {register for _, register in _listed(name)}
    far = [
        (pair.spec.name, dumped, answered)
        for pair in compare(name).pairs
        if pair.spec.shows in quantities and pair.spec.name not in listed
        for dumped in _numbers(pair, pair.dumped)
        for answered in _numbers(pair, pair.answered)
        if not _near(pair, dumped, answered)
    ]
    assert far == []


def test_unknown_words_are_in_a_dump() -> None:
    """Every register that is marked opaque is one that a dump shows."""
    pairs = [pair for name in NAMES for pair in compare(name).pairs if pair.spec.opaque]
    personas = [compare(name).persona for name in NAMES]
    opaque = {
        shown.spec.name for persona in personas for shown in persona.registers if shown.spec.opaque
    }
    assert opaque
    assert {pair.spec.name for pair in pairs} == opaque


def test_listed_differences_say_why() -> None:
    """Each names dumps that exist, registers and a reason."""
    for difference in load_differences():
        assert set(difference.dumps) <= set(NAMES)
        assert difference.registers
        assert len(difference.reason) > 20
        assert difference.kind is not Kind.UNNAMED


def _listed(name: str) -> set[tuple[Kind, str]]:
    return {item for each in load_differences() for item in each.in_dump(name)}


def _numbers(pair: Pair, words: tuple[int, ...]) -> Iterator[float]:
    """Yield the scaled numbers in a register's words; none where it is not available."""
    value = decode_value(pair.spec, words)
    if isinstance(value, list):
        yield from value
    elif isinstance(value, (int, float)) and set(words) != {0xFFFF}:
        yield value


def _plausible(pair: Pair, value: float) -> bool:
    low, high = RANGES.get(pair.spec.unit, (-math.inf, math.inf))
    return low <= value <= high or (pair.spec.unit == "Hz" and value == 0)


def _near(pair: Pair, dumped: float, answered: float) -> bool:
    margin = 1.0 if pair.spec.unit == "%" else 0.15 * abs(dumped) + 50
    return abs(dumped - answered) <= margin
