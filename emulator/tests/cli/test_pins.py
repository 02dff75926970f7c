"""Tests of the commands that pin registers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from control.recorder import Recorder

from sungrow_emulator.cli.pins import pin_command, unpin_command

Call = Callable[..., tuple[int, str, str]]


def test_pin(call: Call, recorder: Recorder, url: str) -> None:
    """Words are given in decimal or hexadecimal."""
    recorder.calls.clear()
    code, out, _ = call("pin", "input", "5031", "0xFFFF", "1", "--url", url)
    assert (code, out) == (0, "inverter: input 5031 (wire 5030) shows FFFF 0001, pinned\n")
    assert recorder.calls == [("pin", "inverter", "input", 5031, [0xFFFF, 1])]


def test_unpin(call: Call, recorder: Recorder, url: str) -> None:
    """Pinned words are taken away by number."""
    recorder.calls.clear()
    code, out, _ = call("unpin", "holding", "5008", "--device", "inverter", "--url", url)
    assert (code, out.endswith("not pinned\n")) == (0, True)
    assert recorder.calls == [("unpin", "inverter", "holding", 5008)]


def test_json(call: Call, url: str) -> None:
    """The answer is JSON on request."""
    out = call("pin", "input", "5031", "7", "--url", url, "--json")[1]
    assert json.loads(out)["words"] == [7]


@pytest.mark.parametrize("word", ["65536", "0x10000", "x", "1.5"])
def test_no_word(call: Call, url: str, word: str) -> None:
    """What is no word is refused."""
    code, _, err = call("pin", "input", "5031", word, "--url", url)
    assert code == 2
    assert f"'{word}' is not a word; 0 to 65535" in err


def test_missing_words(call: Call) -> None:
    """At least one word is needed."""
    assert call("pin", "input", "5031")[0] == 2


def test_names() -> None:
    """The commands have the names of the contract."""
    assert [command.name for command in (pin_command, unpin_command)] == ["pin", "unpin"]
