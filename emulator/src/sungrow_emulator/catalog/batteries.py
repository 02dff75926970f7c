"""Loads the battery packs: data/batteries.csv."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sungrow_emulator.catalog.errors import UnknownNameError
from sungrow_emulator.catalog.spec import BatterySpec
from sungrow_emulator.catalog.tables import read_table, split

COLUMNS = (
    "name", "dev_code", "capacity", "modules", "nominal_voltage", "max_current", "unverified",
    "sources",
)  # fmt: skip


@cache
def load_batteries() -> Mapping[str, BatterySpec]:
    """Return all battery packs by name, in the order of the file.

    Raises:
        CatalogError: a row is malformed.
    """
    batteries: dict[str, BatterySpec] = {}
    for row in read_table("batteries.csv", COLUMNS):
        name, dev_code, capacity, modules, voltage, current, unverified, sources = row.cells
        batteries[name] = BatterySpec(
            name=name,
            dev_code=row.integer("dev_code", dev_code),
            capacity=row.decimal("capacity", capacity),
            modules=row.integer("modules", modules),
            nominal_voltage=row.decimal("nominal_voltage", voltage),
            max_current=row.decimal("max_current", current),
            unverified=split(unverified),
            sources=split(sources),
        )
    return batteries


def find_battery(name: str) -> BatterySpec:
    """Return the battery pack of that name, whatever its letter case.

    Raises:
        UnknownNameError: there is none; the error names the nearest.
    """
    wanted = name.strip().casefold()
    for known, battery in load_batteries().items():
        if known.casefold() == wanted:
            return battery
    raise UnknownNameError("battery", name, load_batteries())
