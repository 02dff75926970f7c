"""What commands print: aligned tables for people, JSON for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

import click

from sungrow_emulator.answers import ChangeAnswer, ClockAnswer

Value = int | float | str | list[float] | None


def print_json(value: Any) -> None:
    """Print dataclasses, sequences and plain values as one line of JSON."""
    click.echo(json.dumps(plain(value), ensure_ascii=False))


def plain(value: Any) -> Any:
    """Return a value with its dataclasses turned into dictionaries."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in cast("Sequence[Any]", value)]
    return value


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows below headings, columns aligned; numbers to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    right = [all(_numeric(row[i]) for row in cells) and bool(cells) for i in range(len(headings))]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    for row in (list(headings), *cells):
        line = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        click.echo("  ".join(line).rstrip())


def show(value: Value, unit: str = "", label: str = "", most: int | None = None) -> str:
    """Return a register value as people read it; of a longer list the first `most`."""
    if value is None:
        return "n/a"
    if isinstance(value, list):
        return _begun([f"{item:g}" for item in value], most)
    text = f"{value} {unit}".rstrip()
    return f"{text} ({label})" if label else text


def raw(words: Sequence[int], most: int | None = None) -> str:
    """Return raw words in hexadecimal; of more the first `most`."""
    return _begun([f"{word:04X}" for word in words], most)


def _begun(items: Sequence[str], most: int | None) -> str:
    left_out = most is not None and len(items) > most
    return " ".join([*items[:most], *(["…"] if left_out else [])])


def print_change(change: ChangeAnswer, as_json: bool) -> None:
    """Print what a command did."""
    if as_json:
        print_json(change)
        return
    click.echo(f"{change.device}: {change.action} (simulated time {change.time})")
    if change.changed:
        print_table(
            ("table", "number", "register", "before", "after"),
            [
                (row.table, row.address, row.name, show(row.before), show(row.after))
                for row in change.changed
            ],
        )
    for note in change.notes:
        click.echo(f"note: {note}")


def print_clock(clock: ClockAnswer, as_json: bool) -> None:
    """Print where simulated time stands."""
    if as_json:
        print_json(clock)
        return
    pace = "frozen" if clock.frozen else f"running at {clock.speed:g} x"
    click.echo(f"{clock.time} ({pace}); the device shows {clock.device_time} in {clock.timezone}")


def _numeric(text: str) -> bool:
    return text.replace(".", "", 1).lstrip("-").isdecimal() or not text
