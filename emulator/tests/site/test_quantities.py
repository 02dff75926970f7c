"""Tests of site/quantities.py."""

from __future__ import annotations

from sungrow_emulator.catalog.quantities import load_quantities
from sungrow_emulator.site.quantities import HISTORY_NAMES, HISTORY_SPANS, INDEX, QUANTITIES


def test_are_those_of_the_catalog():
    """The site produces every quantity of origin site, in the order of the data file."""
    known = load_quantities()
    rows = known.values() if isinstance(known, dict) else known
    assert tuple(row.name for row in rows if row.origin == "site") == QUANTITIES
    arrays = {row.name for row in rows if row.origin == "history"}
    assert arrays == {f"history.{name}.{span}" for name in HISTORY_NAMES for span in HISTORY_SPANS}


def test_index():
    """Each name knows its slot."""
    assert [QUANTITIES[INDEX[name]] for name in QUANTITIES] == list(QUANTITIES)
