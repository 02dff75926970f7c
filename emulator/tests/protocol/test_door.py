"""What the connections of a door share: rules, answers, counters."""

from __future__ import annotations

import pytest
from protocol.image import BROKEN, PUBLIC_KEY, REFUSED, ImageUnit, image, image_door, request

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.protocol.door import Door, DoorRules, Encryption
from sungrow_emulator.protocol.hooks import Client
from sungrow_emulator.protocol.manners import Manners, Pacer, splitmix64

KEY_REQUEST = bytes.fromhex("68680000 0006 f7 04 0ae7 0008")
KEY_HEAD = "68 68 00 00 00 13 f7 04 10 "


def tell_key(**rules: object) -> str:
    """Answer the key request under some rules, in hex."""
    return image_door(**rules).answer(KEY_REQUEST).hex(" ")


def test_a_key_is_told_in_25_bytes() -> None:
    """Exactly the answer of the transcript."""
    assert tell_key() == KEY_HEAD + PUBLIC_KEY.hex(" ")


@pytest.mark.parametrize(("mode", "byte"), [(Encryption.ZERO, "00"), (Encryption.FF, "ff")])
def test_no_encryption_is_told_in_25_bytes_as_well(mode: Encryption, byte: str) -> None:
    """All 00 or all FF instead of a key, which a key lying around does not change."""
    assert tell_key(encryption=mode) == KEY_HEAD + " ".join([byte] * 16)


def test_a_silent_door_ignores_the_key_request() -> None:
    """WiNet-S of 2023 and later answers nothing, even with a unit at 247."""
    door = Door({247: ImageUnit()}, DoorRules(Encryption.SILENT))
    assert door.answer(KEY_REQUEST) == b""
    assert door.counters.key_requests == 1


def test_a_malformed_door_answers_a_short_exception() -> None:
    """WiNet-S of 2021: MBAP length 2 instead of 3."""
    door = Door({}, DoorRules(Encryption.MALFORMED))
    assert door.answer(KEY_REQUEST).hex(" ") == "68 68 00 00 00 02 f7 84 02"
    assert door.counters.exceptions[2] == 1


def test_the_key_request_echoes_any_transaction_id() -> None:
    """A strict client counts its transactions as usual."""
    asked = request(4, 2791, 8, unit=247, tid=0x0102)
    assert image_door().answer(asked)[:2] == b"\x01\x02"


@pytest.mark.parametrize(
    "near_miss",
    [
        request(3, 2791, 8, unit=247),
        request(4, 2790, 8, unit=247),
        request(4, 2791, 7, unit=247),
        request(4, 2791, 8, unit=246),
    ],
)
def test_only_the_exact_key_request_is_one(near_miss: bytes) -> None:
    """Anything else at unit 247 is for whatever unit is mapped there, or for nobody."""
    assert image_door().answer(near_miss) == b""
    mapped = Door({247: ImageUnit(), 246: ImageUnit()}, DoorRules())
    assert mapped.answer(near_miss)[9:11] in (b"\x0a\xe7", b"\x8a\xe7", b"\x0a\xe6")
    assert mapped.counters.key_requests == 0


def test_unknown_units_are_silent() -> None:
    """As on an inverter's LAN port: no answer at all."""
    door = image_door()
    assert door.answer(request(4, 0, 1, unit=2)) == b""
    assert door.counters.requests == 1


def test_unknown_units_may_be_refused_by_a_gateway() -> None:
    """A gateway answers exception 11 for a device it does not reach."""
    door = image_door(unknown_units=11)
    assert door.answer(request(4, 0, 1, unit=2)).hex() == "00010000000302840b"


def test_a_broadcast_write_reaches_all_units_and_gets_no_answer() -> None:
    """Unit 0 writes everywhere, past a unit that fails."""
    units = {1: ImageUnit(), 2: ImageUnit()}
    door = Door(units, DoorRules())
    assert door.answer(request(6, 5000, 7, unit=0)) == b""
    assert door.answer(request(16, 5001, 1, unit=0, data=b"\x02\x00\x08")) == b""
    assert door.answer(request(6, BROKEN, 7, unit=0)) == b""
    written = [(6, 5000, b"\0\x07"), (16, 5001, b"\0\x08")]
    assert units[1].written == units[2].written == written
    assert door.counters.unit_failures == 2


def test_a_broadcast_read_does_nothing() -> None:
    """Nobody answers a read of unit 0."""
    assert image_door().answer(request(4, 0, 1, unit=0)) == b""


