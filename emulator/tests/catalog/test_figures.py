"""Figures of a model."""

from __future__ import annotations

from sungrow_emulator.catalog.figures import FIGURES, figures
from sungrow_emulator.catalog.models import find_model, load_models


def test_figures_are_in_the_units_of_their_names() -> None:
    """W, 10 W and 0.1 kW follow from the nominal power; 5 kW string inverters as documented."""
    assert figures(find_model("SG5.0RT")) == {
        "nominal_power": 5000,
        "nominal_power_10w": 500,
        "nominal_power_0p1kw": 50,
        "power_limit_ratio_max": 1100,
        "power_limit_max": 55,
        "reactive_limit": 25,
        "bdc_rated": 0,
        "bdc_rated_10w": 0,
        "export_min": 0,
        "export_max": 5000,
    }


def test_battery_converter_as_in_the_dumps() -> None:
    """Dumps show 5628 = 100 on SH10RT, 80 on SH8.0RT and 300 on SH15T (0.1 kW)."""
    rated = {name: figures(find_model(name))["bdc_rated"] for name in ("SH10RT", "SH8.0RT-20")}
    assert rated == {"SH10RT": 10000, "SH8.0RT-20": 8000}
    assert figures(find_model("SH15T"))["bdc_rated_10w"] == 3000


def test_every_model_has_every_figure() -> None:
    """No model lacks a figure that a row may name."""
    assert all(tuple(figures(model)) == FIGURES for model in load_models().values())
