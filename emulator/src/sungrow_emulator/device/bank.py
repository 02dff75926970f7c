"""A register bank: the words of one table, kept as the big-endian bytes that reads slice."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from sungrow_emulator.device.codec import encode, encode_text
from sungrow_emulator.device.program import History, TableProgram

_SWAP = sys.byteorder == "little"


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

    Attributes:
        layout: which addresses answer.
        words: the words as numbers; none before the first `rebuild`.
        image: the same words as big-endian bytes.
        revision: of the device when it was laid; -1 = not yet.
        valid_until: monotonic time up to which it needs no update.
    """

    __slots__ = ("_laid", "_program", "image", "layout", "revision", "valid_until", "words")

    def __init__(self, program: TableProgram) -> None:
        self._program = program
        self.layout = program.layout
        self.words = array("H")  # Laid when somebody looks; most of a thousand nobody does.
        self.image = b""
        self.revision = -1
        self.valid_until = -math.inf
        self._laid: Sequence[float] = ()

    def rebuild(self, source: Source, pins: Mapping[int, int]) -> None:
        """Lay down everything that only events change, and take pins away that are gone."""
        words = self.words
        words[:] = array("H", self._program.template)
        self._laid = ()
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
        self._pin(pins)

    def update_histories(
        self, source: Source, histories: Iterable[History], pins: Mapping[int, int]
    ) -> None:
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
        self._pin(pins)
        self._publish()

    def update(self, values: Sequence[float], pins: Mapping[int, int]) -> None:
        """Lay down the changing values; NaN (there is no such thing) leaves the template."""
        words = self.words
        laid = self._laid or (math.nan,) * len(values)  # Most values stay from second to second.
        for index, slot, factor, low, high in self._program.narrow:
            value = values[slot]
            if value == laid[slot]:
                continue
            value *= factor
            if low <= value <= high:
                words[index] = round(value) & 0xFFFF
            elif value == value:
                words[index] = (low if value < low else high) & 0xFFFF
        for index, slot, factor, low, high, count in self._program.wide:
            value = values[slot]
            if value == laid[slot] or value != value:
                continue
            raw = round(min(max(value * factor, low), high))
            for position in range(index, index + count):
                words[position] = raw & 0xFFFF
                raw >>= 16
        self._laid = values
        if pins:
            self._pin(pins)
        self._publish()

    def _publish(self) -> None:
        words = self.words
        if _SWAP:
            words = array("H", words)
            words.byteswap()
        self.image = words.tobytes()

    def _pin(self, pins: Mapping[int, int]) -> None:
        for address, word in pins.items():
            index = self.layout.find(address, 1)
            if index >= 0:
                self.words[index] = word
