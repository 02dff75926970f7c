"""Loads what a WiNet dongle shows: data/winet/*.csv. Only a WiNet door imports this.

Keys of texts are spelled as devices spell them, mistakes included. Nothing is read before it is
asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from sungrow_emulator.catalog.registers import members_of
from sungrow_emulator.catalog.tables import Row, read_table, split

LISTS = ("real-hybrid", "real-string", "battery", "real-battery", "real-meter", "real-wallbox")
PARTS = ("", "positive", "negative")
CONDITIONS = (
    "single-phase", "three-phase", "phase-voltages", "line-voltages", "old-names", "new-names",
)  # fmt: skip
PAGES = (7, 9, 0)
LOCALES = ("en_US", "zh_CN", "de_DE", "nl_NL", "pl_PL")

ROW_COLUMNS = ("list", "name", "unit", "decimals", "shows", "part", "when", "guess")
STATE_COLUMNS = ("state", "string", "hybrid", "guess")
DEVICE_COLUMNS = (
    "families", "dev_type", "protocol", "unit", "forwarding", "init_status", "list", "guess",
)  # fmt: skip
GRID_COLUMNS = ("code", "country", "company", "company_code", "guess")
PARAMETER_COLUMNS = (
    "page", "number", "parent", "relation", "registers", "name", "options", "hint", "guess",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowSpec:
    """One row of a data list.

    Attributes:
        name: key of its text.
        unit: unit as sent, e.g. `℃`, `kVar`.
        decimals: decimals of the number.
        shows: a quantity, `state`, `=TEXT` (sent as it is), or empty: never available.
        part: `positive` or `negative`: only that part of the quantity, without sign.
        when: conditions that must all hold: `single-phase`, `three-phase`; `phase-voltages`
            or `line-voltages`, whichever the inverter measures; `old-names` or `new-names`
            of the dongle's firmware.
        guess: its order, wording or value is not recorded anywhere.
    """

    name: str
    unit: str
    decimals: int
    shows: str
    part: str
    when: tuple[str, ...]
    guess: bool


@dataclass(frozen=True, slots=True)
class StateTexts:
    """Keys by which a work state is shown on string inverters and on hybrids."""

    string: str
    hybrid: str
    guess: bool


@dataclass(frozen=True, slots=True)
class ListingSpec:
    """How the dongle lists the devices of a family.

    Attributes:
        dev_type: 1 and 21 PV inverter, 35 hybrid, 18 meter, 44 battery, 46 wallbox.
        protocol: what the dongle calls `dev_procotol`.
        unit: unit id on the bus, 0 = the one that the inverter was given.
        forwarding: unit id under which the dongle forwards, 0 = the same.
        init_status: 1, or 255 for batteries.
        rows: name of its list of live rows.
        guess: no capture backs it.
    """

    dev_type: int
    protocol: int
    unit: int
    forwarding: int
    init_status: int
    rows: str
    guess: bool


@dataclass(frozen=True, slots=True)
class GridCode:
    """The country whose grid an inverter is set to.

    Attributes:
        code: as register 5114 shows it.
        country: key of its text.
        company: grid operator or standard.
        company_code: its number.
        guess: no capture backs it.
    """

    code: int
    country: str
    company: str
    company_code: str
    guess: bool


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One setting of a page.

    Attributes:
        number: its number on the page.
        parent: number of the setting that it depends on, -1 for none.
        relation: raw value of the parent with which it is sent, empty for none.
        registers: names of holding registers; the first that a family has is meant.
        name: key of its text.
        options: key and raw value of each choice; empty for numbers.
        hint: key of a text that stands behind the unit, empty for none.
        guess: key or number on the page is not recorded anywhere.
    """

    number: int
    parent: int
    relation: str
    registers: tuple[str, ...]
    name: str
    options: tuple[tuple[str, str], ...]
    hint: str
    guess: bool


@cache
def load_rows(name: str) -> tuple[RowSpec, ...]:
    """Return the rows of a list of `LISTS`, in the order they are sent.

    Raises:
        CatalogError: a row is malformed.
    """
    rows: list[RowSpec] = []
    for row in read_table("winet/rows.csv", ROW_COLUMNS):
        which, key, unit, decimals, shows, part, when, guess = row.cells
        _one_of(row, "list", which, LISTS)
        _one_of(row, "part", part, PARTS)
        conditions = split(when)
        for condition in conditions:
            _one_of(row, "when", condition, CONDITIONS)
        places = row.integer("decimals", decimals)
        spec = RowSpec(key, unit, places, shows, part, conditions, row.flag("guess", guess))
        if which == name:
            rows.append(spec)
    return tuple(rows)


