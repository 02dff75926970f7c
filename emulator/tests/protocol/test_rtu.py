"""RTU frames: where they end, what is for whom, and how noise is got over."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.image import BROKEN, PADDED, REFUSED, ImageUnit, image, image_door

from sungrow_emulator.protocol.door import Door, DoorRules, Encryption
from sungrow_emulator.protocol.hooks import Client
from sungrow_emulator.protocol.manners import Manners, Pacer, splitmix64
from sungrow_emulator.protocol.rtu import (
    FRAME_GAP,
    MAX_FRAME,
    MORE,
    NONE,
    LineCounters,
    RtuConnection,
    crc16,
    frame_size,
    is_reply,
    seal,
)

READ = bytes.fromhex("01 04 13 87 00 01 85 67")
"""The worked example of Sungrow's documents (V1.1.80 §4): the device type code."""
REPLY = seal(bytes.fromhex("01 04 02 13 87"))
UNKNOWN = seal(bytes.fromhex("01 2b 0e 01 00"))


def connect(**rules: object) -> tuple[RtuConnection, Door]:
    """Open a line to a door with an image at unit 1."""
    door = image_door(**rules)
    return RtuConnection(door), door


def read(address: int, count: int, *, unit: int = 1, function: int = 4) -> bytes:
    """Return a request to read."""
    body = bytes((unit, function)) + address.to_bytes(2, "big") + count.to_bytes(2, "big")
    return seal(body)


def write(address: int, *words: int, unit: int = 1) -> bytes:
    """Return a request of function 16."""
    data = b"".join(word.to_bytes(2, "big") for word in words)
    head = bytes((unit, 16)) + address.to_bytes(2, "big") + len(words).to_bytes(2, "big")
    return seal(head + bytes((len(data),)) + data)


def after_silence(line: RtuConnection) -> bytes:
    """Return what is answered once nothing more comes."""
    line.hear_silence()
    return line.receive(b"")


@pytest.mark.parametrize(
    "frame", ["01 04 13 87 00 01 85 67", "01 04 13 7d 00 0a e4 91", "02 07 41 12"]
)
def test_the_crc_of_documents_is_had(frame: str) -> None:
    """Two frames of Sungrow's documents, one of the Modbus specification."""
    known = bytes.fromhex(frame)
    assert seal(known[:-2]) == known
    assert crc16(known) == 0


def test_a_gap_between_frames_is_three_and_a_half_characters() -> None:
    """At 9600 baud with ten bits each."""
    assert pytest.approx(0.003646, abs=1e-6) == FRAME_GAP


def test_a_read_is_answered() -> None:
    """Unit, function, byte count, words, CRC with its low byte first."""
    line, door = connect()
    assert line.receive(READ) == REPLY
    assert not line.waiting
    assert (door.counters.requests, door.counters.replies) == (1, 1)
    assert line.counters == LineCounters(frames=1)


def test_writes_are_echoed() -> None:
    """Function 6 repeats the request, function 16 its address and count."""
    line, door = connect()
    single = seal(bytes.fromhex("01 06 32 fa 02 58"))
    assert line.receive(single) == single
    assert line.receive(write(13049, 0xAA, 700)) == seal(bytes.fromhex("01 10 32 f9 00 02"))
    assert image(door).written == [(6, 13050, b"\x02\x58"), (16, 13049, b"\x00\xaa\x02\xbc")]


@pytest.mark.parametrize(
    ("frame", "reply"),
    [
        (read(0, 126), "01 84 03"),
        (read(0, 0), "01 84 03"),
        (read(65535, 2, function=3), "01 83 02"),
        (read(REFUSED, 1), "01 84 02"),
        (read(BROKEN, 1), "01 84 04"),
    ],
)
def test_refusals_are_exceptions(frame: bytes, reply: str) -> None:
    """As over TCP, in this framing."""
    line, _ = connect(malformed_exceptions=True)
    assert line.receive(frame) == seal(bytes.fromhex(reply))


