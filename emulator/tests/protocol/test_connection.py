"""One client's connection: frames in any cut, plain and encrypted, hooks and manners."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.image import (
    BROKEN,
    PADDED,
    PUBLIC_KEY,
    REFUSED,
    ImageUnit,
    image,
    image_door,
    request,
)
from protocol.transcript import EXCHANGES

from sungrow_emulator.protocol.cipher import FrameCipher
from sungrow_emulator.protocol.connection import Connection
from sungrow_emulator.protocol.door import Door, DoorRules, Encryption
from sungrow_emulator.protocol.hooks import Client
from sungrow_emulator.protocol.manners import Manners, Pacer, splitmix64

KEY_REQUEST = bytes.fromhex("68680000 0006 f7 04 0ae7 0008")
CIPHER = FrameCipher(PUBLIC_KEY)


def connect(**rules: object) -> tuple[Connection, Door]:
    """Open a connection to a door with an image at unit 1."""
    door = image_door(**rules)
    return Connection(door), door


def asked_encrypted(connection: Connection, frame: bytes) -> bytes:
    """Ask encrypted and return the answer in clear."""
    return CIPHER.open(connection.receive(CIPHER.seal(frame)))


def test_a_read_is_answered() -> None:
    """Header echoed, byte count, words."""
    connection, door = connect()
    assert connection.receive(request(4, 4999, 1, tid=0xBEEF)).hex(" ") == (
        "be ef 00 00 00 05 01 04 02 13 87"
    )
    assert (door.counters.requests, door.counters.replies) == (1, 1)


def test_a_write_is_echoed() -> None:
    """Function 6 repeats the request, function 16 its address and count."""
    connection, door = connect()
    single = request(6, 13050, 600)
    assert connection.receive(single) == single
    several = request(16, 13049, 2, data=b"\x04\x00\xaa\x02\xbc")
    assert connection.receive(several).hex(" ") == "00 01 00 00 00 06 01 10 32 f9 00 02"
    assert image(door).written == [
        (6, 13050, b"\x02\x58"),
        (16, 13049, b"\x00\xaa\x02\xbc"),
    ]


@pytest.mark.parametrize(
    ("frame", "reply"),
    [
        (request(4, 0, 126), "00 01 00 00 00 03 01 84 03"),
        (request(4, 0, 0), "00 01 00 00 00 03 01 84 03"),
        (request(3, 65535, 2), "00 01 00 00 00 03 01 83 02"),
        (request(4, REFUSED, 1), "00 01 00 00 00 03 01 84 02"),
        (request(4, BROKEN, 1), "00 01 00 00 00 03 01 84 04"),
        (request(1, 0, 1), "00 01 00 00 00 03 01 81 01"),
        (request(0x2B, 0, 1), "00 01 00 00 00 03 01 ab 01"),
        (request(0x84, 0, 1), "00 01 00 00 00 03 01 84 01"),
        (bytes.fromhex("000100000002 01 04"), "00 01 00 00 00 03 01 84 03"),
        (bytes.fromhex("000100000007 01 04 0000 0001 00"), "00 01 00 00 00 03 01 84 03"),
    ],
)
def test_refusals_name_the_function(frame: bytes, reply: str) -> None:
    """Unlike pymodbus' server, which answers function 80 to what it does not know."""
    connection, _ = connect()
    assert connection.receive(frame).hex(" ") == reply
    assert not connection.closing


def test_a_padded_answer_covers_all_its_bytes() -> None:
    """Byte count 22 for 11 registers, 30 bytes present, MBAP length 33."""
    connection, _ = connect()
    reply = connection.receive(request(4, PADDED, 11))
    assert (reply[4:6], reply[8], len(reply)) == (b"\x00\x21", 22, 39)


def test_several_frames_in_a_segment_are_all_answered_in_order() -> None:
    """One answer each, with its own transaction id."""
    connection, door = connect()
    kinds = [(4, 10, 1), (3, 20, 2), (6, 30, 3), (4, REFUSED, 1), (4, 40, 1)]
    chunk = b"".join(request(*kind, tid=n) for n, kind in enumerate(kinds))
    replies = connection.receive(chunk)
    expected = [connect()[0].receive(request(*kind, tid=n)) for n, kind in enumerate(kinds)]
    assert replies == b"".join(expected)
    assert door.counters.replies == 5


