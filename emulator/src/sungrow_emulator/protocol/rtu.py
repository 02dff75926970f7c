"""Modbus RTU: frames of a serial line, cut out of a stream that tells no lengths.

A frame is unit id, PDU and CRC-16, low byte first (Modbus over serial line V1.02 §2.5; Sungrow
documents: 9600 baud, 8N1). Where one ends follows from its function code, and from silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sungrow_emulator.protocol import adu, pdu
from sungrow_emulator.protocol.connection import Connection
from sungrow_emulator.protocol.door import BROADCAST, KEY_REQUEST, Door
from sungrow_emulator.protocol.hooks import Client

BAUD_RATE = 9600
FRAME_GAP = 3.5 * 10 / BAUD_RATE
"""Seconds of silence that part two frames: 3.5 characters of 10 bits, 3.6 ms."""
MIN_FRAME = 4
"""Unit id, function code and CRC."""
MAX_FRAME = 256

MORE = 0
"""Bytes to come may make a frame of what is there."""
NONE = -1
"""No frame begins here, whatever comes."""

_CRC_SIZE = 2
_SHORT_REQUEST = 8
"""Size of a request of function 3, 4 or 6, and of the reply to 6 and 16."""
_REFUSAL = 5
_READS = (pdu.READ_HOLDING, pdu.READ_INPUT)
_HIGHEST_CODE = max(pdu.ExceptionCode)


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xA001 if byte & 1 else 0)
    return byte


_CRC_TABLE = tuple(map(_crc_of_byte, range(256)))


def crc16(data: bytes) -> int:
    """Return the CRC-16 of Modbus; that of a frame with its own CRC is 0."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc


def seal(body: bytes) -> bytes:
    """Return the frame of a unit id and a PDU."""
    return body + crc16(body).to_bytes(_CRC_SIZE, "little")


def frame_size(data: bytes, start: int) -> int:
    """Find the end of the frame that begins at `start`: a request, or what a device replies.

    Args:
        data: what has been received.
        start: where the frame begins.

    Returns:
        The size of a frame whose CRC is right; MORE, or NONE, which is also the answer for
        functions other than 3, 4, 6 and 16: only silence ends their frames.
    """
    known = len(data) - start
    wanting = known < 2
    for size in () if wanting else _sizes(data[start : start + 7]):
        if size > known:
            wanting = True
        elif not crc16(data[start : start + size]):
            return size
    return MORE if wanting else NONE


def _sizes(head: bytes) -> Iterator[int]:
    """Yield how long a frame may be that begins with `head`, requests first."""
    function = head[1]
    if function in _READS:
        yield _SHORT_REQUEST
        if len(head) > 2 and 0 < head[2] <= 2 * pdu.MAX_READ and not head[2] % 2:
            yield 3 + head[2] + _CRC_SIZE
    elif function == pdu.WRITE_SINGLE:
        yield _SHORT_REQUEST
    elif function == pdu.WRITE_MULTIPLE:
        count = int.from_bytes(head[4:6], "big")
        if len(head) == 7 and 1 <= count <= pdu.MAX_WRITE and head[6] == 2 * count:
            yield 7 + head[6] + _CRC_SIZE
        yield _SHORT_REQUEST
    elif function & 0x80 and (len(head) < 3 or head[2] <= _HIGHEST_CODE):
        yield _REFUSAL


def is_reply(frame: bytes) -> bool:
    """Tell whether a frame is what a device says; the reply to function 6 looks like its request.

    It is heard where several devices share a line.
    """
    function = frame[1]
    if function in _READS:
        return len(frame) == 3 + frame[2] + _CRC_SIZE
    if function == pdu.WRITE_MULTIPLE:
        return len(frame) == _SHORT_REQUEST
    return function & 0x80 != 0


@dataclass(slots=True)
class LineCounters:
    """What a line has heard since it was made; numbers for /metrics.

    Attributes:
        frames: frames with a right CRC, whoever they are for.
        foreign_frames: those of them for other units, and replies of other devices.
        crc_errors: stretches of bytes that were no frame: a wrong CRC, noise, too few bytes.
    """

    frames: int = 0
    foreign_frames: int = 0
    crc_errors: int = 0


