"""Tests of testing/__init__.py."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sungrow_emulator import testing


def test_the_package_is_light_until_used() -> None:
    """Importing the package, as pytest does in every run, imports none of the emulator."""
    code = (
        "import sys; import sungrow_emulator.testing.plugin; "
        "print([m for m in sys.modules if m.startswith('sungrow_emulator.')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.strip() == "['sungrow_emulator.testing', 'sungrow_emulator.testing.plugin']"


def test_names_are_there_when_asked_for() -> None:
    """What the package promises can be imported; anything else is an ordinary error."""
    for name in testing.__all__:
        assert getattr(testing, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'SungrowEmulater'"):
        _ = testing.SungrowEmulater  # type: ignore[attr-defined]