def test_a_frame_may_come_byte_by_byte() -> None:
    """Nothing is answered until the last byte, then all of it."""
    connection, _ = connect()
    frame = request(4, 7, 1)
    pieces = [connection.receive(frame[n : n + 1]) for n in range(len(frame))]
    assert pieces[:-1] == [b""] * 11
    assert pieces[-1].hex() == "0001000000050104020007"


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: inverter\r\n\r\n",
        bytes.fromhex("0001 0001 0006 01 04 0000 0001"),
        bytes.fromhex("0001 0000 0000"),
        bytes.fromhex("0001 0000 0001 01"),
        bytes.fromhex("0001 0000 00ff") + bytes(255),
        bytes.fromhex("0001 0000 ffff"),
        bytes.fromhex("0100 0c05") + bytes(17),
        bytes.fromhex("0100 0703") + bytes(10),
    ],
)
def test_garbage_closes_after_the_answers_so_far(garbage: bytes) -> None:
    """What was asked properly is answered; what follows the garbage is not."""
    connection, door = connect()
    reply = connection.receive(request(4, 7, 1) + garbage)
    assert reply.hex() == "0001000000050104020007"
    assert connection.closing
    assert connection.receive(request(4, 7, 1)) == b""
    assert connection.receive_timed(request(4, 7, 1), 0.0) == []
    assert door.counters.garbage_closes == 1


def test_garbage_is_one_connection_s_trouble() -> None:
    """The others of the door go on."""
    bad, door = connect()
    good = Connection(door)
    bad.receive(b"\xff" * 12)
    assert good.receive(request(4, 7, 1))


def test_an_unknown_unit_gets_no_answer_and_delays_nobody() -> None:
    """Silence for one frame, an answer for the next."""
    connection, _ = connect()
    chunk = request(4, 1, 1, unit=5) + request(4, 2, 1, tid=2)
    assert connection.receive(chunk).hex() == "0002000000050104020002"


def test_the_key_is_asked_on_one_connection_and_used_on_another() -> None:
    """SungrowModbusTcpClient: handshake, close, encrypted frames on fresh connections."""
    first, door = connect()
    assert first.receive(KEY_REQUEST)[9:] == PUBLIC_KEY
    reply = Connection(door).receive(bytes.fromhex("01000c04 5eaafcf01a63e4f6425d892218976e31"))
    assert CIPHER.open(reply).hex(" ") == "68 68 00 00 00 05 01 04 02 13 87"
    assert door.counters.encrypted_frames == 1


def test_the_key_may_be_used_on_the_same_connection() -> None:
    """rpvelloso/Sungrow-Modbus goes on encrypted where it asked; plain stays possible."""
    connection, _ = connect()
    connection.receive(KEY_REQUEST)
    assert asked_encrypted(connection, request(4, 7, 1))[-1] == 7
    assert connection.receive(request(4, 7, 1, tid=256))[:2] == b"\x01\x00"
    assert asked_encrypted(connection, request(4, 8, 1))[-1] == 8


@pytest.mark.parametrize(("asked", "told"), EXCHANGES)
def test_the_transcript_of_a_real_client(asked: str, told: str) -> None:
    """Each exchange, byte for byte, on a connection of its own."""
    door = image_door()
    unit = image(door)
    unit.set(4, 4999, 0x2431)
    serial = b"A2320857820".ljust(20, b"\0")
    unit.set(4, 4989, *(int.from_bytes(serial[n : n + 2], "big") for n in range(0, 20, 2)))
    unit.set(3, 4999, 2026, 11, 21)
    assert Connection(door).receive(bytes.fromhex(asked)).hex(" ") == told


def test_the_encrypted_exception_of_the_transcript() -> None:
    """Exception 2, byte for byte."""
    connection, _ = connect()
    reply = connection.receive(CIPHER.seal(request(4, REFUSED, 1)))
    assert reply.hex() == "01000907407fbee38a438b31fb4506041ddee7e2"


@pytest.mark.parametrize(("words", "header"), [(100, "0100d10f"), (123, "0100ff01")])
def test_long_encrypted_reads(words: int, header: str) -> None:
    """Up to 123 words fit."""
    connection, _ = connect()
    reply = connection.receive(CIPHER.seal(request(4, 0, words)))
    assert reply[:4].hex() == header
    assert CIPHER.open(reply)[9:] == ImageUnit().read(4, 0, words)


