"""One client's connection to a door: bytes in, bytes out."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from sungrow_emulator.protocol import adu, pdu
from sungrow_emulator.protocol.door import BROADCAST, STATION, Door, Encryption
from sungrow_emulator.protocol.hooks import Client

_REQUEST = struct.Struct(">HHHBBHH")
_REPLY = struct.Struct(">HHHBBB")
_REQUEST_SIZE = _REQUEST.size
_REQUEST_LENGTH = _REQUEST_SIZE - 6
_REPLY_OVERHEAD = 3  # What the MBAP length counts beside the words.


class Connection:
    """Answers the frames of one client in order, plain and encrypted, whole or in pieces.

    Args:
        door: what is being asked.
        client: who asks, for the hooks.

    Attributes:
        closing: True after bytes that are no frame; what follows is ignored, and the transport
            should be closed once the answers so far are out.
    """

    __slots__ = ("_client", "_door", "_held", "closing")

    def __init__(self, door: Door, client: Client | None = None) -> None:
        self.closing = False
        self._door = door
        self._client = client or Client()
        self._held = b""  # The beginning of a frame, always shorter than a frame may be.

    def receive(self, data: bytes) -> bytes:
        """Answer every complete frame at once, past the hooks and manners of the door.

        Args:
            data: the next bytes of the client; where they are cut does not matter.

        Returns:
            The answers in order, as they go on the wire.
        """
        if self._held:
            data = self._held + data
            self._held = b""
        replies: list[bytes] = []
        position = self._answer_plain_reads(data, replies)
        if position < len(data):
            replies += filter(None, map(self._exchange, self._frames(data, position)))
        self._door.counters.replies += len(replies)
        return b"".join(replies)

    def receive_timed(self, data: bytes, now: float) -> list[tuple[float, bytes]]:
        """Answer every complete frame as the hooks and the manners of the door have it.

        Args:
            data: the next bytes of the client.
            now: wall time in seconds on any steady clock.

        Returns:
            Frames in the order in which they are to be sent, each with its delay in seconds.
        """
        data = self._held + data
        self._held = b""
        timed: list[tuple[float, bytes]] = []
        for frame in self._frames(data, 0):
            timed += self._exchange_watched(frame, now)
        self._door.counters.replies += len(timed)
        return timed

    def _answer_plain_reads(self, data: bytes, replies: list[bytes]) -> int:
        """Answer the plain and sound reads that `data` begins with; return where they end.

        Nearly all traffic is of this kind: hence one unpack per frame, and no object or call
        that can be done without. Whatever is unusual in any way is left to the general path.
        """
        door = self._door
        units = door.units
        functions = door.counters.functions
        unpack = _REQUEST.unpack_from
        end = len(data) - _REQUEST_SIZE
        position = 0
        while position <= end and not self.closing:
            tid, protocol, length, unit_id, function, address, count = unpack(data, position)
            if (
                length != _REQUEST_LENGTH
                or protocol
                or not pdu.READ_HOLDING <= function <= pdu.READ_INPUT
                or not 0 < count <= pdu.MAX_READ
                or address + count > pdu.ADDRESSES
                or unit_id in (STATION, BROADCAST)
                or unit_id not in units
            ):
                break
            position += _REQUEST_SIZE
            functions[function] += 1
            try:
                words = units[unit_id].read(function, address, count)
            except Exception as error:  # A fault of ours must not take the port down.
                words = door.failed(error)
            if isinstance(words, int):
                replies.append(door.refuse(data[position - _REQUEST_SIZE : position], words))
                continue
            size = len(words) + _REPLY_OVERHEAD
            replies.append(_REPLY.pack(tid, 0, size, unit_id, function, 2 * count) + words)
        return position

    def _frames(self, data: bytes, position: int) -> Iterator[bytes]:
        """Yield the complete frames from `position` on; hold the rest, or close over garbage."""
        while not self.closing:
            encrypted = self._door.rules.encryption is Encryption.KEY
            size = adu.frame_size(data, position, encrypted=encrypted)
            if size == adu.GARBAGE:
                self._close()
            elif size == 0 or position + size > len(data):
                self._held = data[position:]
                return
            else:
                yield data[position : position + size]
                position += size

    def _exchange(self, frame: bytes) -> bytes:
        """Answer one frame of any kind, as it goes on the wire; nothing where silence is due."""
        if not adu.is_sealed(frame):
            return self._door.answer(frame)
        request = self._open(frame)
        return self._seal(self._door.answer_sealed(request)) if request else b""

    def _exchange_watched(self, frame: bytes, now: float) -> Iterable[tuple[float, bytes]]:
        """Answer one frame through manners and hooks."""
        door = self._door
        sealed = adu.is_sealed(frame)
        request = self._open(frame) if sealed else frame
        if not request:
            return ()
        reply = door.answer_sealed(request) if sealed else door.answer(request)
        delay = 0.0
        if reply and door.pacer is not None:
            delay, code = door.pacer.pace(request[adu.PDU], now)
            if code and not reply[adu.PDU] & 0x80:
                reply = door.refuse(request, code)
        timed: Iterable[tuple[float, bytes]] = ((delay, reply),) if reply else ()
        if door.frame_filter is not None:
            timed = tuple(door.frame_filter(self._client, request, reply, delay))
        if door.trace is not None:
            door.trace(self._client, request, b"".join(out for _, out in timed), sealed)
        return [(due, self._seal(out)) for due, out in timed] if sealed else timed

    def _open(self, frame: bytes) -> bytes:
        self._door.counters.encrypted_frames += 1
        request = self._door.cipher.open(frame)
        if not request:
            self._close()
        return request

    def _seal(self, reply: bytes) -> bytes:
        return self._door.cipher.seal(reply[: adu.MAX_SEALED]) if reply else b""

    def _close(self) -> None:
        self.closing = True
        self._door.counters.garbage_closes += 1
