"""Tests of site/battery.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.site.battery import Battery
from sungrow_emulator.site.spec import BatteryPackSpec

PACK = BatteryPackSpec(
    capacity=10, nominal_voltage=256, max_charge=5000, max_discharge=6000, modules=4
)


def test_energy_moves_the_charge():
    """One hour at 1 kW is a tenth of 10 kWh."""
    battery = Battery(PACK, 50)
    assert battery.soc_after(1000, 3600) == pytest.approx(40)
    battery.move(-1000, 3600)
    assert battery.soc == pytest.approx(60)


def test_charge_stays_between_empty_and_full():
    """No power leads below 0 or above 100 per cent."""
    assert Battery(PACK, 1).soc_after(1e6, 3600) == 0
    assert Battery(PACK, 99).soc_after(-1e6, 3600) == 100


@given(st.floats(0, 100), st.floats(0, 40), st.floats(60, 100), st.floats(1e-3, 60), st.booleans())
def test_caps_keep_the_limits(soc: float, low: float, high: float, seconds: float, up: bool):
    """Using a cap for the time it holds does not pass the limit it belongs to."""
    battery = Battery(PACK, soc)
    charge, discharge = battery.caps(low, high, seconds)
    assert 0 <= charge <= PACK.max_charge
    assert 0 <= discharge <= PACK.max_discharge
    battery.move(-charge if up else discharge, seconds)
    assert battery.soc <= max(high, soc) + 1e-6 if up else battery.soc >= min(low, soc) - 1e-6


@pytest.mark.parametrize(
    ("soc", "charge", "discharge"),
    [(100, 0, 1), (97.5, 0.5, 1), (50, 1, 1), (2.5, 1, 0.5), (0, 1, 0), (99.99, 0.04, 1)],
)
def test_bms_tapers_at_the_ends(soc: float, charge: float, discharge: float):
    """The BMS allows less near full and empty, nothing beyond."""
    battery = Battery(PACK, soc)
    assert battery.charge_allowed() == pytest.approx(charge)
    assert battery.discharge_allowed() == pytest.approx(discharge)


def test_nothing_left_is_nothing():
    """Rounding residues at a limit do not show as power."""
    assert Battery(PACK, 5 + 1e-9).caps(5, 100, 60)[1] == 0
    assert Battery(PACK, 90 - 1e-9).caps(5, 90, 60)[0] == 0


def test_voltage_follows_charge_and_power():
    """Voltage rises with charge and while charging, and sags under load."""
    battery = Battery(PACK, 50)
    assert battery.voltage(50, 0) == pytest.approx(256)
    assert battery.voltage(90, 0) > battery.voltage(10, 0)
    assert battery.voltage(50, -5000) > 256 > battery.voltage(50, 5000)
    assert battery.cells == 80
