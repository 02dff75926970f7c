"""Tests of request bodies."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from sungrow_emulator.config import Config, flag
from sungrow_emulator.control.bodies import (
    AdvanceBody,
    Body,
    ClockBody,
    DeviceBody,
    FaultBody,
    PinBody,
    SocBody,
    WattsBody,
    WriteBody,
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"address": 5008, "words": [1, 65535]}, [1, 65535]),
        ({"address": 1, "value": 7}, [7]),
        ({"address": 65536, "value": 0}, [0]),
        ({"address": 13050, "value": -1}, [0xFFFF]),
    ],
)
def test_words_to_write(data: dict[str, Any], words: list[int]) -> None:
    """A write is given as words or as one value, below 0 in two's complement."""
    assert WriteBody.model_validate(data).raw() == words


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (WriteBody, {"address": 5008}),
        (WriteBody, {"address": 5008, "words": [1], "value": 1}),
        (WriteBody, {"address": 0, "value": 1}),
        (WriteBody, {"address": 65537, "value": 1}),
        (WriteBody, {"address": 1, "value": 65536}),
        (WriteBody, {"address": 1, "words": []}),
        (WriteBody, {"address": 1, "words": [0] * 124}),
        (WriteBody, {"address": 1, "words": [-1]}),
        (PinBody, {"words": ["1"]}),
        (PinBody, {"words": [True]}),
        (PinBody, {"words": [1], "more": 1}),
        (WattsBody, {"watts": float("nan")}),
        (WattsBody, {"watts": "2500"}),
        (SocBody, {"percent": 101}),
        (SocBody, {"percent": -1}),
        (FaultBody, {"fault": ""}),
        (FaultBody, {"fault": 1.5}),
        (FaultBody, {"fault": None}),
        (ClockBody, {}),
        (ClockBody, {"speed": 0}),
        (ClockBody, {"frozen": 1}),
        (ClockBody, {"time": "x" * 41}),
        (AdvanceBody, {"seconds": -1}),
        (AdvanceBody, {"seconds": float("inf")}),
    ],
)
def test_refused(kind: type[Body], data: dict[str, Any]) -> None:
    """What is missing, unknown, of another type or out of range is refused."""
    with pytest.raises(ValidationError):
        kind.model_validate(data)


@pytest.mark.parametrize(
    "data", [{"frozen": False}, {"speed": 60}, {"time": "sunrise"}, {"frozen": True, "speed": 1.5}]
)
def test_clock(data: dict[str, Any]) -> None:
    """Any part of the clock can be changed alone."""
    assert ClockBody.model_validate(data).model_dump(exclude_none=True) == data


def test_a_device_has_the_options_of_the_command_line() -> None:
    """Members are named as on the command line; what was given is handed on as it is."""
    members = {"id": "b", "model": "SG5.0RT", "modbus-port": 0, "strict": True, "pv": 4200.5}
    held = {"hold": {"pv-power": 100, "soc": 50}, "faults": ["grid-lost", 514]}
    assert DeviceBody.model_validate({**members, **held}).members() == {**members, **held}
    described = {flag(name) for name in Config.names(shared=False)}
    assert described < set(DeviceBody.model_json_schema()["properties"])


@pytest.mark.parametrize(
    "data",
    [
        {"id": ""},
        {"id": "a/b"},
        {"id": ".."},
        {"id": "x" * 81},
        {"modbus_port": 0},
        {"modbus-port": 70000},
        {"modbus-port": "0"},
        {"seed": 1},
        {"site": "roof"},
        {"hold": {"pv": 1}},
        {"hold": {"soc": 101}},
        {"hold": {"pv-power": float("nan")}},
        {"faults": [1.5]},
        {"faults": [2] * 101},
    ],
)
def test_devices_that_are_refused(data: dict[str, Any]) -> None:
    """Names are those of paths, options those of a device, and numbers within their bounds."""
    with pytest.raises(ValidationError):
        DeviceBody.model_validate(data)


@pytest.mark.parametrize("fault", [10, "grid-lost"])
def test_fault(fault: int | str) -> None:
    """A fault is a number or a name."""
    assert FaultBody.model_validate({"fault": fault}).fault == fault