@pytest.mark.parametrize(
    ("frame", "reply"),
    [
        ("01 2b 0e 01 00", "01 ab 01"),
        ("01 01 00 00 00 08", "01 81 01"),
        ("01 07", "01 87 01"),
        ("01 04 13 87 00 01 00 00", "01 84 03"),
        ("01 10 00 00 00 02 02 00 01", "01 90 03"),
    ],
)
def test_silence_ends_what_has_no_known_length(frame: str, reply: str) -> None:
    """Other functions, and known ones with too many or too few data."""
    line, _ = connect()
    assert line.receive(seal(bytes.fromhex(frame))) == b""
    assert line.waiting
    assert after_silence(line) == seal(bytes.fromhex(reply))
    assert not line.waiting
    assert line.counters == LineCounters(frames=1)


def test_the_next_frame_ends_one_without_known_length() -> None:
    """A line that is never silent loses nothing either."""
    line, _ = connect()
    assert line.receive(UNKNOWN + READ) == seal(b"\x01\xab\x01") + REPLY


@pytest.mark.parametrize("wrong", [b"\x01\x04\x13\x87\x00\x01\x85\x68", b"\x01\x04\x13", b"\xff"])
def test_a_wrong_crc_and_too_few_bytes_are_met_with_silence(wrong: bytes) -> None:
    """They are counted, and the next request is answered."""
    line, door = connect()
    assert line.receive(wrong) == b""
    assert after_silence(line) == b""
    assert not line.waiting
    assert line.counters == LineCounters(crc_errors=1)
    assert door.counters.requests == 0
    assert line.receive(READ) == REPLY


def test_silence_after_nothing_means_nothing() -> None:
    """It is not counted, and does not cut the next frame."""
    line, _ = connect()
    assert after_silence(line) == b""
    line.hear_silence()
    assert line.receive(READ) == REPLY
    assert line.counters == LineCounters(frames=1)


def test_silence_that_comes_before_the_rest_parts_the_frame() -> None:
    """Two halves are two errors, as on a real line."""
    line, _ = connect()
    assert line.receive(READ[:5]) == b""
    line.hear_silence()
    assert line.receive(READ[5:]) == b""
    assert after_silence(line) == b""
    assert line.counters == LineCounters(crc_errors=2)


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00",
        b"\xff\xff\xff",
        READ[:5],
        READ[3:],
        b"GET / HTTP/1.1\r\n\r\n",
        bytes(20),
        bytes.fromhex("6868 0000 0006"),
        b"\x55" * 600,
    ],
)
def test_a_request_right_after_noise_is_answered(noise: bytes) -> None:
    """Without any silence in between."""
    line, _ = connect()
    assert line.receive(noise + READ) == REPLY
    assert line.counters.crc_errors >= 1


def test_noise_that_promises_a_long_frame_is_given_up_at_silence() -> None:
    """`05 04 fa` might begin the reply of another device; then the request would be part of it."""
    line, _ = connect()
    assert line.receive(b"\x05\x04\xfa" + READ) == b""
    assert after_silence(line) == REPLY


def test_a_long_frame_that_never_comes_is_given_up_without_silence() -> None:
    """Its length is soon exceeded by what a busy line brings."""
    line, _ = connect()
    answers = b"".join(line.receive(piece) for piece in [b"\x05\x04\xfa", *[READ] * 40])
    assert answers == REPLY * 40


def test_what_is_held_stays_short() -> None:
    """A megabyte of noise of any cut leaves less than two frames behind."""
    line, _ = connect()
    for piece in [b"\x01\x2b" * 1000, b"\x01"] * 500:
        assert line.receive(piece) == b""
        assert len(line._held) <= 2 * MAX_FRAME
    assert after_silence(line) == b""
    assert line.receive(READ) == REPLY


