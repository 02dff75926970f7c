"""Tests of how commands find and enter the control API."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.running import control_api
from control.recorder import Recorder

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.cli.connect import connect


def test_default() -> None:
    """Without a URL it is the default port of this machine."""
    with connect("", "") as client:
        assert client.url == "http://127.0.0.1:8099"


def test_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token comes from the environment, or from a file that goes before it."""
    file = tmp_path / "token"
    file.write_text("right\n")
    with control_api(Recorder().facade, "right") as url:
        monkeypatch.setenv("SUNGROW_EMULATOR_CONTROL_TOKEN", "right")
        with connect(url, "") as client:
            assert client.state().api == 1
        monkeypatch.setenv("SUNGROW_EMULATOR_CONTROL_TOKEN", "wrong")
        with connect(url, str(file)) as client:
            assert client.state().api == 1
        with connect(url, "") as client, pytest.raises(EmulatorError, match="token is wrong"):
            client.state()
