"""Loads the blocks that known clients read: data/scans.csv."""

from __future__ import annotations

from functools import cache

from sungrow_emulator.catalog.registers import members_of
from sungrow_emulator.catalog.spec import ScanBand, Table
from sungrow_emulator.catalog.tables import read_table

COLUMNS = ("client", "table", "address", "count", "families")


@cache
def load_scan_bands(family: str) -> tuple[ScanBand, ...]:
    """Return the blocks that clients read on a family, in the order of the file.

    Raises:
        CatalogError: a row is malformed.
    """
    bands: list[ScanBand] = []
    for row in read_table("scans.csv", COLUMNS):
        client, table, address, count, families = row.cells
        members = members_of(row, families)
        if family not in members:
            continue
        if table not in ("input", "holding"):
            raise row.wrong("table", table, "input or holding")
        bands.append(
            ScanBand(
                client=client,
                table=Table(table),
                address=row.integer("address", address),
                count=row.integer("count", count),
                families=members,
            )
        )
    return tuple(bands)
