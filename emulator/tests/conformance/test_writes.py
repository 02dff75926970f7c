"""Clients write harmless settings; the device takes them and shows them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import environments
from .bench import drive
from .emulator import Emulator

# Function 6 and function 16 per model: document number and words.
WRITES = {
    "SG5.0RT": [(5008, [600]), (5007, [0xAA, 450])],
    "SH10RT": [(13059, [120]), (13058, [950, 100])],
}
CLIENTS = [
    "pymodbus", "pymodbus-3.11", "mbpoll", "modbus-serial", "jsmodbus",
    "sungrowmodbustcpclient", "sungrowmodbustcpclient-jesseklm",
]  # fmt: skip


@pytest.fixture(scope="module", params=WRITES)
def written(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Run an emulator of each model that may be written to; it offers a key."""
    emulator = Emulator(request.param, "--encryption", "key")
    yield emulator
    emulator.stop()


@pytest.mark.parametrize("client", CLIENTS)
def test_client_writes_and_reads_back(written: Emulator, client: str) -> None:
    """What the client wrote is what it reads back and what the emulator shows."""
    written.post("/api/v1/reset", {})
    writes = WRITES[written.model]
    job = {
        "client": client, "host": written.host, "port": written.port, "unit": 1,
        "mode": "sync", "timeout": 3, "blocks": [], "writes": writes,
    }  # fmt: skip
    if client == "mbpoll":
        job["mbpoll"] = environments.tool("mbpoll")
    report = drive(client, job)
    assert report["notes"] == []
    assert [(block["address"], block["words"]) for block in report["blocks"]] == writes
    address, words = writes[-1]
    shown = {seen.key: seen.words for seen in written.fields()}
    for place, word in enumerate(words):
        assert shown[f"holding:{address + place}"] == (word,)


def test_pysungrow_sets_a_value() -> None:
    """The set() of pysungrow changes a setting, and its next refresh shows it."""
    emulator = Emulator("SH10RT")
    try:
        job = {"host": emulator.host, "port": emulator.port, "unit": 1,
               "settings": [["reserved_soc_for_backup", 25]]}  # fmt: skip
        readings = drive("pysungrow", job)["readings"]
        values = {reading["name"]: reading["value"] for reading in readings}
        shown = {seen.key: seen.value for seen in emulator.fields()}
    finally:
        emulator.stop()
    assert values["reserved_soc_for_backup"] == 25
    assert shown["holding:13100"] == 25
