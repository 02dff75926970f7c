"""Paths as bytes: what comes out of a door with real devices behind it."""

from __future__ import annotations

import pytest
from device.support import bench
from device.test_station import of, stations
from protocol.image import request

from sungrow_emulator.catalog.personas import load_path
from sungrow_emulator.device.readback import ReadBack
from sungrow_emulator.device.view import View
from sungrow_emulator.protocol.connection import Connection
from sungrow_emulator.protocol.door import Door, DoorRules, Encryption
from sungrow_emulator.protocol.manners import Manners, Pacer, splitmix64

KEY_REQUEST = bytes.fromhex("68680000 0006 f7 04 0ae7 0008")


def door_of(path: str, units: dict[int, View], pacer: Pacer | None = None) -> Door:
    """Return a door that answers the key request as the path does."""
    return Door(units, DoorRules(encryption=Encryption(load_path(path).encryption)), pacer=pacer)


def logger_door() -> Door:
    """Return a Logger1000 with two commercial inverters and a hybrid behind it."""
    inverters = [
        bench(model, path="logger", seed=seed, strict=True)
        for seed, model in enumerate(("SG110CX", "SG50CX", "SH10RT"), 1)
    ]
    units = {unit: one.view for unit, one in enumerate(inverters, 1)}
    return door_of("logger", {**units, 247: stations(*inverters).view})


def asked(door: Door, frame: bytes) -> bytes:
    """Return what a new connection answers."""
    return Connection(door).receive(frame)


def words(door: Door, unit: int, number: int, count: int, function: int = 4) -> list[int]:
    """Return the words at a document number of a unit."""
    reply = asked(door, request(function, number - 1, count, unit=unit))
    assert reply[6:9] == bytes((unit, function, 2 * count)), reply.hex(" ")
    return [int.from_bytes(reply[i : i + 2], "big") for i in range(9, len(reply), 2)]


def test_inverters_behind_a_logger_are_told_apart_by_unit() -> None:
    """Each unit shows its own type code, and 247 the Logger's."""
    door = logger_door()
    codes = [words(door, unit, 5000, 1) for unit in (1, 2, 3)]
    assert len({code for (code,) in codes}) == 3
    assert words(door, 247, 8000, 1) == [0x0710]
    assert words(door, 247, 8005, 1) == [3]


@pytest.mark.parametrize("unit", [4, 199, 200, 246, 248, 255])
def test_nobody_answers_at_other_units_of_a_logger(unit: int) -> None:
    """Silence: no source reports a gateway exception."""
    assert asked(logger_door(), request(4, 4999, 1, unit=unit)) == b""


def test_a_logger_answers_the_key_request_with_zeros() -> None:
    """No encryption: 16 bytes 00 from unit 247."""
    reply = asked(logger_door(), KEY_REQUEST)
    assert reply == bytes.fromhex("68680000 0013 f7 04 10") + bytes(16)


def test_a_logger_passes_broadcasts_on() -> None:
    """A write to unit 0 is obeyed by every inverter and answered by none."""
    door = logger_door()
    assert asked(door, request(6, 5005, 0xCE, unit=0)) == b""
    assert [words(door, unit, 5006, 1, 3) for unit in (1, 2)] == [[0xCE], [0xCE]]
    assert words(door, 3, 13000, 1, 3) == [0xCF], "5006 is no setting of a hybrid"


def test_one_write_to_a_logger_stops_all() -> None:
    """Register 8002 of unit 247."""
    door = logger_door()
    frame = request(6, 8001, 0, unit=247)
    assert asked(door, frame) == frame
    assert [words(door, unit, 5006, 1, 3) for unit in (1, 2)] == [[0xCE], [0xCE]]
    assert words(door, 3, 13000, 1, 3) == [0xCE]
    assert words(door, 247, 8070, 4) == [0, 0, 0, 0]


def test_arrays_behind_a_logger_are_refused() -> None:
    """Exception 2, as bytes."""
    reply = asked(logger_door(), request(4, 6099, 96, unit=3, tid=7))
    assert reply == bytes.fromhex("0007 0000 0003 03 84 02")


def test_an_ihomemanager_is_no_gateway() -> None:
    """Its own map is at 247, and nobody is at 1."""
    one = bench("SH10RT")
    home = stations(one, model="iHomeManager", path="ihomemanager")
    door = door_of("ihomemanager", {247: home.view})
    assert words(door, 247, 8000, 1) == [0x072A]
    assert words(door, 247, 8005, 1) == [len(of(home).members)] == [1]
    assert asked(door, request(4, 4999, 1)) == b""
    assert asked(door, request(4, 4999, 1, unit=247)) == bytes.fromhex("0001 0000 0003 f7 84 02")


def dongle_door() -> tuple[Door, View]:
    """Return a WiNet-S with all its manners, and the inverter behind it on its own LAN port."""
    one = bench("SH10RT", path="winet-s")
    timing = load_path("winet-s").timing
    assert timing is not None
    view = View(one.device, one.view.program, one.wall, ReadBack(*timing.read_back, seed=1))
    manners = Manners(
        input_latency=timing.input_latency,
        holding_latency=timing.holding_latency,
        contention=timing.contention,
        minimum_gap=timing.minimum_gap,
        sessions=timing.sessions,
    )
    direct = View(one.device, one.view.program, one.wall)
    return door_of("winet-s", {1: view}, Pacer(manners, splitmix64(1))), direct


def test_a_dongle_is_slow_busy_and_forgetful() -> None:
    """A write is obeyed and echoed, and reads back the old value; two clients meet exception 4."""
    door, direct = dongle_door()
    connection = Connection(door)
    ((delay, reply),) = connection.receive_timed(request(4, 4999, 1), 0.0)
    assert 0.010 <= delay <= 0.040
    assert reply[7] == 4
    ((delay, before),) = connection.receive_timed(request(3, 13057, 1), 10.0)
    assert 0.100 <= delay <= 0.500
    frame = request(6, 13057, 900)
    assert [reply for _, reply in connection.receive_timed(frame, 20.0)] == [frame]
    assert direct.read(3, 13057, 1) == (900).to_bytes(2, "big")
    frame = request(3, 13057, 1)
    alone = {connection.receive_timed(frame, float(moment))[0][1] for moment in range(30, 230)}
    assert alone == {before}
    other, replies = Connection(door), list[bytes]()
    for moment in range(230, 430):
        other.receive_timed(frame, float(moment))
        replies += (reply for _, reply in connection.receive_timed(frame, float(moment)))
    busy = bytes.fromhex("0001 0000 0003 01 83 04")
    assert set(replies) == {before, busy}
    assert 2 <= replies.count(busy) <= 30
