"""Tests of site/history.py."""

from __future__ import annotations

from datetime import date

import pytest

from sungrow_emulator.catalog.errors import UnknownNameError
from sungrow_emulator.site.counters import COUNT, DIRECT, PV, Counters
from sungrow_emulator.site.history import History, calendar, day_number
from sungrow_emulator.site.ledger import Ledger

KWH = 3.6e6
TODAY = day_number(date(2026, 3, 2))


def counters(pv: float = 0.0) -> Counters:
    """Return counters with a PV total in kWh and 1 kW of PV."""
    made = Counters([0.0] * COUNT, 0.0)
    made.totals[PV] = pv * KWH
    made.rates[PV] = 1000.0
    return made


def read(history: History, name: str, span: str, kept: Counters, day: int = TODAY) -> list[float]:
    """Read an array in the first quarter hour, 60 s into it."""
    return history.read(name, span, day, (1, 60.0), kept.ahead(60), kept.midnight)


def test_days_since_1970():
    """Dates count from 1970-01-01 and back."""
    assert day_number(date(1970, 1, 2)) == 1
    assert calendar(TODAY) == date(2026, 3, 2)


def test_quarter_hours():
    """A closed quarter hour holds its mean, the running one the mean so far."""
    kept, history = counters(), History(Ledger(), Ledger())
    history.mark(kept)
    kept.integrate(900)
    history.close_quarter(0, 900, kept)
    history.mark(kept)
    kept.rates[PV] = 400.0
    row = read(history, "pv", "today", kept)
    assert row[:3] == pytest.approx([1000.0, 400.0, 0.0])
    assert len(row) == 96
    assert history.read("pv", "today", TODAY, (1, 0.0), kept.totals, kept.midnight)[1] == 0.0


def test_days_months_and_years():
    """Closed days fill the month, the year and the years; today is added to each."""
    kept = counters()
    history = History(
        Ledger.of({TODAY - 1: (2 * KWH, KWH, 0.0, 0.0)}),
        Ledger.of({2026 * 12 + 2: (2 * KWH, KWH, 0, 0)}),
    )
    kept.integrate(3540)
    assert read(history, "pv", "daily", kept)[:3] == pytest.approx([2.0, 1.0, 0.0])
    assert read(history, "direct", "daily", kept)[:2] == [1.0, 0.0]
    assert read(history, "pv", "monthly", kept)[2] == pytest.approx(3.0)
    years = read(history, "pv", "yearly", kept)
    assert years[11] == pytest.approx(3.0)
    assert [len(years), sum(years)] == [20, pytest.approx(3.0)]


def test_closing_a_day():
    """Midnight files the day and empties its quarter hours; old days are forgotten."""
    kept = counters()
    history = History(Ledger.of({TODAY - 62: (KWH, 0.0, 0.0, 0.0)}), Ledger())
    kept.integrate(900)
    history.close_quarter(0, 900, kept)
    history.close_day(TODAY, kept)
    kept.new_day(new_month=False)
    history.mark(kept)
    tomorrow = TODAY + 1
    assert (TODAY in history.days, TODAY - 62 in history.days) == (True, False)
    assert read(history, "pv", "today", kept, tomorrow)[0] == 0.0
    assert read(history, "pv", "daily", kept, tomorrow)[1] == pytest.approx(0.25)
    assert history.months[2026 * 12 + 2] == pytest.approx((0.25 * KWH, 0, 0, 0))


def test_years_outside_the_array():
    """Years before 2015 and after 2034 do not show."""
    kept = counters()
    history = History(Ledger(), Ledger.of({2014 * 12: (KWH, 0.0, 0.0, 0.0)}))
    assert sum(read(history, "pv", "yearly", kept, day_number(date(2035, 1, 1)))) == 0.0


def test_unknown_array():
    """A wrong name is answered with the nearest right one."""
    with pytest.raises(UnknownNameError, match=r"pv\.daily"):
        read(History(Ledger(), Ledger()), "pv", "dayly", counters())
    with pytest.raises(UnknownNameError, match=r"direct\.today"):
        read(History(Ledger(), Ledger()), "dirct", "today", counters())
    assert DIRECT != PV
