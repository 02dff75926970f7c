"""Tests of site/spec.py."""

from __future__ import annotations

from dataclasses import replace

from sungrow_emulator.site.spec import LoadSpec, Location, PlantSpec, SiteSpec


def test_array_is_a_tenth_larger_than_the_inverter(string_plant: PlantSpec):
    """Without a figure of its own the array has 1.1 times nominal power."""
    assert string_plant.peak == 5500
    assert replace(string_plant, pv_peak=0).peak == 0


def test_defaults(string_plant: PlantSpec):
    """A site is a household in Munich at 50 Hz unless told otherwise."""
    spec = SiteSpec(Location(), (string_plant,))
    assert (spec.location.timezone, spec.grid_frequency) == ("Europe/Berlin", 50)
    assert spec.load == LoadSpec(4500, "household")
