"""Tests of device/bank.py."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.catalog.models import find_model
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.device.bank import Bank
from sungrow_emulator.device.program import TableProgram, compile_program
from sungrow_emulator.device.values import slots


@dataclass
class Figures:
    """What a bank shows beside changing values, laid down by the test."""

    figures: Mapping[str, float | str | bytes] = field(default_factory=dict[str, "float | str"])
    settings: Mapping[str, int] = field(default_factory=dict[str, int])

    def setting_for(self, name: str, unit: str, scale: float) -> int:
        """Return the raw value, whatever the scale."""
        del unit, scale
        return self.settings[name]

    def history(self, name: str, span: str) -> Sequence[float]:
        """Return a rising series."""
        del name
        return range({"today": 96, "daily": 31, "monthly": 12, "yearly": 20}[span])


def program(table: Table = Table.INPUT, path: str = "lan") -> TableProgram:
    """Return the program of an SH10RT."""
    model = find_model("SH10RT")
    return compile_program(model, path, "pre-2024-11", False).tables[table]


def laid() -> Bank:
    """Return a bank with nothing but what its template holds."""
    bank = Bank(program(), {})
    bank.rebuild(Figures())
    return bank


def values(**given: float) -> list[float]:
    """Return a vector in which only the named quantities are there (`.` written as `__`)."""
    vector = [math.nan] * len(slots())
    for name, value in given.items():
        vector[slots()[name.replace("__", ".")]] = value
    return vector


def words(bank: Bank, address: int, count: int = 1) -> tuple[int, ...]:
    """Return words of the image by document number."""
    index = bank.layout.find(address, count)
    return struct.unpack(f">{count}H", bank.image(index, index + count))


def show(bank: Bank, vector: Sequence[float]) -> None:
    """Lay a vector down, wherever it goes."""
    bank.begin(vector)
    bank.lay_all()


def test_numbers_are_scaled_and_split_into_words() -> None:
    """A voltage takes one word in 0.1 V, a negative power two with the low one first."""
    bank = laid()
    show(bank, values(**{"ac.voltage.a": 233.04, "ac.power": -88.0}))
    assert words(bank, 5019) == (2330,)
    assert words(bank, 5031, 2) == (65448, 65535)
    assert words(bank, 13034, 2) == (65448, 65535)


def test_missing_quantities_leave_the_sentinel() -> None:
    """NaN means that the device has no such thing."""
    bank = laid()
    show(bank, values())
    assert words(bank, 5015) == (0xFFFF,)
    assert words(bank, 13010, 2) == (0xFFFF, 0x7FFF)


@given(st.floats(allow_nan=False))
def test_numbers_saturate_below_the_sentinel(value: float) -> None:
    """A value that does not fit is shown as the nearest one and never as "not available"."""
    bank = laid()
    show(bank, values(**{"ac.voltage.a": value, "export.power": value}))
    assert words(bank, 5019)[0] < 0xFFFF
    assert words(bank, 13010, 2) != (0xFFFF, 0x7FFF)


def test_nothing_is_laid_before_somebody_looks() -> None:
    """A bank that nobody looks into takes next to no room."""
    bank = Bank(program(), {})
    assert (len(bank.words), bank.image(0, 9)) == (0, b"")


def test_only_what_is_looked_at_is_laid() -> None:
    """The rest is laid when somebody looks there; a number that a range cuts is laid whole."""
    bank = laid()
    bank.begin(values(**{"ac.voltage.a": 230.0, "ac.power": -88.0}))
    index = bank.layout.find(5032, 1)
    bank.lay(index, index + 1)
    assert words(bank, 5031, 2) == (65448, 65535)
    assert words(bank, 5019) == (0xFFFF,)
    index = bank.layout.find(5019, 1)
    bank.lay(index, index + 1)
    assert words(bank, 5019) == (2300,)


def test_a_page_is_laid_once() -> None:
    """Until values change, who looks there again costs nothing."""
    bank = laid()
    vector = values(**{"ac.voltage.a": 230.0})
    bank.begin(vector)
    bank.lay_all()
    vector[slots()["ac.voltage.a"]] = 231.0
    bank.lay_all()
    assert words(bank, 5019) == (2300,)
    bank.begin(vector)
    bank.lay_all()
    assert words(bank, 5019) == (2310,)


def test_texts_figures_and_settings_are_laid_down() -> None:
    """Identity and settings come from the device."""
    source = Figures(
        {"identity.serial": "A2320857820", "model.nominal_power": 10000.0}, {"ems_mode": 2}
    )
    bank, holding = Bank(program(), {}), Bank(program(Table.HOLDING), {})
    for one in (bank, holding):
        one.rebuild(source)
        show(one, values())
    assert words(bank, 4990, 2) == (0x4132, 0x3332)
    assert words(bank, 5001) == (100,)
    assert words(holding, 13050) == (2,)
    assert words(holding, 13051) == (0xFFFF,)


def test_arrays_are_laid_down() -> None:
    """6227 holds twelve months in 0.1 kWh."""
    bank = laid()
    show(bank, values())
    bank.update_histories(Figures(), program().histories)
    assert words(bank, 6227, 12) == tuple(range(0, 120, 10))
    assert words(bank, 6250, 4) == (0, 0, 10, 0)


def test_pins_lie_above_everything_and_go_away() -> None:
    """A pinned word stays through updates; after a rebuild without it the value is back."""
    pins = {5019: 7, 60000: 1}
    bank = Bank(program(), pins)
    bank.rebuild(Figures())
    for _ in range(2):
        show(bank, values(**{"ac.voltage.a": 230.0}))
        assert words(bank, 5019) == (7,)
    pins.clear()
    bank.rebuild(Figures())
    show(bank, values(**{"ac.voltage.a": 230.0}))
    assert words(bank, 5019) == (2300,)
