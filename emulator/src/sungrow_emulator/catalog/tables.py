"""Reads the catalog's data files: CSV with `#` comments on top and a fixed header.

Every row stays on one line, so an error can name the line as an editor shows it.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator

from sungrow_emulator.catalog.errors import CatalogError

DATA = os.path.join(os.path.dirname(__file__), "data")
"""Directory of the data files (`os.path`, as start-up pays for every import)."""


class Row:
    """One row of a data file, which knows where it stands.

    Attributes:
        file: name of the file, relative to the data directory.
        line: line number, starting at 1.
        cells: the cells in the order of the columns, stripped.
    """

    __slots__ = ("cells", "file", "line")

    def __init__(self, file: str, line: int, cells: list[str]) -> None:
        self.file = file
        self.line = line
        self.cells = cells

    def wrong(self, column: str, text: str, allowed: str) -> CatalogError:
        """Return the error that says what is allowed instead of `text`."""
        return CatalogError(self.file, self.line, column, text, allowed)

    def integer(self, column: str, text: str) -> int:
        """Return a whole number: decimal, or 0x… ; empty counts as 0."""
        if not text:
            return 0
        try:
            return int(text, 0)
        except ValueError:
            raise self.wrong(column, text, "a whole number such as 13 or 0x0D") from None

    def decimal(self, column: str, text: str, default: float = 0.0) -> float:
        """Return a number such as 0.1; empty is the default."""
        if not text:
            return default
        try:
            return float(text)
        except ValueError:
            raise self.wrong(column, text, "a number such as 0.1") from None

    def flag(self, column: str, text: str) -> bool:
        """Return whether the cell says `yes`; empty and `no` are False."""
        if text == "yes":
            return True
        if text in ("", "no"):
            return False
        raise self.wrong(column, text, "yes, no or empty")


def read_table(file: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a data file.

    Args:
        file: name relative to the data directory, e.g. `registers/string.csv`.
        columns: the header that the file must have.

    Raises:
        CatalogError: the header or the number of cells in a row is wrong.
    """
    with open(os.path.join(DATA, file), encoding="utf-8") as stream:
        lines = stream.readlines()
    top = 0
    while top < len(lines) and lines[top].startswith("#"):
        top += 1
    header = lines[top].strip() if top < len(lines) else ""
    if header != ",".join(columns):
        raise CatalogError(file, top + 1, "header", header, f"the header {','.join(columns)}")
    reader = csv.reader(lines[top + 1 :])
    width = len(columns)
    for cells in reader:
        if not cells:
            continue
        line = top + 1 + reader.line_num
        if len(cells) != width:
            text = ",".join(cells)
            raise CatalogError(file, line, columns[0], text, f"a row of {width} cells")
        yield Row(file, line, [cell.strip() for cell in cells])


def split(text: str) -> tuple[str, ...]:
    """Return the parts of a cell that holds a list separated by semicolons."""
    return tuple(text.split(";")) if text else ()
