"""Blocks that clients read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sungrow_emulator.catalog.errors import CatalogError
from sungrow_emulator.catalog.registers import families
from sungrow_emulator.catalog.scans import load_scan_bands
from sungrow_emulator.catalog.spec import ScanBand, Table


def test_sungather_reads_the_hybrid_block_of_every_inverter() -> None:
    """Level 3 ignores the model: wire 12999, on string inverters too."""
    for family in ("string-rt", "hybrid-rt"):
        bands = load_scan_bands(family)
        blocks = [(b.table, b.address, b.count) for b in bands if b.client == "sungather"]
        assert (Table.INPUT, 13000, 125) in blocks
        assert (Table.HOLDING, 13001, 100) in blocks


@pytest.mark.parametrize(
    ("family", "client", "count"),
    [
        ("string-rt", "sungather", 23),
        ("hybrid-rt", "sungather", 23),
        ("string-rt", "openwb", 8),
        ("hybrid-rt", "openwb", 11),
        ("string-rt", "sungrowinverter", 4),
        ("hybrid-rt", "sungrowinverter", 7),
        ("hybrid-rt", "pysungrow", 6),
        ("hybrid-rt", "sungrow-modbus", 28),
        ("hybrid-rt", "sungrowmodbus2mqtt", 6),
        ("hybrid-rt", "homeassistant", 99),
        ("string-rt", "homeassistant", 0),
        ("string-rt", "sungrow-tcp", 11),
    ],
)
def test_distinct_requests_of_each_client(family: str, client: str, count: int) -> None:
    """Each client's distinct requests of one cycle are there, as measured."""
    assert sum(band.client == client for band in load_scan_bands(family)) == count


def test_bands_are_readable_in_one_request() -> None:
    """A block has 1 to 125 words and stays inside the address space; none stands twice."""
    for family in families():
        bands = load_scan_bands(family)
        assert len(set(bands)) == len(bands)
        assert all(1 <= b.count <= 125 and 1 <= b.address <= 65537 - b.count for b in bands)


def test_batteries_have_no_bands() -> None:
    """No client of the list reads the battery's unit."""
    assert load_scan_bands("battery-sbr") == ()


def test_unknown_table_is_refused(spoil: Callable[[str, str, str], None]) -> None:
    """A band is in the input or the holding table."""
    spoil("scans.csv", "sungather,input", "sungather,coil")
    with pytest.raises(CatalogError, match="column table: 'coil' is not input or holding"):
        load_scan_bands("string-rt")


def test_a_band_is_plain_data() -> None:
    """The first band is SunGather's detection read."""
    first = load_scan_bands("string-1ph")[0]
    assert isinstance(first, ScanBand)
    assert (first.client, first.address, first.count) == ("sungather", 5000, 1)
    assert "hybrid-rt" in first.families