@pytest.mark.parametrize("words", [124, 125])
def test_longer_encrypted_reads_are_refused(words: int) -> None:
    """Their length byte would overflow, so they get an encrypted exception 3."""
    connection, door = connect()
    assert asked_encrypted(connection, request(4, 0, words)).hex() == "686800000003018403"
    assert connection.receive(request(4, 0, words))[8] == 2 * words
    assert door.counters.functions[4] == 2


def test_a_padded_answer_that_does_not_fit_encrypted_is_refused() -> None:
    """No frame that the client would misread."""

    class Padding(ImageUnit):
        def read(self, function: int, address: int, count: int) -> bytes:
            return bytes(250)

    door = Door({1: Padding()}, DoorRules(Encryption.KEY, PUBLIC_KEY))
    assert asked_encrypted(Connection(door), request(4, 0, 1)).hex() == "686800000003018403"


def test_silence_is_silence_in_encryption_too() -> None:
    """An unknown unit and a broadcast get no encrypted frame either."""
    connection, door = connect()
    assert connection.receive(CIPHER.seal(request(4, 0, 1, unit=9))) == b""
    assert connection.receive(CIPHER.seal(request(6, 5000, 1, unit=0))) == b""
    assert image(door).written == [(6, 5000, b"\0\x01")]


def test_a_frame_of_another_key_closes() -> None:
    """The client has an old key or none; it must ask again."""
    connection, _ = connect()
    other = FrameCipher(bytes(range(50, 66)))
    assert connection.receive(other.seal(request(4, 0, 1))) == b""
    assert connection.closing


def test_an_encrypted_frame_closes_where_none_is_spoken() -> None:
    """A door without a key takes it for garbage, at its third byte."""
    connection, _ = connect(encryption=Encryption.ZERO)
    connection.receive(b"\x01\x00")
    assert not connection.closing
    connection.receive(b"\x0c")
    assert connection.closing


CHUNKS = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.builds(
            request,
            st.sampled_from([3, 4, 6, 16, 1, 0x84]),
            st.sampled_from([0, 5000, REFUSED, BROKEN, PADDED, 65535]),
            st.sampled_from([0, 1, 10, 125, 126, 65535]),
            unit=st.sampled_from([0, 1, 2, 247]),
            tid=st.integers(0, 65535),
        ),
        st.builds(
            lambda words, tid: CIPHER.seal(request(4, 5000, words, tid=tid)),
            st.sampled_from([1, 123, 124]),
            st.integers(0, 65535),
        ),
        st.just(KEY_REQUEST),
    ),
    max_size=8,
).map(b"".join)


@given(CHUNKS, st.lists(st.integers(0, 400), max_size=12), st.sampled_from(list(Encryption)))
def test_cuts_do_not_matter(data: bytes, cuts: list[int], mode: Encryption) -> None:
    """Arbitrary bytes, cut anywhere, never raise and get the same answers."""
    whole, _ = connect(encryption=mode)
    pieces, _ = connect(encryption=mode)
    timed, _ = connect(encryption=mode)
    expected = whole.receive(data)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[begin:end] for begin, end in pairwise(edges)]
    assert b"".join(map(pieces.receive, chunks)) == expected
    assert b"".join(f for chunk in chunks for _, f in timed.receive_timed(chunk, 0.0)) == expected
    assert whole.closing == pieces.closing == timed.closing


@given(st.binary(max_size=600))
def test_what_is_held_is_less_than_a_frame(data: bytes) -> None:
    """However much comes, at most the beginning of one frame is kept."""
    connection, _ = connect()
    connection.receive(data)
    assert len(connection._held) < 260  # pyright: ignore[reportPrivateUsage]


