"""Options that the charm or the emulator refuses: what is said, and what goes on."""

from __future__ import annotations

import dataclasses

import pytest
from ops import testing
from surroundings import (
    CONTAINER,
    Running,
    endpoints,
    environment,
    given,
    judged,
    new_context,
    started,
)

from charm import SungrowEmulatorCharm

Context = testing.Context[SungrowEmulatorCharm]
BAD_MODEL = {"model": "SH10RX"}


def test_too_many_inverters(running: Running) -> None:
    """A unit whose inverters would go beyond what the emulator numbers names the option."""
    state = started(new_context(unit=5100), config={"device-count": 199})
    assert state.unit_status == testing.BlockedStatus(
        "device-count=199: all units together hold at most 1000000 inverters, which unit 5100 "
        "would exceed"
    )


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("path", "lann", "path=lann: allowed are auto, lan, winet-s, winet-s2, wifi-dongle, "),
        ("modbus-port", 0, "modbus-port=0: must be 1 to 65535"),
        ("modbus-port", 8099, "modbus-port=8099: taken by the control API; choose another"),
        ("latitude", 91.0, "latitude=91.0: must be -90 to 90"),
    ],
)
def test_bad_option(
    context: Context, running: Running, option: str, value: str | float, said: str
) -> None:
    """A bad value blocks with option, value and what is allowed; the old emulator goes on."""
    state = started(context)
    refused(context, state, dataclasses.replace(state, config={option: value}), said)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model": "SH10RX"}, "model=SH10RX: unknown model; did you mean SH10RT or "),
        ({"model": "502"}, "model=502: unknown type code '0x01F6'; did you mean "),
        ({"model": "0xabcd"}, "model=0xabcd: unknown type code '0xABCD'; did you mean "),
        ({"timezone": "Europe/Berln"}, "timezone=Europe/Berln: unknown time zone; did you mean "),
        ({"timezone": "auto"}, "timezone=auto: unknown time zone; did you mean "),
        ({"timezone": "SH10RT"}, "timezone=SH10RT: unknown time zone"),
        ({"timezone": "1"}, "timezone=1: unknown time zone"),
        ({"start-time": "auto"}, "start-time=auto: is not a time; write ISO 8601, e.g. 2026-"),
        ({"start-time": "2010-01-01"}, "start-time=2010-01-01: is outside the years 2015 to "),
        ({"serial-number": "A" * 21}, "serial-number=AAAAAAAAAAAAAAAAAAAAA: must be 1 to 20 "),
        (
            {"device-count": 2, "model": "SH10RX", "timezone": "SH10RX"},
            "model=SH10RX: unknown model; did you mean SH10RT or ",
        ),
    ],
)
def test_option_that_the_emulator_refuses(
    context: Context, running: Running, config: dict[str, str | int], said: str
) -> None:
    """What only the emulator can tell blocks as well, with the option of the charm."""
    state = started(context)
    changed = judged(context, dataclasses.replace(state, config=config))
    refused(context, state, changed, said)


def refused(context: Context, state: testing.State, changed: testing.State, said: str) -> None:
    """Assert that a change blocks with a sentence, and that what ran goes on."""
    after = context.run(context.on.config_changed(), changed)
    assert isinstance(after.unit_status, testing.BlockedStatus)
    assert after.unit_status.message.startswith(said)
    assert len(after.unit_status.message) <= 120
    assert environment(after) == environment(state)
    assert endpoints(after) == endpoints(state)
    assert after.opened_ports == state.opened_ports
    good = dataclasses.replace(after, config={}, containers={CONTAINER})
    assert context.run(context.on.config_changed(), good).unit_status == testing.ActiveStatus()


def test_bad_option_from_the_start(context: Context) -> None:
    """With a bad value nothing is started and nothing published."""
    state = judged(context, given(config=BAD_MODEL))
    state = context.run(context.on.pebble_ready(state.get_container("emulator")), state)
    assert isinstance(state.unit_status, testing.BlockedStatus)
    assert state.get_container("emulator").plan.services == {}
    assert endpoints(state) == {}
