"""Tests of liveness and readiness."""

from __future__ import annotations

import pytest
from control.recorder import Recorder

from sungrow_emulator.control.health import HEALTH_PATHS, health


@pytest.mark.parametrize("path", ["/livez", "/healthz"])
def test_alive_before_ready(path: str) -> None:
    """Liveness does not wait for the doors."""
    assert health(Recorder(ready=False).facade, path) == (200, b'{"status": "alive"}')


@pytest.mark.parametrize(("ready", "status"), [(False, 503), (True, 200)])
def test_readiness(ready: bool, status: int) -> None:
    """Readiness is 503 until the doors are bound."""
    assert health(Recorder(ready=ready).facade, "/readyz")[0] == status


def test_paths() -> None:
    """These are the paths of the charm's contract."""
    assert {"/livez", "/readyz", "/healthz"} == HEALTH_PATHS
