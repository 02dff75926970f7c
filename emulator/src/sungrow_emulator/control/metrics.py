"""Prometheus text exposition of what the façade counts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sungrow_emulator.metrics import Metric

PREFIX = "sungrow_emulator_"
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(metrics: Iterable[Metric]) -> str:
    """Return the text format; samples of one name stand together under one heading."""
    families: dict[str, list[Metric]] = {}
    for metric in metrics:
        families.setdefault(metric.name, []).append(metric)
    lines: list[str] = []
    for bare, samples in families.items():
        name = f"{PREFIX}{bare}"
        lines.append(f"# HELP {name} {_escape(samples[0].help)}")
        lines.append(f"# TYPE {name} {samples[0].kind}")
        lines.extend(f"{name}{_labels(sample)} {_number(sample.value)}" for sample in samples)
    return "".join(f"{line}\n" for line in lines)


def _labels(sample: Metric) -> str:
    pairs = [
        '{}="{}"'.format(name, _escape(value).replace('"', r"\""))
        for name, value in sample.labels.items()
    ]
    return "{" + ",".join(pairs) + "}" if pairs else ""


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return f"{value:.15g}"
