"""The real collector reads the emulator through the relation, over each connection type."""

from __future__ import annotations

import json
from typing import Any

import jubilant
import pytest

from .helpers import CONNECTION_TYPES, Artefacts, Collector, Emulator, decoded


@pytest.fixture(scope="module")
def emulator(juju: jubilant.Juju, artefacts: Artefacts) -> Emulator:
    """Return an emulator whose simulated time stands still at a summer noon."""
    emulator = Emulator.deploy(juju, artefacts, start_time="2026-06-21T11:00:00Z")
    emulator.act("set-clock", time="2026-06-21T11:00:00Z", frozen=True)
    return emulator


@pytest.fixture(scope="module")
def words(emulator: Emulator) -> dict[str, dict[int, int]]:
    """Return what the registers hold, by table and document number, as the charm reads them."""

    def block(table: str, address: int, count: int) -> dict[int, int]:
        results = emulator.act("read-registers", table=table, address=address, count=count)
        return dict(enumerate(list[int](json.loads(results["words"])), address))

    return {
        "input": block("input", 5000, 40) | block("input", 13000, 50),
        "holding": block("holding", 5000, 7),
    }


@pytest.fixture(scope="module", params=CONNECTION_TYPES)
def collected(request: pytest.FixtureRequest, collector: Collector) -> dict[str, Any]:
    """Return what the collector read over one connection type."""
    return collector.collect(request.param)


def test_where(collected: dict[str, Any], collector: Collector) -> None:
    """The collector goes exactly where the relation says."""
    (published,) = collector.published().values()
    where = published.where(collected["connection-type"])
    assert (collected["host"], int(collected["port"])) == where


def test_identity(collected: dict[str, Any], emulator: Emulator) -> None:
    """The collector detects the model and the serial number, of which it reads ten characters."""
    status = emulator.act("get-status")
    assert collected["model"] == status["model"]
    assert collected["serial-number"] == status["serial-number"][:10]


def test_values(collected: dict[str, Any], words: dict[str, dict[int, int]]) -> None:
    """Every number the collector returns is what the register behind it holds."""
    readings = json.loads(collected["readings"])
    values, registers = readings["values"], readings["registers"]
    expected = {
        name: decoded(register, words[register["table"]])
        for name, register in registers.items()
        if not isinstance(values[name], str) and register["address"] in words[register["table"]]
    }
    assert len(expected) >= 10
    assert {name: values[name] for name in expected} == expected


def test_status_agrees(collected: dict[str, Any], emulator: Emulator) -> None:
    """Power, state of charge and time are those that the emulator itself tells."""
    status = emulator.act("get-status")
    assert float(collected["total-active-power"]) == float(status["power"]) > 0
    assert float(collected["battery-level"]) == float(status["soc"])
    assert collected["system-state"] == "Run"
    assert collected["timestamp"] == "2026-6-21 13:00:00"


def test_doors_used(collector: Collector, emulator: Emulator) -> None:
    """Each collection shows in the request counter of the door it came through, and only there."""
    for kind, door in {"modbus": "modbus", "sungrow": "modbus", "http": "winet-http"}.items():
        before = _requests(emulator)
        collector.collect(kind)
        after = _requests(emulator)
        assert after[door] > before[door]
        untouched = {"modbus", "winet-http"} - {door}
        assert all(after[other] == before[other] for other in untouched)


def _requests(emulator: Emulator) -> dict[str, int]:
    doors = json.loads(emulator.act("get-status")["doors"])
    return {door["kind"]: door["requests"] for door in doors}
