"""What a dongle answers: JSON as its C library prints it, and result codes.

Members are indented by TABs and have a TAB after the colon; an array begins on the line of its
key. Clients match some of that as text, e.g. white space between `"token":` and its value.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import Self, TypeAlias

Json: TypeAlias = "str | int | Sequence[Json] | Mapping[str, Json]"
Data: TypeAlias = "Mapping[str, Json]"

_ABNORMAL = "I18N_COMMON_INTER_ABNORMAL"


class ResultCode(enum.IntEnum):
    """The `result_code` of an answer, with its `result_msg`."""

    message: str

    def __new__(cls, code: int, message: str) -> Self:
        """Keep the message beside the code."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.message = message
        return member

    SUCCESS = 1, "success"
    USER_LIMIT = 100, "normal user limit"
    """Another login ended this one."""
    TOKEN = 106, "I18N_COMMON_ACCOUNT_OUT_FRESH"
    """The token is missing, wrong or expired."""
    LOCKED = 114, "I18N_COMMON_USR_ACCOUNT_LOCK"
    PASSWORD = 115, "I18N_COMMON_USR_PASSWD_ERROR_TIMES"
    NOT_APPLICABLE = 211, _ABNORMAL
    """A service that the device has not; only the code is recorded, the message is a guess."""
    NO_METER = 215, _ABNORMAL
    """Only the code is recorded, the message is a guess."""
    READ_FAILED = 301, "I18N_COMMON_READ_FAILED"
    SET_FAILED = 391, "I18N_COMMON_SET_FAILED"
    ABNORMAL = 401, _ABNORMAL
    """Not logged in, or a request that cannot be understood."""


def answer(code: ResultCode, data: Data | None = None, message: str | None = None) -> str:
    """Return an answer.

    Args:
        code: its result code.
        data: its `result_data`; None leaves that out.
        message: its `result_msg` where it is not the usual one of the code.
    """
    members: dict[str, Json] = {
        "result_code": int(code),
        "result_msg": code.message if message is None else message,
    }
    if data is not None:
        members["result_data"] = data
    return render(members)


def success(data: Data) -> str:
    """Return an answer with code 1."""
    return answer(ResultCode.SUCCESS, data)


def render(value: Json, depth: int = 0) -> str:
    """Return a value as the dongle prints it, `depth` levels inside others.

    Text from requests may hold halves of UTF-16 pairs, which no answer could be sent with; a
    question mark takes their place.
    """
    if isinstance(value, str):
        text = value if value.isascii() else value.encode(errors="replace").decode()
        return encode_basestring(text)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        tabs = "\t" * depth
        members = ",\n".join(
            f"{tabs}\t{encode_basestring(key)}:\t{render(member, depth + 1)}"
            for key, member in value.items()
        )
        return f"{{\n{members}\n{tabs}}}" if members else f"{{\n{tabs}}}"
    return f"[{', '.join(render(item, depth + 1) for item in value)}]"
