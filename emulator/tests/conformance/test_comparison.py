"""The comparison itself notices what it must notice."""

from __future__ import annotations

import pytest

from .comparison import compare_readings, compare_truth, compare_words
from .deviations import Deviation, load_deviations
from .emulator import Field
from .registers import Register, for_family, foreign_to, load

POWER = Field("total_dc_power", "input", 5017, (1000, 1), 66536, 66536.2, False)
TEMPERATURE = Field("temperature", "input", 5008, (0x7FFF,), None, None, False)
FACTOR = Field("power_factor", "input", 5035, (987,), 0.987, 0.98712, False)
SERIAL = Field("serial", "input", 4990, (0x4132, 0x3334, 0), "A234", None, False)
POWERS = Field("history", "input", 6100, (10, 20), [10, 20], [10.2, 20.4], False)
FLAGS = Field("flags", "input", 13001, (0x2D,), 0x2D, None, False)
SWITCH = Field("switch", "holding", 13087, (0xAA,), 170, None, True)
FIELDS = [POWER, TEMPERATURE, FACTOR, SERIAL, POWERS, FLAGS, SWITCH]


def deviation(**changes: object) -> Deviation:
    """Return a deviation of `SomeClient` on every register."""
    listed: dict[str, object] = {
        "id": "odd", "client": "SomeClient", "registers": ("*",), "reason": "r", "source": "s",
    }  # fmt: skip
    return Deviation(**(listed | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "reading",
    [
        {"register": "input:5017", "value": 66536},
        {"register": "input:5008", "value": None},
        {"register": "input:5035", "value": 0.99, "decimals": 2},
        {"register": "input:4990", "value": "A234\0\0"},
        {"register": "input:6101", "value": 20},
        {"register": "input:13001", "value": 0x0D, "mask": 0x1F},
        {"register": "holding:13087", "value": True, "on": 0xAA},
        {"register": "input:9999", "value": 0},
    ],
)
def test_right_readings_agree(reading: dict[str, object]) -> None:
    """What the client may report, rounding included, is no problem."""
    result = compare_readings([reading], FIELDS, {}, [])
    assert (result.problems, result.compared) == ([], 1)


@pytest.mark.parametrize(
    "reading",
    [
        {"register": "input:5017", "value": 66537},
        {"register": "input:5017", "value": "66536"},
        {"register": "input:5008", "value": 0},
        {"register": "input:5035", "value": 0.98, "decimals": 2},
        {"register": "input:4990", "value": "A23"},
        {"register": "input:6101", "value": 10},
        {"register": "input:13001", "value": 0x2D, "mask": 0x1F},
        {"register": "holding:13087", "value": False, "on": 0xAA},
        {"register": "input:9999", "value": 1},
    ],
)
def test_wrong_readings_are_problems(reading: dict[str, object]) -> None:
    """A value that differs is reported with its register."""
    result = compare_readings([reading], FIELDS, {}, [])
    assert len(result.problems) == 1
    assert str(reading["register"]) in result.problems[0]


@pytest.mark.parametrize(
    ("reading", "listed"),
    [
        ({"register": "input:5008", "value": 0}, {"when": "unavailable", "shows": "zero"}),
        ({"register": "input:5008", "value": 3276.7}, {"shows": "raw"}),
        ({"register": "input:5017", "value": 6653.6}, {"factor": 0.1}),
        ({"register": "input:4990", "value": "A2"}, {"chars": 2}),
        ({"register": "input:5017", "value": 1000}, {"reads": "input:5017-5017"}),
        ({"register": "input:9999", "value": 6553.5, "scale": 0.1}, {"shows": "raw"}),
    ],
)
def test_listed_deviations_are_noted(
    reading: dict[str, object], listed: dict[str, object]
) -> None:
    """A listed difference is no problem, but it is noted that it occurred."""
    result = compare_readings([reading], FIELDS, {"input:5008": 0.1}, [deviation(**listed)])
    assert (result.problems, result.deviations) == ([], {"odd"})


def test_unavailable_does_not_excuse_a_wrong_value() -> None:
    """A deviation for unavailable registers says nothing about the others."""
    listed = deviation(when="unavailable", shows="zero")
    result = compare_readings([{"register": "input:5017", "value": 0}], FIELDS, {}, [listed])
    assert len(result.problems) == 1


def test_a_register_that_is_not_reported_is_a_problem() -> None:
    """A client must report what it was told to read, unless a deviation says that it does not."""
    listed = deviation(registers=("input:5000-5020",), shows="missing")
    unlisted = compare_readings([], FIELDS, {}, [], ["input:5017"])
    excused = compare_readings([], FIELDS, {}, [listed], ["input:5017"])
    assert unlisted.problems == ["input:5017: the client reports nothing"]
    assert (excused.problems, excused.deviations) == ([], {"odd"})


def test_words_are_compared_and_decoded_by_the_register_list() -> None:
    """A wrong word is noticed, and so is a right word that the register list reads otherwise."""
    register = Register("p", "input", 5017, "U32", 1, 1, "W", 1, ("string",))
    swapped = Register("p", "input", 5017, "U32", 10, 1, "W", 1, ("string",))
    block = {"table": "input", "address": 5017, "words": [1000, 1]}
    assert compare_words([block], [POWER], [register]).problems == []
    assert len(compare_words([block], [POWER], [swapped]).problems) == 1
    wrong = {"table": "input", "address": 5017, "words": [1000, 2]}
    assert len(compare_words([wrong], [POWER], []).problems) == 1
    assert len(compare_words([], [POWER], []).problems) == 1
    excused = compare_words([], [POWER], [], [deviation(shows="missing")])
    assert (excused.problems, excused.deviations) == ([], {"odd"})


def test_truth_further_than_half_a_quantum_is_a_problem() -> None:
    """A shown value is the nearest to the truth that its register can show."""
    scales = {"input:5035": 0.001}
    assert compare_truth(FIELDS, scales) == []
    off = Field("power_factor", "input", 5035, (986,), 0.986, 0.98712, False)
    text = Field("serial", "input", 4990, (0x4131,), "A1", "A2", False)
    assert len(compare_truth([off, text], scales)) == 2


def test_deviation_concerns_its_runs_only() -> None:
    """Client, mode and family decide whether a deviation is looked at."""
    listed = deviation(modes=("sungrow-l1-key",), families=("hybrid-rt",))
    assert listed.concerns("SomeClient", "sungrow-l1-key", "hybrid-rt")
    assert not listed.concerns("SomeClient", "sungrow-l1", "hybrid-rt")
    assert not listed.concerns("SomeClient", "sungrow-l1-key", "hybrid-k")
    assert not listed.concerns("OtherClient", "sungrow-l1-key", "hybrid-rt")


def test_listed_deviations_have_a_reason_and_a_source() -> None:
    """Every deviation has a name of its own and says what happens and where."""
    rows = load_deviations()
    assert len({row.id for row in rows}) == len(rows)
    assert all(row.reason and row.source for row in rows)


def test_register_list_names_are_unique_per_family() -> None:
    """A client keys its values by name; foreign registers never lie on a family's own."""
    for family in ("string-rt", "hybrid-rt", "hybrid-k"):
        rows = (*for_family(family), *foreign_to(family))
        assert len({row.name for row in rows}) == len(rows)
        assert len({row.key for row in rows}) == len(rows)
    assert len(load()) > 200
