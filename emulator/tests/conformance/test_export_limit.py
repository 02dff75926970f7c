"""sungrow_http_config reads and lifts the export limit through a dongle's TLS door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .bench import drive
from .emulator import Emulator, Field, web_options

ON, OFF = 0xAA, 0x55
SWITCH, LIMIT = 31221, 31222
# Apart from the numbers that the bench gives its own emulators.
NUMBER = 99


@pytest.fixture
def limited() -> Iterator[Emulator]:
    """Run an inverter behind a dongle that only speaks TLS, its export limited to 3 kW."""
    emulator = Emulator("SG5.0RS", *web_options("P043", NUMBER))
    for address, word in ((LIMIT, 300), (SWITCH, ON)):
        emulator.post("/api/v1/devices/inverter/write", {"address": address, "words": [word]})
    yield emulator
    emulator.stop()


def run(emulator: Emulator, *limits: int) -> dict[str, Any]:
    """Run the client: it sets limits in units of 10 W (0 lifts them), then reads."""
    return drive("sungrow-http-config", {"host": emulator.host, "timeout": 5, "limits": limits})


def shown(emulator: Emulator) -> dict[int, Field]:
    """Return the holding registers of the inverter by document number."""
    return {seen.address: seen for seen in emulator.fields() if seen.table == "holding"}


def test_limit_is_read(limited: Emulator) -> None:
    """The client reports the limit that the inverter holds."""
    readings = {reading["name"]: reading["value"] for reading in run(limited)["readings"]}
    assert readings["limited"] is True
    assert readings["limit"] == shown(limited)[LIMIT].value == 3.0


def test_limit_is_lifted(limited: Emulator) -> None:
    """The client gets the echo it insists on, and the inverter is not limited any more."""
    report = run(limited, 0)
    assert report["changed"] == [True]
    assert {"limited": False}.items() <= {
        reading["name"]: reading["value"] for reading in report["readings"]
    }.items()
    assert shown(limited)[SWITCH].words == (OFF,)


def test_malformed_frame_is_survived(limited: Emulator) -> None:
    """The client leaves the function code out of a limit that it sets: nothing is set by it."""
    report = run(limited, 250)
    assert report["changed"][0] is not True
    assert shown(limited)[LIMIT].words == (300,)
    assert shown(limited)[SWITCH].words == (ON,)
    assert "Traceback" not in limited.printed()
