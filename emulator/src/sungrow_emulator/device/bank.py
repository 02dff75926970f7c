"""A register bank: the words of one table, laid down where somebody looks."""

from __future__ import annotations

import math
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from sungrow_emulator.device.codec import encode, encode_text
from sungrow_emulator.device.program import History, TableProgram

_SWAP = sys.byteorder == "little"
_PAGE = 4
"""Pages have two to the power of this words."""


class Source(Protocol):
    """What a bank shows beside the values that change every second."""

    @property
    def figures(self) -> Mapping[str, float | str | bytes]:
        """Figures and texts of the device by quantity."""
        ...

    @property
    def settings(self) -> Mapping[str, int]:
        """Raw values of the writable registers by name; a name without value is missing."""
        ...

    def setting_for(self, name: str, unit: str, scale: float) -> int:
        """Return a setting as a raw number of a register with this unit and scale."""
        ...

    def history(self, name: str, span: str) -> Sequence[float]:
        """Return an array that the site keeps."""
        ...


class Bank:
    """The words of one table of one view.

    A second changes most values, and a client asks for few of them: what `begin` announces is
    laid down by `lay`, page by page.

    Args:
        program: how the words come about.
        pins: raw words above all others, by document number; when they change it is rebuilt.

    Attributes:
        layout: which addresses answer.
        words: the words as numbers; none before the first `rebuild`.
        asked: a number for what was last asked since values changed; -1 = nothing.
        answer: the answer to that.
        revision: of the device when it was laid; -1 = not yet.
        valid_until: monotonic time up to which it needs no update.
    """

    __slots__ = (
        "_fresh", "_laid", "_pins", "_program", "_values", "answer", "asked", "layout", "revision",
        "valid_until", "words",
    )  # fmt: skip

    def __init__(self, program: TableProgram, pins: Mapping[int, int]) -> None:
        self._program = program
        self._pins = pins
        self.layout = program.layout
        self.words = array("H")  # Laid when somebody looks; most of a thousand nobody does.
        self.asked = -1
        self.answer: bytes | int = b""
        self.revision = -1
        self.valid_until = -math.inf
        self._values: Sequence[float] = ()
        self._laid = array("d")  # By row, what its words show.
        self._fresh = 0  # A bit for each page that was laid since values changed.

    def rebuild(self, source: Source) -> None:
        """Lay down everything that only events change, and take pins away that are gone."""
        words = self.words
        words[:] = array("H", self._program.template)
        self._laid = array("d", (math.nan,)) * len(self._program.rows)
        for fixed in self._program.fixed:
            value = source.figures.get(fixed.quantity)
            if value is None:
                continue
            spec = fixed.spec
            packed = (
                encode_text(value, spec.count)
                if isinstance(value, (str, bytes))
                else encode(spec.datatype, round(value * fixed.factor))
            )
            words[fixed.index : fixed.index + spec.count] = array("H", packed)
        for setting in self._program.settings:
            if setting.name in source.settings:
                spec = setting.spec
                raw = source.setting_for(setting.name, spec.unit, spec.scale)
                packed = encode(spec.datatype, raw)
                words[setting.index : setting.index + spec.count] = array("H", packed)
        self._pin()

    def update_histories(self, source: Source, histories: Iterable[History]) -> None:
        """Lay down some arrays as they are at this instant."""
        for history in histories:
            spec = history.spec
            raws = [
                round(min(max(value * history.factor, 0.0), history.highest))
                for value in source.history(history.name, history.span)
            ]
            packed = raws
            if spec.count > spec.length:
                packed = [word for raw in raws for word in (raw & 0xFFFF, raw >> 16)]
            self.words[history.index : history.index + spec.count] = array("H", packed)
        self._pin()

    def begin(self, values: Sequence[float]) -> None:
        """Take in changed values, to be laid where somebody looks."""
        self._values = values
        self._fresh = 0
        self.asked = -1

    def lay_all(self) -> None:
        """Lay every changing value."""
        self.lay(0, self.layout.size)

    def lay(self, first: int, end: int) -> None:
        """Lay the changing values of a range of words; NaN (there is no such thing) lays none.

        Whole pages are laid, each once.
        """
        first_page, end_page = first >> _PAGE, (end - 1 >> _PAGE) + 1
        pages = (1 << end_page) - (1 << first_page)
        if self._fresh & pages != pages:
            self._fresh |= pages
            self._lay(first_page << _PAGE, end_page << _PAGE)
            self._pin()

    def image(self, first: int, end: int) -> bytes:
        """Return a range of words as big-endian bytes."""
        words = self.words[first:end]
        if _SWAP:
            words.byteswap()
        return words.tobytes()

    def _lay(self, first: int, end: int) -> None:
        program, words, values, laid = self._program, self.words, self._values, self._laid
        starts, rows = program.starts, program.rows
        begin = max(bisect_left(starts, first) - 1, 0)  # The row before may reach into the range.
        for position in range(begin, bisect_left(starts, end)):
            index, slot, factor, low, high, count = rows[position]
            value = values[slot]
            if value == laid[position] or value != value:  # Many stay from second to second.
                continue
            laid[position] = value
            value *= factor
            raw = round(value) if low <= value <= high else low if value < low else high
            words[index] = raw & 0xFFFF
            for following in range(index + 1, index + count):
                raw >>= 16
                words[following] = raw & 0xFFFF

    def _pin(self) -> None:
        for address, word in self._pins.items():
            index = self.layout.find(address, 1)
            if index >= 0:
                self.words[index] = word
