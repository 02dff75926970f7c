"""Registers through the web protocol."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocol.winet.stand import PADDED, REFUSED, Device, Station

from sungrow_emulator.protocol.winet import registers
from sungrow_emulator.protocol.winet.registers import (
    check_sum,
    pass_through,
    read_words,
    write_settings,
    write_word,
)

ASKED = {"dev_id": "1", "type": "3", "param_addr": "5000", "param_num": "2", "param_type": "0"}


def sealed(text: str) -> str:
    """Return a frame in hex with its check sum."""
    frame = bytes.fromhex(text)
    return (frame + check_sum(frame).to_bytes(2, "little")).hex().upper()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "13871388"),
        ({"dev_id": 1, "param_addr": 5000, "param_num": 2, "param_type": 0}, "13871388"),
        ({"param_type": "1"}, "93879388"),
        ({"param_addr": "1"}, "00000001"),
        ({"param_addr": "65535"}, "fffeffff"),
        ({"param_addr": str(PADDED + 1)}, "0a340a35"),
        ({"dev_id": "2"}, "13871388"),
        ({"dev_type": "", "dev_code": ""}, "13871388"),
    ],
)
def test_reads_by_document_number(changes: dict[str, object], words: str) -> None:
    """Number 5000 is wire address 4999; type 0 is input, 1 is holding."""
    found = read_words(Station(), {**ASKED, **changes})
    assert found is not None
    assert found.hex() == words


def test_reads_125_words() -> None:
    """One request reads as many as Modbus does."""
    assert len(read_words(Station(), {**ASKED, "param_num": "125"}) or b"") == 250
    assert read_words(Station(), {**ASKED, "param_num": "126"}) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"param_addr": str(REFUSED + 1)},
        {"param_addr": "0"},
        {"param_addr": "-1"},
        {"param_addr": "65536"},
        {"param_addr": "65537"},
        {"param_addr": "register"},
        {"param_num": "0"},
        {"param_num": ""},
        {"param_type": "2"},
        {"param_type": None},
        {"dev_id": "9"},
        {"dev_id": ""},
    ],
)
def test_unreadable_registers(changes: dict[str, object]) -> None:
    """What cannot be read, for whatever reason, is nothing."""
    assert read_words(Station(), {**ASKED, **changes}) is None


def test_writes_one_word() -> None:
    """Number 33148 is written with 200 (bjeanes/modbus-mqtt)."""
    station = Station()
    assert write_word(station, 1, {"param_addr": "33148", "param_value": "200"})
    assert write_word(station, 1, {"param_addr": 33149, "param_value": "2.5"}, 2)
    assert station.written == [(1, 33147, "00c8"), (1, 33148, "00fa")]


@pytest.mark.parametrize(
    ("dev_id", "number", "value"),
    [
        (1, str(REFUSED + 1), "1"),
        (9, "33148", "1"),
        (None, "33148", "1"),
        (1, "0", "1"),
        (1, "65537", "1"),
        (1, None, "1"),
        (1, "33148", "65536"),
        (1, "33148", "on"),
    ],
)
def test_refused_writes(dev_id: int | None, number: object, value: object) -> None:
    """What cannot be written, for whatever reason, is not."""
    station = Station()
    assert not write_word(station, dev_id, {"param_addr": number, "param_value": value})
    assert station.written == []


def test_settings_are_written_in_order() -> None:
    """The values are scaled by their accuracy (anicoll/winet-intergration)."""
    station = Station()
    rows, done = write_settings(
        station,
        {
            "devid_array": ["1"],
            "list": [
                {
                    "accuracy": 0,
                    "param_addr": 33146,
                    "param_id": 1,
                    "param_value": "2",
                    "param_name": "Energy Management Mode",
                },
                {"accuracy": "2", "param_addr": "33148", "param_id": "3", "param_value": "2.50"},
            ],
        },
    )
    assert done
    assert station.written == [(1, 33145, "0002"), (1, 33147, "00fa")]
    assert rows == [
        {
            "result": 0,
            "param_pid": -1,
            "param_id": 1,
            "param_name": "Energy Management Mode",
        },
        {"result": 0, "param_pid": -1, "param_id": 3, "param_name": ""},
    ]


def test_refused_settings_are_told() -> None:
    """One that is refused, or is none, stops nothing else."""
    station = Station()
    good = {"param_addr": 33146, "param_value": "0"}
    rows, done = write_settings(station, {"devid_array": [1], "list": [good, "nonsense", good]})
    assert not done
    assert [row["result"] for row in rows] == [0, 1, 0]
    assert station.written == [(1, 33145, "0000")] * 2
    station.written.clear()
    rows, done = write_settings(
        station,
        {"devid_array": [1, "9", 1], "list": [good, "nonsense"]},
    )
    assert not done
    assert [row["result"] for row in rows] == [1, 1]
    assert [row["param_pid"] for row in rows] == [0, 0]
    assert station.written == [(1, 33145, "0000")]


@pytest.mark.parametrize(
    "request_",
    [{}, {"list": []}, {"devid_array": ["1"]}, {"devid_array": "1", "list": [{"param_id": 1}]}],
)
def test_settings_without_any(request_: dict[str, object]) -> None:
    """Nothing to write, or nowhere to, is not a success."""
    rows, done = write_settings(Station(), request_)
    assert not done
    assert all(row["result"] == 1 for row in rows)


def test_settings_are_bounded() -> None:
    """A flood of settings and devices is cut short."""
    station = Station(listed=tuple(Device(dev_id=number) for number in range(1000)))
    settings = [{"param_addr": 33146, "param_value": "0"}] * 1000
    rows, done = write_settings(station, {"devid_array": [*range(1000)], "list": settings})
    assert done
    assert len(rows) == 128
    assert len(station.written) == 128 * 16


@pytest.mark.parametrize(
    ("dev_type", "switch", "written"),
    [
        (35, "1", [(1, 12999, "00cf")]),
        (35, 0, [(1, 12999, "00ce")]),
        (21, "1", [(1, 5005, "00cf")]),
        (21, "2", []),
        (21, None, []),
    ],
)
def test_power_switch(dev_type: int, switch: object, written: list[object]) -> None:
    """The switch writes start or stop where the family has it."""
    station = Station(listed=(Device(dev_id=3), Device(dev_type=dev_type)))
    _, done = write_settings(
        station, {"type": "3", "devid_array": ["1"], "list": [{"power_switch": switch}]}
    )
    assert station.written == written
    assert done is bool(written)


def test_power_switch_of_no_device() -> None:
    """A device that is not there cannot be switched."""
    assert not write_settings(Station(), {"devid_array": [9], "list": [{"power_switch": "1"}]})[1]


@pytest.mark.parametrize("frame", ["010679F400AA511B", "010679F40055115B", "010379F400081CA2"])
def test_recorded_check_sums(frame: str) -> None:
    """The constants of sungrow_http_config are sound frames."""
    assert check_sum(bytes.fromhex(frame)) == 0
    assert sealed(frame[:-4]) == frame


@pytest.mark.parametrize(
    ("frame", "reply"),
    [
        ("010679F400AA", "010679F400AA"),
        ("010379F40002", "010304F9F4F9F5"),
        ("010413870001", "0104021387"),
        ("C80413870001", "C804021387"),
        ("01047FFF0001", "0104027FFF"),
        ("0110 1388 0002 04 00AA 02BC", "011013880002"),
        ("01040A340002", "0104040A340A35"),
        ("010432FB0001", "018402"),
        ("010632FB0001", "018602"),
        ("0104138700FF", "018403"),
        ("01071234", "018701"),
        ("0179F500FA", "01F901"),
    ],
)
def test_frames_pass_through(frame: str, reply: str) -> None:
    """The device with the unit id answers, by an exception where it refuses.

    The last one is what sungrow_http_config makes of a write: its function code is missing.
    """
    assert pass_through(Station(), sealed(frame).lower()) == sealed(reply)


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "01",
        "0106",
        "xyz",
        "0104138700019999",
        sealed("090413870001"),
        sealed("000600000001"),
        "00" * 300,
        None,
        5,
        ["01"],
    ],
)
def test_what_is_no_frame(frame: object) -> None:
    """A broken frame, and one for nobody, get no reply."""
    assert pass_through(Station(), frame) is None


@given(st.binary(min_size=1, max_size=256))
def test_any_sound_frame_is_answered(body: bytes) -> None:
    """Whatever the inverter is asked, the reply is a sound frame of it."""
    reply = pass_through(Station(), sealed((b"\1" + body).hex()))
    if reply is None:
        assert len(body) + 3 > 256
    else:
        frame = bytes.fromhex(reply)
        assert frame[0] == 1
        assert check_sum(frame) == 0


@given(st.text())
def test_any_text_is_a_frame_or_none(text: str) -> None:
    """No text does harm."""
    reply = pass_through(Station(), text)
    assert reply is None or registers.check_sum(bytes.fromhex(reply)) == 0
