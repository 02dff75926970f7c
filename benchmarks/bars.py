"""Ratios, what of them has to hold, and whether it does."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.contest import find
from benchmarks.record import Record
from benchmarks.servers.processes import PYMODBUS


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure, most with a limit.

    Attributes:
        what: what is compared.
        measured: the figure.
        limit: what it has to reach, or must not exceed; None where it is merely told.
        least: whether the limit is a least one.
        unit: of both.
    """

    what: str
    measured: float
    limit: float | None = None
    least: bool = True
    unit: str = "x"

    @property
    def held(self) -> bool:
        """Whether it is as it has to be."""
        if self.limit is None:
            return True
        return self.measured >= self.limit if self.least else self.measured <= self.limit

    def __str__(self) -> str:
        """Say it in a line."""
        verdict = "" if self.held else "   MISSED"
        wanted = f" ({self.wanted})" if self.wanted else ""
        return f"{self.what}: {self.measured:.2f} {self.unit}{wanted}{verdict}"

    @property
    def wanted(self) -> str:
        """The limit with its sign; empty where there is none."""
        if self.limit is None:
            return ""
        return f"{'>=' if self.least else '<='} {self.limit:g}"


def ratio(
    record: Record, case: str, ours: str, theirs: str, connections: int = 100, depth: int = 1
) -> float:
    """Return how much of their processor time per answer ours is worth: their cost / our cost.

    Processor time tells what the servers need, whatever else the machine does meanwhile. Slices of
    one round are compared, and the median is taken of that: machines change their speed.
    """
    other, own = (find(record.rows, case, name, connections, depth) for name in (theirs, ours))
    return statistics.median(a / b for a, b in zip(other.costs, own.costs, strict=True))


def bars(record: Record) -> list[Bar]:
    """Return every ratio whose parts were measured, with and without a limit."""
    return [*_compared(record), *_further_devices(record)]


def _compared(record: Record) -> Iterator[Bar]:
    measured = {
        (row.case, row.server, row.connections, row.depth) for row in record.rows if not row.failed
    }
    # Limits are for one request in flight: that is how clients of inverters ask.
    for case, ours, theirs, connections, depth, limit in (
        ("plain", "emulator", "minimal asyncio", 100, 1, 0.85),
        ("plain", "emulator", "minimal asyncio", 100, 4, None),
        ("plain", "emulator", f"pymodbus {PYMODBUS}", 100, 1, 8.0),
        # What is left to gain by whatever server there may be on this loop.
        ("plain", "minimal asyncio", f"pymodbus {PYMODBUS}", 100, 1, None),
        ("plain", "emulator", "libmodbus", 100, 1, None),
        ("encrypted", "encrypted", "plain", 100, 1, 0.7),
        ("encrypted", "encrypted", "plain", 100, 4, None),
        ("tls", "tls", "plain", 100, 1, None),
        ("devices", "1000 devices", "one device", 1000, 1, 0.7),
        ("getParam", "emulator", "constant", 100, 1, 0.8),
        ("ping", "emulator", "constant", 100, 1, 0.8),
        ("state", "emulator", "constant", 100, 1, 0.8),
    ):
        if {(case, ours, connections, depth), (case, theirs, connections, depth)} <= measured:
            flight = f", {depth} in flight on each" if depth > 1 else ""
            what = f"{case}: {ours} / {theirs} at {connections} connections{flight}"
            yield Bar(what, ratio(record, case, ours, theirs, connections, depth), limit)
    if ("burst", "emulator", 1000, 1) in measured:
        row = find(record.rows, "burst", "emulator", 1000)
        yield Bar("1000 clients connect at once and are served", row.everybody, 1.0, False, "s")


def _further_devices(record: Record) -> Iterator[Bar]:
    if record.devices:
        startup, memory = record.devices["startup"], record.devices["memory"]
        yield Bar("start-up per further device", startup, 2.0, False, "ms")
        yield Bar("memory per further device", memory, 30.0, False, "KiB")
