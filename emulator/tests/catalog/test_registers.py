"""Register maps."""

from __future__ import annotations

import csv
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from sungrow_emulator.catalog import codes, models, registers, scans
from sungrow_emulator.catalog.allowed import parse_bound, permits, resolve
from sungrow_emulator.catalog.errors import CatalogError, UnknownNameError
from sungrow_emulator.catalog.figures import figures
from sungrow_emulator.catalog.models import load_models
from sungrow_emulator.catalog.quantities import load_quantities
from sungrow_emulator.catalog.registers import families, load_families, load_registers
from sungrow_emulator.catalog.spec import Datatype, RegisterSpec, Table
from sungrow_emulator.catalog.tables import DATA

SUNGATHER_INPUT = """
4950 4952 4954 4969 4990 5000-5004 5006 5008-5009 5011-5017 5019-5024 5031 5033 5035-5036
5038-5043 5045 5049 5071 5077 5079 5081 5083 5085 5087 5089 5091 5093 5095 5097 5099 5101
5103 5113 5115-5124 5128 5130-5137 5144 5146-5148 5150-5151 5216 5218 5601 5603 5605 5607
5622-5623 5628 5635-5636 5723-5726 6100 6196 6227 6250 6290 6386 6417 6429 6469 6565 6596
6608 6648 6744 6775 6787 7013-7036 13000-13003 13005-13006 13008 13010 13012-13013 13015
13017-13018 13020-13027 13029-13034 13036-13037 13039-13041 13043 13045-13046 13050 13052
13054 13056 13058 13060 13062 13064 13066 13068 13070 13072 13074 13076 13078 13100-13118
"""
SUNGATHER_HOLDING = """
5000-5008 5010-5016 5019-5020 5035-5037 5039-5043 13050-13052 13084-13087 13100 33047-33048
"""
MKAISER_INPUT = """
2582 2597 2613 2629 4952 4954 4969 4990 5000-5001 5003-5004 5008 5011-5017 5019-5021 5033
5035 5115-5116 5214 5242 5601 5603 5605 5607 5622-5623 5628 5631 5635-5636 5639 5723-5726
5741-5746 13000-13003 13005-13006 13008 13010 13012-13013 13017-13018 13020 13023-13027
13031-13034 13036-13037 13040-13041 13045-13046 13250 13265 13280
"""
MKAISER_HOLDING = """
13002 13011 13050-13052 13058-13059 13074-13075 13087 13089-13090 13100 31213 33047-33048
33149-33150
"""
RANGES = {
    Datatype.U16: (0, 0xFFFF),
    Datatype.S16: (-0x8000, 0x7FFF),
    Datatype.U32: (0, 0xFFFFFFFF),
    Datatype.S32: (-0x80000000, 0x7FFFFFFF),
}
MAPS = sorted(Path(DATA, "registers").glob("*.csv"))
CONVERSIONS = {("W", "kW"), ("var", "kvar"), ("kWh", "Wh")}


def everything() -> Iterator[tuple[str, RegisterSpec]]:
    """Yield every register with each family that has it."""
    for family in families():
        for spec in load_registers(family):
            yield family, spec


def addresses(text: str) -> set[int]:
    """Return the numbers of a list such as `1-3 5`."""
    found: set[int] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def load_afresh(family: str) -> tuple[RegisterSpec, ...]:
    """Load a family without the cache."""
    load_registers.cache_clear()
    return load_registers(family)


@pytest.mark.parametrize("family", families())
def test_no_overlap_and_names_unique(family: str) -> None:
    """Inside a table and family no two rows share a word or a name."""
    specs = load_registers(family)
    assert bool(specs) is bool(load_families()[family].maps)
    for table in Table:
        rows = [spec for spec in specs if spec.table is table]
        assert [r.address for r in rows] == sorted(r.address for r in rows)
        assert max(Counter(r.name for r in rows).values(), default=1) == 1
        for low, high in pairwise(rows):
            assert low.address + low.count <= high.address, (low.name, high.name)


@pytest.mark.parametrize("path", MAPS, ids=lambda path: path.stem)
def test_files_are_sorted_and_belong_to_a_family(path: Path) -> None:
    """Each map is used by a family, and its rows stand by table and address."""
    assert any(path.stem in family.maps for family in load_families().values())
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    order = [(row["table"] == "holding", int(row["address"])) for row in rows]
    assert order == sorted(order)


def test_all_published_rows_are_there() -> None:
    """Every row of the register survey is in one map, with what dongles' pages and dumps add."""
    rows = {(s.table, s.address, s.name, s.datatype, s.families) for _, s in everything()}
    assert len({row[:3] for row in rows}) >= 660
    assert len(rows) == 894


def test_input_before_holding() -> None:
    """A family's registers come input first."""
    tables = [spec.table for spec in load_registers("hybrid-rt")]
    assert tables == sorted(tables, key=[Table.INPUT, Table.HOLDING].index)