def test_other_units_are_met_with_silence() -> None:
    """Whatever a TCP port would answer for them."""
    line, door = connect(unknown_units=11)
    assert line.receive(read(0, 1, unit=2) + write(0, 1, unit=9)) == b""
    assert line.receive(seal(b"\x02\x2b\x0e\x01\x00")) == b""
    assert after_silence(line) == b""
    assert door.counters.requests == 0
    assert line.counters == LineCounters(frames=3, foreign_frames=3)


def test_broadcast_writes_act_and_are_not_answered() -> None:
    """Every unit takes them (Sungrow documents V1.1.53 §3); broadcast reads are ignored."""
    door = Door({1: ImageUnit(), 2: ImageUnit()}, DoorRules())
    line = RtuConnection(door)
    assert line.receive(write(5000, 7, unit=0) + seal(b"\x00\x06\x13\x88\x00\x08")) == b""
    for unit in (1, 2):
        assert image(door, unit).written == [(16, 5000, b"\x00\x07"), (6, 5000, b"\x00\x08")]
    assert line.receive(read(5000, 1, unit=0)) == b""
    assert door.counters.replies == 0


@pytest.mark.parametrize(
    "reply",
    [
        seal(bytes.fromhex("05 04 02 13 87")),
        seal(bytes.fromhex("05 03 fa") + bytes(250)),
        seal(bytes.fromhex("05 10 32 f9 00 02")),
        seal(bytes.fromhex("05 84 02")),
        seal(bytes.fromhex("01 04 04 00 01 00 02")),
        seal(bytes.fromhex("01 10 32 f9 00 02")),
        seal(bytes.fromhex("01 ab 01")),
    ],
)
def test_replies_on_the_line_are_no_requests(reply: bytes) -> None:
    """Neither of other devices nor, late or echoed, with our own unit id."""
    line, door = connect()
    assert is_reply(reply)
    assert line.receive(reply) == b""
    assert after_silence(line) == b""
    assert line.receive(reply + READ) == REPLY
    assert door.counters.requests == 1
    assert line.counters.crc_errors == 0


def test_a_whole_conversation_with_another_device_is_overheard() -> None:
    """Request and reply, in pieces that split both; a request inside of the data is none."""
    line, door = connect()
    data = READ + bytes(12)
    talk = read(0, 10, unit=5) + seal(bytes((5, 4, len(data))) + data) + READ
    assert b"".join(line.receive(talk[n : n + 3]) for n in range(0, len(talk), 3)) == REPLY
    assert door.counters.requests == 1
    assert line.counters == LineCounters(frames=3, foreign_frames=2)


def test_a_refusal_of_a_strange_kind_is_a_reply_too() -> None:
    """A function code from 128 on never asks."""
    line, door = connect()
    assert line.receive(seal(b"\x01\xc1\x20\x00")) == b""
    assert after_silence(line) == b""
    assert (door.counters.requests, line.counters.foreign_frames) == (0, 1)


def test_the_key_request_is_refused() -> None:
    """Nothing is encrypted on a line, even where the same door gives its key over TCP."""
    door = Door(
        {247: ImageUnit()}, DoorRules(encryption=Encryption.KEY, public_key=bytes(range(16)))
    )
    line = RtuConnection(door)
    assert line.receive(read(2791, 8, unit=247)) == seal(b"\xf7\x84\x02")
    assert len(line.receive(read(2792, 8, unit=247))) == 21
    counters = door.counters
    assert (counters.requests, counters.replies, counters.key_requests) == (2, 2, 0)
    assert connect()[0].receive(read(2791, 8, unit=247)) == b""


def test_a_padded_answer_ends_with_its_byte_count() -> None:
    """A CRC behind bytes that nobody counts would be found by no client."""
    line, _ = connect()
    reply = line.receive(read(PADDED, 11))
    assert (reply[2], len(reply), crc16(reply)) == (22, 27, 0)


def test_the_longest_frames_pass() -> None:
    """125 words out, 123 words in."""
    line, _ = connect()
    assert len(line.receive(read(0, 125))) == 255
    longest = write(0, *range(123))
    assert len(longest) == 255
    assert line.receive(longest) == seal(b"\x01\x10\x00\x00\x00\x7b")


