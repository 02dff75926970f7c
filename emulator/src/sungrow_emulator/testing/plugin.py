"""pytest fixtures. This module imports only pytest, as every pytest run loads it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sungrow_emulator.testing.handle import Handle

_HANDLES = pytest.StashKey["list[Handle]"]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "sungrow(**options): options of the `sungrow` fixture, as on the command line, e.g. "
        'model="SH10RT"',
    )


@pytest.fixture
def make_sungrow(request: pytest.FixtureRequest) -> Iterator[Callable[..., Handle]]:
    """Start any number of emulated inverters: `make_sungrow(model="SG5.0RT", …)`."""
    from contextlib import ExitStack

    from sungrow_emulator.testing.handle import SungrowEmulator

    handles = request.node.stash.setdefault(_HANDLES, [])
    with ExitStack() as stack:

        def make(**options: Any) -> Handle:
            handle = stack.enter_context(SungrowEmulator(**options))
            handles.append(handle)
            return handle

        yield make
        handles.clear()


@pytest.fixture
def sungrow(request: pytest.FixtureRequest, make_sungrow: Callable[..., Handle]) -> Handle:
    """An emulated inverter: ephemeral port, clock frozen at a summer noon, seed 1.

    Mark the test with `@pytest.mark.sungrow(model="SH10RT")` to choose options.
    """
    marker = request.node.get_closest_marker("sungrow")
    return make_sungrow(**(marker.kwargs if marker else {}))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what is needed to repeat a failure: seed, simulated time, active faults."""
    report = yield
    if report.when == "call" and report.failed:
        no_handles: list[Handle] = []
        for handle in item.stash.get(_HANDLES, no_handles):
            report.sections.append(("sungrow emulator", _situation(handle)))
    return report


def _situation(handle: Handle) -> str:
    state = handle.state()
    lines = [f"seed {state.seed}, simulated time {state.clock.time}"]
    for device in state.devices:
        faults = ", ".join(f"{f.number} {f.name}" for f in device.faults) or "no faults"
        held = ", ".join(f"{name}={value:g}" for name, value in device.overrides.items())
        lines.append(
            f"{device.id} {device.model} {device.serial_number}: {device.state or device.kind}, "
            f"{faults}{', ' + held if held else ''}"
        )
    return "\n".join(lines)
