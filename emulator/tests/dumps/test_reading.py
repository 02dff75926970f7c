"""Dumps and site files belong together, and words are read in runs."""

from __future__ import annotations

import pytest

from .dump import Dump, load_dumps
from .reading import blocks
from .situation import SITES, plan_of


def test_every_dump_has_a_site_file() -> None:
    """No dump is without a situation, no site file without a dump."""
    assert {dump.name for dump in load_dumps()} == {path.stem for path in SITES.glob("*.yaml")}


@pytest.mark.parametrize("dump", load_dumps(), ids=lambda dump: dump.name)
def test_site_files_hold_something(dump: Dump) -> None:
    """Each stops the clock at its moment and holds what the house did then."""
    plan = plan_of(dump)
    (device,) = plan.devices
    assert plan.config.freeze
    assert plan.config.start
    assert device.config.strict
    assert device.hold


def test_neighbours_are_read_together() -> None:
    """Runs end at a hole, at the other table and after a hundred words."""
    dump = next(dump for dump in load_dumps() if dump.name == "sg5.0rs_night")
    runs = [(first, count) for _, first, count in blocks(dump.words)]
    assert runs == [(5001, 100), (5101, 100), (5601, 100)]