class RtuConnection:
    """Answers the frames of one line in order, whole or in pieces, and what is no frame never.

    Garbage is searched for frames byte by byte, so that the next request is answered even where
    it follows at once. A frame of a function without known length is what stands alone between
    others, or before silence.

    Args:
        door: what is being asked; encryption and its key request are left to TCP.
        client: who asks, for the hooks, which see frames as they would be on TCP.
        counters: shared by the connections of a server.

    Attributes:
        closing: always False; a line has no other beginning to go back to.
        counters: as given.
    """

    __slots__ = ("_asked", "_door", "_held", "_searched", "_silent", "closing", "counters")

    def __init__(
        self, door: Door, client: Client | None = None, counters: LineCounters | None = None
    ) -> None:
        self.closing = False
        self.counters = counters or LineCounters()
        self._door = door
        self._asked = Connection(door, client)
        self._held = b""  # What may become a frame.
        self._searched = 0  # No frame of known length begins in so many bytes of it.
        self._silent = False

    @property
    def waiting(self) -> bool:
        """Whether bytes wait for more, or for silence."""
        return bool(self._held)

    def hear_silence(self) -> None:
        """Let what is held be all there is of it; the next `receive`, of b"" if need be, acts."""
        self._silent = True

    def receive(self, data: bytes) -> bytes:
        """Answer every complete frame at once; returns the answers in order."""
        return b"".join(reply for _, reply in self.receive_timed(data, 0.0))

    def receive_timed(self, data: bytes, now: float) -> list[tuple[float, bytes]]:
        """Answer every complete frame as the hooks and the manners of the door have it.

        Args:
            data: the next bytes of the line; where they are cut does not matter.
            now: wall time in seconds on any steady clock.

        Returns:
            Frames in the order in which they are to be sent, each with its delay in seconds.
        """
        timed: list[tuple[float, bytes]] = []
        for frame in self._frames(data):
            self.counters.frames += 1
            unit = frame[0]
            if is_reply(frame) or (unit != BROADCAST and unit not in self._door.units):
                self.counters.foreign_frames += 1
            else:
                timed += self._exchange(frame[:-_CRC_SIZE], now)
        return timed

    def _exchange(self, body: bytes, now: float) -> Iterator[tuple[float, bytes]]:
        request = bytes((0, 0, 0, 0, 0, len(body))) + body
        if body == KEY_REQUEST:
            # Nothing is encrypted here, so this is one more address that does not exist.
            self._door.counters.functions[pdu.READ_INPUT] += 1
            replies = [(0.0, self._door.refuse(request, pdu.ExceptionCode.ILLEGAL_ADDRESS))]
        else:
            replies = self._asked.receive_timed(request, now)
        for delay, reply in replies:
            answer = reply[adu.PDU - 1 :]
            if len(answer) > 2 and answer[1] in _READS:
                # Bytes beyond the byte count (padded firmware frames) have no place before a CRC.
                answer = answer[: 3 + answer[2]]
            yield delay, seal(answer)

    def _frames(self, data: bytes) -> Iterator[bytes]:
        """Yield the frames, and hold what may become one."""
        if self._silent:
            self._silent = False
            yield from self._cut()
            yield from self._whole(self._held)
            self._held = b""
            self._searched = 0
        self._held += data
        yield from self._cut(wait=True)
        if self._searched > MAX_FRAME:
            yield from self._whole(self._held[: self._searched])
            self._held = self._held[self._searched :]
            self._searched = 0

    def _cut(self, *, wait: bool = False) -> Iterator[bytes]:
        """Yield frames of known length and what stands before them; `wait` for unfinished ones."""
        while self._searched < len(self._held):
            begin = self._searched
            size = frame_size(self._held, begin)
            if size == MORE and wait:
                return
            if size <= 0:
                self._searched += 1
                continue
            before, frame = self._held[:begin], self._held[begin : begin + size]
            self._held = self._held[begin + size :]
            self._searched = 0
            yield from self._whole(before)
            yield frame

    def _whole(self, stretch: bytes) -> Iterator[bytes]:
        """Yield a stretch of bytes if it is a frame as a whole."""
        if MIN_FRAME <= len(stretch) <= MAX_FRAME and not crc16(stretch):
            yield stretch
        elif stretch:
            self.counters.crc_errors += 1
