"""Tests of device/readback.py, through the views that a dongle's clients see."""

from __future__ import annotations

import pytest
from device.support import Bench, bench

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.device.readback import ReadBack
from sungrow_emulator.device.view import View

HOUR = 3600.0
MAX_SOC, MIN_SOC, EMS, CHARGE = 13058, 13059, 13050, 13052


def dongle(shortest: float = 120.0, longest: float = 3 * HOUR, seed: int = 1) -> Bench:
    """Put an inverter on the bench whose dongle has a cache."""
    one = bench("SH10RT", path="winet-s")
    plain = one.view
    one.views[one.device.id] = View(
        one.device, plain.program, one.wall, ReadBack(shortest, longest, seed)
    )
    return one


def wait(one: Bench, seconds: float) -> None:
    """Let simulated time pass."""
    one.clock.jump(one.clock.now() + seconds)
    one.device.changed()


def holding(one: Bench, address: int) -> int:
    """Return a holding register."""
    words = one.read(address, 1, Table.HOLDING)
    assert isinstance(words, tuple)
    return words[0]


def first_shown(one: Bench, address: int, value: int, limit: float) -> float:
    """Return after how many seconds a register reads a value."""
    began = one.clock.now()
    while holding(one, address) != value:
        assert one.clock.now() - began <= limit, "it never shows"
        wait(one, 1)
    return one.clock.now() - began


def test_a_written_value_reads_back_late() -> None:
    """Never within two minutes, and not after the longest time; once there it stays."""
    one = dongle(longest=600.0)
    before = holding(one, MAX_SOC)
    assert one.write(MAX_SOC, 900) == 0
    assert holding(one, MAX_SOC) == before != 900
    assert 120 <= first_shown(one, MAX_SOC, 900, 601) <= 601
    wait(one, HOUR)
    assert holding(one, MAX_SOC) == 900


def test_the_inverter_obeys_at_once() -> None:
    """What a client reads from the inverter shows the effect, only the setting is stale."""
    one = dongle()
    assert one.write(EMS, 2, 0xBB, 3000) == 0
    wait(one, 60)
    assert holding(one, EMS) == 0
    assert one.device.settings["ems_mode"] == 2
    assert one.value("battery_power") == pytest.approx(3000, abs=150)


def test_other_views_are_not_stale() -> None:
    """On the LAN port of the same inverter the value is there at once."""
    one = dongle()
    lan = View(one.device, one.view.program, one.wall)
    assert one.write(MAX_SOC, 900) == 0
    assert lan.read(3, MAX_SOC - 1, 1) == (900).to_bytes(2, "big")


def test_it_does_not_matter_who_writes() -> None:
    """A value written past the dongle is as stale in its cache as one written through it."""
    one = dongle()
    lan = View(one.device, one.view.program, one.wall)
    before = holding(one, MAX_SOC)
    assert lan.write(6, MAX_SOC - 1, (900).to_bytes(2, "big")) == 0
    wait(one, 119)
    assert holding(one, MAX_SOC) == before


def test_the_span_follows_seed_and_time() -> None:
    """The same story gives the same second; another seed or another time another one."""

    def late(seed: int, begin: float = 0.0) -> float:
        one = dongle(longest=900.0, seed=seed)
        wait(one, begin)
        assert one.write(MAX_SOC, 900) == 0
        return first_shown(one, MAX_SOC, 900, 901)

    assert late(1) == late(1)
    assert len({late(1), late(2), late(1, 60)}) == 3


def test_how_often_anybody_reads_changes_nothing() -> None:
    """A value that was due before it was written again shows, whether or not it was looked at."""
    shown: list[int] = []
    for look in (True, False):
        one = dongle(120.0, 120.0)
        assert one.write(MAX_SOC, 900) == 0
        wait(one, 130)
        if look:
            assert holding(one, MAX_SOC) == 900
        assert one.write(MAX_SOC, 800) == 0
        wait(one, 10)
        shown.append(holding(one, MAX_SOC))
    assert shown == [900, 900]


def test_each_write_begins_the_wait_anew() -> None:
    """A heartbeat that is written again and again does not show, other settings do."""
    one = dongle(120.0, 120.0)
    before = holding(one, CHARGE)
    assert one.write(MIN_SOC, 100) == 0
    for watts in range(100, 400, 20):
        assert one.write(CHARGE, watts) == 0
        wait(one, 10)
        assert holding(one, CHARGE) == before
    assert holding(one, MIN_SOC) == 100
    wait(one, 120)
    assert holding(one, CHARGE) == 380


def test_refused_writes_change_nothing() -> None:
    """Exception 4 comes as ever, and nothing becomes due."""
    one = dongle(120.0, 120.0)
    before = holding(one, MAX_SOC)
    assert one.write(MAX_SOC, 60000) == 4
    wait(one, 200)
    assert holding(one, MAX_SOC) == before


def test_a_reset_empties_the_cache() -> None:
    """As right after start, what was written and what was due are forgotten."""
    one = dongle(120.0, 120.0)
    before = holding(one, MAX_SOC)
    assert one.write(MAX_SOC, 900) == 0
    wait(one, 200)
    assert holding(one, MAX_SOC) == 900
    assert one.write(MAX_SOC, 800) == 0
    one.device.reset()
    assert holding(one, MAX_SOC) == before
    wait(one, 200)
    assert holding(one, MAX_SOC) == before


def test_a_clock_that_is_set_back_makes_nobody_wait_forever() -> None:
    """What would be due in a far future shows now."""
    one = dongle(120.0, 120.0)
    assert one.write(MAX_SOC, 900) == 0
    wait(one, -HOUR)
    assert holding(one, MAX_SOC) == 900


def test_pins_clock_and_arrays_are_not_stale() -> None:
    """Pinned words lie above the cache, and the clock is no setting."""
    one = dongle()
    one.device.pins[Table.HOLDING][MAX_SOC] = 777
    one.device.changed(settings=True)
    assert holding(one, MAX_SOC) == 777
    assert one.write(5000, 2027) == 0
    assert holding(one, 5000) == 2027


@pytest.mark.parametrize("span", [(-1.0, 2.0), (3.0, 2.0), (float("nan"), 2.0)])
def test_what_is_no_span_is_refused(span: tuple[float, float]) -> None:
    """The message names both ends."""
    with pytest.raises(EmulatorError, match=r"reading back after .* is not a range"):
        ReadBack(*span, seed=1)