def test_every_row_says_where_it_comes_from() -> None:
    """Rows have sources, plain names and aliases that say whose they are."""
    for _, spec in everything():
        assert spec.sources, spec.name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", spec.name)
        assert all(":" in alias for alias in spec.aliases), spec.name
        assert len(spec.sentinel) == spec.count


def test_one_weak_source_is_unverified() -> None:
    """What a single client knows, and what was deduced, is marked."""
    for _, spec in everything():
        backed = [s for s in spec.sources if s.split()[0] in ("string", "hybrid", "ihm", "dump")]
        if (not backed and len(spec.sources) == 1) or "deduced" in spec.note:
            assert spec.unverified, spec.name
    assert not next(s for s in load_registers("hybrid-rt") if s.name == "battery_soc").unverified


def test_opaque_rows_come_from_a_dump() -> None:
    """A word of unknown meaning reads a literal or nothing, and cannot be written."""
    opaque = [spec for _, spec in everything() if spec.opaque]
    assert "undocumented_31208" in {spec.name for spec in opaque}
    for spec in opaque:
        assert any(source.startswith("dump ") for source in spec.sources), spec.name
        assert not spec.shows or spec.shows.startswith("="), spec.name
        assert spec.name.startswith("undocumented_")
        assert not any((spec.unit, spec.writable, spec.unverified)), spec.name


@pytest.mark.parametrize(
    ("client", "table", "wanted"),
    [
        ("sungather", Table.INPUT, SUNGATHER_INPUT),
        ("sungather", Table.HOLDING, SUNGATHER_HOLDING),
        ("mkaiser", Table.INPUT, MKAISER_INPUT),
        ("mkaiser", Table.HOLDING, MKAISER_HOLDING),
        ("mkaiser-sbr", Table.INPUT, "10741-10746 10748 10757-10789"),
    ],
)
def test_addresses_that_clients_name(client: str, table: Table, wanted: str) -> None:
    """Every address that SunGather's and mkaiser's register lists name is there as theirs."""
    have = {s.address for _, s in everything() if s.table is table and client in s.sources}
    assert have == addresses(wanted)


def test_every_register_shows_something_that_exists() -> None:
    """`shows` is a quantity, a holding register of the same family, or a literal."""
    quantities = load_quantities()
    for family, spec in everything():
        shows = spec.shows
        if shows.startswith("="):
            assert re.fullmatch(r'=(-?\d+|0x[0-9A-F]+|"[^"]*")', shows), spec.name
            assert (spec.datatype is Datatype.UTF8) == shows.startswith('="')
        elif shows.startswith("setting:"):
            target = [
                s
                for s in load_registers(family)
                if s.table is Table.HOLDING and s.name == shows.removeprefix("setting:")
            ]
            assert [bool(s.default) for s in target] == [True], (family, spec.name)
        elif shows:
            assert shows in quantities, spec.name


def test_units_convert() -> None:
    """A register's unit is its quantity's, or one that the device converts to."""
    quantities = load_quantities()
    for _, spec in everything():
        if quantity := quantities.get(spec.shows):
            if quantity.unit in ("text", "bytes"):
                assert not spec.unit
            else:
                assert quantity.unit == spec.unit or (quantity.unit, spec.unit) in CONVERSIONS
            if quantity.origin == "history":
                spans = {"today": 96, "daily": 31, "monthly": 12, "yearly": 20}
                assert spec.length == spans[spec.shows.rpartition(".")[2]]


def test_defaults_are_allowed_on_every_model() -> None:
    """A default fits its datatype and is among what may be written, whatever the model."""
    for model in load_models().values():
        limits = figures(model)
        for spec in load_registers(model.family):
            if not spec.default:
                continue
            assert spec.writable
            raw = resolve(parse_bound(spec.default), limits)
            low, high = RANGES[spec.datatype]
            assert low <= raw <= high, (model.name, spec.name)
            assert permits(spec.allowed, raw, limits), (model.name, spec.name)


def test_only_writable_registers_have_defaults_and_limits() -> None:
    """What cannot be written needs neither; what shadows a setting has no default of its own."""
    for _, spec in everything():
        if not spec.writable:
            assert not spec.default
            assert spec.allowed is None
        assert not (spec.shows and spec.default), spec.name


def test_labels_of_switches_are_allowed_values() -> None:
    """A label explains a value that may be written."""
    for family, spec in everything():
        if spec.writable and spec.allowed and spec.labels:
            model = next(m for m in load_models().values() if m.family == family)
            assert all(permits(spec.allowed, raw, figures(model)) for raw, _ in spec.labels)


