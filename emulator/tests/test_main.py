"""Tests of `python -m sungrow_emulator`."""

from __future__ import annotations

import subprocess
import sys

import sungrow_emulator.__main__


def test_module_is_the_command_line() -> None:
    """Running the module runs the command line."""
    done = subprocess.run(
        [sys.executable, "-m", "sungrow_emulator", "version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sungrow-emulator ")


def test_import_does_nothing() -> None:
    """Importing the module runs nothing."""
    assert sungrow_emulator.__main__.__name__ == "sungrow_emulator.__main__"
