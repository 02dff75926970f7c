"""The runs of the selected tests start ahead, three at a time, because some clients sleep."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .bench import Bench
from .environments import missing_ports, missing_tools
from .matrix import RUNS, Run

_SELECTED = pytest.StashKey[list[Run]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the generated page."""
    parser.addoption(
        "--regenerate", action="store_true", help="write docs/reference/conformance.md"
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which runs the selected tests are going to ask for; name at once what is missing."""
    if any("bench" in getattr(item, "fixturenames", ()) for item in session.items):
        missing = missing_tools() or missing_ports()
        if missing:
            pytest.exit(missing, returncode=pytest.ExitCode.USAGE_ERROR)
    names = {item.name for item in session.items}
    session.config.stash[_SELECTED] = [
        run for run in RUNS if any(name.endswith(f"[{run}]") for name in names)
    ]


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """Run clients against emulators; stop all of them at the end."""
    with Bench() as running:
        running.prepare(request.config.stash[_SELECTED])
        yield running


@pytest.fixture(autouse=True)
def nothing_outlives(request: pytest.FixtureRequest) -> None:
    """Guard tests as everywhere, but those on the bench, whose emulators stay for others."""
    if "bench" not in request.fixturenames:
        request.getfixturevalue("nothing_outlives")
