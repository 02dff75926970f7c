"""Loads the register maps: data/registers/*.csv, only those that a family needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sungrow_emulator.catalog.allowed import parse_allowed, parse_bound
from sungrow_emulator.catalog.errors import UnknownNameError
from sungrow_emulator.catalog.spec import Datatype, RegisterSpec, Table
from sungrow_emulator.catalog.tables import Row, read_table, split

COLUMNS = (
    "address", "count", "table", "name", "datatype", "scale", "unit", "access", "families",
    "shows", "default", "allowed", "labels", "sentinel", "unverified", "note", "aliases",
    "sources",
)  # fmt: skip

_WORDS = {
    Datatype.U16: 1, Datatype.S16: 1, Datatype.BITS16: 1,
    Datatype.U32: 2, Datatype.S32: 2, Datatype.BITS32: 2, Datatype.S64: 4,
}  # fmt: skip

_SENTINELS: dict[Datatype, tuple[int, ...]] = {
    Datatype.U16: (0xFFFF,),
    Datatype.S16: (0x7FFF,),
    Datatype.BITS16: (0xFFFF,),
    Datatype.U32: (0xFFFF, 0xFFFF),
    Datatype.S32: (0xFFFF, 0x7FFF),
    Datatype.BITS32: (0xFFFF, 0xFFFF),
    Datatype.S64: (0xFFFF, 0xFFFF, 0xFFFF, 0x7FFF),
    Datatype.UTF8: (0,),
    Datatype.BYTES: (0,),
}


@dataclass(frozen=True, slots=True)
class Family:
    """One register family.

    Attributes:
        name: e.g. `hybrid-rt`.
        unit: unit id that its registers answer on when reached directly.
        maps: the register maps that hold its rows.
        meaning: the devices it stands for.
    """

    name: str
    unit: int
    maps: tuple[str, ...]
    meaning: str


@cache
def load_families() -> Mapping[str, Family]:
    """Return all families by name.

    Raises:
        CatalogError: a row of families.csv is malformed.
    """
    result: dict[str, Family] = {}
    for row in read_table("families.csv", ("family", "unit", "maps", "meaning")):
        name, unit, maps, meaning = row.cells
        result[name] = Family(name, row.integer("unit", unit), split(maps), meaning)
    return result


def families() -> tuple[str, ...]:
    """Return the names of all register families."""
    return tuple(load_families())


@cache
def load_registers(family: str) -> tuple[RegisterSpec, ...]:
    """Return the registers of a family: input before holding, by address.

    Raises:
        UnknownNameError: there is no such family.
        CatalogError: a row is malformed.
    """
    known = load_families()
    if family not in known:
        raise UnknownNameError("family", family, known)
    specs: list[RegisterSpec] = []
    for name in known[family].maps:
        for row in read_table(f"registers/{name}.csv", COLUMNS):
            members = members_of(row, row.cells[8])
            if family in members:
                specs.append(_register(row, members))
    specs.sort(key=lambda spec: (spec.table is Table.HOLDING, spec.address))
    return tuple(specs)


def members_of(row: Row, text: str) -> tuple[str, ...]:
    """Return the families that a cell of the column `families` names.

    Raises:
        CatalogError: one of them is unknown.
    """
    members = _members(text)
    if not members:
        allowed = f"among {', '.join(families())}, or a group such as hybrid-*"
        raise row.wrong("families", text, allowed)
    return members


@cache
def _members(text: str) -> tuple[str, ...]:
    """Return the families that a cell names (`hybrid-*` = all hybrids), none if one is unknown."""
    members: list[str] = []
    for part in text.split(";"):
        matches = (
            [name for name in families() if name.startswith(part[:-1])]
            if part.endswith("*")
            else [name for name in families() if name == part]
        )
        if not matches:
            return ()
        members += matches
    return tuple(members)


def _register(row: Row, members: tuple[str, ...]) -> RegisterSpec:
    (
        address, count_text, table, name, type_text, scale, unit, access, _, shows, default,
        allowed, labels, sentinel, unverified, note, aliases, sources,
    ) = row.cells  # fmt: skip
    if table not in ("input", "holding"):
        raise row.wrong("table", table, "input or holding")
    if access not in ("R", "RW"):
        raise row.wrong("access", access, "R or RW")
    count = row.integer("count", count_text)
    try:
        datatype, length = _datatype(type_text, count)
    except ValueError as error:
        raise row.wrong("datatype", type_text, str(error)) from None
    if unverified not in ("", "no", "yes", "opaque"):
        raise row.wrong("unverified", unverified, "yes, no, opaque or empty")
    try:
        limits = _allowed(allowed)
    except ValueError as error:
        raise row.wrong("allowed", allowed, str(error)) from None
    if default:
        try:
            parse_bound(default)
        except ValueError:
            raise row.wrong("default", default, "a number or a model figure") from None
    return RegisterSpec(
        row.integer("address", address),
        count,
        Table.INPUT if table == "input" else Table.HOLDING,
        name,
        datatype,
        length,
        row.decimal("scale", scale, 1.0),
        unit,
        access == "RW",
        members,
        shows,
        default,
        limits,
        _labels(row, labels) if labels else (),
        _sentinel(row, sentinel, datatype, count),
        unverified == "yes",
        note,
        split(aliases),
        split(sources),
        unverified == "opaque",
    )


_allowed = cache(parse_allowed)


@cache
def _datatype(text: str, count: int) -> tuple[Datatype, int]:
    """Return the type of one element and the number of elements."""
    base, bracket, length_text = text.partition("[")
    try:
        datatype = Datatype(base)
        length = int(length_text.removesuffix("]")) if bracket else 1
    except ValueError:
        kinds = ", ".join(Datatype)
        raise ValueError(f"one of {kinds}, or an array such as U16[96]") from None
    words = _WORDS.get(datatype, count)
    if words * length != count or count < 1:
        raise ValueError(f"a type of {count} words, as the column count says")
    return datatype, length


def _labels(row: Row, text: str) -> tuple[tuple[int, str], ...]:
    pairs: list[tuple[int, str]] = []
    for part in text.split(";"):
        value, equals, label = part.partition("=")
        if not equals:
            raise row.wrong("labels", part, "of the form 0xAA=on;0x55=off")
        pairs.append((row.integer("labels", value), label))
    return tuple(pairs)


def _sentinel(row: Row, text: str, datatype: Datatype, count: int) -> tuple[int, ...]:
    """Return the sentinel words: of the datatype, or what the row says for each word."""
    element = (row.integer("sentinel", text),) if text else _SENTINELS[datatype]
    return element * (count // len(element))
