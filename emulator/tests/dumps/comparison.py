"""Compares what an emulator answers with a dump, by classes of words and by registers.

A word is a value (zero is one), "not available", or refused with exception 2. Behind a dongle,
which puts 0 for what it lacks, classes say little; so registers are also compared as zero or not
zero, figures and texts that never change by what they say, and words of unknown meaning by the
word.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sungrow_emulator.catalog.spec import Datatype, RegisterSpec
from sungrow_emulator.device.codec import decode_text, decode_value
from sungrow_emulator.device.persona import Persona

from .dump import Dump, Word

NOT_AVAILABLE = 0xFFFF
FIGURES = ("model.", "identity.", "limits.", "country.", "battery.capacity")
INVENTED = "identity.serial"
"""Serial numbers are not published: only their shape can agree."""


class Class(enum.StrEnum):
    """What a word says."""

    VALUE = "value"
    NOTHING = "not available"
    REFUSED = "refused"


class Kind(enum.StrEnum):
    """How a register differs: in class, by having no name, or in what `Pair.kind` looks at."""

    CLASS = "class"
    UNNAMED = "unnamed"
    OPAQUE = "opaque"
    FIGURE = "figure"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Pair:
    """One register in both.

    Attributes:
        spec: its row, as the persona shows it.
        dumped: words of the dump.
        answered: words of the emulator.
    """

    spec: RegisterSpec
    dumped: tuple[int, ...]
    answered: tuple[int, ...]

    @property
    def kind(self) -> Kind | None:
        """How the register differs, None where it agrees.

        Words of unknown meaning are compared as they are, figures and texts that never change by
        what they say, and everything else as zero or not zero.
        """
        if self.spec.opaque:
            return Kind.OPAQUE if self.dumped != self.answered else None
        if self.spec.shows.startswith(FIGURES):
            dumped, answered = (_figure(self.spec, w) for w in (self.dumped, self.answered))
            return Kind.FIGURE if dumped != answered else None
        if not _nothing(self.spec, self.dumped) and any(self.dumped) is not any(self.answered):
            return Kind.ZERO
        return None


@dataclass(frozen=True)
class Comparison:
    """A dump, the persona that stands for its device, and what the emulator answered."""

    dump: Dump
    persona: Persona
    answered: Mapping[Word, int]

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The registers of which every word is in the dump and was answered."""
        return tuple(
            Pair(
                spec,
                tuple(self.dump.words[word] for word in words),
                tuple(self.answered[word] for word in words),
            )
            for spec, words in self._registers.items()
            if all(word in self.dump.words and word in self.answered for word in words)
        )

    @cached_property
    def unlike(self) -> frozenset[Word]:
        """The words whose classes differ."""
        dumped, answered = self._classes(self.dump.words), self._classes(self.answered)
        return frozenset(
            word
            for word in self.dump.words.keys() | self.dump.refused
            if dumped.get(word, Class.REFUSED) is not answered.get(word, Class.REFUSED)
        )

    @property
    def total(self) -> int:
        """The number of words that were compared."""
        return len(self.dump.words.keys() | self.dump.refused)

    @property
    def share(self) -> float:
        """The share of words whose class is the same."""
        return 1 - len(self.unlike) / self.total

    @cached_property
    def differences(self) -> frozenset[tuple[Kind, str]]:
        """Kind of difference and name of the register, or table and address where it has none."""
        found = {(Kind.CLASS, self._name(word)) for word in self.unlike}
        found |= {
            (Kind.UNNAMED, self._name(word))
            for word, value in self.dump.words.items()
            if value not in (0, NOT_AVAILABLE) and word not in self._owners
        }
        found |= {(pair.kind, pair.spec.name) for pair in self.pairs if pair.kind}
        return frozenset(found)

    @cached_property
    def _registers(self) -> dict[RegisterSpec, tuple[Word, ...]]:
        return {
            shown.spec: tuple(
                (shown.spec.table, shown.spec.address + n) for n in range(shown.spec.count)
            )
            for shown in self.persona.registers
        }

    @cached_property
    def _owners(self) -> dict[Word, RegisterSpec]:
        return {word: spec for spec, words in self._registers.items() for word in words}

    def _name(self, word: Word) -> str:
        owner = self._owners.get(word)
        return owner.name if owner else f"{word[0]} {word[1]}"

    def _classes(self, words: Mapping[Word, int]) -> dict[Word, Class]:
        """Class every word: those of a register together, the others for themselves."""
        classes = {
            word: Class.NOTHING if value == NOT_AVAILABLE else Class.VALUE
            for word, value in words.items()
        }
        for spec, owned in self._registers.items():
            if spec.length == 1 and all(word in words for word in owned):
                nothing = _nothing(spec, tuple(words[word] for word in owned))
                classes |= dict.fromkeys(owned, Class.NOTHING if nothing else Class.VALUE)
        return classes


def _nothing(spec: RegisterSpec, words: tuple[int, ...]) -> bool:
    """Tell whether words mean "not available": by the row's sentinel, or all of them 0xFFFF.

    A row whose sentinel is 0, such as text, has a value all the same when it reads 0.
    """
    unset = spec.sentinel if any(spec.sentinel) else ()
    return words == unset or all(word == NOT_AVAILABLE for word in words)


def _figure(spec: RegisterSpec, words: tuple[int, ...]) -> object:
    """Return what has to be equal: a number, a text, or the shape of a serial number."""
    if spec.datatype is not Datatype.UTF8:
        return decode_value(spec, words)
    text = decode_text(words)
    return re.sub(r"\d+", "#", text) if spec.shows == INVENTED else text
