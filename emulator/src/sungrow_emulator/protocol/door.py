"""A door: what all connections to one port of an emulated device share."""

from __future__ import annotations

import enum
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.protocol import adu, pdu
from sungrow_emulator.protocol.cipher import FrameCipher
from sungrow_emulator.protocol.hooks import FrameFilter, Trace
from sungrow_emulator.protocol.manners import Pacer
from sungrow_emulator.protocol.unit import Unit

BROADCAST = 0
"""Unit id that every unit listens to and none answers (Sungrow documents V1.1.53 §3)."""
STATION = 247
"""Unit id of dongle and logger themselves; it answers the key request."""

KEY_REQUEST = bytes((STATION, pdu.READ_INPUT, 0x0A, 0xE7, 0x00, 0x08))
"""Unit id and PDU of the request that begins encryption."""
_KEY_SIZE = 16
_MOST_SEALED = (adu.MAX_SEALED - adu.PDU - 2) // 2


class Encryption(enum.StrEnum):
    """How a door answers the key request: input registers 2791 + 8 words of unit 247."""

    KEY = "key"
    """With its public key, and speaks encrypted as well as plain."""
    ZERO = "zero"
    """With 16 bytes 00: no encryption."""
    FF = "ff"
    """With 16 bytes FF: no encryption."""
    SILENT = "silent"
    """Not at all (SungrowInverter#19)."""
    MALFORMED = "malformed"
    """With the short exception of early WiNet-S firmware (ModbusTCP2MQTT#4)."""


@dataclass(frozen=True, slots=True)
class DoorRules:
    """What holds for every connection of a door.

    Attributes:
        encryption: answer to the key request.
        public_key: 16 bytes that are neither all 00 nor all FF; needed with `key` only.
        unknown_units: exception code for unit ids that nothing answers at; None = silence, as
            on an inverter's LAN port.
        max_encrypted_registers: a longer encrypted read is refused with exception 3; 123 is
            what the one length byte of an encrypted frame allows.
        malformed_exceptions: exceptions have MBAP length 2 (ModbusTCP2MQTT#4).
    """

    encryption: Encryption = Encryption.ZERO
    public_key: bytes = b""
    unknown_units: int | None = None
    max_encrypted_registers: int = _MOST_SEALED
    malformed_exceptions: bool = False

    def __post_init__(self) -> None:
        """Refuse what clients would misunderstand."""
        if not 1 <= self.max_encrypted_registers <= _MOST_SEALED:
            raise EmulatorError(
                f"an encrypted frame holds 1 to {_MOST_SEALED} registers,"
                f" not {self.max_encrypted_registers}"
            )
        key = self.public_key
        if self.encryption is Encryption.KEY:
            if len(key) != _KEY_SIZE:
                raise EmulatorError(f"a public key has {_KEY_SIZE} bytes, this one {len(key)}")
            if key in (bytes(_KEY_SIZE), b"\xff" * _KEY_SIZE):
                raise EmulatorError("a public key of all 00 or all FF means no encryption")


@dataclass(slots=True)
class Counters:
    """What a door has seen since it was made; numbers for /metrics.

    A thousand doors have a thousand of these, so both arrays are as long as they have to be.

    Attributes:
        functions: requests by function code, answered or not; 3 and 4 are always there.
        exceptions: refused requests by exception code.
        unanswered: requests that got no answer, less what was sent beyond one for each.
        key_requests: key requests, answered or not; they are requests too.
        encrypted_frames: requests that came encrypted.
        garbage_closes: connections closed over bytes that are no frame.
        unit_failures: requests that a unit could not digest; answered with exception 4.
    """

    functions: array[int] = field(default_factory=lambda: array("Q", (0,)) * (pdu.READ_INPUT + 1))
    exceptions: array[int] = field(default_factory=lambda: array("Q"))
    unanswered: int = 0
    key_requests: int = 0
    encrypted_frames: int = 0
    garbage_closes: int = 0
    unit_failures: int = 0

    @property
    def requests(self) -> int:
        """Return how many requests were received."""
        return sum(self.functions)

    @property
    def replies(self) -> int:
        """Return how many frames were sent."""
        return self.requests - self.unanswered

    def count_request(self, function: int) -> None:
        """Count a request by its function code."""
        _count(self.functions, function)

    def count_refusal(self, code: int) -> None:
        """Count a refused request by its exception code."""
        _count(self.exceptions, code)


def _count(counts: array[int], number: int) -> None:
    counts.extend([0] * (number + 1 - len(counts)))
    counts[number] += 1


