"""A view: one device as one door shows it. It answers the protocol's reads and writes."""

from __future__ import annotations

import math
from collections.abc import Callable

from sungrow_emulator.catalog.spec import RegisterSpec, Table
from sungrow_emulator.device.bank import Bank
from sungrow_emulator.device.codec import decode
from sungrow_emulator.device.device import Device, Instant
from sungrow_emulator.device.program import Program
from sungrow_emulator.device.readback import ReadBack, StaleSettings
from sungrow_emulator.device.settings import ILLEGAL_ADDRESS

READ_HOLDING = 3
READ_INPUT = 4
_READ = {Table.INPUT: READ_INPUT, Table.HOLDING: READ_HOLDING}


class View:
    """One device through one persona; a `protocol.unit.Unit`.

    Addresses of `read` and `write` are wire addresses. Banks are brought up to date when
    somebody looks and the values have expired.

    Args:
        device: what is shown.
        program: how.
        monotonic: the wall clock that simulated time is driven by.
        read_back: how long written settings read back their old values; None: not at all.
    """

    __slots__ = (
        "_arrays", "_arrays_begin", "_arrays_end", "_arrays_laid", "_holding", "_input",
        "_monotonic", "_padded", "_refused_starts", "_stale", "device", "program",
    )  # fmt: skip

    def __init__(
        self,
        device: Device,
        program: Program,
        monotonic: Callable[[], float],
        read_back: ReadBack | None = None,
    ) -> None:
        self.device = device
        self.program = program
        self._monotonic = monotonic
        self._input, self._holding = (
            Bank(program.tables[table], device.pins[table])
            for table in (Table.INPUT, Table.HOLDING)
        )
        self._stale = StaleSettings(device, read_back) if read_back else None
        self._arrays = {h.spec.address: h for h in program.tables[Table.INPUT].histories}
        self._arrays_laid: dict[int, Instant] = {}
        ends = [address + array.spec.count for address, array in self._arrays.items()]
        self._arrays_begin = min(self._arrays, default=math.inf)
        self._arrays_end = max(ends, default=-math.inf)
        self._refused_starts = program.persona.refused_starts
        self._padded = program.persona.padded
        device.watch(self._expire)

    def __repr__(self) -> str:
        """Name the device and the persona."""
        return f"<View of {self.device.id} as {self.program.persona.name}>"

    def read(self, function: int, address: int, count: int) -> bytes | int:
        """Return the words as big-endian bytes, or exception code 2."""
        bank = self._input if function == READ_INPUT else self._holding
        if self._monotonic() >= bank.valid_until:
            self._refresh(bank)
        asked = address << 16 | count
        if asked != bank.asked:
            bank.answer = self._compose(bank, address + 1, count)
            bank.asked = asked
        return bank.answer

    def write(self, function: int, address: int, words: bytes) -> int:
        """Apply a write of whole registers, all or nothing; return 0 or an exception code.

        Exception 2: a word is not writable on this model or only a part of a longer register
        is written. Exception 4: a value is out of range or refused (behaviour seen on hardware).
        """
        del function
        numbers = [words[i] << 8 | words[i + 1] for i in range(0, len(words), 2)]
        writes: list[tuple[RegisterSpec, int]] = []
        position = 0
        while position < len(numbers):
            shown, offset = self.program.writable.get(address + 1 + position, (None, 0))
            if shown is None or offset or position + shown.spec.count > len(numbers):
                return ILLEGAL_ADDRESS
            spec = shown.spec
            raw = decode(spec.datatype, numbers[position : position + spec.count])
            writes.append((spec, raw * shown.write_factor))
            position += spec.count
        return self.device.write(writes)

    def answers(self) -> bool:
        """Tell whether one of the device's registers can be read, in memory.

        A site that nobody has looked at does not begin for that (some 20 ms): there it is
        enough that a register has a place.
        """
        return any(map(self._answers_at, (one.spec for one in self.program.persona.registers)))

    def bank(self, table: Table) -> Bank:
        """Return the bank of a table, brought up to date."""
        bank = self._holding if table is Table.HOLDING else self._input
        if self._monotonic() >= bank.valid_until:
            self._refresh(bank)
        bank.lay_all()
        if table is Table.INPUT:
            self._refresh_arrays(0, 0x10000)
        return bank

    def _compose(self, bank: Bank, number: int, count: int) -> bytes | int:
        """Return the answer to a read of `count` words from document number `number` on."""
        index = bank.layout.find(number, count)
        if index < 0:
            return ILLEGAL_ADDRESS
        if bank is self._input:
            if number in self._refused_starts:
                return ILLEGAL_ADDRESS
            count = max(count, self._padded.get(number, 0))
            if number < self._arrays_end and number + count > self._arrays_begin:
                self._refresh_arrays(number, number + count)
        bank.lay(index, index + count)
        return bank.image(index, index + count)

    def _refresh(self, bank: Bank) -> None:
        """Bring a bank up to the present instant."""
        instant, source = self.device.instant(), self.device
        anew = bank.revision != instant.revision
        if bank is self._holding and self._stale is not None:
            source = self._stale
            anew |= self._stale.settle(instant.time)
        if anew:
            bank.rebuild(source)
        bank.begin(instant.values)
        bank.revision = instant.revision
        bank.valid_until = instant.valid_until

    def _refresh_arrays(self, first: int, end: int) -> None:
        """Bring the arrays in a range up to the present instant; few clients read them."""
        instant, laid = self.device.instant(), self._arrays_laid
        due = {
            address: array
            for address, array in self._arrays.items()
            if address < end
            and first < address + array.spec.count
            and laid.get(address) is not instant
        }
        if due:
            self._input.update_histories(self.device, due.values())
            laid.update(dict.fromkeys(due, instant))

    def _answers_at(self, spec: RegisterSpec) -> bool:
        if self.device.site.begun:
            return isinstance(self.read(_READ[spec.table], spec.address - 1, 1), bytes)
        return self.program.tables[spec.table].layout.find(spec.address, 1) >= 0

    def _expire(self) -> None:
        if self._stale is not None:
            self._stale.note()
        self._input.valid_until = self._holding.valid_until = -math.inf
