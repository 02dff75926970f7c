"""Tests of the benchmark: what it tells, and that the docs tell what was measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import load, report
from benchmarks.bars import Bar, bars, ratio
from benchmarks.contest import Row, find
from benchmarks.generator import BenchmarkError
from benchmarks.record import Record

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def row(server: str, rate: float, cost: float, *costs: float) -> Row:
    """Return what 100 connections measured of a server."""
    return Row("plain", server, 100, 1, rate=rate, cost=cost, spread=0.02, costs=[*costs])


MEASURED = Record(
    {"slices": "15 of 0.4 s", "load": "0.1"},
    [
        row("emulator", 100_000, 10.0, 9.0, 10.0, 20.0),
        row("minimal asyncio", 110_000, 9.0, 9.0, 9.0, 9.0),
        Row("plain", "pymodbus 3.16.1", 100, 4, failed="a transaction id is out of order"),
    ],
    {"startup": 3.0, "memory": 20.0},
)


def test_the_docs_tell_what_was_measured() -> None:
    """Page, chart and the figures about scale are what the JSON beside them gives."""
    record = Record.load(DOCS)
    assert (DOCS / "reference" / "benchmark.md").read_text("utf-8") == report.page(record)
    assert (DOCS / "reference" / "benchmark.svg").read_text("utf-8") == report.svg(record)
    scale = (DOCS / report.SCALE).read_text("utf-8")
    assert report.with_figures(scale, record) == scale


def test_every_bar_was_measured() -> None:
    """The record in the docs has all parts; a page can be written without some."""
    limits = [bar.limit for bar in bars(Record.load(DOCS)) if bar.limit is not None]
    assert limits == [0.85, 8.0, 0.7, 0.7, 0.8, 0.8, 0.8, 1.0, 2.0, 30.0]
    assert "## Modbus TCP, one device" in report.page(MEASURED)


def test_ratios_are_of_processor_time() -> None:
    """An answer that costs 10 us instead of 9 is worth 0.9 of it, in the middle round."""
    assert ratio(MEASURED, "plain", "emulator", "minimal asyncio") == pytest.approx(0.9)
    assert [bar.held for bar in bars(MEASURED)] == [True, False, True]


def test_bars_say_what_is_wanted() -> None:
    """A line names the figure, the limit, and that it is missed."""
    assert str(Bar("a / b", 0.5, 0.7)) == "a / b: 0.50 x (>= 0.7)   MISSED"
    assert str(Bar("memory", 20.0, 30.0, False, "KiB")) == "memory: 20.00 KiB (<= 30)"
    assert str(Bar("a / c", 0.5)) == "a / c: 0.50 x"


def test_servers_that_lose_requests_have_no_rate() -> None:
    """The page tells why instead."""
    assert "| 100 | 4 | pymodbus 3.16.1 | a transaction id is out of order | |" in report.page(
        MEASURED
    )
    assert "pymodbus" not in report.svg(MEASURED)


def test_records_are_kept(tmp_path: Path) -> None:
    """What is saved is loaded again; a part that is measured anew replaces the old one."""
    (tmp_path / "reference").mkdir()
    with pytest.raises(BenchmarkError, match="measure first"):
        Record.load(tmp_path)
    assert Record.begin(tmp_path, {"plain"}, {}).rows == []
    MEASURED.save(tmp_path)
    assert Record.load(tmp_path) == MEASURED
    assert Record.begin(tmp_path, {"web"}, {}).rows == MEASURED.rows
    assert Record.begin(tmp_path, {"plain"}, {}).rows == []


def test_unmeasured_figures_are_told() -> None:
    """What is missing is named, and so are missing marks."""
    with pytest.raises(BenchmarkError, match="was not measured"):
        find(MEASURED.rows, "tls", "tls")
    with pytest.raises(BenchmarkError, match="needs the lines"):
        report.with_figures("# Scale\n", replace(MEASURED))


def test_the_minimal_server_is_small() -> None:
    """It is the least that asyncio needs, in at most 60 lines."""
    text = (ROOT / "benchmarks" / "servers" / "minimal.py").read_text("utf-8")
    assert len(text.splitlines()) <= 60


def test_answers_are_known_beforehand() -> None:
    """Sizes and beginnings are what the generator compares every answer with."""
    read = load.read()
    assert (len(read.request), read.answer_size, read.expected.hex()) == (
        12,
        209,
        "000000cb0104c8",
    )
    sealed = load.sealed_read(b"x", read.answer_size)
    assert (sealed.answer_size, sealed.expected.hex()) == (228, "0100d10f")
    assert read.over(1000, 4).depth == 4
    assert load.frame("x" * 130)[1:4].hex() == "fe0082"
