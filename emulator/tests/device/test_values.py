"""Tests of device/values.py."""

from __future__ import annotations

from sungrow_emulator.catalog.quantities import load_quantities
from sungrow_emulator.device.values import slots, unit_of


def test_every_slot_is_a_known_quantity() -> None:
    """The vector holds what quantities.csv names, state codes in their styles."""
    known = load_quantities()
    for name in slots():
        plain = "state.hybrid" if name.startswith("state.hybrid.") else name
        assert known[plain].origin in {"site", "device"}, name


def test_every_site_quantity_has_a_slot() -> None:
    """Nothing that the site produces is lost."""
    wanted = {name for name, quantity in load_quantities().items() if quantity.origin == "site"}
    assert wanted <= set(slots())


def test_units_are_those_of_the_catalog() -> None:
    """Styles of the state code share the unit of the code."""
    assert unit_of("ac.power") == "W"
    assert unit_of("state.hybrid.old") == ""
