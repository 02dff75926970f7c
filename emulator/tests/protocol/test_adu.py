"""Where frames begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.image import request

from sungrow_emulator.protocol import adu


def size(text: str, *, encrypted: bool = True) -> int:
    """Size of the frame that hex text begins with."""
    return adu.frame_size(bytes.fromhex(text), 0, encrypted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00 01 00 00 00 06", 12),
        ("00 01 00 00 00 02 01 2b", 8),
        ("00 01 00 00 00 fe", 260),
        ("68 68 00 00 00 06 f7 04 0a e7 00 08", 12),
        ("01 00 00 00 00 06", 12),
        ("01 00 0c 04", 20),
        ("01 00 10 10", 36),
        ("01 00 ff 01", 260),
    ],
)
def test_a_header_tells_the_size(text: str, expected: int) -> None:
    """Six bytes of a plain frame suffice, and four of an encrypted one."""
    assert size(text) == expected


@pytest.mark.parametrize(
    "text", ["", "00", "01 00", "00 01 00", "00 01 00 00 00", "01 00 0c", "16 03"]
)
def test_too_few_bytes_do_not_tell(text: str) -> None:
    """What may still become a frame is waited for."""
    assert size(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "00 01 01",
        "00 01 00 01",
        "00 01 00 00 01",
        "00 01 00 00 00 00",
        "00 01 00 00 00 01",
        "00 01 00 00 00 ff",
        "02 00 0c",
        "01 01 0c",
        "01 00 07",
        "01 00 0c 05",
        "01 00 10 00",
        "16 03 01",
        "47 45 54 20 2f",
    ],
)
def test_garbage_is_known_as_early_as_possible(text: str) -> None:
    """The last byte shown settles it, and the one before does not."""
    assert size(text) == adu.GARBAGE
    assert size(text[:-3]) == 0 or text.startswith("47")


def test_encrypted_frames_are_garbage_where_they_are_not_spoken() -> None:
    """The third byte gives an encrypted frame away."""
    assert size("01 00 0c", encrypted=False) == adu.GARBAGE


def test_a_frame_may_begin_anywhere() -> None:
    """The start counts, not the beginning of the data."""
    assert adu.frame_size(b"\xff" * 5 + request(4, 0, 1), 5, encrypted=False) == 12


def test_padding_is_never_absent() -> None:
    """A multiple of 16 is padded with 16 bytes, as strict clients demand."""
    assert [adu.padding_of(n) for n in (9, 12, 15, 16, 17, 255)] == [7, 4, 1, 16, 15, 1]


def test_replies_echo_transaction_and_unit() -> None:
    """A reply carries what identifies the request."""
    asked = request(4, 0, 1, unit=9, tid=0xABCD)
    assert adu.reply_to(asked, b"\x84\x02").hex(" ") == "ab cd 00 00 00 03 09 84 02"


def test_early_winet_exceptions_are_a_byte_short() -> None:
    """The frame of ModbusTCP2MQTT#4, byte for byte."""
    frame = adu.short_reply_to(request(4, 0, 1), b"\x84\x02")
    assert frame.hex(" ") == "00 01 00 00 00 02 01 84 02"


def test_only_encrypted_frames_are_sealed() -> None:
    """Byte 2 tells them apart."""
    assert adu.is_sealed(bytes.fromhex("01000c04"))
    assert not adu.is_sealed(bytes.fromhex("0100000000060104138700 01".replace(" ", "")))


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_frame_garbage_or_not_enough(data: bytes, encrypted: bool) -> None:
    """Never an error, never an impossible size; and more bytes never change the verdict."""
    found = adu.frame_size(data, 0, encrypted)
    assert found in (adu.GARBAGE, 0) or adu.MIN_FRAME <= found <= adu.MAX_FRAME
    if found:
        assert adu.frame_size(data + b"\x55", 0, encrypted) == found
