"""The generated page tells what the runs brought, and every listed deviation is real."""

from __future__ import annotations

import os

from .bench import Bench
from .comparison import load_deviations
from .matrix import RUNS
from .report import PAGE, occurred, page

REGENERATE = "SUNGROW_EMULATOR_REGENERATE"


def test_page_is_up_to_date(bench: Bench) -> None:
    """The committed page is the one that this run generates."""
    bench.prepare(RUNS)
    text = page(bench)
    if os.environ.get(REGENERATE):
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, f"set {REGENERATE}=1 to write {PAGE.name}"


def test_listed_deviations_occur(bench: Bench) -> None:
    """A listed deviation that no run shows is removed from the list."""
    bench.prepare(RUNS)
    listed = {deviation.id for deviation in load_deviations()}
    assert listed - occurred(bench) == set()
