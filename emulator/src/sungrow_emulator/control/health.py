"""Liveness and readiness: answered before anything else is loaded, without a token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sungrow_emulator.emulator import Emulator

HEALTH_PATHS = frozenset({"/livez", "/readyz", "/healthz"})


def health(emulator: Emulator, path: str) -> tuple[int, bytes]:
    """Return status and JSON body of a health path.

    `/livez` and `/healthz` say that the event loop runs; `/readyz` is 503 until every
    configured door was bound and answered a self-read, and 200 from then on.
    """
    if path != "/readyz":
        return 200, _body("alive")
    return (200, _body("ready")) if emulator.ready else (503, _body("starting"))


def _body(status: str) -> bytes:
    return json.dumps({"status": status}).encode()
