"""How fast this machine is at the moment, so that budgets mean the same on all of them."""

from __future__ import annotations

import time

_ROUNDS = 20_000
_USUAL = 3.8e-3
"""Seconds that the work takes on the machine that budgets are stated for."""


def slowness() -> float:
    """Return how many times longer than usual Python takes here and now, at least 1.

    To be asked right after what was measured, as a neighbour may slow a machine down at any
    time. Of seven measurements the middle one.
    """
    spans: list[float] = []
    for _ in range(7):
        began = time.perf_counter()
        _work()
        spans.append(time.perf_counter() - began)
    return max(1.0, sorted(spans)[3] / _USUAL)


def _work() -> float:
    """Do what emulating mostly consists of: calls, numbers, tuples and dictionaries."""
    total = 0.0
    kept: dict[int, tuple[int, float]] = {}
    for n in range(_ROUNDS):
        kept[n & 255] = (n, total)
        total += round(n * 0.37) / (n + 1)
    return total
