"""Encrypted frames, byte for byte as a real client class exchanged them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.image import PUBLIC_KEY, request
from protocol.transcript import FRAMES

from sungrow_emulator.protocol import adu
from sungrow_emulator.protocol.cipher import FrameCipher, session_key


def test_the_session_key_is_the_public_key_xor_the_application_key() -> None:
    """The key of the transcript."""
    assert session_key(PUBLIC_KEY).hex() == "46706c7326362d3a5a7f653a354d6d55"


@pytest.mark.parametrize(("clear", "wire"), FRAMES)
def test_the_transcript_in_both_directions(clear: str, wire: str) -> None:
    """Each frame opens to its clear text and seals to its bytes."""
    cipher = FrameCipher(PUBLIC_KEY)
    assert cipher.open(bytes.fromhex(wire)) == bytes.fromhex(clear)
    assert cipher.seal(bytes.fromhex(clear)) == bytes.fromhex(wire)


@pytest.mark.parametrize(
    ("words", "header", "size"), [(100, "0100d10f", 228), (123, "0100ff01", 260)]
)
def test_long_answers_have_the_sizes_of_the_transcript(words: int, header: str, size: int) -> None:
    """100 words, and 123: the most that one length byte can tell."""
    frame = adu.reply_to(request(4, 0, words), bytes((4, 2 * words)) + bytes(2 * words))
    sealed = FrameCipher(PUBLIC_KEY).seal(frame)
    assert (sealed[:4].hex(), len(sealed)) == (header, size)


def test_the_transaction_id_is_replaced() -> None:
    """Inside encryption every transaction id is 68 68."""
    cipher = FrameCipher(PUBLIC_KEY)
    assert cipher.open(cipher.seal(request(4, 0, 1, tid=7))) == request(4, 0, 1, tid=0x6868)


def test_padding_may_hold_anything() -> None:
    """Clients pad with FF, but nobody depends on it."""
    cipher = FrameCipher(PUBLIC_KEY)
    clear = request(4, 0, 1, tid=0x6868)
    sealed = cipher.seal(clear + b"\0\0\0\0")  # Seals 16 bytes and 16 of padding.
    assert cipher.open(bytes.fromhex("01000c04") + sealed[4:20]) == clear


@given(st.binary(min_size=adu.MIN_FRAME, max_size=adu.MAX_SEALED))
def test_what_is_sealed_opens_again(frame: bytes) -> None:
    """A frame whose length field fits comes back whole; any other one is refused."""
    cipher = FrameCipher(PUBLIC_KEY)
    sealed = cipher.seal(frame)
    assert len(sealed) % 16 == 4
    sound = frame[2:6] == bytes((0, 0, 0, len(frame) - 6))
    assert cipher.open(sealed) == (b"hh" + frame[2:] if sound else b"")


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_another_key_is_noticed(noise: bytes, key: bytes) -> None:
    """Cipher text of another key opens to nothing, or by a rare chance to a sound frame."""
    opened = FrameCipher(key).open(bytes.fromhex("01000c04") + noise)
    assert opened[:6] in (b"", bytes.fromhex("686800000006"))


def test_the_library_is_loaded_by_the_first_frame_only() -> None:
    """Importing the protocol does not import the cryptography library."""
    code = (
        "import sys; from sungrow_emulator.protocol import connection, cipher;"
        "before = 'cryptography' in sys.modules; cipher.FrameCipher(bytes(range(16)));"
        "print(before, 'cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
