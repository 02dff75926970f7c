"""A copy of the catalog's data that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sungrow_emulator.catalog import batteries, codes, models, quantities, registers, scans, tables

_CACHES = (
    batteries.load_batteries,
    codes.load_countries,
    codes.load_faults,
    codes.load_states,
    models.find_model,
    models.load_models,
    quantities.load_quantities,
    registers._members,
    registers.load_families,
    registers.load_registers,
    scans.load_scan_bands,
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Point the loaders at a copy of the data, with nothing cached before and after."""
    copy = tmp_path / "data"
    shutil.copytree(tables.DATA, copy)
    monkeypatch.setattr(tables, "DATA", str(copy))
    _forget()
    yield copy
    _forget()


@pytest.fixture
def spoil(data: Path) -> Callable[[str, str, str], None]:
    """Return a function that replaces the first occurrence of a text in a data file."""

    def replace(file: str, old: str, new: str) -> None:
        path = data / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return replace


def _forget() -> None:
    for cached in _CACHES:
        cached.cache_clear()
