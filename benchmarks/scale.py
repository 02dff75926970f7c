"""What a core, a pod and a hundred units carry: measured figures, multiplied."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.contest import find
from benchmarks.fleet import POLL_READS
from benchmarks.record import Record

POLL_SECONDS = 10
"""How often a home automation usually looks."""
UNITS = 100
POD_DEVICES = 100
_BUSY = 0.5
"""Share of a core that may be busy: beyond, waiting times grow."""


def figures(record: Record) -> Iterator[tuple[str, str]]:
    """Yield what is told on the page about scale, as text and figure.

    Raises:
        BenchmarkError: a part of it was not measured.
    """
    rows = record.rows
    one = find(rows, "plain", "emulator", 100)
    many = find(rows, "devices", "1000 devices", 1000)
    sealed = find(rows, "encrypted", "encrypted", 100)
    per_core = 1e6 / one.cost
    polled = record.devices["poll"] / 1e3 / POLL_SECONDS
    memory, startup = record.devices["memory_read"], record.devices["startup"]
    pollers = _BUSY / polled
    yield "One core, one device: reads of 100 registers per second", _round(per_core)
    yield "The same, encrypted", _round(1e6 / sealed.cost)
    yield "One core, 1000 devices: reads per second", _round(1e6 / many.cost)
    yield (
        f"Clients that read {POLL_READS} blocks every {POLL_SECONDS} s, on half a core",
        _round(pollers),
    )
    yield (
        f"One pod of {POD_DEVICES} devices, each read by such a client: share of a core",
        f"{POD_DEVICES * polled:.2%}",
    )
    yield (
        f"The same pod: memory of its {POD_DEVICES - 1} further devices",
        f"{(POD_DEVICES - 1) * memory / 1024:.1f} MiB",
    )
    yield (
        f"{UNITS} such pods, {UNITS * POD_DEVICES} devices: cores",
        (f"{UNITS * POD_DEVICES * polled:.2f}"),
    )
    yield "1000 devices in one process: start-up", f"{startup:.1f} s"
    yield (
        "1000 devices in one process: memory once all were read",
        f"{memory * 999 / 1024:.0f} MiB",
    )
    yield (
        "1000 devices: first look at all of them",
        f"{record.devices['first_look']:.0f} s",
    )


def _round(number: float) -> str:
    """Return a number with two digits that count; no figure here is better than that."""
    size = 10 ** max(0, len(str(int(number))) - 2)
    return f"{round(number / size) * size:,}"
