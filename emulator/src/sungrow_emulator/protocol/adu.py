"""Frames of Modbus TCP: the MBAP header, and where a frame ends, plain or encrypted.

A plain frame is transaction id, protocol id 0, length of the rest, unit id, PDU. An encrypted
one is `01 00 LL PP` and LL + PP bytes of cipher text, where LL is the length of the clear frame
and PP its padding. Bytes 2 and 3 tell them apart: 00 00 can only be a protocol id, for no frame
has length 0.
"""

from __future__ import annotations

import struct

HEADER = struct.Struct(">HHHB")
"""Transaction id, protocol id, length and unit id."""
PROTOCOL = 2
"""Where the protocol id begins: a byte that is 0, but never in an encrypted frame."""
PDU = HEADER.size
"""Where the PDU begins."""
MIN_FRAME = HEADER.size + 1
"""A header and a function code."""
MAX_FRAME = 260
MAX_SEALED = 255
"""The longest clear frame that the one length byte of an encrypted frame can tell."""
SEALED_HEADER = 4
BLOCK = 16

GARBAGE = -1
"""What no client of this protocol sends; the connection is past help."""

_LENGTH_FIELD_ENDS = 6  # The length counts what comes after it.


def frame_size(data: bytes, start: int, encrypted: bool) -> int:
    """Find the end of the frame that begins at `start`, as early as its bytes allow.

    Args:
        data: what has been received.
        start: where the frame begins.
        encrypted: whether encrypted frames are spoken here; where not, they are garbage.

    Returns:
        The size of the frame in bytes, which may be more than there are; 0 where that cannot
        be told yet; GARBAGE for a protocol id other than 0, a length that no frame can have,
        or an impossible encrypted header.
    """
    known = len(data) - start
    if known < 3:
        return 0
    third = data[start + 2]
    if third:
        if not encrypted or data[start] != 1 or data[start + 1] or third < MIN_FRAME:
            return GARBAGE
        if known == 3:
            return 0
        padding = data[start + 3]
        return SEALED_HEADER + third + padding if padding == padding_of(third) else GARBAGE
    if any(data[start + 3 : start + 5]):  # Protocol id, and lengths from 256 on.
        return GARBAGE
    if known < _LENGTH_FIELD_ENDS:
        return 0
    size = _LENGTH_FIELD_ENDS + data[start + 5]
    return size if MIN_FRAME <= size <= MAX_FRAME else GARBAGE


def padding_of(length: int) -> int:
    """Return how many bytes pad a clear frame for the cipher: 1 to 16, never 0."""
    return BLOCK - length % BLOCK


def is_sealed(frame: bytes) -> bool:
    """Tell whether a complete frame is an encrypted one."""
    return frame[PROTOCOL] != 0


def reply_to(request: bytes, pdu: bytes) -> bytes:
    """Frame a reply with the transaction id and the unit id of a request frame."""
    return request[:4] + (len(pdu) + 1).to_bytes(2, "big") + request[6:7] + pdu


def short_reply_to(request: bytes, pdu: bytes) -> bytes:
    """Frame an exception as early WiNet-S firmware does: its length leaves out one byte.

    Source: ModbusTCP2MQTT#4 (`00 01 00 00 00 02 01 84 02`); freman/sungrow works around it.
    """
    return request[:4] + len(pdu).to_bytes(2, "big") + request[6:7] + pdu
