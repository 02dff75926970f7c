"""Loads what registers can show: data/quantities.csv."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sungrow_emulator.catalog.spec import Quantity
from sungrow_emulator.catalog.tables import read_table

COLUMNS = ("name", "unit", "origin", "meaning")
ORIGINS = ("site", "device", "history")


@cache
def load_quantities() -> Mapping[str, Quantity]:
    """Return all quantities by name, in the order of the file.

    Raises:
        CatalogError: a row is malformed.
    """
    quantities: dict[str, Quantity] = {}
    for row in read_table("quantities.csv", COLUMNS):
        name, unit, origin, meaning = row.cells
        if origin not in ORIGINS:
            raise row.wrong("origin", origin, " or ".join(ORIGINS))
        if name in quantities:
            raise row.wrong("name", name, "unique")
        quantities[name] = Quantity(name, unit, origin, meaning)
    return quantities
