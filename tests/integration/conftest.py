"""Deploys once per module; says what is missing; shows Juju's logs where a test fails."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import jubilant
import pytest

from .guard import Guard
from .helpers import Artefacts, Collector, Emulator

HERE = Path(__file__).parent
_SHOWN = 20_000  # characters of a log
# The one charm that is not ours: its tests run only where this names it.
FOREIGN = {"test_sungather_charm.py": "SUNGATHER_CHARM"}


def pytest_configure(config: pytest.Config) -> None:
    """Watch over the session, unless it only lists the tests."""
    if not config.option.collectonly:
        config.pluginmanager.register(Guard(), "integration-guard")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of a charm that is not there; name at once what else is missing."""
    mine = [item for item in items if HERE in item.path.parents]
    foreign = [
        item
        for item in mine
        if (variable := FOREIGN.get(item.path.name)) and not os.environ.get(variable)
    ]
    if foreign and not config.option.collectonly:
        config.hook.pytest_deselected(items=foreign)
        items[:] = [item for item in items if item not in foreign]
    if mine and not config.option.collectonly and (missing := Artefacts.missing()):
        pytest.exit(missing, returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what Juju knows to the report of a failed test."""
    report = yield
    juju = getattr(item, "funcargs", {}).get("juju")
    if report.failed and isinstance(juju, jubilant.Juju):
        for name, ask in {"status": juju.status, "debug-log": juju.debug_log}.items():
            try:
                said = str(ask())
            except jubilant.CLIError as error:
                said = error.stderr
            report.sections.append((f"juju {name}", said[-_SHOWN:]))
    return report


@pytest.fixture(scope="session")
def artefacts() -> Artefacts:
    """Return the charms and images under test."""
    return Artefacts.from_environment()


@pytest.fixture(scope="module")
def emulator(juju: jubilant.Juju, artefacts: Artefacts) -> Emulator:
    """Return the emulator, deployed without any configuration."""
    return Emulator.deploy(juju, artefacts)


@pytest.fixture(scope="module")
def collector(juju: jubilant.Juju, artefacts: Artefacts, emulator: Emulator) -> Collector:
    """Return the tester, integrated with the emulator."""
    assert emulator.app
    return Collector.deploy(juju, artefacts)
