"""Tests of site/counters.py."""

from __future__ import annotations

from sungrow_emulator.site.counters import COUNT, IMPORT, OUTPUT, Counters


def test_integrates_its_rates():
    """A total grows by rate times time, and looking ahead changes nothing."""
    counters = Counters([0.0] * COUNT, 0.0)
    counters.rates[IMPORT] = 500.0
    assert counters.ahead(10)[IMPORT] == 5000.0
    assert counters.totals[IMPORT] == 0.0
    counters.integrate(60)
    assert counters.totals[IMPORT] == 30000.0


def test_midnight_restarts_the_day():
    """At midnight the daily distance becomes 0 and the total stays."""
    counters = Counters([7.0] * COUNT, 3.0)
    counters.rates[OUTPUT] = 1.0
    counters.integrate(60)
    counters.new_day(new_month=False)
    assert counters.totals[OUTPUT] - counters.midnight[OUTPUT] == 0
    assert counters.month_output == 3.0
    counters.new_day(new_month=True)
    assert counters.month_output == 67.0
