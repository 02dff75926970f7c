"""Tests of device/bands.py."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.device.bands import Interval, Layout, merge, subtract

INTERVALS = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 40)).map(lambda pair: (pair[0], sum(pair))),
    max_size=12,
)


def words(intervals: tuple[Interval, ...] | list[Interval]) -> set[int]:
    """Return every word of the intervals."""
    return {word for first, last in intervals for word in range(first, last + 1)}


def test_adjacent_intervals_become_one() -> None:
    """Blocks that touch are one block, so that a read may cross them."""
    assert merge([(10, 12), (1, 3), (4, 5)]) == ((1, 5), (10, 12))


def test_small_holes_are_filled() -> None:
    """Holes up to the fill are closed, wider ones stay."""
    assert merge([(1, 2), (5, 6), (20, 21)], fill=2) == ((1, 6), (20, 21))


def test_holes_cut_intervals() -> None:
    """A hole inside, at the end of and around an interval takes just its words."""
    assert subtract([(1, 10), (20, 30), (40, 41)], [(4, 5), (28, 35), (39, 50)]) == (
        (1, 3),
        (6, 10),
        (20, 27),
    )


@given(INTERVALS, INTERVALS)
def test_algebra_agrees_with_sets(left: list[Interval], right: list[Interval]) -> None:
    """Merging and subtracting intervals is what it is for sets of words."""
    merged = merge(left)
    assert words(merged) == words(left)
    assert list(merged) == sorted(merged)
    assert words(subtract(merged, right)) == words(left) - words(right)


@given(INTERVALS, st.integers(0, 350), st.integers(1, 30))
def test_layout_finds_words_that_lie_in_one_block(
    intervals: list[Interval], address: int, count: int
) -> None:
    """A run of words is found exactly when every word answers, and at its own place."""
    blocks = merge(intervals)
    layout = Layout(blocks)
    order = sorted(words(blocks))
    wanted = list(range(address, address + count))
    index = layout.find(address, count)
    if set(wanted) <= set(order):
        assert order[index : index + count] == wanted
    else:
        assert index == -1
    assert layout.size == len(order)
