"""Tests of device/units.py."""

from __future__ import annotations

import pytest

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.device.units import factor


@pytest.mark.parametrize(
    ("kept", "shown", "expected"),
    [
        ("W", "kW", 1e-3),
        ("kWh", "Wh", 1e3),
        ("min", "h", 1 / 60),
        ("V", "V", 1.0),
        ("", "kW", 1.0),
        ("W", "", 1.0),
    ],
)
def test_units_convert(kept: str, shown: str, expected: float) -> None:
    """Units of one kind convert; what has no unit goes through unchanged."""
    assert factor(kept, shown) == pytest.approx(expected)


def test_different_kinds_are_refused() -> None:
    """Volts cannot be shown as watts."""
    with pytest.raises(EmulatorError, match="quantity in V cannot be shown in W"):
        factor("V", "W")


def test_unknown_units_are_refused() -> None:
    """An unknown unit is named together with the known ones."""
    with pytest.raises(EmulatorError, match=r"unit 'furlong' is not one of .*kWh"):
        factor("furlong", "W")
