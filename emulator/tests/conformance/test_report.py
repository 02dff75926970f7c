"""The generated page tells what the runs brought, and every listed deviation is real."""

from __future__ import annotations

import pytest

from .bench import Bench
from .deviations import load_deviations
from .matrix import FAMILIES, RUNS
from .report import PAGE, occurred, page


def test_page_is_up_to_date(bench: Bench, request: pytest.FixtureRequest) -> None:
    """The committed page is the one that this run generates."""
    bench.prepare(RUNS)
    text = page(bench)
    if request.config.getoption("--regenerate", default=False):
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "tox -e conformance -- --regenerate writes it"


def test_listed_deviations_occur(bench: Bench) -> None:
    """A listed deviation that no run shows is removed from the list."""
    bench.prepare(RUNS)
    listed = {deviation.id for deviation in load_deviations()}
    assert listed - occurred(bench) == set()


def test_no_emulator_stumbled(bench: Bench) -> None:
    """No emulator printed a traceback or an unexpected error, whatever the clients sent."""
    bench.prepare(RUNS)
    assert occurred(bench)
    printed = bench.printed()
    assert len(printed) >= len(FAMILIES)
    assert [
        name for name, text in printed.items() if "Traceback" in text or "unexpected" in text
    ] == []
