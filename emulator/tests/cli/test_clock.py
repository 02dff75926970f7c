"""Tests of the clock commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from control.recorder import Recorder

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.cli.clock import seconds

Call = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("arguments", "calls"),
    [
        (["show"], []),
        (["freeze"], [("freeze",)]),
        (["resume"], [("resume",)]),
        (["speed", "60"], [("set_speed", 60.0)]),
        (["set", "sunrise"], [("jump", "sunrise")]),
        (["advance", "15m"], [("advance", 900.0)]),
    ],
)
def test_commands(
    call: Call, recorder: Recorder, url: str, arguments: list[str], calls: list[Any]
) -> None:
    """Each command steers the clock and prints where it stands."""
    recorder.calls.clear()
    code, out, _ = call("clock", *arguments, "--url", url)
    assert (code, recorder.calls) == (0, calls)
    assert out.startswith("2026-06-21T10:00:00Z (")
    assert json.loads(call("clock", *arguments, "--url", url, "--json")[1])["speed"] == 1.0


@pytest.mark.parametrize(
    ("span", "value"),
    [("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200), ("1d", 86400), ("0", 0)],
)
def test_spans(span: str, value: float) -> None:
    """A span is a number with an optional unit."""
    assert seconds(span) == value


@pytest.mark.parametrize("span", ["", "h", "-5", "1w", "1h30", "nan"])
def test_no_span(span: str) -> None:
    """Anything else is refused with how to write one."""
    with pytest.raises(EmulatorError, match="write 90, 90s, 15m, 2h or 1d"):
        seconds(span)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["freezer"], "unknown clock command 'freezer'; did you mean freeze"),
        (["xyzzy"], "show, freeze, resume, speed, set, advance"),
        (["--bogus"], "No such option '--bogus'"),
        (["speed", "fast"], "'fast' is not a valid float"),
    ],
)
def test_errors(call: Call, arguments: list[str], said: str) -> None:
    """An unknown command names its neighbours."""
    code, _, err = call("clock", *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert said in err
