"""What the live lists of a dongle must show, and the comparison of what a client reports."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .comparison import Comparison
from .deviations import EPSILON
from .emulator import Field

FILE = Path(__file__).with_name("rows.csv")
NOT_AVAILABLE = "--"
# `MPPT1 Voltage` or `String 1 Current`, as sungrow-websocket makes an id of it.
INPUT = re.compile(r"[a-z_]+?_?(\d+)_(voltage|current)")
INPUT_VOLTAGE = re.compile(r"mppt_\d+_voltage")
# Voltage of the first PV input; voltages and currents of the next ones follow it.
FIRST_INPUT = 5011


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a live list.

    Attributes:
        name: its key, as spelled by the devices.
        label: its English text, empty where no capture has it.
        unit: as shown.
        decimals: how many the value has.
        shows: key of the register whose truth is behind it, `=TEXT`, or empty.
        factor: from the register's unit to the row's.
        part: `positive` or `negative` where only that part of the value is shown.
    """

    name: str
    label: str
    unit: str
    decimals: int
    shows: str
    factor: float = 1.0
    part: str = ""

    @property
    def id(self) -> str:
        """Return the id that sungrow-websocket makes of the key."""
        for prefix in ("I18N_COMMON_", "I18N_"):
            if self.name.startswith(prefix):
                return self.name.removeprefix(prefix).lower()
        return self.name.lower()

    def problem(self, value: str, fields: Mapping[str, Field]) -> str:
        """Return what is wrong with a value, empty where it is right."""
        if not self.shows or self.shows.startswith("="):
            right = self.shows[1:] or NOT_AVAILABLE
            return "" if value == right else f"shows {value!r}, not {right!r}"
        truth = fields[self.shows].truth * self.factor
        if self.part:
            truth = max(0.0, truth if self.part == "positive" else -truth)
        pattern = rf"-?\d+\.\d{{{self.decimals}}}" if self.decimals else r"-?\d+"
        if not re.fullmatch(pattern, value):
            return f"shows {value!r}, not a number with {self.decimals} decimals"
        if abs(float(value) - truth) > 0.5 * 10.0**-self.decimals + EPSILON * max(1.0, abs(truth)):
            return f"shows {value}, true is {truth}"
        return ""


def for_family(family: str) -> dict[str, Row]:
    """Return the rows of an inverter of this family by their ids."""
    kind = family.partition("-")[0]
    with FILE.open(encoding="utf-8") as lines:
        rows = [
            Row(
                name=row["name"],
                label=row["label"],
                unit=row["unit"],
                decimals=int(row["decimals"]),
                shows=row["shows"],
                factor=float(row["factor"] or 1),
                part=row["part"],
            )
            for row in csv.DictReader(line for line in lines if not line.startswith("#"))
            if {family, kind} & set(row["families"].split())
        ]
    return {row.id: row for row in rows}


def compare_rows(
    reported: Iterable[Mapping[str, str]], family: str, fields: Sequence[Field]
) -> Comparison:
    """Compare every row that a client reports; each must be there, and nothing else.

    Args:
        reported: rows with `id`, `label`, and `value` and `unit` or both in one `text`.
        family: register family of the inverter.
        fields: what the inverter shows, with the truth behind it.
    """
    result = Comparison()
    by_key = {seen.key: seen for seen in fields}
    missing = for_family(family) | _inputs(fields)
    for row in reported:
        found = INPUT.fullmatch(row["id"])
        name = f"input {found[1]} {found[2]}" if found else row["id"]
        right = missing.pop(name, None)
        if right is None:
            result.problems.append(f"{row['id']}: no such row is known")
            continue
        result.compared += 1
        value, unit = _parts(row)
        problem = right.problem(value, by_key)
        if unit != right.unit:
            problem = f"has the unit {unit!r}, not {right.unit!r}"
        if row["label"] != right.label and (right.label or row["label"].startswith("I18N_")):
            problem = f"has the label {row['label']!r}, not {right.label!r}"
        result.problems.extend([f"{row['id']}: {problem}"] if problem else [])
    result.problems.extend(f"{name}: the client reports nothing" for name in missing)
    return result


def _parts(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return value and unit; a text of several words is no value with a unit."""
    if "text" not in row:
        return row["value"], row["unit"]
    value, _, unit = row["text"].partition(" ")
    number = value == NOT_AVAILABLE or re.fullmatch(r"-?[\d.]+", value)
    return (value, unit) if number else (row["text"].rstrip(), "")


def _inputs(fields: Sequence[Field]) -> dict[str, Row]:
    """Return what there is to report of the PV inputs that the inverter has."""
    count = sum(bool(INPUT_VOLTAGE.fullmatch(seen.name) and seen.truth) for seen in fields)
    return {
        f"input {number} {kind}": Row(
            name="", label="", unit=unit, decimals=1, shows=f"input:{address}"
        )
        for number in range(1, count + 1)
        for kind, unit, address in (
            ("voltage", "V", FIRST_INPUT + 2 * number - 2),
            ("current", "A", FIRST_INPUT + 2 * number - 1),
        )
    }
