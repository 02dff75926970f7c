"""Tests of site/sun.py."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sungrow_emulator.site.sun import Sun


def at(*parts: int) -> float:
    """Return epoch seconds of a UTC date and time."""
    return datetime(*parts, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("latitude", "longitude", "when", "elevation"),
    [
        # NREL/TP-560-34302, worked example of the Solar Position Algorithm.
        (39.742476, -105.1786, (2003, 10, 17, 19, 30, 30), 39.872),
        # Solstices and equinox of 2024 (USNO): 90 - latitude + declination at true noon.
        (51.4769, 0.0, (2024, 6, 20, 12, 1, 50), 61.96),
        (-33.87, 151.21, (2024, 12, 21, 1, 53, 10), 79.57),
        (0.0, 0.0, (2024, 3, 20, 12, 7, 25), 89.9),
        # Midnight sun at the North Cape: the sun stands at latitude + declination - 90.
        (71.17, 25.78, (2024, 6, 20, 22, 18, 40), 4.61),
    ],
)
def test_published_elevations(latitude: float, longitude: float, when: tuple, elevation: float):
    """The elevation is within 0.1 degrees of published figures."""
    assert Sun(latitude, longitude).elevation(at(*when)) == pytest.approx(elevation, abs=0.1)


@pytest.mark.parametrize(
    ("day", "minutes"), [((2026, 11, 3), -16.4), ((2026, 2, 11), 14.2), ((2026, 4, 15), 0.0)]
)
def test_noon_follows_the_equation_of_time(day: tuple, minutes: float):
    """True noon at Greenwich is early in November, late in February, on time in April."""
    noon = Sun(51.4769, 0.0).noon(at(*day))
    assert noon - at(*day) == pytest.approx(43200 + 60 * minutes, abs=30)


def test_noon_is_later_than_now():
    """Right after one noon the next one is a day away."""
    sun = Sun(48.14, 11.58)
    noon = sun.noon(at(2026, 6, 21))
    assert sun.noon(noon) - noon == pytest.approx(86400, abs=60)
    assert sun.noon(noon - 1) == pytest.approx(noon, abs=1)
    assert sun.noon(noon - 7200) == pytest.approx(noon, abs=1)


@pytest.mark.parametrize(
    ("rising", "expected"), [(True, (2026, 6, 21, 3, 13)), (False, (2026, 6, 21, 19, 17))]
)
def test_sunrise_and_sunset_in_munich(rising: bool, expected: tuple):
    """Sunrise and sunset agree with the almanac within three minutes."""
    moment = Sun(48.14, 11.58).crossing(at(2026, 6, 20, 22), rising=rising)
    assert moment == pytest.approx(at(*expected), abs=180)


def test_sunrise_at_the_pole():
    """At the pole the sun rises once a year, a little before the equinox."""
    sun = Sun(90.0, 0.0)
    rises = sun.crossing(at(2026, 1, 1), rising=True)
    assert rises == pytest.approx(at(2026, 3, 18, 12), abs=2 * 86400)


def test_terms_hold_for_an_hour():
    """The geometry changes with the hour and not within it."""
    sun = Sun(48.14, 11.58)
    first = sun.terms(at(2026, 6, 21, 10))
    assert sun.terms(at(2026, 6, 21, 10, 59, 59)) == first
    assert sun.terms(at(2026, 6, 21, 11)) != first
