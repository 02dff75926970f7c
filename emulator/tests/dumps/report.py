"""Generates docs/reference/dumps.md: `PYTHONPATH=tests python -m dumps.report` in emulator/."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .compared import compare
from .comparison import Comparison
from .differences import Difference, load_differences
from .dump import load_dumps

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "dumps.md"

HEAD = """# Agreement with dumps of real devices

<!-- Generated: PYTHONPATH=tests python -m dumps.report, in emulator/ -->

Owners of real devices have published what their registers answered at one moment. For each of
these dumps a site file puts an emulator of that model, access path and firmware into the same
situation, and the same addresses are read over Modbus TCP. A word agrees when both answer a value
(zero is one), both answer "not available", or both refuse with exception 2. Registers are also
compared as zero or not zero, and figures and texts that never change, the capacity of the battery
and versions of firmware among them, by what they say; of serial numbers, which are invented, by
their shape. What differs is listed below with its reason; a listed difference that does not occur
fails the tests.

The first share is of emulators that run with `--strict`, and so is the rest of this page; the
second is of the same ones without it. They also answer the blocks that known clients scan, so it
is lower where a device refuses such a block and the layer of its path does not say `always`. The
layers were written with these dumps at hand: a share of 100 % says that nothing in them is lost,
not that a device of which there is no dump would agree as well.

| Dump | Device | Read through | Words | Agree strict | Agree else | Words of unknown meaning |
|---|---|---|---|---|---|---|
"""

SOURCES = """
## Sources

"""

UNKNOWN = """
## Words of unknown meaning

Alive in a dump, named by no document and no client. The emulator answers what the dump has; in the
catalog these registers are marked `opaque`.

| Dump | Registers |
|---|---|
"""

LISTED = """
## Listed differences

| Dump | Registers | Difference | Reason |
|---|---|---|---|
"""


def page() -> str:
    """Return the page, from comparisons made now."""
    comparisons = [compare(dump.name) for dump in load_dumps()]
    sources = [f"* {c.dump.name}: {c.dump.source}" for c in comparisons]
    unknown = [
        f"| {c.dump.name} | {', '.join(names)} |" for c in comparisons if (names := [*_opaque(c)])
    ]
    return "\n".join(
        [
            HEAD + "\n".join(_row(comparison) for comparison in comparisons),
            SOURCES + "\n".join(sources),
            UNKNOWN + "\n".join(unknown),
            LISTED + "\n".join(_listed(difference) for difference in load_differences()),
            "",
        ]
    )


def _row(comparison: Comparison) -> str:
    dump = comparison.dump
    loose = compare(dump.name, strict=False)
    words = sum(pair.spec.count for pair in comparison.pairs if pair.spec.opaque)
    return (
        f"| {dump.name} | {dump.device} | {dump.path} | {comparison.total} "
        f"| {100 * comparison.share:.1f} % | {100 * loose.share:.1f} % | {words} |"
    )


def _opaque(comparison: Comparison) -> Iterator[str]:
    """Yield table and addresses of the opaque registers in the dump."""
    for pair in comparison.pairs:
        spec = pair.spec
        if spec.opaque:
            last = f"-{spec.address + spec.count - 1}" if spec.count > 1 else ""
            yield f"{spec.table} {spec.address}{last}"


def _listed(difference: Difference) -> str:
    dumps, registers = ", ".join(difference.dumps), ", ".join(difference.registers)
    return f"| {dumps} | {registers} | {difference.kind} | {difference.reason} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
