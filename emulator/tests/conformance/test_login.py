"""Clients that never log in get nothing from a dongle whose firmware wants a login."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .bench import drive
from .emulator import Emulator, web_options

# Apart from the numbers that the bench gives its own emulators.
NUMBER = 98


@pytest.fixture(scope="module")
def guarded() -> Iterator[Emulator]:
    """Run an inverter behind a dongle that wants a login."""
    emulator = Emulator("SH10RT", *web_options("P024", NUMBER))
    yield emulator
    emulator.stop()


@pytest.mark.parametrize("mode", ["library", "cli"])
def test_sungrow_websocket_gets_nothing(guarded: Emulator, mode: str) -> None:
    """sungrow-websocket stops at the refused device list and reports no rows."""
    report = drive("sungrow-websocket", {"host": guarded.host, "mode": mode})
    assert report["rows"] == []
    assert "Traceback" not in guarded.printed()


def test_web_client_is_refused(guarded: Emulator) -> None:
    """SungrowModbusWebClient raises when the device list is refused."""
    job: dict[str, Any] = {"host": guarded.host, "timeout": 3, "unit": 1, "blocks": []}
    with pytest.raises(RuntimeError, match=r"SungrowModbusWebClient_0\.3\.2"):
        drive("sungrowmodbuswebclient", job)
