"""Layers of data that say how a device looks through a door: access path, web side, firmware."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.catalog.spec import ModelSpec, Table
from sungrow_emulator.catalog.tables import DATA

PATHS = ("lan", "winet-s", "winet-s2", "wifi-dongle", "logger", "ihomemanager")
FIRMWARES = ("pre-2024-11", "2024-11", "2026")
INVERTERS = ("one", "many", "none")
"""How many inverters may stand behind one address of a path: a gateway has many by unit id, and
a manager that is no gateway none."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which models an entry is about; an empty tuple means all of them."""

    families: tuple[str, ...]
    models: tuple[str, ...]

    def covers(self, model: str, family: str) -> bool:
        """Tell whether the entry is about this model; family names may be patterns."""
        by_family = not self.families or any(fnmatch.fnmatch(family, f) for f in self.families)
        return by_family and (not self.models or model in self.models)


@dataclass(frozen=True, slots=True)
class Ranges:
    """Inclusive ranges of document numbers that answer, or that are refused.

    Attributes:
        scope: the models it is about.
        table: input or holding.
        ranges: pairs of first and last document number.
        starting: True: only a read that begins in a range is refused.
        always: True: refused even where clients are known to scan, and without `--strict`.
        source: what backs it.
    """

    scope: Scope
    table: Table
    ranges: tuple[tuple[int, int], ...]
    starting: bool
    always: bool
    source: str


@dataclass(frozen=True, slots=True)
class Names:
    """Registers, as name patterns, that a layer does not forward, or forwards again."""

    scope: Scope
    registers: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Override:
    """A register that is different here: fields of its row with their new values."""

    scope: Scope
    register: str
    changes: Mapping[str, Any]
    write_factor: int
    source: str


@dataclass(frozen=True, slots=True)
class Padded:
    """Blocks whose answers carry `words` words however few were asked for."""

    scope: Scope
    addresses: tuple[int, ...]
    words: int
    source: str


@dataclass(frozen=True, slots=True)
class StateStyle:
    """The style of the state codes in input register 13000: old, new or zero."""

    scope: Scope
    style: str
    source: str


@dataclass(frozen=True, slots=True)
class Timing:
    """How an access path behaves in time; latencies in seconds.

    Attributes:
        input_latency: shortest and longest answer time of function 4.
        holding_latency: the same for the other functions.
        contention: probability of exception 4 on a holding read while another client is served.
        minimum_gap: requests that come sooner after an answer are late by the rest, in s.
        sessions: connections served at once, at each port; 0 = any number.
        read_back: shortest and longest time for which a written setting reads back its old
            value, in seconds of simulated time; 0 and 0 = it reads back at once.
    """

    input_latency: tuple[float, float]
    holding_latency: tuple[float, float]
    contention: float
    minimum_gap: float
    sessions: int
    read_back: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layer:
    """One file: an access path, the web side of a dongle, or a firmware wave.

    Attributes:
        name: file name, e.g. `winet-s`.
        title: one line for people.
        sources: what backs it as a whole.
        usual_for: families whose models are usually read this way.
        unusual_for: families for which the combination is not known to exist.
        unusual_why: the reason, for the warning.
        encryption: answer to the key request; empty in other layers than paths.
        fill: widest hole between two registers that still answers as undefined words.
        undefined: value of words without a register, per table.
        zero_sentinels: tables in which "not available" reads 0.
        units: unit id per kind of device.
        companions: kinds of device that answer there beside the inverter.
        station: model that answers at the unit id of the station; empty = none does.
        inverters: how many inverters answer at one address: `one`, `many` or `none`.
        ports: TCP ports of plain Modbus on the real device, the usual one first.
        tls_port: its port of Modbus over TLS; 0 = there is none.
        timing: None in other layers than paths.
        bands: what answers.
        refused: what does not.
        hidden: registers that are not forwarded.
        shown: registers that are, though a layer below hides them.
        overrides: registers that differ.
        padded: blocks with padded answers.
        states: styles of register 13000.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    usual_for: tuple[str, ...]
    unusual_for: tuple[str, ...]
    unusual_why: str
    encryption: str
    fill: int
    undefined: Mapping[Table, int]
    zero_sentinels: tuple[Table, ...]
    units: Mapping[str, int]
    companions: tuple[str, ...]
    station: str
    inverters: str
    ports: tuple[int, ...]
    tls_port: int
    timing: Timing | None
    bands: tuple[Ranges, ...]
    refused: tuple[Ranges, ...]
    hidden: tuple[Names, ...]
    shown: tuple[Names, ...]
    overrides: tuple[Override, ...]
    padded: tuple[Padded, ...]
    states: tuple[StateStyle, ...]


@cache
def load_path(name: str) -> Layer:
    """Return the layer of an access path; UnknownNameError names the nearest ones."""
    if name not in PATHS:
        raise UnknownNameError("path", name, PATHS)
    return _load("paths", name)


@cache
def load_web() -> Layer:
    """Return what is laid over a dongle's path for those who ask its web interface."""
    return _load("web", "winet-web")


