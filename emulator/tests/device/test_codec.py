"""Tests of device/codec.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import Datatype, RegisterSpec, Table
from sungrow_emulator.device.codec import (
    BITS,
    bounds,
    decode,
    decode_text,
    decode_value,
    encode,
    encode_text,
    scaled,
)

NUMERIC = sorted(BITS)


def register(name: str, family: str = "hybrid-rt") -> RegisterSpec:
    """Return a catalog row by name."""
    return next(spec for spec in load_registers(family) if spec.name == name)


@given(st.sampled_from(NUMERIC), st.data())
def test_numbers_survive_the_round_trip(datatype: Datatype, data: st.DataObject) -> None:
    """Every number that a datatype can hold is decoded as it was encoded."""
    raw = data.draw(st.integers(*bounds(datatype)))
    words = encode(datatype, raw)
    assert len(words) == BITS[datatype] // 16
    assert decode(datatype, words) == raw


@given(st.sampled_from(NUMERIC), st.integers())
def test_numbers_outside_are_clamped(datatype: Datatype, raw: int) -> None:
    """A number that does not fit becomes the nearest one that does."""
    low, high = bounds(datatype)
    assert decode(datatype, encode(datatype, raw)) == min(max(raw, low), high)


@pytest.mark.parametrize(
    ("datatype", "raw", "words"),
    [
        (Datatype.U32, 561126, (36838, 8)),
        (Datatype.S32, -88, (65448, 65535)),
        (Datatype.S16, -1, (0xFFFF,)),
        (Datatype.U32, 0x41423000, (0x3000, 0x4142)),
    ],
)
def test_low_word_comes_first(datatype: Datatype, raw: int, words: tuple[int, ...]) -> None:
    """Words stand in the order that dumps of an SH10RT show."""
    assert encode(datatype, raw) == words


def test_text_is_padded_with_zeros() -> None:
    """Text has its high byte first and is padded, as serial numbers in dumps are."""
    words = encode_text("A2320857820", 10)
    assert words[0] == 0x4132
    assert words[6:] == (0, 0, 0, 0)
    assert decode_text(words) == "A2320857820"


def test_undecodable_text_is_escaped() -> None:
    """Bytes that are no UTF-8 are shown instead of raising."""
    assert decode_text((0x41FF,)) == "A\\xff"


@given(st.binary(max_size=30), st.integers(1, 15))
def test_text_never_raises(data: bytes, count: int) -> None:
    """Any bytes fit into any number of words and come back as text."""
    words = encode_text(data, count)
    assert len(words) == count
    assert isinstance(decode_text(words), str)


def test_values_are_scaled() -> None:
    """A raw 2330 of 0.1 V is 233.0 V and not 233.00000000000003 V."""
    spec = register("phase_a_voltage")
    assert decode_value(spec, (2330,)) == 233.0
    assert scaled(replace(spec, scale=0.0001), 12345) == 1.2345
    assert scaled(replace(spec, scale=10), 20) == 200


def test_sentinels_decode_to_nothing() -> None:
    """The words for "not available" are no value."""
    assert decode_value(register("mppt_3_voltage"), (0xFFFF,)) is None
    assert decode_value(register("load_power"), (0xFFFF, 0x7FFF)) is None


def test_arrays_decode_to_lists() -> None:
    """An array gives one value for each element."""
    spec = register("pv_energy_monthly")
    assert decode_value(spec, tuple(range(12)))[:3] == [0.0, 0.1, 0.2]  # type: ignore[index]
    assert spec.table is Table.INPUT


def test_bytes_decode_to_hex() -> None:
    """Raw bytes are shown in hexadecimal."""
    spec = register("modbus_public_key", "dongle")
    assert decode_value(spec, (0x0102,) + (0,) * 7).startswith("01 02 00")  # type: ignore[union-attr]
