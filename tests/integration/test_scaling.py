"""Each unit is an inverter of its own, from one unit to three and back."""

from __future__ import annotations

import jubilant
import pytest

from .helpers import (
    CONNECTION_TYPES,
    DEPLOYED,
    PORTS,
    Collector,
    Emulator,
    eventually,
    wait_active,
)

UNITS = 3


@pytest.fixture(scope="module")
def fleet(juju: jubilant.Juju, emulator: Emulator, collector: Collector) -> Collector:
    """Return the tester beside three units of the emulator."""
    juju.add_unit(emulator.app, num_units=UNITS - 1)
    juju.wait(
        lambda status: (
            len(status.apps[emulator.app].units) == UNITS
            and jubilant.all_active(status, emulator.app)
        ),
        error=jubilant.any_error,
        timeout=DEPLOYED,
    )
    eventually(lambda: len(collector.published()) == UNITS and all(_types(collector)))
    return collector


def _types(collector: Collector) -> list[tuple[str, ...]]:
    return [published.connection_types for published in collector.published().values()]


def test_published(fleet: Collector, emulator: Emulator) -> None:
    """Each unit publishes itself under its own name."""
    published = fleet.published()
    for number in range(UNITS):
        host = emulator.fqdn(number)
        assert published[emulator.unit(number)].endpoints == tuple(
            (kind, host, PORTS[kind]) for kind in CONNECTION_TYPES
        )


def test_serials(fleet: Collector, emulator: Emulator) -> None:
    """The units have distinct serial numbers, counted up from the first unit's."""
    published = fleet.published()
    serials = [
        published[emulator.unit(number)].devices[0]["serial_number"] for number in range(UNITS)
    ]
    first = serials[0]
    digits = len(first) - len(first.rstrip("0123456789"))
    counted = [
        f"{first[:-digits]}{int(first[-digits:]) + number:0{digits}}" for number in range(UNITS)
    ]
    assert serials == counted
    assert serials == [
        emulator.act("get-status", number=number)["serial-number"] for number in range(UNITS)
    ]


def test_apart(fleet: Collector, emulator: Emulator) -> None:
    """What is done to one unit shows on that unit alone."""
    emulator.act("set-power", number=1, watts=4321)
    assert emulator.message(1) == "simulating: 4321 W"
    assert emulator.message(0) == emulator.message(2) == ""
    assert [emulator.act("get-status", number=n)["overrides"] != "{}" for n in range(UNITS)] == [
        False,
        True,
        False,
    ]
    # The requirer of this contract takes the unit with the lowest number.
    assert fleet.collect()["host"] == emulator.fqdn(0)


def test_one_again(fleet: Collector, juju: jubilant.Juju, emulator: Emulator) -> None:
    """Scaled in, the units that go withdraw; the one that stays has noticed nothing."""
    pid = emulator.pid()
    juju.remove_unit(emulator.app, num_units=UNITS - 1)
    juju.wait(
        lambda status: list(status.apps[emulator.app].units) == [emulator.unit()],
        error=jubilant.any_error,
        timeout=DEPLOYED,
    )
    assert eventually(lambda: list(fleet.published()) == [emulator.unit()])
    wait_active(juju, emulator.app)
    assert emulator.pid() == pid
    assert fleet.collect()["host"] == emulator.fqdn(0)
