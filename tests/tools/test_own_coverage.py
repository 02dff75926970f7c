"""Each module is covered by its own test file."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from checks import own_coverage
from checks.own_coverage import Covered
from checks.settings import Settings

Write = Callable[[str, str], Path]

SIGN = "def sign(x):\n    if x < 0:\n        return -1\n    return 1\n"
MEASURE = """
import json, sys
from coverage import Coverage

data_file, calls = sys.argv[1], json.loads(sys.argv[2])
coverage = Coverage(data_file=data_file, branch=True, config_file=False, source_pkgs=["house"])
coverage.start()
from house.site.sun import sign

for context, arguments in calls.items():
    coverage.switch_context(f"site/test_{context}.py")
    for argument in arguments:
        sign(argument)
coverage.stop()
coverage.save()
"""
Measured = Callable[..., Path]


@pytest.fixture
def measured(write: Write, tmp_path: Path) -> Measured:
    """Run `house.site.sun.sign` under contexts in a new process; return the coverage data."""
    write("src/house/site/sun.py", SIGN)
    data_file = tmp_path / ".coverage"

    def measured(**arguments_by_context: list[int]) -> Path:
        calls = json.dumps(arguments_by_context)
        command = [sys.executable, "-c", MEASURE, str(data_file), calls]
        subprocess.run(command, check=True, env={"PYTHONPATH": str(tmp_path / "src")})
        return data_file

    return measured


def test_covered(write: Write, settings: Settings, measured: Measured) -> None:
    """A module whose own tests take every branch passes."""
    write("tests/site/test_sun.py", "")
    assert own_coverage.problems(settings, measured(sun=[-1, 1])) == []


def test_covered_by_others(write: Write, settings: Settings, measured: Measured) -> None:
    """What only other test files cover does not count, and the missed lines are named."""
    write("tests/site/test_sun.py", "")
    (problem,) = own_coverage.problems(settings, measured(sun=[1], others=[-1]))
    assert problem.startswith("site/sun.py: site/test_sun.py covers 66.7 % of it")
    assert problem.endswith("misses lines 2, 3")


def test_split_by_topic(write: Write, settings: Settings, measured: Measured) -> None:
    """A test file by topic counts, unless a module of that name exists."""
    write("tests/site/test_sun.py", "")
    write("tests/site/test_sun_winter.py", "")
    data_file = measured(sun=[1], sun_winter=[-1])
    assert own_coverage.problems(settings, data_file) == []
    write("src/house/site/sun_winter.py", "")
    assert own_coverage.companions("site/sun.py", settings) == []


def test_no_test_file(settings: Settings, measured: Measured) -> None:
    """A module with behaviour and without a test file is named."""
    (problem,) = own_coverage.problems(settings, measured(others=[-1, 1]))
    assert problem == "site/sun.py: has no test file of its own, site/test_sun.py"


def test_debt(write: Write, settings: Settings, measured: Measured) -> None:
    """A debt is tolerated while it is one, and has to be struck out afterwards."""
    indebted = replace(settings, coverage_debt=("site/sun.py", "site/moon.py"))
    data_file = measured(others=[-1, 1])
    gone = "site/moon.py: no such module; take it out of coverage-debt"
    assert own_coverage.problems(indebted, data_file) == [gone]
    paid = replace(indebted, own_coverage=0)
    assert own_coverage.problems(paid, data_file) == [
        "site/sun.py: covered now; take it out of coverage-debt",
        gone,
    ]


@pytest.mark.parametrize(
    ("module", "test"),
    [
        ("catalog/spec.py", "catalog/test_spec.py"),
        ("config.py", "test_config.py"),
        ("cli/__init__.py", "cli/test_init.py"),
        ("__main__.py", "test_main.py"),
    ],
)
def test_own_test(module: str, test: str) -> None:
    """The tests mirror the sources."""
    assert own_coverage.own_test(module) == test


def test_nothing_to_run(settings: Settings) -> None:
    """A module that importing covers completely needs no test file."""
    assert own_coverage.judge("test_x.py", False, Covered(100, 100, ()), settings) is None
