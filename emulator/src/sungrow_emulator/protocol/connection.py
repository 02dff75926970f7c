"""One client's connection to a door: bytes in, bytes out."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from sungrow_emulator.protocol import adu, pdu
from sungrow_emulator.protocol.door import BROADCAST, STATION, Door
from sungrow_emulator.protocol.hooks import Client

_REQUEST = struct.Struct(">HHHBBHH")
_REQUEST_SIZE = _REQUEST.size
_REQUEST_LENGTH = _REQUEST_SIZE - 6
_NOT_PLAIN = (STATION, BROADCAST)
_unpack_from = _REQUEST.unpack_from
_pack = struct.Struct(">HHHBBB").pack


class Connection:
    """Answers the frames of one client in order, plain and encrypted, whole or in pieces.

    Args:
        door: what is being asked.
        client: who asks, for the hooks.

    Attributes:
        closing: True after bytes that are no frame; what follows is ignored, and the transport
            should be closed once the answers so far are out.
    """

    __slots__ = ("_client", "_counters", "_door", "_functions", "_held", "_units", "closing")

    def __init__(self, door: Door, client: Client | None = None) -> None:
        self.closing = False
        self._door = door
        self._units = door.units
        self._counters = door.counters
        self._functions = door.counters.functions
        self._client = client or Client()
        self._held = b""  # The beginning of a frame, always shorter than a frame may be.

    def receive(self, data: bytes) -> bytes:
        """Answer every complete frame at once, past the hooks and manners of the door.

        Args:
            data: the next bytes of the client; where they are cut does not matter.

        Returns:
            The answers in order, as they go on the wire.
        """
        # One frame at a time is nearly all traffic, and most of that are plain reads.
        if len(data) == _REQUEST_SIZE and not self._held and not self.closing:
            reply = self._answer_read(data, 0, pdu.MAX_READ)
            if reply:
                return reply
        data = self._with_held(data)
        replies: list[bytes] = []
        position, end = 0, len(data)
        while position < end:
            reply = b""
            size = _REQUEST_SIZE
            if end - position >= size and not data[position + adu.PROTOCOL]:
                reply = self._answer_read(data, position, pdu.MAX_READ)
            if not reply:
                size = self._frame_size(data, position)
                if not size:
                    break
                reply = self._exchange(data[position : position + size])
            replies.append(reply)
            position += size
        return b"".join(replies)

    def receive_timed(self, data: bytes, now: float) -> list[tuple[float, bytes]]:
        """Answer every complete frame as the hooks and the manners of the door have it.

        Args:
            data: the next bytes of the client.
            now: wall time in seconds on any steady clock.

        Returns:
            Frames in the order in which they are to be sent, each with its delay in seconds.
        """
        timed: list[tuple[float, bytes]] = []
        data = self._with_held(data)
        position = 0
        while size := self._frame_size(data, position):
            timed += self._exchange_watched(data[position : position + size], now)
            position += size
        return timed

    def _with_held(self, data: bytes) -> bytes:
        """Return what is to be read now, which is nothing after garbage."""
        if self.closing:
            return b""
        held, self._held = self._held, b""
        return held + data if held else data

    def _frame_size(self, data: bytes, position: int) -> int:
        """Return the size of the complete frame at `position`.

        Returns 0 where there is none: over garbage the connection closes, and the beginning
        of a frame is held until the rest comes.
        """
        if self.closing:
            return 0
        size = adu.frame_size(data, position, self._door.encrypted_words > 0)
        if size == adu.GARBAGE:
            self._close()
        elif size and position + size <= len(data):
            return size
        else:
            self._held = data[position:]
        return 0

    def _answer_read(self, data: bytes, position: int, most: int) -> bytes:
        """Answer a sound read of at most `most` words, in clear.

        Returns nothing where the request at `position` is anything else, however slightly:
        `Door.answer` then knows what to do.
        """
        tid, protocol, length, unit_id, function, address, count = _unpack_from(data, position)
        unit = self._units.get(unit_id)
        if (
            unit is None
            or protocol
            or length != _REQUEST_LENGTH
            or function not in pdu.READS
            or not 0 < count <= most
            or address + count > pdu.ADDRESSES
            or unit_id in _NOT_PLAIN
        ):
            return b""
        self._functions[function] += 1
        try:
            words = unit.read(function, address, count)
        except Exception as error:  # A fault of ours must not take the port down.
            words = self._door.failed(error)
        if isinstance(words, int):
            return self._door.refuse(data[position : position + _REQUEST_SIZE], words)
        return _pack(tid, 0, len(words) + 3, unit_id, function, 2 * count) + words

    def _exchange(self, frame: bytes) -> bytes:
        """Answer one frame of any kind, as it goes on the wire; nothing where silence is due."""
        door = self._door
        if not adu.is_sealed(frame):
            return door.answer(frame, pdu.MAX_READ)
        request = self._open(frame)
        return self._seal(request, self._answer(request, door.encrypted_words)) if request else b""

    def _exchange_watched(self, frame: bytes, now: float) -> Iterable[tuple[float, bytes]]:
        """Answer one frame through manners and hooks."""
        door = self._door
        sealed = adu.is_sealed(frame)
        request = self._open(frame) if sealed else frame
        if not request:
            return ()
        reply = self._answer(request, door.encrypted_words if sealed else pdu.MAX_READ)
        delay = 0.0
        if reply and door.pacer is not None:
            delay, code = door.pacer.pace(request[adu.PDU], now, self._client)
            if code and not reply[adu.PDU] & 0x80:
                reply = door.refuse(request, code)
        timed: Iterable[tuple[float, bytes]] = ((delay, reply),) if reply else ()
        if door.frame_filter is not None:
            timed = tuple(door.frame_filter(self._client, request, reply, delay))
            self._counters.unanswered += bool(reply) - len(timed)
        if door.trace is not None:
            door.trace(self._client, request, b"".join(out for _, out in timed), sealed)
        return [(due, self._seal(request, out)) for due, out in timed] if sealed else timed

    def _open(self, frame: bytes) -> bytes:
        self._counters.encrypted_frames += 1
        request = self._door.cipher.open(frame)
        if not request:
            self._close()
        return request

    def _answer(self, request: bytes, most: int) -> bytes:
        """Answer one clear frame in clear; nothing where silence is due."""
        if len(request) == _REQUEST_SIZE and (reply := self._answer_read(request, 0, most)):
            return reply
        return self._door.answer(request, most)

    def _seal(self, request: bytes, reply: bytes) -> bytes:
        if len(reply) > adu.MAX_SEALED:
            reply = self._door.refuse(request, pdu.ExceptionCode.ILLEGAL_VALUE)
        return self._door.cipher.seal(reply) if reply else b""

    def _close(self) -> None:
        self.closing = True
        self._counters.garbage_closes += 1
