"""Sites and plants that the tests of this room share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sungrow_emulator.site.controls import Controls
from sungrow_emulator.site.counters import COUNT
from sungrow_emulator.site.ledger import Ledger
from sungrow_emulator.site.lifetime import Past
from sungrow_emulator.site.noise import Noise
from sungrow_emulator.site.plant import Plant
from sungrow_emulator.site.site import Site
from sungrow_emulator.site.spec import BatteryPackSpec, LoadSpec, Location, PlantSpec, SiteSpec
from sungrow_emulator.site.zone import Zone

Build = Callable[..., Site]
_STRING = PlantSpec(
    nominal_power=5000,
    phases=3,
    output_type=1,
    mppt_count=2,
    strings_per_mppt=(1,),
    max_dc_voltage=1100,
    mppt_voltage_min=160,
    mppt_voltage_max=1000,
    commissioned=date(2025, 3, 1),
)
_PACK = BatteryPackSpec(
    capacity=12.8, nominal_voltage=256, max_charge=7600, max_discharge=7600, modules=4
)


@pytest.fixture(scope="session")
def string_plant() -> PlantSpec:
    """A three-phase string inverter of 5 kW."""
    return _STRING


@pytest.fixture(scope="session")
def hybrid_plant() -> PlantSpec:
    """A three-phase hybrid of 10 kW with 12.8 kWh."""
    return replace(_STRING, nominal_power=10000, hybrid=True, battery=_PACK)


@pytest.fixture(scope="session")
def noon() -> float:
    """A summer noon in Munich, epoch seconds."""
    return datetime(2026, 6, 21, 11, tzinfo=UTC).timestamp()


@pytest.fixture(scope="session")
def build(noon: float) -> Build:
    """Return a function that builds a site of some plants."""

    def make(*plants: PlantSpec, start: float = noon, seed: int = 1, **spec: Any) -> Site:
        location = spec.get("location", Location())
        return Site(SiteSpec(location, plants, spec.get("load", LoadSpec())), seed, start)

    return make


@pytest.fixture(scope="session")
def make_plant(noon: float) -> Callable[..., Plant]:
    """Return a function that makes a plant that runs and has `available` W of DC."""

    def make(spec: PlantSpec, available: float = 0.0, soc: float = 50.0, **controls: Any) -> Plant:
        past = Past([0.0] * COUNT, 0.0, Ledger(), Ledger(), soc)
        plant = Plant(spec, Noise(1, "plant"), Zone("Europe/Berlin"), past, noon)
        plant.sequence.phase = "run"
        plant.available = available
        plant.controls = Controls(**controls)
        return plant

    return make
