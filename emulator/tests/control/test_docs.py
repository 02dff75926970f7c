"""Tests of the documentation page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from control.recorder import Recorder

from sungrow_emulator.control.app import create_app
from sungrow_emulator.control.docs import render_docs


@pytest.fixture(name="page", scope="module")
def _page() -> str:
    return render_docs(create_app(Recorder().facade).openapi())


def test_needs_no_network(page: str) -> None:
    """The page loads nothing from anywhere."""
    assert not re.findall(r"(?:src|href)=.(?:https?:)?//", page)
    assert "<script" not in page
    assert "{{" not in page


def test_tags_are_balanced(page: str) -> None:
    """Each element that opens closes."""
    open_tags: list[str] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag != "meta":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Parser().feed(page)
    assert open_tags == []


def test_every_operation_is_there(page: str) -> None:
    """Each operation has its line, its words and its groups."""
    assert page.count("<details>") == 32
    assert "<code>/api/v1/devices/{device}/soc</code>" in page
    assert "Bring everything back to right after the start" in page
    for tag in ("health", "emulator", "devices", "registers", "operation", "faults", "clock"):
        assert f'<section id="{tag}">' in page


@pytest.mark.parametrize(
    "line",
    [
        "curl http://127.0.0.1:8099/api/v1/state",
        "curl -X DELETE http://127.0.0.1:8099/api/v1/devices/inverter/power",
        "curl -X PUT http://127.0.0.1:8099/api/v1/devices/inverter/power "
        '-H "Content-Type: application/json" -d "{\\"watts\\": 2500}"',
        "curl -X POST http://127.0.0.1:8099/api/v1/devices/inverter/write",
        '{"address": 5008, "words": [500]}',
        '{"fault": 10}',
        '{"frozen": true}',
        "registers/input/5031",
    ],
)
def test_curl_lines(page: str, line: str) -> None:
    """Each operation shows a line that can be pasted."""
    import html

    wanted = line.replace('-H "Content', "-H 'Content").replace('json" -d "', "json' -d '")
    wanted = wanted.replace('\\"', '"').replace('}"', "}'")
    assert wanted in html.unescape(page)


@pytest.mark.parametrize(
    "text",
    [
        "<td>number from 0 up to 100</td>",
        "<td>list of integer from 0 up to 65535</td>",
        "<td>integer or string</td>",
        "<td>path, input or holding</td>",
        "<td>query, integer from 1 up to 125</td>",
        "<td>ClockAnswer</td>",
    ],
)
def test_types_in_words(page: str, text: str) -> None:
    """Types and bounds are said in words."""
    assert text in page


def test_small_document() -> None:
    """A document with nothing but one operation has its page as well."""
    operation = {"responses": {}, "parameters": [{"in": "query", "name": "a", "schema": {}}]}
    page = render_docs(
        {
            "info": {"title": "t", "version": "1", "description": "d"},
            "paths": {"/x": {"get": operation}},
            "components": {"schemas": {}},
        }
    )
    assert '<section id="other">' in page
    assert "<td>query, any</td>" in page
