"""What was measured as pages of the documentation: tables, a chart, and what follows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.bars import bars
from benchmarks.chart import chart
from benchmarks.contest import Row
from benchmarks.generator import BenchmarkError
from benchmarks.record import Record
from benchmarks.scale import figures

_HEAD = """# Benchmark

Written by `python -m benchmarks`, which measures all of it in one run: the servers on one core,
the load generator on another, {slices} per server in random order, medians.
Every answer's length, beginning and transaction id is checked. A request reads 100 input
registers, its answer has 209 bytes.

Costs are processor time of the server per answer, which is what a busy machine blurs least; a core
answers as often per second as the cost goes into a second. Rates are what was seen. Ratios compare
slices of the same round, and are medians of that, as machines change their speed; quote them and
never absolute figures. The noise is half the middle half of the costs.

It needs Linux, two cores, gcc and uv; libmodbus and TLS take part where `libmodbus-dev` and
`libssl-dev` are installed. `python -m benchmarks --help` tells how to measure a part, or quicker.
The exit code is 3 where a figure is not as it has to be. What has to be is said of one request in
flight, as clients of inverters ask; several at once are told beside it.

{machine}

![Answers per second of processor time](benchmark.svg)
"""
_SECTIONS = {
    "plain": "Modbus TCP, one device",
    "encrypted": "Encrypted frames beside plain ones",
    "tls": "TLS beside plain",
    "devices": "1000 devices in one process, each on a port of its own",
    "burst": "1000 clients that connect and ask at once",
    "getParam": "A dongle's getParam, 100 registers, beside constant bytes",
    "ping": "A dongle's WebSocket, service ping",
    "state": "A dongle's WebSocket, service state",
}
_FURTHER = {
    "startup": ("Processor time of the start, per further device", "ms"),
    "startup_wall": ("From the command to the first line of output, 1000 devices", "s"),
    "memory": ("Resident memory per further device, at start", "KiB"),
    "memory_read": ("The same once every device was read", "KiB"),
    "poll": (
        "Processor time of a look at a device: 10 reads, one after another, once in a while",
        "ms",
    ),
    "idle": ("Share of a core that 1000 devices need that nobody reads", "%"),
    "first_look": ("The first read of a device simulates its day so far", "ms"),
}
SCALE = Path("explanation") / "scale.md"
MARKS = ("<!-- figures: written by python -m benchmarks -->", "<!-- end of figures -->")


def write(record: Record, docs: Path) -> None:
    """Write the page, its chart, and the figures on the page about scale."""
    (docs / "reference" / "benchmark.md").write_text(page(record), "utf-8")
    if drawing := svg(record):
        (docs / "reference" / "benchmark.svg").write_text(drawing, "utf-8")
    scale = docs / SCALE
    scale.write_text(with_figures(scale.read_text("utf-8"), record), "utf-8")


def page(record: Record) -> str:
    """Return the page of the reference."""
    machine = "; ".join(f"{name} {value}" for name, value in record.machine.items())
    slices = record.machine["slices"].replace(" of ", " slices of ")
    parts = [_HEAD.format(machine=f"Measured on: {machine}.", slices=slices), *_bars(record)]
    for case, title in _SECTIONS.items():
        if rows := [row for row in record.rows if row.case == case]:
            parts += ["", f"## {title}", "", *_table(rows)]
    if record.devices:
        parts += ["", "## What further devices cost", "", "| | |", "|---|---|"]
        parts += [
            f"| {_FURTHER[name][0]} | {value:.2f} {_FURTHER[name][1]} |"
            for name, value in record.devices.items()
        ]
    if record.first_answer:
        parts += ["", "## From start to first answer", "", "| server | ms |", "|---|---|"]
        parts += [f"| {name} | {value:.0f} |" for name, value in record.first_answer.items()]
    return "\n".join(parts) + "\n"


def svg(record: Record) -> str:
    """Return the chart of the plain door; nothing where that was not measured."""
    rows = [row for row in record.rows if row.case == "plain" and not row.failed]
    groups: dict[str, dict[str, float]] = {}
    for row in rows:
        label = f"{row.connections} x {row.depth}"
        groups.setdefault(label, {})[row.server] = 1e6 / row.cost
    names = list(dict.fromkeys(row.server for row in rows))
    title = "Answers per second of processor time, by connections x requests in flight"
    return chart(title, groups, names) if groups else ""


def with_figures(text: str, record: Record) -> str:
    """Return the page about scale with the figures of a record between its marks.

    Raises:
        BenchmarkError: the marks are not there.
    """
    first, last = MARKS
    pattern = re.compile(f"{re.escape(first)}.*{re.escape(last)}", re.DOTALL)
    if not pattern.search(text):
        raise BenchmarkError(f"{SCALE} needs the lines {first} and {last}")
    lines = [first, "", "| | |", "|---|---|"]
    lines += [f"| {what} | {value} |" for what, value in figures(record)]
    block = "\n".join([*lines, "", last])
    return pattern.sub(lambda _: block, text)


def _bars(record: Record) -> Iterator[str]:
    yield "| | measured | has to be | |"
    yield "|---|---|---|---|"
    for bar in bars(record):
        verdict = "" if bar.limit is None else "holds" if bar.held else "**missed**"
        yield f"| {bar.what} | {bar.measured:.2f} {bar.unit} | {bar.wanted} | {verdict} |"


def _table(rows: Iterable[Row]) -> Iterator[str]:
    yield "| connections | in flight | server | answers/s | µs per answer | noise |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        seen = (
            f"{row.failed} | | "
            if row.failed
            else f"{row.rate:,.0f} | {row.cost:.1f} | ±{row.spread:.0%}"
        )
        yield f"| {row.connections} | {row.depth} | {row.server} | {seen} |"
