"""Modbus requests and replies without framing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.image import REFUSED, ImageUnit

from sungrow_emulator.protocol import pdu


def ask(text: str, unit: ImageUnit | None = None) -> str:
    """Answer a request in hex with a reply in hex."""
    return pdu.answer(unit or ImageUnit(), bytes.fromhex(text)).hex(" ")


@pytest.mark.parametrize(
    ("request_hex", "reply_hex"),
    [
        ("04 1387 0001", "04 02 13 87"),
        ("03 1387 0002", "03 04 93 87 93 88"),
        ("04 ffff 0001", "04 02 ff ff"),
        ("06 1388 00aa", "06 13 88 00 aa"),
        ("10 1388 0002 04 00aa 02bc", "10 13 88 00 02"),
    ],
)
def test_sound_requests_are_answered(request_hex: str, reply_hex: str) -> None:
    """Functions 3, 4, 6 and 16 answer as the Modbus specification has it."""
    assert ask(request_hex) == reply_hex


def test_reads_at_most_125_words() -> None:
    """125 words fit, 126 do not."""
    assert len(pdu.answer(ImageUnit(), bytes.fromhex("04 0000 007d"))) == 252
    assert ask("04 0000 007e") == "84 03"


def test_a_padded_answer_keeps_its_byte_count() -> None:
    """A unit may answer more bytes than asked for; the byte count does not tell."""
    assert ask("04 0a34 000b") == "04 16 " + " ".join(f"0a {n:02x}" for n in range(0x34, 0x43))


@pytest.mark.parametrize(
    ("request_hex", "reply_hex"),
    [
        ("03 0000 0000", "83 03"),
        ("04 0000 007e", "84 03"),
        ("04 0000 ffff", "84 03"),
        ("04 ffff 0002", "84 02"),
        ("04 07d0 0001", "84 02"),
        ("04", "84 03"),
        ("03 0000", "83 03"),
        ("04 0000 0001 00", "84 03"),
        ("06 0000 00", "86 03"),
        ("06 07d0 0001", "86 02"),
        ("10", "90 03"),
        ("10 0000 0001", "90 03"),
        ("10 0000 0000 00", "90 03"),
        ("10 0000 007c f8" + "00" * 248, "90 03"),
        ("10 0000 0002 02 0000", "90 03"),
        ("10 0000 0001 02 00", "90 03"),
        ("10 ffff 0002 04 00000000", "90 02"),
        ("10 07d0 0001 02 0000", "90 02"),
    ],
)
def test_bad_requests_are_refused(request_hex: str, reply_hex: str) -> None:
    """Counts, lengths and addresses that cannot be are refused with the right code."""
    assert ask(request_hex) == reply_hex


@pytest.mark.parametrize("function", [0, 1, 2, 5, 7, 0x0F, 0x17, 0x2B, 0x7F, 0x80, 0x83, 0xFF])
def test_other_functions_are_refused_under_their_own_number(function: int) -> None:
    """An unknown function gets exception 1 with its function code, even above 0x7F."""
    assert pdu.answer(ImageUnit(), bytes((function, 0, 0))) == bytes((function | 0x80, 1))


def test_a_write_reaches_the_unit_once() -> None:
    """The unit gets function, wire address and the words as sent."""
    unit = ImageUnit()
    ask("06 1388 00aa", unit)
    ask("10 1389 0002 04 0102 0304", unit)
    assert unit.written == [(6, 0x1388, b"\x00\xaa"), (16, 0x1389, b"\x01\x02\x03\x04")]


def test_a_refused_write_is_not_applied() -> None:
    """Whatever is malformed never reaches the unit."""
    unit = ImageUnit()
    for bad in ("06 0000 00", "10 0000 0002 02 0000", f"06 {REFUSED:04x} 0001"):
        ask(bad, unit)
    assert unit.written == []


def test_words_to_read_is_zero_for_anything_but_a_read() -> None:
    """Only sound reads ask for words."""
    found = [pdu.words_to_read(bytes.fromhex(h)) for h in ("0400000064", "0600000064", "04")]
    assert found == [100, 0, 0]


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_get_a_reply_to_their_function(request: bytes) -> None:
    """Arbitrary bytes never raise, and the reply belongs to the function."""
    reply = pdu.answer(ImageUnit(), request)
    assert reply[0] | 0x80 == request[0] | 0x80
    assert 2 <= len(reply) <= 252
