"""Known differences that are a client's own doing, and the numbers they are told by."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .emulator import Field

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


def _within(pattern: str, key: str) -> bool:
    if pattern == "*":
        return True
    table, _, numbers = pattern.partition(":")
    first, _, last = numbers.partition("-")
    key_table, _, address = key.partition(":")
    return table == key_table and int(first) <= int(address) <= int(last or first)