@cache
def load_state_texts() -> Mapping[str, StateTexts]:
    """Return the texts of the work states by the state's name.

    Raises:
        CatalogError: a row is malformed.
    """
    return {
        row.cells[0]: StateTexts(row.cells[1], row.cells[2], row.flag("guess", row.cells[3]))
        for row in read_table("winet/states.csv", STATE_COLUMNS)
    }


@cache
def load_listings() -> Mapping[str, ListingSpec]:
    """Return how devices are listed, by family; other families never are.

    Raises:
        CatalogError: a row is malformed.
    """
    listings: dict[str, ListingSpec] = {}
    for row in read_table("winet/devices.csv", DEVICE_COLUMNS):
        families, dev_type, protocol, unit, forwarding, init, rows, guess = row.cells
        _one_of(row, "list", rows, LISTS)
        spec = ListingSpec(
            dev_type=row.integer("dev_type", dev_type),
            protocol=row.integer("protocol", protocol),
            unit=row.integer("unit", unit),
            forwarding=row.integer("forwarding", forwarding),
            init_status=row.integer("init_status", init),
            rows=rows,
            guess=row.flag("guess", guess),
        )
        listings.update(dict.fromkeys(members_of(row, families), spec))
    return listings


@cache
def load_grid_codes() -> Mapping[int, GridCode]:
    """Return how the dongle names the countries, by code.

    Raises:
        CatalogError: a row is malformed.
    """
    codes: dict[int, GridCode] = {}
    for row in read_table("winet/grid_codes.csv", GRID_COLUMNS):
        code_text, country, company, number, guess = row.cells
        code = row.integer("code", code_text)
        codes[code] = GridCode(code, country, company, number, row.flag("guess", guess))
    return codes


def find_grid_code(code: int) -> GridCode:
    """Return how the dongle names a country; one that it has no name for is shown without."""
    return load_grid_codes().get(code) or GridCode(code, "--", "--", "--", guess=True)


@cache
def load_parameters(page: int) -> tuple[ParameterSpec, ...]:
    """Return the settings of a page: 7 power control, 9 energy management, 0 protection.

    Raises:
        CatalogError: a row is malformed.
    """
    parameters: list[ParameterSpec] = []
    for row in read_table("winet/parameters.csv", PARAMETER_COLUMNS):
        which, number, parent, relation, registers, name, options, hint, guess = row.cells
        _one_of(row, "page", which, tuple(map(str, PAGES)))
        if int(which) == page:
            parameters.append(
                ParameterSpec(
                    number=row.integer("number", number),
                    parent=row.integer("parent", parent) if parent else -1,
                    relation=relation,
                    registers=split(registers),
                    name=name,
                    options=_options(row, options),
                    hint=hint,
                    guess=row.flag("guess", guess),
                )
            )
    return tuple(parameters)


@cache
def load_texts(locale: str) -> Mapping[str, str]:
    """Return the texts of a locale by key; a missing text is the English one.

    A locale that is not one of `LOCALES` has no texts at all.

    Raises:
        CatalogError: the file is malformed.
    """
    if locale not in LOCALES:
        return {}
    column = 1 + LOCALES.index(locale)
    return {
        row.cells[0]: row.cells[column] or row.cells[1]
        for row in read_table("winet/texts.csv", ("key", *LOCALES))
    }


@cache
def properties(locale: str) -> str | None:
    """Return the file `/i18n/LOCALE.properties`: `KEY=text` lines; None for other locales."""
    texts = load_texts(locale)
    return "".join(f"{key}={text}\n" for key, text in texts.items()) or None


def base_key(key: str) -> str:
    """Return the key under which texts hold `key`: without an argument such as `%@1`."""
    return key.partition("%@")[0]


def _one_of(row: Row, column: str, text: str, allowed: tuple[str, ...]) -> None:
    if text not in allowed:
        raise row.wrong(column, text, f"one of {', '.join(filter(None, allowed))}")


def _options(row: Row, text: str) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    for part in split(text):
        key, equals, value = part.partition("=")
        if not equals:
            raise row.wrong("options", part, "of the form KEY=170;KEY=85")
        pairs.append((key, str(row.integer("options", value))))
    return tuple(pairs)