class Door:
    """What answers at one port, and how.

    Args:
        units: what answers by unit id; may change while the door is open.
        rules: what holds for all connections.
        pacer: behaviour in time; None answers everything at once.
        on_error: told of the first error that a unit raised, which is a fault of the emulator.
    """

    __slots__ = (
        "_cipher", "_on_error", "_rules", "counters", "encrypted_words", "frame_filter",
        "immediate", "pacer", "trace", "units",
    )  # fmt: skip

    def __init__(
        self,
        units: Mapping[int, Unit],
        rules: DoorRules,
        *,
        pacer: Pacer | None = None,
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        self.units: Final = units
        self.counters: Final = Counters()
        self.pacer = pacer
        self.trace: Trace | None = None
        self.frame_filter: FrameFilter | None = None
        self.immediate = pacer is None
        """Whether answers leave at once and unwatched, so that the short path will do."""
        self.rules = rules
        self._on_error = on_error

    def __repr__(self) -> str:
        """Show the units and what was asked."""
        units = ", ".join(map(str, sorted(self.units)))
        return f"<Door units [{units}], {self.counters.requests} requests>"

    @property
    def rules(self) -> DoorRules:
        """What holds for every connection; a change acts from the next frame on.

        `encrypted_words` follows it: the most words of an encrypted read, 0 where no encrypted
        frames are spoken.
        """
        return self._rules

    @rules.setter
    def rules(self, rules: DoorRules) -> None:
        self._rules = rules
        speaks_encrypted = rules.encryption is Encryption.KEY
        self.encrypted_words = rules.max_encrypted_registers if speaks_encrypted else 0
        self._cipher: FrameCipher | None = None

    @property
    def cipher(self) -> FrameCipher:
        """The cipher of the public key, made when the first frame needs it."""
        if self._cipher is None:
            self._cipher = FrameCipher(self._rules.public_key)
        return self._cipher

    def watch(self, trace: Trace | None, frame_filter: FrameFilter | None) -> None:
        """Set the hooks of all connections, from the next frame on; None takes one off."""
        self.trace = trace
        self.frame_filter = frame_filter
        self.immediate = self.pacer is None and trace is None and frame_filter is None

    def answer(self, request: bytes, most: int = pdu.MAX_READ) -> bytes:
        """Answer one clear frame of any kind.

        Args:
            request: a complete frame, see `adu.frame_size`.
            most: how many registers a read may ask for; beyond is exception 3.

        Returns:
            A clear frame, or nothing where the device stays silent.
        """
        unit_id = request[6]
        body = request[adu.PDU :]
        self.counters.count_request(body[0])
        if request[6:] == KEY_REQUEST:
            return self._tell_key(request)
        if unit_id == BROADCAST:
            if pdu.is_write(body):
                for unit in self.units.values():
                    self._ask(unit, body)
            return self._stay_silent()
        unit = self.units.get(unit_id)
        if unit is None:
            code = self._rules.unknown_units
            return self._stay_silent() if code is None else self.refuse(request, code)
        if pdu.words_to_read(body) > most:
            return self.refuse(request, pdu.ExceptionCode.ILLEGAL_VALUE)
        reply = self._ask(unit, body)
        return self.refuse(request, reply[1]) if reply[0] & 0x80 else adu.reply_to(request, reply)

    def refuse(self, request: bytes, code: int) -> bytes:
        """Return the exception frame for a clear request, and count it."""
        self.counters.count_refusal(code)
        framed = adu.short_reply_to if self._rules.malformed_exceptions else adu.reply_to
        return framed(request, pdu.exception(request[adu.PDU], code))

    def failed(self, error: Exception) -> int:
        """Take note of an error of a unit; returns the exception code that hides it."""
        self.counters.unit_failures += 1
        if self._on_error is not None:
            self._on_error(error)
            self._on_error = None
        return pdu.ExceptionCode.DEVICE_FAILURE

    def _ask(self, unit: Unit, body: bytes) -> bytes:
        try:
            return pdu.answer(unit, body)
        except Exception as error:  # A fault of ours must not take the port down.
            return pdu.exception(body[0], self.failed(error))

    def _stay_silent(self) -> bytes:
        self.counters.unanswered += 1
        return b""

    def _tell_key(self, request: bytes) -> bytes:
        self.counters.key_requests += 1
        mode = self._rules.encryption
        if mode is Encryption.SILENT:
            return self._stay_silent()
        if mode is Encryption.MALFORMED:
            code = pdu.ExceptionCode.ILLEGAL_ADDRESS
            self.counters.count_refusal(code)
            return adu.short_reply_to(request, pdu.exception(pdu.READ_INPUT, code))
        fill = b"\xff" if mode is Encryption.FF else b"\0"
        key = self._rules.public_key if mode is Encryption.KEY else fill * _KEY_SIZE
        return adu.reply_to(request, bytes((pdu.READ_INPUT, _KEY_SIZE)) + key)
