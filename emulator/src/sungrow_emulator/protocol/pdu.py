"""Modbus requests and replies without their framing: what TCP and serial lines share."""

from __future__ import annotations

import enum
import struct

from sungrow_emulator.protocol.unit import Unit

READ_HOLDING = 3
READ_INPUT = 4
READS = (READ_INPUT, READ_HOLDING)
WRITE_SINGLE = 6
WRITE_MULTIPLE = 16

MAX_READ = 125
"""Registers that one read may ask for (Modbus specification; 126 would not fit a frame)."""
MAX_WRITE = 123
"""Registers that one write may carry."""
ADDRESSES = 65536

_FIELDS = struct.Struct(">BHH")


class ExceptionCode(enum.IntEnum):
    """Why a request was refused. Sungrow documents 2 and 4, real devices also send 1 and 3."""

    ILLEGAL_FUNCTION = 1
    ILLEGAL_ADDRESS = 2
    ILLEGAL_VALUE = 3
    DEVICE_FAILURE = 4
    BUSY = 6
    GATEWAY_PATH = 10
    GATEWAY_TARGET = 11


def answer(unit: Unit, request: bytes) -> bytes:
    """Let a unit answer a request.

    Args:
        unit: what answers.
        request: function code and data, at least one byte.

    Returns:
        The reply: a normal one, or the function code + 0x80 and an exception code. Functions
        other than 3, 4, 6 and 16 are refused with exception 1, data of the wrong length with 3.
    """
    function = request[0]
    if function in READS:
        return _read(unit, request)
    if function == WRITE_SINGLE:
        return _write_single(unit, request)
    if function == WRITE_MULTIPLE:
        return _write_multiple(unit, request)
    return exception(function, ExceptionCode.ILLEGAL_FUNCTION)


def exception(function: int, code: int) -> bytes:
    """Return the reply that refuses a request; a function above 0x7F keeps its number."""
    return bytes((function | 0x80, code))


def is_write(request: bytes) -> bool:
    """Tell whether a request is one that a broadcast may carry."""
    return request[0] in (WRITE_SINGLE, WRITE_MULTIPLE)


def words_to_read(request: bytes) -> int:
    """Return how many registers a request reads; 0 if it is no read or too short for one."""
    if request[0] in READS and len(request) == _FIELDS.size:
        return int.from_bytes(request[3:5], "big")
    return 0


def read_refusal(address: int, count: int) -> int:
    """Return the exception code of a read that no unit has to look at, 0 if it is well formed."""
    if not 1 <= count <= MAX_READ:
        return ExceptionCode.ILLEGAL_VALUE
    if address + count > ADDRESSES:
        return ExceptionCode.ILLEGAL_ADDRESS
    return 0


def _read(unit: Unit, request: bytes) -> bytes:
    if len(request) != _FIELDS.size:
        return exception(request[0], ExceptionCode.ILLEGAL_VALUE)
    function, address, count = _FIELDS.unpack(request)
    result = read_refusal(address, count) or unit.read(function, address, count)
    if isinstance(result, int):
        return exception(function, result)
    return bytes((function, 2 * count)) + result


def _write_single(unit: Unit, request: bytes) -> bytes:
    if len(request) != _FIELDS.size:
        return exception(WRITE_SINGLE, ExceptionCode.ILLEGAL_VALUE)
    _, address, _ = _FIELDS.unpack(request)
    code = unit.write(WRITE_SINGLE, address, request[3:])
    return exception(WRITE_SINGLE, code) if code else request


def _write_multiple(unit: Unit, request: bytes) -> bytes:
    head = _FIELDS.size
    if len(request) <= head:
        return exception(WRITE_MULTIPLE, ExceptionCode.ILLEGAL_VALUE)
    _, address, count = _FIELDS.unpack_from(request)
    size = request[head]
    if not 1 <= count <= MAX_WRITE or size != 2 * count or len(request) != head + 1 + size:
        return exception(WRITE_MULTIPLE, ExceptionCode.ILLEGAL_VALUE)
    if address + count > ADDRESSES:
        return exception(WRITE_MULTIPLE, ExceptionCode.ILLEGAL_ADDRESS)
    code = unit.write(WRITE_MULTIPLE, address, request[head + 1 :])
    return exception(WRITE_MULTIPLE, code) if code else request[:head]
