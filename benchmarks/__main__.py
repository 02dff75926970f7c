"""One command that measures everything, prints the ratios and writes them into the docs."""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks import doors, fleet, web
from benchmarks.bars import bars
from benchmarks.contest import Contest, Row
from benchmarks.generator import BenchmarkError, Generator
from benchmarks.machine import describe
from benchmarks.record import Record
from benchmarks.report import write
from sungrow_emulator.servers.loop import raise_descriptor_limit

DOCS = Path(__file__).parents[1] / "docs"
_SIMPLE: dict[str, Callable[[Contest, int], Iterator[Row]]] = {
    "plain": doors.plain,
    "encrypted": doors.encrypted,
    "tls": doors.tls,
    "burst": fleet.burst,
    "web": web.web,
}
PARTS = (*_SIMPLE, "devices", "first")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, or only write the docs anew; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.render:
            record = Record.load(options.docs)
        else:
            record = measure(options)
            record.save(options.docs)
        write(record, options.docs)
    except BenchmarkError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    found = bars(record)
    for bar in found:
        print(bar)
    return 0 if all(bar.held for bar in found) else 3


def measure(options: argparse.Namespace) -> Record:
    """Run the parts that were asked for; what others had measured before stays.

    Raises:
        BenchmarkError: something is missing, or a server does not do what it should.
    """
    if not (options.docs / "reference").is_dir():
        raise BenchmarkError(f"{options.docs} is no folder of docs: it has no folder reference")
    raise_descriptor_limit()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise BenchmarkError("two processor cores are needed, one for the server")
    generator = Generator(cores[1])
    contest = Contest(generator, options.slices, options.seconds, random.Random(options.seed))
    parts = options.part or PARTS
    if unknown := set(parts) - set(PARTS):
        raise BenchmarkError(f"{min(unknown)} is no part; parts are {', '.join(PARTS)}")
    record = Record.begin(options.docs, set(parts), describe(options))
    for part in parts:
        print(f"measuring {part} …", flush=True)
        if part == "devices":
            rows, figures = fleet.devices(contest, cores[0])
            record.devices.update(figures)
        elif part == "first":
            rows = ()
            record.first_answer.update(fleet.first_answers(cores[0]))
        else:
            rows = _SIMPLE[part](contest, cores[0])
        for row in rows:
            record.rows.append(row)
            print(f"  {row}", flush=True)
    return record


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", metavar="PART", help=f"what of {', '.join(PARTS)}")
    parser.add_argument("--slices", type=int, default=15, help="slices per server [15]")
    parser.add_argument("--seconds", type=float, default=0.4, help="length of a slice [0.4]")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the slices [1]")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where to write")
    parser.add_argument(
        "--render", action="store_true", help="write the docs anew, measure nothing"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
