"""The interface package is importable and typed; the contract comes with the charm."""

from __future__ import annotations

from importlib.metadata import metadata
from importlib.resources import files


def test_distribution() -> None:
    """The distribution holds the package, marked as typed."""
    assert metadata("sungrow-inverter-interface")["Name"] == "sungrow-inverter-interface"
    assert files("sungrow_inverter").joinpath("py.typed").is_file()
