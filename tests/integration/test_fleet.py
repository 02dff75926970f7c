"""A fleet: several units, each with several inverters behind one port."""

from __future__ import annotations

import json

import jubilant
import pytest

from .helpers import DEPLOYED, EMULATOR, Artefacts, Collector, Emulator, wait_active

UNITS, DEVICES = 2, 20


@pytest.fixture(scope="module")
def fleet(juju: jubilant.Juju, artefacts: Artefacts) -> Emulator:
    """Return the fleet, with a collector that is related to it."""
    emulator = Emulator.deploy(juju, artefacts, device_count=DEVICES, model="SG10RT")
    juju.add_unit(EMULATOR, num_units=UNITS - 1)
    juju.wait(lambda status: len(status.apps[EMULATOR].units) == UNITS, timeout=DEPLOYED)
    wait_active(juju, EMULATOR, timeout=DEPLOYED)
    return emulator


def test_every_inverter_is_its_own(fleet: Emulator) -> None:
    """All serial numbers differ, and each unit's unit ids run from 1 on."""
    serials: set[str] = set()
    for number in range(UNITS):
        devices = json.loads(fleet.act("get-connection-info", number=number)["devices"])
        inverters = [device for device in devices if device["model"] == "SG10RT"]
        assert [device["unit_id"] for device in inverters] == list(range(1, DEVICES + 1))
        serials |= {device["serial_number"] for device in inverters}
    assert len(serials) == UNITS * DEVICES


def test_one_of_them_is_steered(fleet: Emulator) -> None:
    """A fault of one inverter is that inverter's alone."""
    fleet.act("set-fault", fault="grid-overvoltage", device="inverter-7")
    devices = json.loads(fleet.act("get-status")["devices"])
    assert [device["id"] for device in devices if device["faults"]] == ["inverter-7"]
    assert json.loads(fleet.act("get-status", number=1)["faults"]) == []
    fleet.act("clear-fault", device="inverter-7")


def test_a_collector_reads_the_first(
    fleet: Emulator, juju: jubilant.Juju, artefacts: Artefacts
) -> None:
    """Through the Logger's port a collector reads what the first inverter shows."""
    collector = Collector.deploy(juju, artefacts)
    read = collector.collect()
    status = fleet.act("get-status")
    assert read["model"] == status["model"] == "SG10RT"
    assert "http" not in {kind for kind, _, _ in collector.published()[fleet.unit()].endpoints}
