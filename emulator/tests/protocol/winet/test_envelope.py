"""JSON as a dongle prints it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.protocol.winet.envelope import ResultCode, answer, render, success

values = st.recursive(
    st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_looks_like_the_device() -> None:
    """Layout is that of a capture, TABs and all (bjeanes/modbus-mqtt)."""
    data = {"list": [{"name": "A", "value": 1}, {"name": "℃", "options": [{"a": ""}]}], "count": 2}
    assert success(data) == (
        "{\n"
        '\t"result_code":\t1,\n'
        '\t"result_msg":\t"success",\n'
        '\t"result_data":\t{\n'
        '\t\t"list":\t[{\n'
        '\t\t\t\t"name":\t"A",\n'
        '\t\t\t\t"value":\t1\n'
        "\t\t\t}, {\n"
        '\t\t\t\t"name":\t"℃",\n'
        '\t\t\t\t"options":\t[{\n'
        '\t\t\t\t\t\t"a":\t""\n'
        "\t\t\t\t\t}]\n"
        "\t\t\t}],\n"
        '\t\t"count":\t2\n'
        "\t}\n"
        "}"
    )


def test_empty_things() -> None:
    """Empty lists stay on their line, empty objects do not."""
    assert render({"list": [], "object": {}}) == '{\n\t"list":\t[],\n\t"object":\t{\n\t}\n}'


@given(values)
def test_is_json(value: Any) -> None:
    """Whatever is rendered reads back as it was."""
    text = render(value)
    assert json.loads(text) == value
    assert text.encode()


def test_half_a_character_can_be_sent() -> None:
    """Half a UTF-16 pair, which JSON can carry into us, goes out as a question mark."""
    assert render("a\ud800") == '"a?"'


def test_refusals() -> None:
    """Code and message are both there, data where it is given."""
    assert json.loads(answer(ResultCode.TOKEN)) == {
        "result_code": 106,
        "result_msg": "I18N_COMMON_ACCOUNT_OUT_FRESH",
    }
    assert json.loads(answer(ResultCode.USER_LIMIT, {"service": "notice"}, "login timeout")) == {
        "result_code": 100,
        "result_msg": "login timeout",
        "result_data": {"service": "notice"},
    }


def test_codes_are_the_recorded_ones() -> None:
    """Numbers and messages of refusals are those that clients know."""
    assert {int(code): code.message for code in ResultCode} == {
        1: "success",
        100: "normal user limit",
        106: "I18N_COMMON_ACCOUNT_OUT_FRESH",
        114: "I18N_COMMON_USR_ACCOUNT_LOCK",
        115: "I18N_COMMON_USR_PASSWD_ERROR_TIMES",
        211: "I18N_COMMON_INTER_ABNORMAL",
        215: "I18N_COMMON_INTER_ABNORMAL",
        301: "I18N_COMMON_READ_FAILED",
        391: "I18N_COMMON_SET_FAILED",
        401: "I18N_COMMON_INTER_ABNORMAL",
    }
