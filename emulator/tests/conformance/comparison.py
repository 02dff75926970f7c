"""Compares what a client reports with what the emulator shows and with the truth behind it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from .emulator import Field
from .registers import Register

FILE = Path(__file__).with_name("deviations.toml")
EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Deviation:
    """A known difference that is the client's doing.

    Attributes:
        id: short name, shown in the generated page.
        client: the client's folder.
        registers: `table:address`, `table:first-last`, or `*`.
        reason: what the client does, in one sentence.
        source: where it does so.
        when: `unavailable` limits it to registers the device shows as not available.
        modes: the modes it happens in; empty = all.
        families: the families it happens on; empty = all.
        shows: what the client reports instead: `zero`, `raw`, `missing` or empty.
        reads: the client decodes these registers instead, `table:first-last`.
        factor: the client's value is the right one times this; 0 = not this kind.
        chars: the client keeps only so many characters; 0 = not this kind.
    """

    id: str
    client: str
    registers: tuple[str, ...]
    reason: str
    source: str
    when: str = ""
    modes: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    shows: str = ""
    reads: str = ""
    factor: float = 0.0
    chars: int = 0

    def concerns(self, client: str, mode: str, family: str) -> bool:
        """Return whether it is about a run of this kind."""
        return (
            client == self.client
            and (not self.modes or mode in self.modes)
            and (not self.families or family in self.families)
        )

    def covers(self, key: str) -> bool:
        """Return whether it is about this register."""
        return any(_within(pattern, key) for pattern in self.registers)

    def explains(self, shown: Any, right: Any, words: Words, key: str, scale: float) -> bool:
        """Return whether a client with this habit would report `shown`.

        Args:
            shown: what it reports.
            right: what it should have reported.
            words: all words the device shows.
            key: the register it reports.
            scale: scale of that register.
        """
        if self.when == "unavailable" and right is not None:
            return False
        if self.shows == "zero":
            return shown == 0
        if self.shows == "raw" or self.reads:
            taken = words.of(self.reads or key)
            # Clients round what they scaled; half a step of the scale cannot hide a wrong word.
            return any(close(shown, raw * scale, 0.5 * scale) for raw in integers(taken))
        if self.chars:
            return isinstance(right, str) and shown == right[: self.chars]
        if self.factor and isinstance(right, int | float):
            return close(shown, right * self.factor, 0.0)
        return False


class Words:
    """The words that a device shows, and 0xFFFF where it defines nothing."""

    def __init__(self, fields: Iterable[Field]) -> None:
        """Keep the words of all fields."""
        self._fields = {(seen.table, seen.address): seen.words for seen in fields}
        self._words = {
            (seen.table, seen.address + place): word
            for seen in fields
            for place, word in enumerate(seen.words)
        }

    def of(self, registers: str) -> tuple[int, ...]:
        """Return the words of `table:first-last`, or of the register at `table:address`."""
        table, _, numbers = registers.partition(":")
        first, _, last = numbers.partition("-")
        if not last and (table, int(first)) in self._fields:
            return self._fields[table, int(first)]
        places = range(int(first), int(last or first) + 1)
        return tuple(self._words.get((table, place), 0xFFFF) for place in places)


@dataclass(slots=True)
class Comparison:
    """The outcome of one run of one client.

    Attributes:
        compared: how many values agreed or differed as listed.
        problems: one sentence per value that differs and is not listed.
        deviations: ids of the listed deviations that occurred.
    """

    compared: int = 0
    problems: list[str] = field(default_factory=list[str])
    deviations: set[str] = field(default_factory=set[str])


def load_deviations(path: Path = FILE) -> tuple[Deviation, ...]:
    """Return the listed deviations."""
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["deviation"]
    listed = {"registers", "modes", "families"}
    result: list[Deviation] = []
    for row in rows:
        cells: dict[str, Any] = {
            key: tuple(value) if key in listed else value for key, value in row.items()
        }
        result.append(Deviation(**cells))
    return tuple(result)


def close(shown: Any, right: float, slack: float) -> bool:
    """Return whether two numbers are the same but for rounding to what the client keeps."""
    if isinstance(shown, bool) or not isinstance(shown, int | float):
        return False
    return abs(shown - right) <= slack + EPSILON * max(1.0, abs(right))


def integers(words: Sequence[int]) -> tuple[int, int]:
    """Return words, low word first, as an unsigned and as a signed number."""
    unsigned = sum(word << (16 * place) for place, word in enumerate(words))
    bits = 16 * len(words)
    return unsigned, unsigned - (1 << bits) if unsigned >> (bits - 1) else unsigned


def compare_words(
    blocks: Iterable[Mapping[str, Any]],
    fields: Sequence[Field],
    registers: Iterable[Register],
    deviations: Sequence[Deviation] = (),
) -> Comparison:
    """Compare raw words, and decode them by the clients' own register list."""
    result = Comparison()
    read: dict[tuple[str, int], int] = {
        (block["table"], block["address"] + place): word
        for block in blocks
        for place, word in enumerate(block["words"])
    }
    by_place = {(seen.table, seen.address): seen for seen in fields}
    for seen in fields:
        words = [read.get((seen.table, seen.address + place)) for place in range(len(seen.words))]
        result.compared += 1
        if words == list(seen.words):
            continue
        missing = [
            deviation
            for deviation in deviations
            if deviation.shows == "missing" and deviation.covers(seen.key)
        ]
        if missing and not any(words):
            result.deviations.add(missing[0].id)
        else:
            result.problems.append(
                f"{seen.key} {seen.name}: read {words}, the emulator shows {list(seen.words)}"
            )
    for register in registers:
        seen = by_place.get((register.table, register.address))
        if seen is None or len(seen.words) != register.words or not _number(seen.value):
            continue
        words = [
            read.get((register.table, register.address + place), 0)
            for place in range(register.words)
        ]
        result.compared += 1
        if not close(register.decode(words), seen.value, 0.0):
            result.problems.append(
                f"{register.key} {register.name}: {register.decode(words)} by the register "
                f"list, the emulator means {seen.value}"
            )
    return result


