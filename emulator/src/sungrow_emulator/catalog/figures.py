"""The figures of a model that bounds and defaults of registers refer to by name."""

from __future__ import annotations

from collections.abc import Mapping

from sungrow_emulator.catalog.spec import ModelSpec

FIGURES: tuple[str, ...] = (
    "nominal_power",
    "nominal_power_10w",
    "nominal_power_0p1kw",
    "power_limit_ratio_max",
    "power_limit_max",
    "reactive_limit",
    "bdc_rated",
    "bdc_rated_10w",
    "export_min",
    "export_max",
)
"""Names that the columns `default` and `allowed` may use."""


def figures(model: ModelSpec) -> Mapping[str, int]:
    """Return the figures of one model, each in the raw unit that its name says.

    `nominal_power`, `bdc_rated`, `export_min` and `export_max` are in W; a suffix names
    another unit (`_10w`: 10 W, `_0p1kw`: 0.1 kW). The feed-in limit runs from 0 to nominal
    power, as registers 5622 and 5623 of hybrids in the field say.
    """
    return {
        "nominal_power": model.nominal_power,
        "nominal_power_10w": model.nominal_power // 10,
        "nominal_power_0p1kw": model.nominal_power // 100,
        "power_limit_ratio_max": model.power_limit_ratio_max,
        "power_limit_max": model.power_limit_max,
        "reactive_limit": model.reactive_limit,
        "bdc_rated": model.bdc_rated,
        "bdc_rated_10w": model.bdc_rated // 10,
        "export_min": 0,
        "export_max": model.nominal_power,
    }
