"""Tests of site/zone.py."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.site.zone import Zone, load_zone, naive, seconds_of

ZONES = (
    "Europe/Berlin",
    "America/Santiago",
    "America/Havana",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "UTC",
)


def at(*parts: int) -> float:
    """Return epoch seconds of a UTC date and time."""
    return datetime(*parts, tzinfo=UTC).timestamp()


def test_unknown_zone():
    """A wrong name is answered with the nearest right one."""
    with pytest.raises(UnknownNameError, match="Europe/Berlin"):
        load_zone("Europe/Berlim")
    with pytest.raises(UnknownNameError):
        load_zone("../zones")


def test_offset_follows_dst():
    """The offset changes with the clocks of the zone."""
    zone = Zone("Europe/Berlin")
    assert zone.offset(at(2026, 3, 29, 0, 59, 59)) == 3600
    assert zone.offset(at(2026, 3, 29, 1)) == 7200
    assert zone.local(at(2026, 7, 1)) == at(2026, 7, 1, 2)


def test_naive_and_back():
    """A wall clock time survives the way to seconds and back."""
    moment = datetime.fromisoformat("2026-11-21T03:04:05")
    assert naive(seconds_of(moment)) == moment
    assert seconds_of(moment.replace(tzinfo=UTC)) == seconds_of(moment)


@pytest.mark.parametrize(
    ("name", "when", "before", "after"),
    [
        # An ordinary day, days of 23 and 25 hours, days that begin at 01:00 or twice.
        ("Europe/Berlin", (2026, 6, 21, 10), (2026, 6, 20, 22), (2026, 6, 21, 22)),
        ("Europe/Berlin", (2026, 3, 29, 10), (2026, 3, 28, 23), (2026, 3, 29, 22)),
        ("Europe/Berlin", (2026, 10, 25, 10), (2026, 10, 24, 22), (2026, 10, 25, 23)),
        ("America/Santiago", (2026, 9, 6, 12), (2026, 9, 6, 4), (2026, 9, 7, 3)),
        ("America/Santiago", (2026, 4, 4, 12), (2026, 4, 4, 3), (2026, 4, 5, 4)),
        ("America/Santiago", (2026, 4, 5, 3, 30), (2026, 4, 4, 3), (2026, 4, 5, 4)),
        ("America/Havana", (2024, 11, 3, 12), (2024, 11, 3, 4), (2024, 11, 4, 5)),
        ("Asia/Kathmandu", (2026, 6, 21, 10), (2026, 6, 20, 18, 15), (2026, 6, 21, 18, 15)),
    ],
)
def test_midnights(name: str, when: tuple, before: tuple, after: tuple):
    """A local date begins where it should, on days of clock changes too."""
    zone = Zone(name)
    assert zone.midnight_before(at(*when)) == at(*before)
    assert zone.midnight_after(at(*when)) == at(*after)


@given(st.sampled_from(ZONES), st.floats(at(2015, 1, 1), at(2035, 1, 1)))
def test_midnights_enclose_a_moment(name: str, t: float):
    """Every moment lies between the midnights around it, within one local date."""
    zone = Zone(name)
    before, after = zone.midnight_before(t), zone.midnight_after(t)
    assert before <= t < after
    assert after - before <= 25 * 3600
    day = zone.local(t) // 86400
    assert zone.local(before) // 86400 == day
    assert zone.local(before - 1) // 86400 < day
    assert zone.local(after) // 86400 > day
    assert zone.local(after - 1) // 86400 == day


def test_next_change():
    """The next clock change is found to the second."""
    zone = Zone("Europe/Berlin")
    assert zone.next_change(at(2026, 1, 1)) == at(2026, 3, 29, 1)
    assert zone.next_change(at(2026, 3, 29, 1)) == at(2026, 10, 25, 1)


def test_no_change():
    """A zone without clock changes says so."""
    with pytest.raises(EmulatorError, match="UTC has no clock change"):
        Zone("UTC").next_change(at(2026, 1, 1))
