"""A small project for the checks to look at."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from checks.settings import Settings

PYPROJECT = """
[tool.checks]
package = "src/house"
tests = "tests"
max-lines = 20
own-coverage = 95
coverage-debt = []
arrows = ["faults -> protocol"]
floors = { catalog = 0, site = 1, protocol = 2, faults = 2, facade = 4 }
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of the project and let git track it."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        subprocess.run(["git", "add", name], cwd=tmp_path, check=True)
        return path

    write("pyproject.toml", PYPROJECT)
    write("src/house/__init__.py", "")
    return write


@pytest.fixture
def settings(write: Write, tmp_path: Path) -> Settings:
    """What the checks are told about the small project."""
    return Settings.load(tmp_path)
