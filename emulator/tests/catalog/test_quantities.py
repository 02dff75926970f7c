"""Quantities."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sungrow_emulator.catalog.errors import CatalogError
from sungrow_emulator.catalog.quantities import ORIGINS, load_quantities


def test_quantities_are_known_by_name() -> None:
    """Each has a dotted name, one of the origins and a meaning."""
    quantities = load_quantities()
    assert quantities["ac.power"].unit == "W"
    assert all(name == item.name and item.meaning for name, item in quantities.items())
    assert {item.origin for item in quantities.values()} == set(ORIGINS)


def test_unknown_origin_is_refused(spoil: Callable[[str, str, str], None]) -> None:
    """An origin that nothing produces is an error."""
    spoil("quantities.csv", "ac.power,W,site", "ac.power,W,sky")
    with pytest.raises(CatalogError, match="column origin: 'sky' is not site or device"):
        load_quantities()


def test_name_given_twice_is_refused(spoil: Callable[[str, str, str], None]) -> None:
    """A name stands for one quantity."""
    spoil("quantities.csv", "ac.reactive,var", "ac.power,W")
    with pytest.raises(CatalogError, match=r"column name: 'ac\.power' is not unique"):
        load_quantities()
