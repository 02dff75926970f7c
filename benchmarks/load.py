"""What the generator sends and what has to come back, for each kind of door."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from sungrow_emulator.protocol import adu

REGISTERS = 100
ADDRESS = 4999
"""Wire address that every measured server answers 100 input registers from."""


@dataclass(frozen=True, slots=True)
class Load:
    """One kind of exchange over many connections.

    Attributes:
        request: what every connection sends again and again.
        answer_size: bytes of one answer.
        expected: how each answer begins, behind the transaction id where there is one.
        ids: whether the first two bytes both ways are a transaction id.
        tls: whether all of it goes through TLS.
        hello: what each connection says first; answered with a head of HTTP.
        connections: how many there are.
        depth: requests in flight on each.
    """

    request: bytes
    answer_size: int
    expected: bytes = b""
    ids: bool = False
    tls: bool = False
    hello: bytes = b""
    connections: int = 100
    depth: int = 1

    def over(self, connections: int, depth: int = 1) -> Load:
        """Return the same exchange over so many connections."""
        return replace(self, connections=connections, depth=depth)


def read(unit: int = 1) -> Load:
    """Return a read of 100 input registers by Modbus TCP."""
    size = 2 * REGISTERS
    return Load(
        request=struct.pack(">HHHBBHH", 0, 0, 6, unit, 4, ADDRESS, REGISTERS),
        answer_size=9 + size,
        expected=struct.pack(">HHBBB", 0, 3 + size, unit, 4, size),
        ids=True,
    )


def sealed_read(seal: bytes, answer_size: int) -> Load:
    """Return the same read as an encrypted frame; all frames have one transaction id there.

    Args:
        seal: the request, encrypted.
        answer_size: bytes of the answer before it is encrypted.
    """
    padding = adu.padding_of(answer_size)
    return Load(
        request=seal,
        answer_size=adu.SEALED_HEADER + answer_size + padding,
        expected=bytes((1, 0, answer_size, padding)),
    )


def page(target: str, answer_size: int) -> Load:
    """Return a GET of a page on a connection that is kept.

    Args:
        target: path and query.
        answer_size: bytes of head and body.
    """
    return Load(get(target), answer_size, b"HTTP/1.1 200")


def message(text: str, answer_size: int) -> Load:
    """Return a WebSocket message; its mask of zeros leaves the text as it is.

    Args:
        text: the payload.
        answer_size: bytes of the answering frame.
    """
    return Load(frame(text), answer_size, b"\x81", hello=UPGRADE)


UPGRADE = (
    b"GET /ws/home/overview HTTP/1.1\r\nhost: dongle\r\nupgrade: websocket\r\n"
    b"connection: upgrade\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def get(target: str) -> bytes:
    """Return a request for a page."""
    return f"GET {target} HTTP/1.1\r\nhost: dongle\r\n\r\n".encode()


def frame(text: str) -> bytes:
    """Return a text frame of a client."""
    data = text.encode()
    size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
    return b"\x81" + size + bytes(4) + data
