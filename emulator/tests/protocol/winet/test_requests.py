"""Requests in the styles of the clients, and in none."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.protocol.winet.requests import (
    parse_body,
    parse_object,
    parse_query,
    whole,
    word,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "text",
    ["", "ping", "{", "[1]", '"text"', "1", "null", "[" * 60_000, "1" * 5000, b"\xff\xfe\x00"],
)
def test_what_is_no_object(text: str | bytes) -> None:
    """Only an object is a request, and nothing else does harm."""
    assert parse_object(text) is None


def test_objects() -> None:
    """An object comes out as it is."""
    assert parse_object(' {"a": 1, "b": "2"} ') == {"a": 1, "b": "2"}


def test_queries() -> None:
    """Members are split and decoded; an empty value is one."""
    assert parse_query("dev_id=1&dev_type=&lang=en_us") == {
        "dev_id": "1",
        "dev_type": "",
        "lang": "en_us",
    }
    assert parse_query("a=b%20c&d=e+f&flag&a=2") == {"a": "2", "d": "e f", "flag": ""}


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_queries_of_libraries(members: dict[str, str]) -> None:
    """What a library encodes is what is read."""
    encoded = urlencode(members, errors="replace")
    assert {name: value for name, value in parse_query(encoded).items() if name} == dict(
        parse_qsl(encoded, keep_blank_values=True)
    )


def test_bodies() -> None:
    """A body is JSON or a form."""
    assert parse_body(b'{"dev_id": 1}') == {"dev_id": 1}
    assert parse_body(b"dev_id=1&param_value=200") == {"dev_id": "1", "param_value": "200"}
    assert parse_body(b"") == {"": ""}


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1),
        ("1", 1),
        (" 12 ", 12),
        ("-5", -5),
        (3.0, 3),
        ("999999999", 999_999_999),
        ("1234567890", None),
        (10**9, None),
        (10**4000, None),
        (3.5, None),
        (1e300, None),
        (float("nan"), None),
        (True, None),
        ("", None),
        ("1.0", 1),
        ("-2.00", -2),
        ("1.", None),
        (".0", None),
        ("1.5", None),
        ("\u0661", None),
        ("1_0", None),
        (None, None),
        ([1], None),
    ],
)
def test_whole_numbers(value: object, number: int | None) -> None:
    """Numbers may be text; anything else is none."""
    assert whole(value) == number


@pytest.mark.parametrize(
    ("value", "accuracy", "words"),
    [
        ("200", 0, "00c8"),
        (200, 0, "00c8"),
        ("2.50", 2, "00fa"),
        ("2.5", 2, "00fa"),
        (2.5, 2, "00fa"),
        ("2.500", 0, None),
        ("2.000", 0, "0002"),
        ("-1", 0, "ffff"),
        ("-0.5", 1, "fffb"),
        ("65535", 0, "ffff"),
        ("65536", 0, None),
        ("-32768", 0, "8000"),
        ("-32769", 0, None),
        ("655.36", 2, None),
        ("", 0, None),
        ("ten", 0, None),
        ("1e3", 0, None),
        (True, 0, None),
        (None, 0, None),
        (float("inf"), 0, None),
        (10**4000, 0, None),
        ("1", 5, None),
        ("1", -1, None),
    ],
)
def test_words(value: object, accuracy: int, words: str | None) -> None:
    """A decimal number becomes a register's word if it fits exactly."""
    found = word(value, accuracy)
    assert (found.hex() if found is not None else None) == words


@given(json_values)
def test_any_value_is_a_number_or_none(value: Any) -> None:
    """No value does harm."""
    number = whole(value)
    assert number is None or abs(number) < 10**9
    assert word(value, 2) is None or len(word(value, 2) or b"") == 2


@given(st.binary(), st.text())
def test_any_text_has_members(body: bytes, query: str) -> None:
    """No body and no query does harm."""
    assert isinstance(parse_body(body), dict)
    assert all(isinstance(value, str) for value in parse_query(query).values())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1} \r\n', {"a": 1}),
        (' {"a": 1}', {"a": 1}),
        (b'{"a": 1}', {"a": 1}),
        ('{"a": 1} {"a": 2}', None),
        ('{"a": 1}x', None),
        ('{"a": 1', None),
        ("[]", None),
    ],
)
def test_one_object_and_nothing_else(text: str | bytes, value: object) -> None:
    """White space may stand around an object, anything else makes it none."""
    assert parse_object(text) == value


def test_the_time_at_the_end_of_a_query_is_not_kept() -> None:
    """Queries that differ in the time alone are one; a time elsewhere is a member like others."""
    first, second = (parse_query(f"type=3&token=a%20b&time123456={now}") for now in (1, 2))
    assert first is second
    assert first == {"type": "3", "token": "a b"}
    assert parse_query("time123456=1&type=3") == {"time123456": "1", "type": "3"}
    assert parse_query("type=3&time123456=1&lang=x")["lang"] == "x"
    long = "x" * 600
    assert parse_query(f"a={long}&time123456=1") == {"a": long, "time123456": "1"}
