"""The guard of the integration tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GUARD = Path(__file__).parents[1] / "integration" / "guard.py"
CONFTEST = f"""
import importlib.util

spec = importlib.util.spec_from_file_location("guard", {str(GUARD)!r})
guard = importlib.util.module_from_spec(spec)
spec.loader.exec_module(guard)

def pytest_configure(config):
    config.pluginmanager.register(guard.Guard())
"""


def _run(folder: Path, body: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_it.py").write_text(body, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_passes(tmp_path: Path) -> None:
    """A run in which every test ran and passed is left alone."""
    run = _run(tmp_path, "def test_a():\n    assert True\n")
    assert run.returncode == pytest.ExitCode.OK
    assert "guard" not in run.stdout


@pytest.mark.parametrize("how", ["skip('no')", "xfail('no')", "importorskip('no_such_module')"])
def test_skipped(tmp_path: Path, how: str) -> None:
    """A test that is skipped or expected to fail fails the run."""
    body = f"import pytest\ndef test_a():\n    assert True\ndef test_b():\n    pytest.{how}\n"
    run = _run(tmp_path, body)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    assert "guard: skipped, which no test here may be: test_it.py::test_b" in run.stdout


@pytest.mark.parametrize("arguments", [("-k", "nothing"), ("--deselect", "test_it.py::test_a")])
def test_nothing_ran(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A run without a single test is a failed run."""
    run = _run(tmp_path, "def test_a():\n    assert True\n", *arguments)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    assert "guard: no test ran" in run.stdout


def test_other_failures(tmp_path: Path) -> None:
    """A run that could not even be collected keeps its own exit code."""
    run = _run(tmp_path, "import no_such_module\n")
    assert run.returncode == pytest.ExitCode.INTERRUPTED