class Recorder:
    """A trace that keeps what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[Client, str, str, bool]] = []

    def __call__(self, client: Client, request: bytes, reply: bytes, encrypted: bool) -> None:
        self.seen.append((client, request.hex(), reply.hex(), encrypted))


def test_a_trace_sees_each_exchange_in_clear() -> None:
    """Plain, encrypted and unanswered requests, with their client."""
    door, recorder = image_door(), Recorder()
    door.watch(recorder, None)
    client = Client(7, "192.0.2.1")
    connection = Connection(door, client)
    plain, silent = request(4, 7, 1), request(4, 7, 1, unit=9)
    sealed = CIPHER.seal(request(4, 8, 1))
    sent = connection.receive_timed(plain + silent + sealed, 5.0)
    assert [delay for delay, _ in sent] == [0.0, 0.0]
    assert CIPHER.open(sent[1][1])[-1] == 8
    assert recorder.seen == [
        (client, plain.hex(), "0001000000050104020007", False),
        (client, silent.hex(), "", False),
        (client, "6868" + request(4, 8, 1)[2:].hex(), "6868000000050104020008", True),
    ]


def test_the_short_path_tells_nobody() -> None:
    """`receive` is for doors that nobody watches, and for self-reads."""
    door, recorder = image_door(), Recorder()
    door.watch(recorder, None)
    assert Connection(door).receive(request(4, 7, 1))
    assert recorder.seen == []


def test_a_filter_decides_what_goes_out() -> None:
    """It may replace, delay, drop and add frames, encrypted or not."""

    def twist(
        client: Client, request: bytes, reply: bytes, delay: float
    ) -> Iterable[tuple[float, bytes]]:
        address = request[9]
        if address == 1:
            return ()
        if address == 2:
            return ((delay + 0.5, reply), (delay + 0.6, reply[:-1] + b"\x63"))
        return ((delay, bytes(300)),)

    door = image_door()
    door.watch(None, twist)
    connection = Connection(door)
    assert connection.receive_timed(request(4, 1, 1), 0.0) == []
    sent = connection.receive_timed(CIPHER.seal(request(4, 2, 1)), 0.0)
    assert [(delay, CIPHER.open(frame)[-1]) for delay, frame in sent] == [(0.5, 2), (0.6, 99)]
    assert connection.receive_timed(request(4, 3, 1), 0.0) == [(0.0, bytes(300))]
    ((_, oversized),) = connection.receive_timed(CIPHER.seal(request(4, 3, 1)), 0.0)
    assert CIPHER.open(oversized)[7:] == b"\x84\x03"


def test_manners_delay_answers_but_not_silence() -> None:
    """Each answer takes its time after the one before."""
    pacer = Pacer(Manners(input_latency=(0.5, 0.5)), splitmix64(1))
    door = Door({1: ImageUnit()}, DoorRules(), pacer=pacer)
    chunk = request(4, 1, 1) + request(4, 1, 1, unit=9) + request(4, 2, 1)
    sent = Connection(door).receive_timed(chunk, 100.0)
    assert [delay for delay, _ in sent] == [0.5, 1.0]


def test_a_busy_device_answers_exception_4() -> None:
    """Contention on holding reads; a refusal for another reason stays as it is."""
    pacer = Pacer(Manners(input_latency=(0.5, 0.5), contention=1.0), splitmix64(1))
    door = Door({1: ImageUnit()}, DoorRules(Encryption.KEY, PUBLIC_KEY), pacer=pacer)
    connection, other = Connection(door), Connection(door)

    def reply(frame: bytes) -> bytes:
        other.receive_timed(request(4, 1, 1), 0.0)
        return connection.receive_timed(frame, 0.0)[0][1]

    assert reply(request(3, 1, 1))[7:] == b"\x83\x04"
    assert reply(request(3, REFUSED, 1))[7:] == b"\x83\x02"
    assert reply(request(4, 1, 1))[7] == 4
    assert CIPHER.open(reply(CIPHER.seal(request(3, 1, 1))))[7:] == b"\x83\x04"


def test_a_lone_client_is_never_in_its_own_way() -> None:
    """What it asks before it has its answers waits, and is answered."""
    pacer = Pacer(Manners(holding_latency=(0.5, 0.5), contention=1.0), splitmix64(1))
    door = Door({1: ImageUnit()}, DoorRules(), pacer=pacer)
    sent = Connection(door).receive_timed(request(3, 1, 1) * 3, 0.0)
    assert [reply[7] for _, reply in sent] == [3, 3, 3]


def test_a_frame_of_another_key_closes_a_watched_connection_too() -> None:
    """Nothing is traced of what could not be read."""
    door, recorder = image_door(), Recorder()
    door.watch(recorder, None)
    connection = Connection(door)
    other = FrameCipher(bytes(range(50, 66)))
    assert connection.receive_timed(other.seal(request(4, 0, 1)), 0.0) == []
    assert connection.closing
    assert recorder.seen == []
