"""Tests of site/lifetime.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sungrow_emulator.site import counters as count
from sungrow_emulator.site.history import day_number
from sungrow_emulator.site.lifetime import Lifetime
from sungrow_emulator.site.load import Load
from sungrow_emulator.site.pv import Sky
from sungrow_emulator.site.quantities import INDEX
from sungrow_emulator.site.spec import LoadSpec, Location, PlantSpec
from sungrow_emulator.site.sun import Sun
from sungrow_emulator.site.zone import Zone

KWH = 3.6e6
PLACES = (
    Location(48.14, 11.58, "Europe/Berlin"),
    Location(-33.87, 151.21, "Australia/Sydney"),
    Location(1.35, 103.82, "Asia/Singapore"),
    Location(69.65, 18.96, "Europe/Oslo"),
)


def lifetime(*plants: PlantSpec, place: Location = PLACES[0], seed: int = 1) -> Lifetime:
    """Return the estimates for some plants at a place."""
    sun, zone = Sun(place.latitude, place.longitude), Zone(place.timezone)
    sky = Sky(seed, sun, zone, place.latitude)
    return Lifetime(sun, sky, Load(seed, LoadSpec(), zone), plants, place.longitude)


def past(*plants: PlantSpec, on: date = date(2026, 6, 21), place: Location = PLACES[0]):
    """Return the books of the first plant up to a date."""
    today = day_number(on)
    return lifetime(*plants, place=place).past(plants[0], today, today * 86400.0 - 7200)


def test_a_year_of_a_household(string_plant: PlantSpec):
    """A 5.5 kW array in Munich is booked with 1000 to 2000 kWh per kW and year."""
    spec = replace(string_plant, commissioned=date(2025, 6, 21))
    totals = past(spec).totals
    assert 5500 < totals[count.PV] / KWH < 11000
    assert 1000 < totals[count.DIRECT] / KWH < 4500
    assert 4000 < totals[count.IMPORT] / KWH < 6000
    assert 4000 < totals[count.RUNNING] / 3600 < 5200


def test_books_balance(hybrid_plant: PlantSpec):
    """PV is what its uses add up to, and each figure is part of the one it belongs to."""
    totals = past(hybrid_plant).totals
    used = (totals[count.DIRECT] + totals[count.EXPORT_PV]) / 0.975
    assert totals[count.PV] == pytest.approx(used + totals[count.CHARGE_PV] / 0.98)
    assert totals[count.CHARGE_PV] <= totals[count.CHARGE]
    assert totals[count.DISCHARGE] <= totals[count.CHARGE]
    assert totals[count.EXPORT] == pytest.approx(totals[count.EXPORT_PV])


def test_arrays_add_up_to_the_totals(string_plant: PlantSpec):
    """Months add up to the total, the days of this month to their month."""
    books = past(string_plant)
    assert sum(books.months[month][0] for month in books.months) == pytest.approx(
        books.totals[count.PV]
    )
    june = books.months[2026 * 12 + 5]
    assert len(books.days) == 20
    assert sum(books.days[day][2] for day in books.days) == pytest.approx(june[2])
    assert min(books.months) == 2025 * 12 + 2
    assert 0 < books.totals[count.OUTPUT] - books.month_output < 20 * 60 * KWH


def test_commissioned_today_or_later(hybrid_plant: PlantSpec):
    """A plant without a past has empty books and a half full battery."""
    for first in (date(2026, 6, 21), date(2030, 1, 1)):
        books = past(replace(hybrid_plant, commissioned=first))
        assert books.totals == [0.0] * count.COUNT
        assert (len(books.days), books.month_output) == (0, 0.0)
        assert books.soc == pytest.approx(52.5)


def test_first_of_the_month(string_plant: PlantSpec):
    """On the first of a month the monthly output begins at 0."""
    books = past(string_plant, on=date(2026, 6, 1))
    assert books.month_output == books.totals[count.OUTPUT]
    assert len(books.days) == 0


def test_without_meter_or_array(string_plant: PlantSpec):
    """Without a meter nothing is known of the grid; without an array there is no yield."""
    blind = past(replace(string_plant, meter=False)).totals
    assert blind[count.PV] > 0
    assert blind[count.EXPORT] == blind[count.IMPORT] == blind[count.DIRECT] == 0
    dark = past(replace(string_plant, pv_peak=0)).totals
    assert dark[count.PV] == dark[count.EXPORT] == 0


def test_two_plants_share_the_surplus(string_plant: PlantSpec):
    """Two equal plants book half of the site's PV use each, and the same meter."""
    both = past(string_plant, string_plant).totals
    double = past(replace(string_plant, pv_peak=11000)).totals
    assert both[count.EXPORT] == pytest.approx(double[count.EXPORT])
    assert both[count.DIRECT] * 2 == pytest.approx(double[count.DIRECT])


def test_polar_places(hybrid_plant: PlantSpec):
    """Polar night and midnight sun are days like any other."""
    winter = past(replace(hybrid_plant, commissioned=date(2025, 12, 1)), on=date(2025, 12, 31),
                  place=PLACES[3])  # fmt: skip
    assert winter.totals[count.PV] == 0
    assert winter.soc == pytest.approx(5)
    pole = Location(90.0, 0.0, "UTC")
    summer = past(replace(hybrid_plant, commissioned=date(2026, 6, 1)), place=pole)
    assert summer.totals[count.PV] / KWH > 20 * 20


@settings(max_examples=12)
@given(
    st.sampled_from(PLACES),
    st.integers(0, 364),
    st.integers(0, 86399),
    st.integers(0, 999),
    st.booleans(),
    st.lists(st.integers(600, 40 * 3600), min_size=1, max_size=3),
)
def test_restarting_later_never_shows_less(
    build, string_plant, hybrid_plant, place, day, second, seed, hybrid, later
):
    """A site that starts later shows at least what the site shows that ran until then."""
    start = datetime(2026, 1, 1, tzinfo=UTC).timestamp() + 86400 * day + second
    plant = hybrid_plant if hybrid else string_plant
    running = build(plant, start=start, seed=seed, location=place)
    for gap in later:
        start += gap
        ran = running.readings(0, start)
        restarted = build(plant, start=start, seed=seed, location=place).readings(0, start)
        for name, slot in INDEX.items():
            if name.endswith(".total") and ran[slot] == ran[slot]:
                assert restarted[slot] >= ran[slot] - 1e-9, name
