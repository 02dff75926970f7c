"""Registers of the devices behind a dongle: read and written by number, or passed through.

The web protocol numbers registers as documents do, from 1; the station by wire address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import cast

from sungrow_emulator.protocol import pdu
from sungrow_emulator.protocol.winet.envelope import Json
from sungrow_emulator.protocol.winet.lists import HYBRID
from sungrow_emulator.protocol.winet.requests import Request, whole, word
from sungrow_emulator.protocol.winet.station import Station

_SHORTEST_FRAME, _LONGEST_FRAME = 4, 256
_FUNCTIONS: Mapping[int | None, int] = {0: pdu.READ_INPUT, 1: pdu.READ_HOLDING}  # By `param_type`.

# Start and stop, by document number; whether `power_switch` writes there is a guess.
_HYBRID_SWITCH, _STRING_SWITCH = 13000, 5006
_START, _STOP = 0x00CF, 0x00CE

_MOST_SETTINGS = 128
"""Settings in one request; the pages of the dongle have some 30."""
_MOST_DEVICES = 16


class Target:
    """One device as a Modbus unit (`protocol.unit.Unit`)."""

    def __init__(self, station: Station, dev_id: int) -> None:
        self._station = station
        self._dev_id = dev_id

    def read(self, function: int, address: int, count: int) -> bytes | int:
        """Read as the dongle reads; nothing is padded here."""
        words = self._station.read(self._dev_id, function, address, count)
        return words if isinstance(words, int) else words[: 2 * count]

    def write(self, function: int, address: int, words: bytes) -> int:
        """Write, by either function."""
        return self._station.write(self._dev_id, address, words)


def read_words(station: Station, request: Request) -> bytes | None:
    """Return the registers that getParam type 3 asks for; None if they cannot be read."""
    get = request.get
    block = _block(
        str(get("dev_id")), str(get("param_addr")), str(get("param_num")), str(get("param_type"))
    )
    if block is None:
        return None
    dev_id, function, address, count = block
    words = station.read(dev_id, function, address, count)
    return None if isinstance(words, int) else words[: 2 * count]


@lru_cache(maxsize=256)
def _block(
    dev_text: str, number_text: str, count_text: str, table_text: str
) -> tuple[int, int, int, int] | None:
    """Return device, function, wire address and count that a query means; None if it is wrong.

    Pollers ask for the same few blocks for ever.
    """
    dev_id, number, count = whole(dev_text), whole(number_text), whole(count_text)
    function = _FUNCTIONS.get(whole(table_text))
    if dev_id is None or number is None or count is None or function is None or number < 1:
        return None
    if pdu.read_refusal(number - 1, count):
        return None
    return dev_id, function, number - 1, count


def write_word(station: Station, dev_id: int | None, request: Request, accuracy: int = 0) -> bool:
    """Write one register as setParam and `param` do; False if it is refused.

    Args:
        station: the devices.
        dev_id: which of them.
        request: has `param_addr` and `param_value`.
        accuracy: the register holds value * 10 ** accuracy.
    """
    number = whole(request.get("param_addr"))
    value = word(request.get("param_value"), accuracy)
    if dev_id is None or number is None or value is None or not 1 <= number <= pdu.ADDRESSES:
        return False
    return station.write(dev_id, number - 1, value) == 0


def write_settings(station: Station, request: Request) -> tuple[list[Json], bool]:
    """Write the settings of a `param` request, one after the other.

    Each is taken or refused by itself: its row tells which, and clients look row by row
    (optmybat). A refused one undoes none that came before.

    Returns:
        A row for each setting, and whether all were taken. A row that was taken has `result` 0
        and `param_pid` -1, which clients look for; how a refused one looks is a guess.
    """
    named = _items(request.get("devid_array"))[:_MOST_DEVICES]
    dev_ids = dict.fromkeys(whole(item) for item in named)
    rows: list[Json] = []
    done = True
    for item in _items(request.get("list"))[:_MOST_SETTINGS]:
        setting: Request = cast("Request", item) if isinstance(item, dict) else {}
        refused = [dev_id for dev_id in dev_ids if not _write_setting(station, dev_id, setting)]
        taken = bool(dev_ids) and not refused
        done = done and taken
        name = setting.get("param_name")
        rows.append(
            {
                "result": 0 if taken else 1,
                "param_pid": -1 if taken else 0,
                "param_id": whole(setting.get("param_id")) or 0,
                "param_name": name if isinstance(name, str) else "",
            }
        )
    return rows, done and bool(rows)


def pass_through(station: Station, frame_hex: object) -> str | None:
    """Hand a Modbus RTU frame to the device with its unit id.

    Args:
        station: the devices.
        frame_hex: the frame with its check sum, as hex.

    Returns:
        The reply in the same form; None for what is no frame, has a wrong check sum, or is for
        a unit that is not there.
    """
    try:
        frame = bytes.fromhex(frame_hex) if isinstance(frame_hex, str) else b""
    except ValueError:
        return None
    if not _SHORTEST_FRAME <= len(frame) <= _LONGEST_FRAME or check_sum(frame):
        return None
    for device in station.devices():
        if device.unit == frame[0]:
            reply = frame[:1] + pdu.answer(Target(station, device.dev_id), frame[1:-2])
            return (reply + check_sum(reply).to_bytes(2, "little")).hex().upper()
    return None


def check_sum(frame: bytes) -> int:
    """Return the CRC-16 of a Modbus RTU frame; 0 if the frame ends with its right one."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def _write_setting(station: Station, dev_id: int | None, setting: Request) -> bool:
    if "power_switch" in setting:
        return _switch(station, dev_id, setting["power_switch"])
    return write_word(station, dev_id, setting, whole(setting.get("accuracy", 0)) or 0)


def _switch(station: Station, dev_id: int | None, value: object) -> bool:
    on = whole(value)
    if on not in (0, 1):
        return False
    for device in station.devices():
        if device.dev_id == dev_id:
            command = _START if on else _STOP
            number = _HYBRID_SWITCH if device.dev_type == HYBRID else _STRING_SWITCH
            return station.write(device.dev_id, number - 1, command.to_bytes(2, "big")) == 0
    return False


def _items(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list) else ()
