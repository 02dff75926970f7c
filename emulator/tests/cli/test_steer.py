"""Tests of the commands that look at a running emulator and steer it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from control.recorder import DEVICE, FAULT, STATE, Recorder

from sungrow_emulator.answers import DoorAnswer, PinAnswer
from sungrow_emulator.cli.steer import print_state

Call = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("arguments", "recorded"),
    [
        (["set-power", "2500"], ("set_power", 2500.0)),
        (["set-power", "--device", "inverter", "0"], ("set_power", 0.0)),
        (["release-power"], ("release_power",)),
        (["set-load", "300"], ("set_load", 300.0)),
        (["set-load", "release"], ("set_load", None)),
        (["set-soc", "55"], ("set_soc", 55.0)),
        (["set-battery", "-2000"], ("set_battery_power", -2000.0)),
        (["set-battery", "release"], ("set_battery_power", None)),
        (["set-fault", "10"], ("set_fault", 10)),
        (["set-fault", "grid-lost"], ("set_fault", "grid-lost")),
        (["clear-fault"], ("clear_fault", None)),
        (["clear-fault", "grid-lost"], ("clear_fault", "grid-lost")),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_changes(
    call: Call,
    recorder: Recorder,
    url: str,
    arguments: list[str],
    recorded: tuple[Any, ...],
    as_json: bool,
) -> None:
    """A command becomes one call of the façade and prints what it did."""
    recorder.calls.clear()
    code, out, err = call(*arguments, "--url", url, *(["--json"] if as_json else []))
    assert (code, err) == (0, "")
    assert recorder.calls == [(recorded[0], "inverter", *recorded[1:])]
    if as_json:
        assert json.loads(out)["notes"] == ["a note"]
    else:
        assert out.startswith(f"inverter: {recorded[0]} (simulated time ")
        assert out.endswith("note: a note\n")


@pytest.mark.parametrize("command", ["status", "reset"])
def test_state(call: Call, url: str, command: str) -> None:
    """The state is printed for people or as JSON."""
    code, out, _ = call(command, "--url", url)
    assert code == 0
    assert out.startswith("inverter: SH10RT A2320000001, run, 2500 W, 55 % charged")
    assert json.loads(call(command, "--url", url, "--json")[1])["api"] == 1


def test_fields(call: Call, url: str) -> None:
    """Fields are a table with both countings, or JSON."""
    code, out, _ = call("fields", "--url", url)
    row = out.splitlines()[1].split()
    assert code == 0
    assert row == ["input", "5031", "5030", "total_active_power", "2500", "W", "09C4", "0000"]
    assert json.loads(call("fields", "--url", url, "--json")[1])[0]["truth"] == 2500.0


@pytest.mark.parametrize(("pattern", "rows"), [("ACTIVE", 1), ("5031", 1), ("503", 0), ("soc", 0)])
def test_fields_by_pattern(call: Call, url: str, pattern: str, rows: int) -> None:
    """A pattern is a part of the name or the whole number."""
    assert len(call("fields", pattern, "--url", url)[1].splitlines()) == rows + 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["set-load", "much"], 2, "'much' is neither a number of watts nor release"),
        (["set-battery", "-x"], 2, "No such option '-x'"),
        (["set-battery", "-5", "--bogus"], 2, "unexpected extra argument"),
        (["fields", "--device", "invertr"], 2, "did you mean inverter?"),
        (["status", "--url", "nonsense"], 2, "is not a URL"),
        (["status", "--url", "http://127.0.0.1:1"], 3, "no emulator answers"),
        (["status", "--control-token-file", "/nonexistent"], 2, "cannot be read"),
    ],
)
def test_errors(call: Call, url: str, arguments: list[str], code: int, said: str) -> None:
    """Each error is one line with its exit code."""
    where = [] if "--url" in arguments else ["--url", url]
    got, _, err = call(*arguments, *where)
    assert (got, err.count("\n")) == (code, 1)
    assert said in err


def test_whole_state(capsys: pytest.CaptureFixture[str]) -> None:
    """Doors, overrides, faults, pins and notes are all shown."""
    door = DoorAnswer(
        kind="modbus",
        host="127.0.0.1",
        port=5020,
        path="lan",
        firmware="2026",
        persona="hybrid-rt/lan/2026",
        encryption="zero",
        units={"1": "inverter"},  # pyright: ignore
        connections=2,
        requests=3,
        exceptions=4,
    )
    device = replace(DEVICE, pins=(PinAnswer("input", 5031, (1,)),), faults=(FAULT,))
    bare = replace(DEVICE, id="logger", state="", power=None, soc=None, overrides={}, faults=())
    print_state(replace(STATE, devices=(device, bare), doors=(door,), notes=("path auto",)))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("pv_power held at 2500, fault 10 grid-lost, input 5031 pinned")
    assert lines[1] == "logger: SH10RT A2320000001"
    assert "units 1 inverter; 2 connections, 3 requests, 4 exceptions" in lines[2]
    assert lines[-1] == "note: path auto"


def test_long_fields_are_cut(call: Call, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long register only the first words are shown."""
    from control import recorder as module

    monkeypatch.setattr(module, "FIELD", replace(module.FIELD, words=(1,) * 96))
    assert call("fields", "--url", url)[1].endswith("0001 0001 …\n")
