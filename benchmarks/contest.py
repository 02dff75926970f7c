"""Slices of several servers in turn, in random order, and what their medians are."""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.generator import BenchmarkError, Generator, Slice, Target
from benchmarks.load import Load


@dataclass(frozen=True, slots=True)
class Entry:
    """Who takes part, and what is asked of it."""

    target: Target
    load: Load


@dataclass(frozen=True, slots=True)
class Row:
    """Medians over the slices of one server.

    Attributes:
        case: what is measured, e.g. `plain`.
        server: who was measured.
        connections: how many there were.
        depth: requests in flight on each.
        rate: answers per second.
        cost: microseconds of the server's processor time per answer.
        spread: half the middle half of the costs, as a share of the median: the noise.
        everybody: seconds from the first connect until every connection had an answer.
        failed: why slices failed; empty where no answer was lost or wrong.
        costs: of each slice, in the order of the rounds.
    """

    case: str
    server: str
    connections: int
    depth: int
    rate: float = 0.0
    cost: float = 0.0
    spread: float = 0.0
    everybody: float = 0.0
    failed: str = ""
    costs: list[float] = field(default_factory=list[float])

    def __str__(self) -> str:
        """Say it in a line."""
        what = f"{self.case} {self.connections} x {self.depth}, {self.server}: "
        if self.failed:
            return what + self.failed
        return f"{what}{self.rate:,.0f}/s, {self.cost:.1f} µs each, ±{self.spread:.0%}"


@dataclass(frozen=True, slots=True)
class Contest:
    """How contests are held.

    Attributes:
        generator: puts the load on.
        slices: how many each server gets.
        seconds: how long one slice is measured.
        order: decides who is next.
    """

    generator: Generator
    slices: int
    seconds: float
    order: random.Random

    def hold(self, case: str, entries: Mapping[str, Entry]) -> list[Row]:
        """Measure all entries in alternating slices and return a row for each.

        An entry that fails is left alone afterwards: what loses requests has no rate.
        """
        slices: dict[str, list[Slice]] = {name: [] for name in entries}
        for _ in range(self.slices):
            names = list(entries)
            self.order.shuffle(names)
            for name in names:
                if not (slices[name] and slices[name][-1].reason):
                    one = entries[name]
                    found = self.generator.run(one.target, one.load, self.seconds)
                    slices[name].append(found)
        return [_row(case, name, entries[name].load, slices[name]) for name in entries]


def _row(case: str, server: str, load: Load, slices: list[Slice]) -> Row:
    failed = slices[-1].reason
    row = Row(case, server, load.connections, load.depth, failed=failed)
    if failed:
        return row
    costs = sorted(one.cost for one in slices)
    cost = statistics.median(costs)
    quarter = len(costs) // 4
    return Row(
        case,
        server,
        load.connections,
        load.depth,
        rate=round(statistics.median(one.rate for one in slices)),
        cost=round(cost, 2),
        spread=round((costs[-1 - quarter] - costs[quarter]) / 2 / cost, 3),
        everybody=round(statistics.median(one.everybody for one in slices), 4),
        costs=[round(one.cost, 2) for one in slices],
    )


def find(rows: list[Row], case: str, server: str, connections: int = 100, depth: int = 1) -> Row:
    """Return one row.

    Raises:
        BenchmarkError: that was not measured.
    """
    wanted = (case, server, connections, depth)
    for row in rows:
        if (row.case, row.server, row.connections, row.depth) == wanted:
            return row
    raise BenchmarkError(f"{wanted} was not measured")
