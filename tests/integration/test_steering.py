"""What an operator does with actions is what the real collector sees."""

from __future__ import annotations

import json
from typing import Any

import jubilant
import pytest

from .helpers import Artefacts, Collector, Emulator, eventually

NOON = "2026-06-21T11:00:00Z"


@pytest.fixture(scope="module")
def emulator(juju: jubilant.Juju, artefacts: Artefacts) -> Emulator:
    """Return an emulator that starts at a summer noon."""
    return Emulator.deploy(juju, artefacts, start_time=NOON)


@pytest.fixture(autouse=True)
def still(emulator: Emulator) -> None:
    """Begin each test right after the start, with simulated time standing still at noon."""
    emulator.act("reset")
    emulator.act("set-clock", time=NOON, frozen=True)


def test_power(emulator: Emulator, collector: Collector) -> None:
    """A held power is what the collector reads; released, it is the sun's again."""
    before = float(emulator.act("get-status")["power"])
    emulator.act("set-power", watts=2500)
    assert emulator.message() == "simulating: 2500 W"
    assert float(collector.collect()["total-active-power"]) == 2500
    emulator.act("release-power")
    assert emulator.message() == ""
    assert float(collector.collect()["total-active-power"]) == before != 2500


def test_fault(emulator: Emulator, collector: Collector) -> None:
    """A fault stops the feed-in for the collector too; the unit stays active and says so."""
    results = emulator.act("set-fault", fault="grid-overvoltage")
    assert results["state"] == "fault"
    assert emulator.message() == "simulating: grid-overvoltage"
    collected = collector.collect()
    assert collected["system-state"] == "Fault"
    assert float(collected["total-active-power"]) == 0


def test_fault_by_number(emulator: Emulator, collector: Collector) -> None:
    """The same fault by its number, cleared again: after its start-up the inverter feeds in."""
    emulator.act("set-fault", fault=2)
    assert collector.collect("sungrow")["system-state"] == "Fault"
    emulator.act("clear-fault", fault="grid-overvoltage")
    emulator.act("set-clock", advance=900)
    collected = collector.collect("http")
    assert collected["system-state"] == "Run"
    assert float(collected["total-active-power"]) > 0


def test_battery(emulator: Emulator, collector: Collector) -> None:
    """State of charge and power of the battery are the operator's, then its own again."""
    emulator.act("set-battery", soc=40)
    emulator.act("set-battery", watts=2000)
    collected = collector.collect()
    assert (float(collected["battery-level"]), float(collected["battery-power"])) == (40, 2000)
    released = emulator.act("set-battery", release=True)
    assert json.loads(released["overrides"]) == {}
    assert float(collector.collect()["battery-power"]) != 2000


def test_clock(emulator: Emulator, collector: Collector) -> None:
    """The collector sees the time of the device: at midnight there is no sun."""
    emulator.act("set-clock", time="2026-12-21T23:00:00Z")
    collected = collector.collect()
    assert collected["timestamp"] == "2026-12-22 0:00:00"
    assert float(collected["total-dc-power"]) == 0
    assert emulator.act("set-clock", frozen=False)["frozen"] == "false"


def test_write(emulator: Emulator, collector: Collector) -> None:
    """A register written as a client would stops the inverter, and reset starts it again."""
    stop = 0xCE
    emulator.act("write-register", address=13000, value=stop)
    words = emulator.act("read-registers", address=13000, table="holding")["words"]
    assert json.loads(words) == [stop]
    collected = collector.collect()
    assert (collected["start-stop"], collected["system-state"]) == ("Stop", "Key Stop")
    emulator.act("reset")
    assert emulator.act("get-status")["state"] == "run"
    assert collector.collect()["start-stop"] == "Start"


def test_reset(emulator: Emulator) -> None:
    """After a reset nothing of what was set is left, and the status says nothing."""
    before = _standing(emulator)
    emulator.act("set-fault", fault="grid-overvoltage")
    emulator.act("set-power", watts=100)
    emulator.act("set-battery", soc=20)
    assert _standing(emulator) != before
    emulator.act("reset")
    emulator.act("set-clock", time=NOON, frozen=True)
    assert _standing(emulator) == before
    assert eventually(lambda: emulator.message() == "")


@pytest.mark.parametrize(
    ("action", "params", "reason"),
    [
        ("set-fault", {"fault": "grid-overvoltge"}, "did you mean grid-overvoltage"),
        ("set-fault", {"fault": 999999}, "999999"),
        ("clear-fault", {"fault": "nonsense"}, "nonsense"),
        ("set-power", {"watts": 99999}, "between 0 and 11000"),
        ("set-battery", {"watts": 100, "soc": 50}, "give one of watts, soc, release=true"),
        ("set-battery", {}, "give one of watts, soc, release=true"),
        ("set-clock", {"time": "yesterday"}, "yesterday"),
        ("set-clock", {"advance": 60, "frozen": True}, "advance alone"),
        ("read-registers", {"address": 40000}, "40000"),
        ("read-registers", {"address": 5000, "device": "toaster"}, "toaster"),
        ("write-register", {"address": 13000}, "give either value or words"),
        ("write-register", {"address": 13000, "value": 1, "words": [1]}, "either value or words"),
        ("write-register", {"address": 4990, "value": 1}, "4990"),
    ],
)
def test_refused(emulator: Emulator, action: str, params: dict[str, Any], reason: str) -> None:
    """What makes no sense fails with one sentence that says why, and changes nothing."""
    before = _standing(emulator)
    message = emulator.refuse(action, **params)
    assert reason in message
    assert "\n" not in message
    assert "Traceback" not in message
    assert _standing(emulator) == before


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("set-power", {"watts": -1}),
        ("set-battery", {"soc": 101}),
        ("set-power", {"watt": 2500}),
        ("set-fault", {}),
        ("read-registers", {"address": 5000, "count": 126}),
    ],
)
def test_refused_by_juju(emulator: Emulator, action: str, params: dict[str, Any]) -> None:
    """What the description of an action rules out does not reach the emulator."""
    before = _standing(emulator)
    with pytest.raises((jubilant.CLIError, ValueError)):
        emulator.act(action, **params)
    assert _standing(emulator) == before


def _standing(emulator: Emulator) -> dict[str, Any]:
    """Return how the emulator stands, without what it counts."""
    status = emulator.act("get-status")
    status.pop("doors")
    return status
