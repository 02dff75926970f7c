"""Tests of testing/plugin.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sungrow_emulator.testing import Handle


def test_the_fixture_is_an_inverter(sungrow: Handle) -> None:
    """Without options it is an SG5.0RT at a frozen summer noon."""
    state = sungrow.state()
    assert state.devices[0].model == "SG5.0RT"
    assert state.clock.time == "2026-06-21T11:00:00Z"
    assert state.clock.frozen


@pytest.mark.sungrow(model="SH10RT", encryption="key")
def test_the_marker_chooses_options(sungrow: Handle) -> None:
    """Options are those of the command line."""
    assert sungrow.device().model == "SH10RT"
    assert sungrow.state().doors[0].encryption == "key"


def test_several_inverters(make_sungrow: Callable[..., Handle]) -> None:
    """A test may start as many as it likes, each at a port of its own."""
    one, two = make_sungrow(model="SG5.0RT"), make_sungrow(model="SH10RT", instance=1)
    assert one.modbus_port != two.modbus_port


def test_a_failure_shows_how_to_repeat_it(pytester: pytest.Pytester) -> None:
    """The report of a failed test names seed, simulated time, faults and overrides."""
    pytester.makepyfile(
        """
        def test_fails(sungrow):
            sungrow.set_power(1000)
            sungrow.set_fault("grid-lost")
            assert False

        def test_passes(sungrow):
            assert sungrow.modbus_port
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*sungrow emulator*",
            "seed 1, simulated time 2026-06-21T11:00:00Z",
            "inverter SG5.0RT A2*: fault, 10 grid-lost, pv_power=1000",
        ]
    )


def test_fixtures_are_listed_with_their_use(pytester: pytest.Pytester) -> None:
    """`pytest --fixtures` tells what the fixtures are for."""
    shown = pytester.runpytest_subprocess("--fixtures", "-p", "no:cacheprovider")
    shown.stdout.fnmatch_lines(["*sungrow*", "*An emulated inverter: ephemeral port*"])
    assert shown.ret == 0
