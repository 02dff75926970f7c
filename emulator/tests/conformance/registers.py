"""The register list the clients are configured with, kept apart from the emulator's own."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("registers.csv")

# SunGather's scan list: wire start and count, in its order (clients read them as they are).
INPUT_SCANS = (
    (4949, 50), (5000, 38), (5039, 61), (5100, 100), (5200, 100), (5600, 100), (5720, 10),
    (6099, 100), (6199, 100), (6299, 100), (6399, 100), (6499, 100), (6599, 100), (6699, 100),
    (7012, 25), (12999, 125),
)  # fmt: skip
HOLDING_SCANS = ((4999, 10), (5009, 10), (5034, 10), (13000, 100), (33045, 5))

# The scans of one cycle at level 1, as measured; level 3 reads all of them.
LEVEL_1_SCANS = {
    "SG5.0RT": [("input", 5000, 38), ("input", 5100, 100), ("holding", 4999, 10)],
    "SH10RT": [
        ("input", 5000, 38),
        ("input", 5100, 100),
        *(("input", start, 100) for start in range(6099, 6700, 100)),
        ("input", 12999, 125),
        ("holding", 4999, 10),
    ],
}


@dataclass(frozen=True, slots=True)
class Register:
    """One row of the register list.

    Attributes:
        name: unique on each family.
        table: `input` or `holding`.
        address: document number.
        datatype: U16, S16, U32 or S32 (low word first).
        accuracy: value = raw * accuracy, by the documents.
        sungather: the accuracy SunGather uses.
        unit: of the scaled value.
        level: SunGather's level, 1 or 2.
        families: the families that have it.
    """

    name: str
    table: str
    address: int
    datatype: str
    accuracy: float
    sungather: float
    unit: str
    level: int
    families: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return table and document number, e.g. `input:5031`."""
        return f"{self.table}:{self.address}"

    @property
    def words(self) -> int:
        """Return how many registers the value takes."""
        return 2 if self.datatype.endswith("32") else 1

    def decode(self, words: list[int]) -> float:
        """Return the physical value of raw words, by this list alone."""
        raw = sum(word << (16 * place) for place, word in enumerate(words))
        bits = 16 * len(words)
        if self.datatype.startswith("S") and raw >> (bits - 1):
            raw -= 1 << bits
        return raw * self.accuracy

    def on(self, family: str) -> bool:
        """Return whether a family has this register."""
        return family in self.families or family.partition("-")[0] in self.families


def load() -> tuple[Register, ...]:
    """Return the whole list."""
    with FILE.open(encoding="utf-8") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return tuple(
            Register(
                name=row["name"],
                table=row["table"],
                address=int(row["address"]),
                datatype=row["datatype"],
                accuracy=float(row["accuracy"] or 1),
                sungather=float(row["sungather"] or row["accuracy"] or 1),
                unit=row["unit"],
                level=int(row["level"]),
                families=tuple(row["families"].split()),
            )
            for row in rows
        )


def for_family(family: str) -> tuple[Register, ...]:
    """Return the registers of one family."""
    return tuple(register for register in load() if register.on(family))


def foreign_to(family: str) -> tuple[Register, ...]:
    """Return registers of other families at addresses that this family does not use."""
    own = {(r.table, r.address + i) for r in for_family(family) for i in range(r.words)}
    names = {register.name for register in for_family(family)}
    result: list[Register] = []
    for register in load():
        places = {(register.table, register.address + i) for i in range(register.words)}
        if not register.on(family) and register.name not in names and not places & own:
            names.add(register.name)
            result.append(register)
    return tuple(result)


def sungather_file(model: str, type_code: int, family: str) -> dict[str, Any]:
    """Return a register file for SungrowClient, with every register and scan of the list.

    SungrowClient picks registers by level and model, and the scans by the registers picked.
    """
    reads: list[dict[str, Any]] = [
        {"name": "device_type_code", "level": 1, "address": 5000, "datatype": "U16",
         "datarange": [{"response": type_code, "value": model}]},
        {"name": "serial_number", "level": 2, "address": 4990, "datatype": "UTF-8"},
    ]  # fmt: skip
    holds: list[dict[str, Any]] = []
    rows = [(register, model) for register in for_family(family)]
    rows += [(register, "another model") for register in foreign_to(family)]
    for register, of_model in rows:
        entry: dict[str, Any] = {
            "name": register.name,
            "level": register.level,
            "address": register.address,
            "datatype": register.datatype,
            "unit": register.unit,
            "models": [of_model],
        }
        if register.sungather != 1:
            entry["accuracy"] = register.sungather
        (reads if register.table == "input" else holds).append(entry)
    return {
        "registers": [{"read": reads}, {"hold": holds}],
        "scan": [
            {"read": [{"start": start, "range": count} for start, count in INPUT_SCANS]},
            {"hold": [{"start": start, "range": count} for start, count in HOLDING_SCANS]},
        ],
    }


def modbus4mqtt_file(family: str, host: str, port: int, variant: str | None) -> dict[str, Any]:
    """Return a modbus4mqtt configuration; topics are `table/address`."""
    types = {"U16": "uint16", "S16": "int16", "U32": "uint32", "S32": "int32"}
    config: dict[str, Any] = {
        "ip": host,
        "port": port,
        "update_rate": 1,
        "address_offset": -1,
        "scan_batching": 100,
        "word_order": "lowhigh",
        "registers": [
            {
                "pub_topic": f"{register.table}/{register.address}",
                "table": register.table,
                "address": register.address,
                "type": types[register.datatype],
                "scale": register.accuracy,
                "pub_only_on_change": False,
            }
            for register in for_family(family)
        ],
    }
    if variant is not None:
        config["variant"] = variant
    return config
