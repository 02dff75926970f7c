"""Tests of catalog/winet.py and of the data in winet/."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sungrow_emulator.catalog import tables
from sungrow_emulator.catalog.codes import load_states
from sungrow_emulator.catalog.errors import CatalogError
from sungrow_emulator.catalog.quantities import load_quantities
from sungrow_emulator.catalog.registers import families, load_registers
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.catalog.winet import (
    CONDITIONS,
    DEVICE_COLUMNS,
    LISTS,
    LOCALES,
    PAGES,
    PARAMETER_COLUMNS,
    ROW_COLUMNS,
    base_key,
    find_grid_code,
    load_grid_codes,
    load_listings,
    load_parameters,
    load_rows,
    load_state_texts,
    load_texts,
    properties,
)

UNITS = {"", "kWh", "kW", "kvar", "kVar", "kVA", "V", "A", "Hz", "HZ", "%", "℃", "kΩ", "h", "W"}


def keys() -> Iterator[str]:
    """Yield every key that the data can send; some names are sent as they are, e.g. `F1`."""
    yield "I18N_COMMON_GROUP_BUNCH_TITLE_AND%@1"
    yield from (grid.country for grid in load_grid_codes().values())
    for name in LISTS:
        for row in load_rows(name):
            yield row.name
            if row.shows.startswith("=I18N"):
                yield row.shows[1:]
    for state in load_state_texts().values():
        yield from (state.string, state.hybrid)
    for page in PAGES:
        for parameter in load_parameters(page):
            yield parameter.name
            if parameter.hint:
                yield parameter.hint
            yield from (key for key, _ in parameter.options)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_key_has_a_text(locale: str) -> None:
    """Whatever key is sent, it stands in every properties file."""
    texts = load_texts(locale)
    missing = {key for key in keys() if key.startswith("I18N_") and not texts.get(base_key(key))}
    assert not missing


@pytest.mark.parametrize("locale", LOCALES)
def test_properties_are_lines_of_key_and_text(locale: str) -> None:
    """Clients split each line at the first `=`; keys come once, values hold no other `=`."""
    text = properties(locale)
    assert text is not None
    lines = text.splitlines()
    pairs = [line.split("=") for line in lines]
    assert text.endswith("\n")
    assert all(len(pair) == 2 and pair[0].startswith("I18N_") and pair[1] for pair in pairs)
    assert len({key for key, _ in pairs}) == len(lines) == len(load_texts("en_US"))


def test_texts_with_an_argument_have_its_place() -> None:
    """Keys that are sent with `%@n` stand for a text with exactly one `{0}`, in every language."""
    templates = {base_key(key) for key in keys() if "%@" in key}
    for locale in LOCALES:
        for key, text in load_texts(locale).items():
            fields = [field for _, field, _, _ in string.Formatter().parse(text) if field]
            assert fields == (["0"] if key in templates else []), key


def test_languages_differ_and_others_do_not_exist() -> None:
    """A missing text is the English one; a locale that the dongle lacks has no file."""
    key = "I18N_COMMON_BUS_VOLTAGE"
    assert load_texts("en_US")[key] == "Bus Voltage"
    assert load_texts("zh_CN")[key] == "母线电压"
    assert load_texts("zh_CN")["I18N_COMMON_QP_MODE"] == "Q(P)"
    assert load_texts("fr_FR") == {}
    assert properties("fr_FR") is None


@pytest.mark.parametrize("name", LISTS)
def test_rows_show_what_exists(name: str) -> None:
    """A row shows a known quantity in a unit that devices send, a text, or nothing."""
    rows = load_rows(name)
    assert rows
    for row in rows:
        assert row.unit in {*UNITS, "var", "Wh"}
        known = not row.shows or row.shows == "state" or row.shows.startswith("=")
        assert known or row.shows in load_quantities(), row


def test_lists_are_as_long_as_captured() -> None:
    """An SH5.0RS sends 36 rows, 15 of its battery, and the battery itself 8."""
    single = {"single-phase", "phase-voltages", "old-names"}
    rows = [row for row in load_rows("real-hybrid") if single.issuperset(row.when)]
    assert (len(rows), len(load_rows("battery")), len(load_rows("real-battery"))) == (36, 15, 8)
    assert [row.name for row in rows[5:7]] == [
        "I18N_COMMON_RUNNING_STATE",
        "I18N_COMMON_BUS_VOLTAGE",
    ]
    assert not any(row.guess for row in rows)
    assert all(row.guess for row in load_rows("real-string"))


def test_every_work_state_has_a_text() -> None:
    """The texts cover exactly the work states of the catalog; one is backed by a capture."""
    texts = load_state_texts()
    assert set(texts) == set(load_states())
    assert [name for name, text in texts.items() if not text.guess] == ["dispatch"]
    assert texts["run"].hybrid == "I18N_COMMON_ON_GRID_OPERATION"
    assert texts["run"].string == "I18N_COMMON_STATUS_RUN"


def test_listings_by_family() -> None:
    """Residential string inverters are type 21, commercial ones 1, hybrids 35; loggers are not."""
    listings = load_listings()
    types = {family: spec.dev_type for family, spec in listings.items()}
    assert (types["string-rt"], types["string-1ph"], types["string-com"]) == (21, 21, 1)
    assert {types[family] for family in families() if family.startswith("hybrid")} == {35}
    assert not {"logger", "ihomemanager", "dongle"} & set(types)
    battery = listings["battery-sbr"]
    assert (battery.dev_type, battery.protocol, battery.unit, battery.forwarding) == (
        44,
        0,
        200,
        2,
    )
    assert battery.init_status == 255


@pytest.mark.parametrize("page", PAGES)
def test_parameters_stand_for_registers(page: int) -> None:
    """Every setting names holding registers that exist; parents come before their children."""
    known = {
        spec.name
        for family in families()
        for spec in load_registers(family)
        if spec.table is Table.HOLDING
    }
    seen: set[int] = set()
    for parameter in load_parameters(page):
        assert set(parameter.registers) <= known
        assert parameter.parent == -1 or parameter.parent in seen
        assert bool(parameter.relation) == (parameter.parent != -1)
        seen.add(parameter.number)
    assert len(seen) == len(load_parameters(page)) > 0


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what writes a data file that is read instead of the real one."""
    (tmp_path / "winet").mkdir()
    real = Path(tables.DATA)
    (tmp_path / "families.csv").write_text((real / "families.csv").read_text("utf-8"), "utf-8")
    monkeypatch.setattr(tables, "DATA", str(tmp_path))

    def write(name: str, columns: tuple[str, ...], cells: str) -> None:
        text = f"{','.join(columns)}\n{cells}\n"
        (tmp_path / "winet" / name).write_text(text, "utf-8")

    return write


