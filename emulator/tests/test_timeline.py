"""Tests of timeline.py."""

from __future__ import annotations

import asyncio

import pytest

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.config import Config
from sungrow_emulator.site.clock import SimClock
from sungrow_emulator.site.site import Site
from sungrow_emulator.site.spec import Location, PlantSpec, SiteSpec
from sungrow_emulator.timeline import LEFT_ALONE, Timeline, within

START = 1782039600.0
PLANT = PlantSpec(5000.0, 3, 1, 2, (1, 1), 1100.0, 160.0, 1000.0)


class Bench:
    """A timeline with its clock and site; counts how often views had to look again."""

    def __init__(self, **options: object) -> None:
        config = Config.from_mapping({"freeze": True, **options})
        self.clock = SimClock(START, config.speed, config.freeze, lambda: 0.0)
        self.site = Site(SiteSpec(Location(), (PLANT,)), 1, START)
        self.site.settle(START)
        self.changed = 0
        self.timeline = Timeline(config, self.clock, lambda: (self.site,), self._count)

    def _count(self) -> None:
        self.changed += 1


async def test_going_forward_settles_everything() -> None:
    """After a jump ahead the site is settled up to there."""
    bench = Bench()
    assert not await bench.timeline.jump(START + 86400)
    assert bench.clock.now() == START + 86400
    assert bench.site.settled >= START + 86400
    assert bench.changed == 1


async def test_going_back_lets_the_site_begin_afresh() -> None:
    """A jump into the past is told, so that others can restore what stands."""
    bench = Bench()
    assert await bench.timeline.jump(START - 86400)
    assert bench.clock.now() == START - 86400


@pytest.mark.parametrize(("seconds", "begins"), [(60, False), (LEFT_ALONE, True)])
async def test_a_site_nobody_looked_at_is_left_alone_for_a_while(
    seconds: float, begins: bool
) -> None:
    """It does not begin for a minute, but neither may the first look take ever longer."""
    bench = Bench()
    bench.site.restart(START)
    await bench.timeline.jump(START + seconds)
    assert bench.site.begun is begins


async def test_long_jumps_give_the_loop_its_turn() -> None:
    """While a month is settled, others run."""
    bench, turns = Bench(), 0
    task = asyncio.ensure_future(bench.timeline.jump(START + 30 * 86400))
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100


async def test_jumps_have_a_limit() -> None:
    """More than ten years ahead is refused."""
    with pytest.raises(EmulatorError, match=r"seconds=.* must be between 0 and"):
        await Bench().timeline.jump(START + 20 * 365 * 86400)


def test_moments_have_names() -> None:
    """A target is an ISO 8601 time or the next moment of that name."""
    timeline = Bench().timeline
    assert timeline.find("2026-06-21T11:00:00Z") == START
    assert timeline.find("solar-noon") == pytest.approx(START + 900, abs=900)
    with pytest.raises(EmulatorError, match="did you mean sunrise"):
        timeline.find("sunrize")


def test_rewind_restores_speed_and_freezing() -> None:
    """The clock is back at the start as it was configured."""
    frozen, running = Bench(), Bench(freeze=False, speed=10)
    for bench in (frozen, running):
        bench.timeline.set_speed(99)
        bench.timeline.freeze()
        bench.timeline.resume()
        bench.timeline.rewind()
        assert bench.clock.now() == START
    assert (frozen.clock.frozen, frozen.clock.speed) == (True, 1)
    assert (running.clock.frozen, running.clock.speed) == (False, 10)


async def test_the_tick_can_be_started_and_stopped() -> None:
    """Stopping ends the task; stopping twice does no harm."""
    bench = Bench()
    bench.timeline.start()
    await asyncio.sleep(0)
    await bench.timeline.stop()
    await bench.timeline.stop()
    assert bench.changed == 0


def test_within_names_the_range() -> None:
    """A number outside its range is refused with both ends."""
    within("x", 1, 0, 2)
    with pytest.raises(EmulatorError, match="x=3 must be between 0 and 2"):
        within("x", 3, 0, 2)