def test_manners_and_hooks_see_frames_of_tcp() -> None:
    """Latency comes from the pacer, and a filter may answer several frames or none at all."""
    pacer = Pacer(Manners(input_latency=(0.5, 0.5)), splitmix64(1))
    door = Door({1: ImageUnit()}, DoorRules(), pacer=pacer)
    line = RtuConnection(door, Client(3, "/dev/pts/1"))
    assert line.receive_timed(READ, 10.0) == [(0.5, REPLY)]
    seen: list[tuple[Client, bytes, bytes]] = []

    def trace(client: Client, request: bytes, reply: bytes, encrypted: bool) -> None:
        assert not encrypted
        seen.append((client, request, reply))

    def twice(_: Client, __: bytes, reply: bytes, delay: float) -> Iterable[tuple[float, bytes]]:
        return [(delay, reply), (delay + 1, reply), (delay, reply[:8])]

    door.watch(trace, twice)
    assert line.receive_timed(READ, 100.0) == [
        (0.5, REPLY),
        (1.5, REPLY),
        (0.5, seal(b"\x01\x04")),
    ]
    ((client, request, reply),) = seen
    assert client == Client(3, "/dev/pts/1")
    assert request == bytes.fromhex("0000 0000 0006 01 04 1387 0001")
    assert reply.startswith(bytes.fromhex("0000 0000 0005 01 04 02 1387"))


def test_counters_may_be_shared() -> None:
    """Connections of one server count together."""
    counters = LineCounters()
    for _ in range(3):
        RtuConnection(image_door(), counters=counters).receive(READ)
    assert counters.frames == 3


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (READ, 8),
        (READ[:7], MORE),
        (b"\x01", MORE),
        (b"", MORE),
        (READ[:7] + b"\0", NONE),
        (b"\x01\x2b\x0e\x01", NONE),
        (b"\x01\x84", MORE),
        (b"\x01\x84\x0c\x00\x00", NONE),
        (b"\x01\x04\x03\x00\x00\x00\x00\x00", NONE),
        (b"\x01\x10\x00\x00\x00\x01", MORE),
        (b"\x01\x10\x00\x00\x00\x01\x03\x00", NONE),
        (b"\x01\x10\x00\x00\x00\x01\x02\x00", MORE),
    ],
)
def test_the_end_of_a_frame_is_told_as_early_as_can_be(data: bytes, size: int) -> None:
    """By function, byte count and CRC."""
    assert frame_size(data, 0) == size
    assert frame_size(b"\xff" + data, 1) == size


FRAMES = st.one_of(
    st.builds(read, st.integers(0, 60000), st.integers(1, 125), unit=st.sampled_from([1, 2, 0])),
    st.lists(st.integers(0, 65535), min_size=1, max_size=123).map(
        lambda words: write(100, *words)
    ),
    st.just(seal(b"\x01\x06\x00\x05\x00\x06")),
)


@given(st.lists(FRAMES, max_size=6), st.lists(st.integers(1, 40), min_size=1))
def test_cuts_do_not_matter(frames: list[bytes], cuts: list[int]) -> None:
    """The same answers however a conversation is cut."""
    stream = b"".join(frames)
    whole = connect()[0].receive(stream)
    line, _ = connect()
    pieces: list[bytes] = []
    while stream:
        cut = cuts[len(pieces) % len(cuts)]
        pieces.append(line.receive(stream[:cut]))
        stream = stream[cut:]
    assert b"".join(pieces) == whole


@given(st.lists(st.binary(max_size=300), max_size=8))
def test_no_noise_harms_the_next_request(noise: list[bytes]) -> None:
    """After whatever and a moment of silence a request is answered, alone."""
    line, _ = connect()
    for piece in noise:
        line.receive(piece)
    after_silence(line)
    assert line.receive(READ) == REPLY
