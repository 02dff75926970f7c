"""Which addresses answer: intervals of document numbers, ends inclusive."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

Interval = tuple[int, int]


def merge(intervals: Iterable[Interval], fill: int = 0) -> tuple[Interval, ...]:
    """Return sorted, disjoint intervals; holes of at most `fill` words are closed."""
    merged: list[Interval] = []
    for first, last in sorted(intervals):
        if merged and first <= merged[-1][1] + 1 + fill:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)


def subtract(intervals: Iterable[Interval], holes: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return the intervals without the words of the holes."""
    rest = list(intervals)
    for hole_first, hole_last in holes:
        cut: list[Interval] = []
        for first, last in rest:
            if hole_last < first or hole_first > last:
                cut.append((first, last))
                continue
            if first < hole_first:
                cut.append((first, hole_first - 1))
            if hole_last < last:
                cut.append((hole_last + 1, last))
        rest = cut
    return tuple(sorted(rest))


class Layout:
    """Where the words of disjoint blocks lie in one flat image.

    Attributes:
        blocks: the intervals, sorted.
        size: words in the image.
    """

    __slots__ = ("_firsts", "_lasts", "_shifts", "blocks", "size")

    def __init__(self, blocks: tuple[Interval, ...]) -> None:
        self.blocks = blocks
        self._firsts = [first for first, _ in blocks]
        self._lasts = [last for _, last in blocks]
        self._shifts: list[int] = []
        self.size = 0
        for first, last in blocks:
            self._shifts.append(self.size - first)
            self.size += last - first + 1

    def find(self, address: int, count: int) -> int:
        """Return the index of the first word, or -1 where not every word is in one block."""
        block = bisect_right(self._firsts, address) - 1
        if block < 0 or address + count - 1 > self._lasts[block]:
            return -1
        return address + self._shifts[block]
