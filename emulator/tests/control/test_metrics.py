"""Tests of the metrics text."""

from __future__ import annotations

import math

import pytest
from control.recorder import Sample

from sungrow_emulator.control.metrics import exposition


def test_samples_of_one_name_share_a_heading() -> None:
    """Samples of one name stand together, whatever their order."""
    text = exposition(
        [
            Sample("a_total", "As.", "counter", {"door": "0"}, 1),
            Sample("b", "Bs.", "gauge", {}, 2.5),
            Sample("a_total", "As.", "counter", {"door": "1"}, 3),
        ]
    )
    assert text.splitlines() == [
        "# HELP sungrow_emulator_a_total As.",
        "# TYPE sungrow_emulator_a_total counter",
        'sungrow_emulator_a_total{door="0"} 1',
        'sungrow_emulator_a_total{door="1"} 3',
        "# HELP sungrow_emulator_b Bs.",
        "# TYPE sungrow_emulator_b gauge",
        "sungrow_emulator_b 2.5",
    ]


def test_label_values_are_escaped() -> None:
    """Quotes, backslashes and line ends in a label cannot end it."""
    text = exposition([Sample("a", "h", "gauge", {"x": 'q"b\\n\n', "y": "2"}, 0)])
    assert r'a{x="q\"b\\n\n",y="2"} 0' in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, "NaN"), (math.inf, "+Inf"), (-math.inf, "-Inf"), (1e15, "1e+15"), (0.1, "0.1")],
)
def test_numbers(value: float, text: str) -> None:
    """Numbers are written as the format wants them."""
    assert exposition([Sample("a", "h", "gauge", {}, value)]).endswith(f"a {text}\n")


def test_nothing() -> None:
    """No metrics are an empty page."""
    assert exposition([]) == ""