def compare_readings(
    readings: Iterable[Mapping[str, Any]],
    fields: Sequence[Field],
    scales: Mapping[str, float],
    deviations: Sequence[Deviation],
    expected: Iterable[str] = (),
) -> Comparison:
    """Compare decoded values.

    Args:
        readings: what the client reports: register, value, and `decimals` (what it rounds
            to), `mask` (the bits it knows) or `on` (the word its True stands for).
        fields: what the emulator shows.
        scales: scale by register key.
        deviations: those listed for this client, mode and family, all registers.
        expected: keys of the registers that it must report.
    """
    result = Comparison()
    places = {
        (seen.table, seen.address + place): (seen, place)
        for seen in fields
        for place in range(len(seen.words))
    }
    words = Words(fields)
    reported: set[str] = set()
    for reading in readings:
        key: str = reading["register"]
        reported.add(key)
        table, _, address = key.partition(":")
        seen, place = places.get((table, int(address)), (None, 0))
        right = _right(reading, seen, place)
        decimals = reading.get("decimals")
        shown = reading["value"]
        slack = 0.0
        if decimals is not None and _number(right) and abs(round(right, decimals) - right) > 1e-9:
            slack = 0.5 * 10.0**-decimals
        result.compared += 1
        if _agrees(shown, right, slack, absent=seen is None):
            continue
        scale = reading.get("scale", scales.get(key, 1.0))
        explained = [
            deviation
            for deviation in deviations
            if deviation.covers(key) and deviation.explains(shown, right, words, key, scale)
        ]
        if explained:
            result.deviations.add(explained[0].id)
        else:
            result.problems.append(
                f"{key} {reading.get('name', '')}: the client reports {shown!r}, "
                f"the emulator shows {right!r}"
            )
    for key in sorted(set(expected) - reported):
        missing = [
            deviation
            for deviation in deviations
            if deviation.shows == "missing" and deviation.covers(key)
        ]
        if missing:
            result.deviations.add(missing[0].id)
        else:
            result.problems.append(f"{key}: the client reports nothing")
    return result


def compare_truth(fields: Iterable[Field], scales: Mapping[str, float]) -> list[str]:
    """Return a sentence for every value that is further from its truth than half a quantum."""
    problems: list[str] = []
    for seen in fields:
        if seen.truth is None or seen.value is None:
            continue
        for value, truth in zip(_listed(seen.value), _listed(seen.truth), strict=True):
            if _number(value) and _number(truth):
                half = 0.5 * scales.get(seen.key, 1.0)
                if abs(value - truth) > half * (1 + EPSILON):
                    problems.append(f"{seen.key} {seen.name}: shows {value}, true is {truth}")
            elif value != truth:
                problems.append(f"{seen.key} {seen.name}: shows {value!r}, true is {truth!r}")
    return problems


def _agrees(shown: Any, right: Any, slack: float, *, absent: bool) -> bool:
    if absent:
        # Nothing is defined there: the client may show nothing or an undefined word as zero.
        return shown in (None, 0, "")
    if right is None:
        return shown is None
    if isinstance(right, bool):
        return shown is right
    if isinstance(right, str):
        return isinstance(shown, str) and shown.rstrip("\0 ") == right.rstrip("\0 ")
    return close(shown, right, slack)


def _right(reading: Mapping[str, Any], seen: Field | None, place: int) -> Any:
    if seen is None:
        return None
    if "on" in reading:
        return seen.words[place] == reading["on"]
    if "mask" in reading:
        return integers(seen.words)[0] & reading["mask"]
    values = _listed(seen.value)
    return values[place * len(values) // len(seen.words)]


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _within(pattern: str, key: str) -> bool:
    if pattern == "*":
        return True
    table, _, numbers = pattern.partition(":")
    first, _, last = numbers.partition("-")
    key_table, _, address = key.partition(":")
    return table == key_table and int(first) <= int(address) <= int(last or first)
