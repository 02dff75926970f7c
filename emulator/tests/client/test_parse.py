"""Tests of building answers from JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from control.recorder import STATE

from sungrow_emulator.answers import StateAnswer
from sungrow_emulator.client.parse import parse


@dataclass(frozen=True, slots=True)
class Sample:
    """A few kinds of members."""

    name: str
    number: float
    optional: int | None
    table: dict[str, int]
    items: tuple[int, ...] = ()


def test_round_trip() -> None:
    """A whole state comes back as it was."""
    assert parse(StateAnswer, json.loads(json.dumps(asdict(STATE)))) == STATE


def test_tuple() -> None:
    """A list of objects becomes a tuple of dataclasses."""
    data = {"name": "a", "number": 1, "optional": None, "table": {"x": 1}, "items": [1, 2]}
    (sample,) = parse(tuple[Sample, ...], [data])
    assert sample == Sample("a", 1.0, None, {"x": 1}, (1, 2))
    assert isinstance(sample.number, float)


def test_newer_members_are_left_out() -> None:
    """A member that this version does not know does not hurt; a default fills in."""
    data = {"name": "a", "number": 1.5, "optional": 2, "table": {}, "new": 1}
    assert parse(Sample, data) == Sample("a", 1.5, 2, {})


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        (Sample, [], "must be an object"),
        (Sample, {"name": "a"}, "lacks number, optional, table"),
        (Sample, {"name": 1, "number": 1, "optional": 1, "table": {}}, "1 is not of type str"),
        (tuple[Sample, ...], {}, "a list was expected"),
    ],
)
def test_wrong_shape(kind: Any, data: Any, said: str) -> None:
    """Data of another shape is refused."""
    with pytest.raises((TypeError, ValueError), match=said):
        parse(kind, data)


def test_anything() -> None:
    """What may be anything is passed on."""
    assert parse(Any, {"a": 1}) == {"a": 1}
