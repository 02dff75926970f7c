"""The command line of the checks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.__main__ import main

Write = Callable[[str, str], Path]


def test_structure(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The structure check prints its problems and counts them."""
    assert main(["structure"], tmp_path) == 0
    write("src/house/sun.py", "x = 1\n" * 21)
    assert main(["structure"], tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        "structure: fine",
        "src/house/sun.py: 21 lines; at most 20, so split it",
        "structure: 1 problems",
    ]


def test_coverage(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The coverage check needs coverage data."""
    assert main(["coverage", str(tmp_path / ".coverage")], tmp_path) == 2
    assert "run the tests under coverage first" in capsys.readouterr().out


def test_covered(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With data the coverage check judges each module."""
    write("src/house/__main__.py", "x = 1\n")
    command = [
        "-m",
        "coverage",
        "run",
        "--branch",
        "--data-file=.coverage",
        "--source=src",
        "-m",
        "house",
    ]
    env = {"PYTHONPATH": str(tmp_path / "src")}
    subprocess.run([sys.executable, *command], cwd=tmp_path, env=env, check=True)
    assert main(["coverage", str(tmp_path / ".coverage")], tmp_path) == 0
    assert capsys.readouterr().out == "coverage: fine\n"


@pytest.mark.parametrize("arguments", [[], ["paint"]])
def test_usage(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Anything else is answered with what is allowed."""
    assert main(arguments, tmp_path) == 2
    assert capsys.readouterr().out.startswith("usage: ")
