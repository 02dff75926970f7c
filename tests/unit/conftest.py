"""The emulators that the charm finds, and a context to run it in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from ops import testing
from surroundings import FQDN, Odd, Running, new_context

from charm import SungrowEmulatorCharm


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the reference be written instead of compared."""
    parser.addoption("--regenerate", action="store_true", help="write docs/reference/charm.md")


@pytest.fixture(scope="session")
def default_emulator() -> Iterator[Running]:
    """The emulator that the charm starts without configuration."""
    with Running() as running:
        yield running


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Running]]:
    """Start an emulator with options, and let the charm find it."""
    with ExitStack() as stack:

        def starting(**options: Any) -> Running:
            running = stack.enter_context(Running(**options))
            monkeypatch.setattr(SungrowEmulatorCharm, "control_url", running.url)
            return running

        yield starting


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the pod its name, and don't wait for an emulator that will not come."""
    monkeypatch.setattr("socket.getfqdn", lambda name="": FQDN)
    monkeypatch.setattr(SungrowEmulatorCharm, "control_url", "http://127.0.0.1:9")
    monkeypatch.setattr(SungrowEmulatorCharm, "ready_seconds", 0.0)


@pytest.fixture
def running(default_emulator: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The emulator of a charm without configuration, as right after its start."""
    monkeypatch.setattr(SungrowEmulatorCharm, "control_url", default_emulator.url)
    default_emulator.reset()
    return default_emulator


@pytest.fixture
def context() -> testing.Context[SungrowEmulatorCharm]:
    """Unit 0 of the application `emu`."""
    return new_context()


@pytest.fixture
def odd() -> Iterator[Odd]:
    """A server that a test tells what to answer."""
    with Odd() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)
