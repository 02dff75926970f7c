"""Loads work states, fault numbers and country codes: data/codes/*.csv."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from sungrow_emulator.catalog.errors import UnknownNameError
from sungrow_emulator.catalog.spec import FaultSpec, WorkState
from sungrow_emulator.catalog.tables import Row, read_table, split

STATE_COLUMNS = (
    "name", "string_code", "hybrid_old_code", "work_state_2", "feeds_in", "meaning", "sources",
)  # fmt: skip
FAULT_COLUMNS = ("number", "name", "class", "meaning", "word", "bit", "note", "sources")
COUNTRY_COLUMNS = ("code", "name", "note", "sources")


@cache
def load_states() -> Mapping[str, WorkState]:
    """Return the work states by name.

    Raises:
        CatalogError: a row is malformed.
    """
    states: dict[str, WorkState] = {}
    for row in read_table("codes/states.csv", STATE_COLUMNS):
        name, string_code, old_code, work_state_2, feeds_in, meaning, sources = row.cells
        states[name] = WorkState(
            name=name,
            string_code=row.integer("string_code", string_code),
            hybrid_old_code=_optional(row, "hybrid_old_code", old_code),
            work_state_2=_optional(row, "work_state_2", work_state_2),
            feeds_in=row.flag("feeds_in", feeds_in),
            meaning=meaning,
            sources=split(sources),
        )
    return states


@cache
def load_faults() -> Mapping[int, FaultSpec]:
    """Return the faults and alarms by number.

    Raises:
        CatalogError: a row is malformed.
    """
    faults: dict[int, FaultSpec] = {}
    for row in read_table("codes/faults.csv", FAULT_COLUMNS):
        number_text, name, kind, meaning, word, bit, note, sources = row.cells
        if kind not in ("F", "A"):
            raise row.wrong("class", kind, "F (stops the feed-in) or A (does not)")
        number = row.integer("number", number_text)
        faults[number] = FaultSpec(
            number=number,
            name=name,
            stops=kind == "F",
            meaning=meaning,
            word=word,
            bit=row.integer("bit", bit) if word else -1,
            sources=split(sources),
            note=note,
        )
    return faults


def find_fault(name_or_number: str | int) -> FaultSpec:
    """Return the fault or alarm with that number (`39`, `"39"`) or name (`low-insulation`).

    Raises:
        UnknownNameError: there is none; the error names the nearest.
    """
    faults = load_faults()
    text = str(name_or_number).strip()
    if text.isdecimal():
        number = int(text)
        if number in faults:
            return faults[number]
        raise UnknownNameError("fault", text, map(str, faults))
    wanted = text.casefold().replace("_", "-").replace(" ", "-")
    for fault in faults.values():
        if fault.name == wanted:
            return fault
    raise UnknownNameError("fault", text, [fault.name for fault in faults.values()])


@cache
def load_countries() -> Mapping[int, str]:
    """Return the country and grid codes of register 5114.

    Raises:
        CatalogError: a row is malformed.
    """
    return {
        row.integer("code", row.cells[0]): row.cells[1]
        for row in read_table("codes/countries.csv", COUNTRY_COLUMNS)
    }


def _optional(row: Row, column: str, text: str) -> int | None:
    return row.integer(column, text) if text else None
