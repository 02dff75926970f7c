"""Compares what a client reports with what the emulator shows and with the truth behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from .deviations import EPSILON, Deviation, Words, close, integers
from .emulator import Field
from .registers import Register


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