def test_malformed_exceptions_are_a_rule() -> None:
    """With it, each exception is a byte short; normal replies are not."""
    door = image_door(malformed_exceptions=True)
    assert door.answer(request(4, REFUSED, 1)).hex() == "000100000002018402"
    assert door.answer(request(4, 5, 1)).hex() == "0001000000050104020005"


def test_reads_beyond_a_limit_are_refused() -> None:
    """The limit of encrypted frames is the caller's; 123 passes, 124 does not."""
    door = image_door()
    assert len(door.answer(request(4, 0, 123), 123)) == 255
    assert door.answer(request(4, 0, 124), 123).hex() == "000100000003018403"


def test_a_unit_that_fails_is_hidden_behind_exception_4_and_reported_once() -> None:
    """The first error goes to the reporter, all are counted, the door lives on."""
    seen: list[Exception] = []
    door = Door({1: ImageUnit()}, DoorRules(), on_error=seen.append)
    for _ in range(3):
        assert door.answer(request(4, BROKEN, 1)).hex() == "000100000003018404"
    assert [str(error) for error in seen] == ["a fault of the device"]
    assert door.counters.unit_failures == 3
    assert door.answer(request(4, 1, 1))[-1] == 1


def test_a_failing_unit_needs_no_reporter() -> None:
    """Without a reporter the failure is counted all the same."""
    door = image_door()
    assert door.answer(request(6, BROKEN, 1))[7:] == b"\x86\x04"
    assert door.counters.unit_failures == 1


def test_counters_tell_functions_and_codes_apart() -> None:
    """Requests count whether they are answered or not."""
    door = image_door()
    for asked in (
        request(4, 0, 1),
        request(4, 0, 0),
        request(3, 0, 1, unit=9),
        request(6, 0, 1),
        request(0x2B, 0, 1),
        KEY_REQUEST,
    ):
        door.answer(asked)
    counters = door.counters
    assert counters.requests == 6
    assert {f: n for f, n in enumerate(counters.functions) if n} == {3: 1, 4: 3, 6: 1, 0x2B: 1}
    assert {c: n for c, n in enumerate(counters.exceptions) if n} == {1: 1, 3: 1}
    assert counters.key_requests == 1


def test_rules_change_while_the_door_is_open() -> None:
    """A new key has a new cipher."""
    door = image_door()
    first = door.cipher
    assert door.cipher is first
    door.rules = DoorRules(Encryption.KEY, bytes(range(2, 18)))
    assert door.cipher is not first
    door.rules = DoorRules(Encryption.ZERO)
    assert (door.rules.encryption, door.encrypted_words) == (Encryption.ZERO, 0)


def test_units_may_come_and_go() -> None:
    """The mapping is looked at for each request."""
    units = {1: ImageUnit()}
    door = Door(units, DoorRules())
    units[2] = ImageUnit()
    assert door.answer(request(4, 0, 1, unit=2))
    del units[2]
    assert door.answer(request(4, 0, 1, unit=2)) == b""


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (b"", "has 16 bytes, this one 0"),
        (bytes(16), "means no encryption"),
        (b"\xff" * 16, "means no encryption"),
    ],
)
def test_a_key_that_clients_would_not_use_is_refused(key: bytes, says: str) -> None:
    """Clients take all 00 and all FF for plain Modbus."""
    with pytest.raises(EmulatorError, match=says):
        DoorRules(Encryption.KEY, key)


def test_encrypted_registers_are_limited_by_the_frame() -> None:
    """More than 123 words do not fit, whatever the rules say."""
    with pytest.raises(EmulatorError, match="1 to 123"):
        DoorRules(max_encrypted_registers=124)


def test_hooks_and_manners_take_the_door_off_the_short_path() -> None:
    """Only a door that nobody watches answers at once."""
    door = image_door()
    assert door.immediate

    def trace(client: Client, request: bytes, reply: bytes, encrypted: bool) -> None:
        raise AssertionError("never called here")

    door.watch(trace, None)
    assert not door.immediate
    door.watch(None, None)
    assert door.immediate
    paced = Door({}, DoorRules(), pacer=Pacer(Manners(), splitmix64(1)))
    assert not paced.immediate


def test_the_repr_names_units_and_requests() -> None:
    """What one wants to see in a failing test."""
    door = image_door()
    door.answer(request(4, 0, 1))
    assert repr(door) == "<Door units [1], 1 requests>"
    assert image(door).written == []