@pytest.mark.parametrize(
    ("file", "columns", "cells", "message"),
    [
        ("rows.csv", ROW_COLUMNS, "x,K,,0,,,,", "'x' is not one of real-hybrid"),
        ("rows.csv", ROW_COLUMNS, "battery,K,,0,,left,,", "'left' is not one of positive"),
        ("rows.csv", ROW_COLUMNS, "battery,K,,0,,,wet,", "'wet' is not one of single-phase"),
        ("rows.csv", ROW_COLUMNS, "battery,K,,x,,,,", "column decimals: 'x'"),
        ("devices.csv", DEVICE_COLUMNS, "string-rt,1,2,0,0,1,x,", "column list: 'x'"),
        ("devices.csv", DEVICE_COLUMNS, "x,1,2,0,0,1,battery,", "column families: 'x'"),
        ("parameters.csv", PARAMETER_COLUMNS, "8,1,,,r,K,,,", "'8' is not one of 7, 9, 0"),
        ("parameters.csv", PARAMETER_COLUMNS, "9,1,,,r,K,A,,", "'A' is not of the form KEY=170"),
    ],
)
def test_malformed_rows_are_named(
    data: Callable[..., None], file: str, columns: tuple[str, ...], cells: str, message: str
) -> None:
    """What is wrong in a data file is said with file, line, column and what is allowed."""
    data(file, columns, cells)
    loaders: dict[str, Callable[[], Any]] = {
        "rows.csv": lambda: load_rows.__wrapped__("battery"),
        "devices.csv": load_listings.__wrapped__,
        "parameters.csv": lambda: load_parameters.__wrapped__(9),
    }
    with pytest.raises(CatalogError, match=f"winet/{file}, line 2.*{message}"):
        loaders[file]()


def test_conditions_are_pairs() -> None:
    """Of each pair of conditions exactly one holds, so each is used by some row."""
    used = {condition for name in LISTS for row in load_rows(name) for condition in row.when}
    assert used == set(CONDITIONS)


def test_grid_codes() -> None:
    """Australia is as captured; a country that no row names has no texts."""
    assert find_grid_code(6).company_code == "13"
    assert not find_grid_code(6).guess
    assert (find_grid_code(9).country, find_grid_code(9).guess) == ("--", True)