def test_the_two_faces_of_battery_power() -> None:
    """Older firmware of K and RT shows a magnitude, the other hybrids a signed value."""
    shown = {
        family: next((s.datatype, s.shows) for s in load_registers(family) if s.address == 13022)
        for family in ("hybrid-rt", "hybrid-t")
    }
    assert shown == {
        "hybrid-rt": (Datatype.U16, "battery.power.magnitude"),
        "hybrid-t": (Datatype.S16, "battery.power"),
    }


def test_arrays_and_sentinels() -> None:
    """A sentinel covers every word, in arrays too; a row may differ from its datatype."""
    by_name = {spec.name: spec for spec in load_registers("hybrid-rt")}
    yearly = by_name["pv_energy_yearly"]
    assert (yearly.datatype, yearly.length, yearly.count) == (Datatype.U32, 20, 40)
    assert yearly.sentinel == (0xFFFF,) * 40
    assert by_name["load_power"].sentinel == (0xFFFF, 0x7FFF)
    assert by_name["meter_phase_a_current"].sentinel == (0x7FFF,)
    assert by_name["total_battery_discharge_energy"].sentinel == (0, 0)
    total = next(s for s in load_registers("logger") if s.name == "logger_total_active_power")
    assert total.sentinel == (0xFFFF, 0xFFFF, 0xFFFF, 0x7FFF)


def test_groups_of_families() -> None:
    """`hybrid-*` stands for every hybrid."""
    spec = next(s for s in load_registers("hybrid-cx") if s.name == "export_power")
    assert spec.families == tuple(name for name in families() if name.startswith("hybrid-"))


def test_families_have_units() -> None:
    """Inverters answer on unit 1, the battery on 200, loggers on 247."""
    units = {name: family.unit for name, family in load_families().items()}
    assert (units["string-rt"], units["battery-sbr"], units["logger"]) == (1, 200, 247)
    assert all(family.meaning for family in load_families().values())


def test_unknown_family_names_the_nearest() -> None:
    """A typing mistake is answered with the family that was meant."""
    with pytest.raises(UnknownNameError, match=r"unknown family 'hybrid-rtt'; did you mean .*-rt"):
        load_registers("hybrid-rtt")


def test_only_the_needed_maps_are_read(data: Path) -> None:
    """A broken map of another family does not disturb a hybrid."""
    for name in ("logger", "string", "battery-sbr", "hybrid-k"):
        (data / f"registers/{name}.csv").write_text("broken")
    assert load_registers("hybrid-rt")
    with pytest.raises(CatalogError):
        load_registers("logger")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("8000,1,input,logger", "8000,1,coil,logger", "column table: 'coil' is not input or hold"),
        ("8000,1,input,logger", "80x0,1,input,logger", "column address: '80x0' is not a whole"),
        ("8000,1,input,logger", "8000,2,input,logger", "column datatype: 'U16' is not a type"),
        ("code,U16,", "code,V16,", "column datatype: 'V16' is not one of U16, S16"),
        ("code,U16,", "code,U16[x],", "column datatype: 'U16\\[x\\]' is not one of"),
        ("code,U16,,,R,", "code,U16,,,W,", "column access: 'W' is not R or RW"),
        ("code,U16,,,R,", "code,U16,x,,R,", "column scale: 'x' is not a number"),
        ("R,logger,", "R,loggers,", "column families: 'loggers' is not among string-1ph"),
        ("R,logger,", "R,log-*,", "a group such as hybrid-\\*"),
        ("all,U16,,,RW,logger,,1,", "all,U16,,,RW,logger,,rated,", "column default: 'rated'"),
        ("1,0|1,", "1,0-1,", "column allowed: '0-1' is not numbers, ranges"),
        ("0=off;1=on", "0:off", "column labels: '0:off' is not of the form 0xAA=on"),
        ("model.type_code,,,", "model.type_code,,,a=b", "column labels"),
        (
            ",yes,AW0 V1.0.2.7",
            ",maybe,AW0 V1.0.2.7",
            "column unverified: 'maybe' is not yes, no, op",
        ),
    ],
)
def test_malformed_rows(
    spoil: Callable[[str, str, str], None], old: str, new: str, message: str
) -> None:
    """A malformed cell ends in an error that names file, line, column and what is allowed."""
    spoil("registers/logger.csv", old, new)
    with pytest.raises(CatalogError, match=rf"registers/logger\.csv, line \d+, .*{message}"):
        load_registers("logger")


def test_loading_is_quick() -> None:
    """Model, registers, scans, states and faults of a hybrid load within a few milliseconds."""

    def once() -> float:
        start = time.perf_counter()
        models.find_model.__wrapped__("SH10RT")
        registers.load_registers.__wrapped__("hybrid-rt")
        scans.load_scan_bands.__wrapped__("hybrid-rt")
        codes.load_states.__wrapped__()
        codes.load_faults.__wrapped__()
        return time.perf_counter() - start

    assert min(once() for _ in range(5)) < 0.1
