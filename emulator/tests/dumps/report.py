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
compared as zero or not zero, figures that never change by number, and texts by their shape. What
differs is listed below with its reason; a listed difference that does not occur fails the tests.

These emulators run with `--strict`. Without it an emulator also answers the blocks that known
clients scan, where the real device refuses them.

| Dump | Device | Read through | Words | Agree | Words of unknown meaning |
|---|---|---|---|---|---|
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
    words = sum(pair.spec.count for pair in comparison.pairs if pair.spec.opaque)
    return (
        f"| {dump.name} | {dump.device} | {dump.path} | {comparison.total} "
        f"| {100 * comparison.share:.1f} % | {words} |"
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
