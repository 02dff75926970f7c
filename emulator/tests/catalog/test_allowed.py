"""The grammar of the column `allowed`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.catalog.allowed import parse_allowed, parse_bound, permits, resolve
from sungrow_emulator.catalog.figures import FIGURES
from sungrow_emulator.catalog.spec import Allowed

numbers = st.integers(-40000, 70000)
names = st.sampled_from(FIGURES).flatmap(lambda name: st.sampled_from([name, f"-{name}"]))
ranges = st.one_of(
    st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair))),
    st.tuples(names, names),
    st.tuples(numbers, names),
)
alloweds = st.builds(
    Allowed, st.lists(numbers, max_size=4).map(tuple), st.lists(ranges, max_size=3).map(tuple)
).filter(lambda allowed: bool(allowed.values or allowed.ranges))


def written(allowed: Allowed) -> str:
    """Write an `Allowed` as a contributor would."""
    parts = [str(value) for value in allowed.values]
    parts += [f"{low}..{high}" for low, high in allowed.ranges]
    return "|".join(parts)


@given(alloweds)
def test_what_is_written_is_read(allowed: Allowed) -> None:
    """Every combination of values and ranges survives being written and read."""
    assert parse_allowed(written(allowed)) == allowed


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_words(text: str) -> None:
    """Whatever stands in the cell: it is understood, or the error says what is allowed."""
    try:
        allowed = parse_allowed(text)
    except ValueError as error:
        assert "range" in str(error)  # noqa: PT017 - both ends are right.
    else:
        assert (allowed is None) == (text == "")


def test_the_examples_of_the_readme() -> None:
    """Switches, ranges with a gap and figures of the model read as documented."""
    assert parse_allowed("0xAA|0x55") == Allowed((0xAA, 0x55))
    assert parse_allowed("-1000..-800|800..1000") == Allowed((), ((-1000, -800), (800, 1000)))
    assert parse_allowed("-reactive_limit..reactive_limit") == Allowed(
        (), (("-reactive_limit", "reactive_limit"),)
    )
    assert parse_allowed("") is None


@pytest.mark.parametrize("text", ["1..", "a", "0..rated", "0xAA;0x55", "1|", "--bdc_rated..3"])
def test_malformed_cells_are_refused(text: str) -> None:
    """What does not follow the grammar is refused, with the figures named."""
    with pytest.raises(ValueError, match="bounds named nominal_power"):
        parse_allowed(text)


def test_reversed_range_is_refused() -> None:
    """A range starts at its lower bound."""
    with pytest.raises(ValueError, match=r"lower bound first, as in 0\.\.9"):
        parse_allowed("9..0")


def test_bounds_resolve_to_numbers() -> None:
    """A bound is a number, a figure or its negative."""
    figures = {"bdc_rated": 10600}
    assert resolve(parse_bound("0x10"), figures) == 16
    assert resolve(parse_bound("bdc_rated"), figures) == 10600
    assert resolve(parse_bound("-bdc_rated"), figures) == -10600


def test_permits() -> None:
    """Values, inclusive ranges and figures decide; no cell means anything goes."""
    figures = {"reactive_limit": 30}
    allowed = parse_allowed("7|-reactive_limit..reactive_limit")
    assert permits(None, 65535, figures)
    assert [value for value in (-31, -30, 7, 30, 31) if permits(allowed, value, figures)] == [
        -30,
        7,
        30,
    ]
