"""What a core, a pod and a hundred units carry: measured figures, some of them multiplied."""

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
    devices = record.devices
    polled = devices["poll"] / 1e3 / POLL_SECONDS
    memory = devices["memory_read"]
    yield "One core, one device: reads of 100 registers per second", _at_least(one.rate)
    yield "The same, encrypted", _at_least(sealed.rate)
    yield "One core, 1000 devices: reads per second", _at_least(many.rate)
    yield (
        f"Clients that read {POLL_READS} blocks every {POLL_SECONDS} s, on half a core",
        _at_least(_BUSY / polled),
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
    yield (
        "A further device that nobody reads: memory, processor time of its start",
        f"{devices['memory']:.0f} KiB, {devices['startup']:.2f} ms",
    )
    yield (
        "A further device once it was read: memory, processor time of its first read",
        f"{memory:.0f} KiB, {devices['first_look']:.0f} ms",
    )
    yield (
        "1000 devices in one process: from the command to the first line of output",
        f"{devices['startup_wall']:.1f} s",
    )
    yield (
        "1000 devices in one process: memory once all were read",
        f"{memory * 999 / 1024:.0f} MiB",
    )
    yield (
        "1000 devices: first look at all of them",
        f"{devices['first_look']:.0f} s",
    )


def _at_least(number: float) -> str:
    """Return a number cut to two digits that count; no figure here is better than that."""
    size = 10 ** max(0, len(str(int(number))) - 2)
    return f"{int(number / size) * size:,}"
