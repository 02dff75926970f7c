"""Encrypted frames of the older Wi-Fi dongles: AES-128-ECB around whole Modbus TCP frames.

The session key is the device's public key XOR a constant that all clients know; so it hides
nothing and is merely what those clients speak (SungrowModbusTcpClient, rpvelloso/Sungrow-Modbus).
"""

from __future__ import annotations

from functools import lru_cache

from sungrow_emulator.protocol import adu

APPLICATION_KEY = b"Grow#0*2Sun68CbE"
TRANSACTION = b"hh"
"""68 68: the transaction id of every frame inside encryption, both ways."""

_KEPT = 256
_SIZES = range(adu.MAX_SEALED + 1)
_TAGS = tuple(bytes((1, 0, size, adu.padding_of(size))) for size in _SIZES)
_PADDINGS = tuple(b"\xff" * adu.padding_of(size) for size in _SIZES)
_HEADS = tuple(TRANSACTION + bytes((0, 0, 0, max(size - 6, 0))) for size in _SIZES)


def session_key(public_key: bytes) -> bytes:
    """Return the AES key of a public key of 16 bytes."""
    return bytes(a ^ b for a, b in zip(public_key, APPLICATION_KEY, strict=True))


class FrameCipher:
    """Seals and opens the frames of one public key; it is shared by all connections."""

    def __init__(self, public_key: bytes) -> None:
        # Most doors never see an encrypted frame, and the import takes longer than a start-up.
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        aes = Cipher(algorithms.AES128(session_key(public_key)), modes.ECB())  # noqa: S305
        # ECB keeps nothing between whole blocks, so one context of each kind serves for ever.
        self._encrypt = aes.encryptor().update
        self._decrypt = aes.decryptor().update
        # Clients ask the same few frames for ever, and each looks the same every time.
        self._opened = lru_cache(_KEPT)(self._open)

    def seal(self, frame: bytes) -> bytes:
        """Encrypt a clear frame of at most 255 bytes; its transaction id is lost."""
        size = len(frame)
        return _TAGS[size] + self._encrypt(TRANSACTION + frame[2:] + _PADDINGS[size])

    def open(self, sealed: bytes) -> bytes:
        """Decrypt a complete encrypted frame.

        Returns:
            The clear frame, or nothing if another key made it: transaction id, protocol id or
            length do not fit. What the padding holds does not matter.
        """
        return self._opened(sealed)

    def _open(self, sealed: bytes) -> bytes:
        size = sealed[2]
        frame = self._decrypt(sealed[adu.SEALED_HEADER :])[:size]
        return frame if frame.startswith(_HEADS[size]) else b""
