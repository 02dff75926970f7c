"""Tests of request bodies."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from sungrow_emulator.control.bodies import (
    AdvanceBody,
    Body,
    ClockBody,
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


@pytest.mark.parametrize("fault", [10, "grid-lost"])
def test_fault(fault: int | str) -> None:
    """A fault is a number or a name."""
    assert FaultBody.model_validate({"fault": fault}).fault == fault
