"""Every installed client reports what the emulator shows, but for its listed deviations."""

from __future__ import annotations

import pytest

from .bench import Bench, drive, job_for, scales
from .comparison import compare_truth, compare_words
from .matrix import FAMILIES, MAIN, RUNS, Run, Setup
from .registers import HOLDING_SCANS, INPUT_SCANS, LEVEL_1_SCANS

# The least that a run must have compared, so that a silent client cannot pass.
LEAST = {
    "sungrowclient": 25,
    "sungrowinverter": 20,
    "pysungrow": 45,
    "modbus4mqtt": 60,
    "sungrow-websocket": 24,
    "sungrow-http-config": 3,
}


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_client_agrees(bench: Bench, run: Run) -> None:
    """The client's values are the emulator's."""
    outcome = bench.outcome(run)
    assert outcome.comparison.problems == []
    assert outcome.comparison.compared >= LEAST.get(run.client, 60)


@pytest.mark.parametrize("model", FAMILIES)
def test_shown_values_are_true(bench: Bench, model: str) -> None:
    """Every value shown is within half a quantum of the truth behind it."""
    fields = bench.fields(Setup(model))
    assert sum(seen.truth is not None for seen in fields) >= 20
    assert compare_truth(fields, scales(FAMILIES[model])) == []


@pytest.mark.parametrize("model", MAIN)
def test_sungather_scans_are_the_measured_ones(bench: Bench, model: str) -> None:
    """SungrowClient reads exactly the blocks that SunGather was measured to read."""
    tables = {"read": "input", "hold": "holding"}
    level_1, level_3 = (
        [
            (tables[table], start, count)
            for table, start, count in bench.outcome(
                Run("sungrowclient", model, "modbus", level)
            ).report["scans"]
        ]
        for level in (1, 3)
    )
    assert level_1 == LEVEL_1_SCANS[model]
    assert level_3 == [
        *(("input", *scan) for scan in INPUT_SCANS),
        *(("holding", *scan) for scan in HOLDING_SCANS),
    ]


@pytest.mark.parametrize("client", ["sungrowmodbustcpclient", "sungrowmodbustcpclient-jesseklm"])
@pytest.mark.parametrize("model", MAIN)
def test_clients_encrypt_when_offered_a_key(bench: Bench, client: str, model: str) -> None:
    """A client encrypts when the device sends a key, and reads in the clear when it sends none."""
    for encryption in ("key", "zero"):
        outcome = bench.outcome(Run(client, model, "sungrow", encryption=encryption))
        assert outcome.report["encrypted"] is (encryption == "key")


@pytest.mark.parametrize(("model", "listed"), [("SG5.0RT", [21, 9264]), ("SH10RT", [35, 3587])])
def test_web_client_learns_the_device(bench: Bench, model: str, listed: list[int]) -> None:
    """SungrowModbusWebClient takes type and code of the inverter from the dongle's list."""
    run = Run("sungrowmodbuswebclient", model, "http", dongle="P023")
    assert bench.outcome(run).report["listed"] == listed


@pytest.mark.parametrize("model", MAIN)
def test_sungrowinverter_names_the_model(bench: Bench, model: str) -> None:
    """SungrowInverter finds the model by its type code."""
    assert bench.outcome(Run("sungrowinverter", model)).report["model"] == model


@pytest.mark.parametrize(("model", "unit"), [("SH10RT", 200), ("SH15T", 2)])
def test_pymodbus_reads_the_battery(bench: Bench, model: str, unit: int) -> None:
    """The battery answers at the unit id of its access path, with its own registers."""
    emulator = bench.emulator(Setup(model))
    fields = emulator.fields("battery")
    job = job_for(Run("pymodbus", model, "sync"), emulator, fields)
    report = drive("pymodbus", job | {"unit": unit, "registers": []})
    assert report["notes"] == []
    result = compare_words(report["blocks"], fields, [])
    assert (result.problems, result.compared) == ([], len(fields))
    assert len(fields) >= 5


def test_web_client_reads_the_battery(bench: Bench) -> None:
    """SungrowModbusWebClient takes a unit id for the dongle's device number: 2 is the battery."""
    run = Run("sungrowmodbuswebclient", "SH10RT", "http", dongle="P023")
    emulator = bench.emulator(run.setup)
    fields = emulator.fields("battery")
    report = drive(run.client, job_for(run, emulator, fields) | {"unit": 2})
    assert report["notes"] == []
    result = compare_words(report["blocks"], fields, [])
    assert (result.problems, result.compared) == ([], len(fields))
    assert len(fields) >= 5
