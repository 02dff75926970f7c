"""Tests of the console script's function."""

from __future__ import annotations

import sys

import pytest

from sungrow_emulator.cli import main


@pytest.mark.parametrize(("arguments", "code"), [(["version"], 0), (["versions"], 2)])
def test_main(monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int) -> None:
    """It runs the command line's arguments and exits with their code."""
    monkeypatch.setattr(sys, "argv", ["sungrow-emulator", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == code
