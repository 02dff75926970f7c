"""Tests of site/controls.py."""

from __future__ import annotations

import dataclasses

import pytest

from sungrow_emulator.site.controls import Controls


def test_defaults_hold_nothing_back():
    """After power-on it runs in self-consumption without any limit."""
    controls = Controls()
    assert controls.running
    assert controls.ems_mode == "self-consumption"
    assert controls.active_power_limit is controls.feed_in_limit is controls.max_charge is None


def test_are_replaced_as_a_whole():
    """Commands are immutable; a change makes new ones."""
    controls = dataclasses.replace(Controls(), soc_min=20.0)
    assert controls.soc_min == 20
    with pytest.raises(dataclasses.FrozenInstanceError):
        controls.soc_min = 30.0
