"""Register dumps: the words that a real device once answered, with their source."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sungrow_emulator.catalog.spec import Table

DATA = Path(__file__).parent / "data"
Word = tuple[Table, int]
"""Table and document number of one word."""


@dataclass(frozen=True, slots=True)
class Dump:
    """What one device answered at one moment.

    Attributes:
        name: name of its file, and of the site file that belongs to it.
        device: the device and its situation, for people.
        path: how it was read, for people.
        source: where the dump was published.
        unit: unit id that answered.
        words: the words.
        refused: words that the device refused with exception 2.
    """

    name: str
    device: str
    path: str
    source: str
    unit: int
    words: dict[Word, int]
    refused: frozenset[Word]


@cache
def load_dumps() -> tuple[Dump, ...]:
    """Return all dumps, by name."""
    return tuple(load_dump(path) for path in sorted(DATA.glob("*.csv")))


def load_dump(path: Path) -> Dump:
    """Read a dump: `# key: text` lines, then address, table and value of each word.

    `zero` and `refused` list ranges that are not printed: `input 5001-5200 5601-5700`.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line.removeprefix("# ") for line in lines if line.startswith("#")]
    header = dict(comment.split(": ", 1) for comment in comments)
    words = dict.fromkeys(_listed(header.get("zero", "")), 0)
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        words[Table(row["table"]), int(row["address"])] = int(row["value"])
    return Dump(
        name=path.stem,
        device=header["device"],
        path=header["path"],
        source=header["source"],
        unit=int(header.get("unit", "1")),
        words=words,
        refused=frozenset(_listed(header.get("refused", ""))),
    )


def _listed(text: str) -> list[Word]:
    if not text:
        return []
    table, *ranges = text.split()
    pairs = [tuple(int(end) for end in each.split("-")) for each in ranges]
    return [(Table(table), address) for low, high in pairs for address in range(low, high + 1)]