@cache
def load_firmware(name: str) -> Layer:
    """Return the layer of a firmware wave; UnknownNameError names the nearest ones."""
    if name not in FIRMWARES:
        raise UnknownNameError("firmware", name, FIRMWARES)
    return _load("firmware", name)


def usual_path(model: ModelSpec) -> str:
    """Return the access path by which a model is usually read; `lan` where none is known."""
    for name in PATHS:
        if model.family in load_path(name).usual_for:
            return name
    return "lan"


def _load(folder: str, name: str) -> Layer:
    file = f"personas/{folder}/{name}.toml"
    with open(f"{DATA}/{file}", encoding="utf-8") as stream:
        return parse_layer(file, name, stream.read())


def parse_layer(file: str, name: str, text: str) -> Layer:
    """Parse one layer; EmulatorError names the file and what is wrong."""
    try:
        data = tomllib.loads(text)
        return _layer(name, data)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        what = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise EmulatorError(f"{file}: {what}") from error


def _layer(name: str, data: dict[str, Any]) -> Layer:
    unknown = set(data) - _KEYS
    if unknown:
        raise ValueError(f"unknown key {min(unknown)!r}; allowed are {', '.join(sorted(_KEYS))}")
    undefined: dict[str, int] = data.get("undefined", {})
    sentinels: dict[str, str] = data.get("sentinels", {})
    timing: dict[str, Any] | None = data.get("timing")
    inverters: str = data.get("inverters", "one")
    if inverters not in INVERTERS:
        raise ValueError(f"inverters={inverters!r}: allowed are {', '.join(INVERTERS)}")
    return Layer(
        name=name,
        title=data["title"],
        sources=tuple(data["sources"]),
        usual_for=tuple(data.get("usual_for", ())),
        unusual_for=tuple(data.get("unusual_for", ())),
        unusual_why=data.get("unusual_why", ""),
        encryption=data.get("encryption", ""),
        fill=data.get("fill", 0),
        undefined={Table(table): word for table, word in undefined.items()},
        zero_sentinels=tuple(Table(table) for table, how in sentinels.items() if how == "zero"),
        units=dict(data.get("units", {})),
        companions=tuple(data.get("companions", ())),
        station=data.get("station", ""),
        inverters=inverters,
        ports=tuple(data.get("ports", ())),
        tls_port=data.get("tls_port", 0),
        timing=_timing(timing) if timing else None,
        bands=tuple(_ranges(entry) for entry in data.get("band", ())),
        refused=tuple(_ranges(entry) for entry in data.get("refuse", ())),
        hidden=tuple(_names(entry) for entry in data.get("hide", ())),
        shown=tuple(_names(entry) for entry in data.get("show", ())),
        overrides=tuple(_override(entry) for entry in data.get("override", ())),
        padded=tuple(
            Padded(_scope(entry), tuple(entry["addresses"]), entry["words"], entry["source"])
            for entry in data.get("padded", ())
        ),
        states=tuple(
            StateStyle(_scope(entry), entry["style"], entry["source"])
            for entry in data.get("states", ())
        ),
    )


_KEYS = {
    "title", "sources", "usual_for", "unusual_for", "unusual_why", "encryption", "fill",
    "undefined", "sentinels", "units", "companions", "station", "inverters", "ports", "tls_port",
    "timing", "band", "refuse", "hide", "show", "override", "padded", "states",
}  # fmt: skip


def _scope(entry: dict[str, Any]) -> Scope:
    return Scope(tuple(entry.get("families", ())), tuple(entry.get("models", ())))


def _names(entry: dict[str, Any]) -> Names:
    return Names(_scope(entry), tuple(entry["registers"]), entry["source"])


def _ranges(entry: dict[str, Any]) -> Ranges:
    pairs = tuple((int(first), int(last)) for first, last in entry["ranges"])
    if any(first > last for first, last in pairs):
        raise ValueError(f"a range in {pairs} ends before it begins")
    return Ranges(
        scope=_scope(entry),
        table=Table(entry["table"]),
        ranges=pairs,
        starting=entry.get("starting", False),
        always=entry.get("always", False),
        source=entry["source"],
    )


def _override(entry: dict[str, Any]) -> Override:
    fixed = {"families", "models", "register", "source", "write_factor"}
    changes = {key: value for key, value in entry.items() if key not in fixed}
    unknown = set(changes) - {"address", "datatype", "scale", "shows", "default"}
    if unknown:
        raise ValueError(f"an override of {entry['register']} cannot change {min(unknown)!r}")
    factor = entry.get("write_factor", 1)
    return Override(_scope(entry), entry["register"], changes, factor, entry["source"])


def _timing(entry: dict[str, Any]) -> Timing:
    shortest, longest = entry["input_latency"]
    holding = entry["holding_latency"]
    earliest, latest = entry.get("read_back", (0, 0))
    return Timing(
        input_latency=(float(shortest), float(longest)),
        holding_latency=(float(holding[0]), float(holding[1])),
        contention=float(entry["contention"]),
        minimum_gap=float(entry["minimum_gap"]),
        sessions=int(entry["sessions"]),
        read_back=(float(earliest), float(latest)),
    )
