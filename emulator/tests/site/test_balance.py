"""Tests of site/balance.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.site import counters as count
from sungrow_emulator.site.balance import exported, solve, to_ac, to_bus
from sungrow_emulator.site.spec import PlantSpec

WATTS = st.floats(0, 12000)
COMMANDS = st.fixed_dictionaries(
    {},
    optional={
        "active_power_limit": WATTS,
        "feed_in_limit": WATTS,
        "ems_mode": st.sampled_from(["self-consumption", "forced", "external", "vpp"]),
        "battery_command": st.sampled_from(["charge", "discharge", "stop"]),
        "battery_power": WATTS,
        "max_charge": WATTS,
        "max_discharge": WATTS,
        "soc_min": st.floats(0, 50),
        "soc_max": st.floats(50, 100),
        "reserve_soc": st.floats(0, 100),
    },
)


@given(
    st.lists(st.tuples(WATTS, st.floats(0, 100), COMMANDS, st.booleans()), min_size=1, max_size=3),
    WATTS,
    st.floats(0.01, 60),
)
def test_power_is_conserved(make_plant, hybrid_plant: PlantSpec, string_plant, plants, load, dt):
    """DC and AC side balance, and no limit is passed, whatever is commanded."""
    made = [
        make_plant(hybrid_plant if hybrid else string_plant, available, soc, **controls)
        for available, soc, controls, hybrid in plants
    ]
    solve(made, load, dt)
    for plant in made:
        assert plant.ac == pytest.approx(to_ac(plant.dc + to_bus(plant.battery_power)), abs=1e-3)
        assert -1e-6 <= plant.dc <= plant.available + 1e-6
        assert -plant.spec.nominal_power - 1e-6 <= plant.ac <= plant.ceiling + 1e-6
        assert abs(plant.battery_power) <= 7600 + 1e-6
        assert all(rate >= -1e-6 for rate in plant.counters.rates)
    _check_feed_in(made, load)
    _check_books(made, load)


def _check_feed_in(plants, load: float) -> None:
    """The feed-in limit holds where the plants that know it feed in at all."""
    limits = [p.controls.feed_in_limit for p in plants if p.controls.feed_in_limit is not None]
    if limits and any(p.ac > 1e-3 and p.controls.feed_in_limit is not None for p in plants):
        assert exported(plants, load) <= min(limits) + 1e-3


def _check_books(plants, load: float) -> None:
    """Sources and uses add up: PV and battery and grid give load, export, charge, losses."""
    given_out = lost = 0.0
    for plant in plants:
        rates = plant.counters.rates
        given_out += rates[count.PV] + rates[count.DISCHARGE] - rates[count.CHARGE]
        bus = plant.dc + to_bus(plant.battery_power)
        lost += bus - plant.ac + plant.battery_power - to_bus(plant.battery_power)
        pv_uses = rates[count.DIRECT] + rates[count.EXPORT_PV]
        from_pv = to_ac(max(0.0, rates[count.PV] - rates[count.CHARGE_PV] / 0.98))
        assert pv_uses == pytest.approx(min(from_pv, rates[count.OUTPUT]), abs=1e-3)
    rates = plants[0].counters.rates
    assert given_out + rates[count.IMPORT] == pytest.approx(
        load + rates[count.EXPORT] + lost, abs=1e-2
    )
    assert lost >= -1e-6


def test_surplus_charges_then_feeds_in(make_plant, hybrid_plant: PlantSpec):
    """Self-consumption covers the load, fills the battery and exports only the rest."""
    plant = make_plant(hybrid_plant, 6000)
    solve([plant], 1000, 60)
    assert plant.ac == pytest.approx(1000)
    assert plant.battery_power == pytest.approx(-(6000 - 1000 / 0.975) * 0.98)
    full = make_plant(hybrid_plant, 6000, soc=100)
    solve([full], 1000, 60)
    assert (full.battery_power, full.ac) == (0, pytest.approx(5850))


def test_battery_covers_the_load(make_plant, hybrid_plant: PlantSpec):
    """Without sun the battery gives exactly what the house draws, down to its limits."""
    plant = make_plant(hybrid_plant)
    solve([plant], 2000, 60)
    assert plant.ac == pytest.approx(2000)
    assert plant.battery_power == pytest.approx(2000 / 0.975 / 0.98)
    for controls in ({"soc_min": 50.0}, {"reserve_soc": 60.0}, {"max_discharge": 0.0}):
        held = make_plant(hybrid_plant, **controls)
        solve([held], 2000, 60)
        assert held.battery_power == held.ac == 0


def test_forced_modes(make_plant, hybrid_plant: PlantSpec):
    """In forced mode the command decides, the grid gives and takes the difference."""
    forced = {"ems_mode": "forced", "battery_power": 3000.0}
    charging = make_plant(hybrid_plant, battery_command="charge", **forced)
    solve([charging], 500, 60)
    assert charging.battery_power == -3000
    assert charging.ac == pytest.approx(-3000 / 0.98 / 0.975)
    giving = make_plant(hybrid_plant, battery_command="discharge", **forced)
    solve([giving], 500, 60)
    assert exported([giving], 500) == pytest.approx(3000 * 0.98 * 0.975 - 500)
    resting = make_plant(hybrid_plant, 4000, battery_command="stop", **forced)
    solve([resting], 500, 60)
    assert resting.battery_power == 0


def test_set_by_hand_beats_the_commands(make_plant, hybrid_plant: PlantSpec):
    """A battery power set by hand ignores EMS mode and SoC window, not the pack."""
    plant = make_plant(hybrid_plant, soc=5.0, battery_command="charge", ems_mode="forced")
    plant.battery_override = 9000.0
    solve([plant], 0, 60)
    assert plant.battery_power == pytest.approx(7600)


def test_emergency_charging(make_plant, hybrid_plant: PlantSpec):
    """Far below its lower limit the battery charges from the grid."""
    plant = make_plant(hybrid_plant, soc=1.0)
    plant.emergency = True
    solve([plant], 300, 60)
    assert plant.battery_power == pytest.approx(-760)
    assert plant.counters.rates[count.CHARGE_PV] == 0


def test_charging_from_the_grid_stops_at_nominal(make_plant, hybrid_plant: PlantSpec):
    """An inverter does not take more from the grid than its nominal power."""
    small = replace(hybrid_plant, nominal_power=3000)
    plant = make_plant(small, ems_mode="forced", battery_command="charge", battery_power=7600.0)
    solve([plant], 0, 60)
    assert plant.ac == -3000
    assert plant.battery_power == pytest.approx(-3000 * 0.975 * 0.98)


@pytest.mark.parametrize(
    ("limit", "expected", "name"), [(None, 5000, "nominal"), (2000.0, 2000, "active")]
)
def test_ceilings(make_plant, string_plant: PlantSpec, limit, expected: float, name: str):
    """Nominal power and the active power limit cut PV, and say so."""
    plant = make_plant(string_plant, 5500, active_power_limit=limit)
    solve([plant], 0, 60)
    assert (plant.ac, plant.limited) == (expected, name)


def test_battery_alone_can_meet_the_ceiling(make_plant, hybrid_plant: PlantSpec):
    """A forced discharge beyond the ceiling is cut, PV first."""
    plant = make_plant(
        hybrid_plant,
        3000,
        active_power_limit=1000.0,
        ems_mode="forced",
        battery_command="discharge",
        battery_power=5000.0,
    )
    solve([plant], 0, 60)
    assert (plant.dc, plant.ac, plant.limited) == (0, 1000, "active")
    assert plant.battery_power == pytest.approx(1000 / 0.975 / 0.98)


def test_worked_example_of_the_string_protocol(make_plant, string_plant: PlantSpec):
    """Feed-in 0 %, limit 50 %, load 8 kW: a 10 kW inverter gives 5 kW (string V1.1.80, 3.1)."""
    ten = replace(string_plant, nominal_power=10000)
    plant = make_plant(ten, 11000, active_power_limit=5000.0, feed_in_limit=0.0)
    solve([plant], 8000, 60)
    assert plant.ac == 5000


def test_feed_in_limit_needs_a_meter(make_plant, string_plant: PlantSpec):
    """The limit cuts to load plus limit; without a meter it cannot."""
    limited = make_plant(string_plant, 4000, feed_in_limit=500.0)
    solve([limited], 1000, 60)
    assert (limited.ac, limited.limited) == (pytest.approx(1500), "feed-in")
    blind = make_plant(replace(string_plant, meter=False), 4000, feed_in_limit=500.0)
    solve([blind], 1000, 60)
    assert blind.ac == pytest.approx(3900)
    assert blind.counters.rates[count.EXPORT] == 0


def test_feed_in_limit_cuts_the_battery_last(make_plant, hybrid_plant: PlantSpec):
    """A forced discharge gives way to the feed-in limit once PV is gone."""
    plant = make_plant(
        hybrid_plant,
        1000,
        feed_in_limit=200.0,
        ems_mode="forced",
        battery_command="discharge",
        battery_power=5000.0,
    )
    solve([plant], 800, 60)
    assert (plant.dc, plant.ac, plant.limited) == (0, pytest.approx(1000), "feed-in")
    assert plant.battery_power == pytest.approx(1000 / 0.975 / 0.98)


def test_two_plants_share_one_load(make_plant, hybrid_plant: PlantSpec, string_plant: PlantSpec):
    """The battery stores what the other plant has too much only as far as its own PV goes."""
    string, hybrid = make_plant(string_plant, 3000), make_plant(hybrid_plant, 2000)
    solve([string, hybrid], 1000, 60)
    assert string.ac == pytest.approx(2925)
    assert hybrid.ac == pytest.approx(0)
    assert hybrid.battery_power == pytest.approx(-1960)


def test_off_the_grid_nothing_flows(make_plant, hybrid_plant: PlantSpec):
    """While not connected, array, battery and AC side rest."""
    plant = make_plant(hybrid_plant, 4000)
    plant.sequence.phase = "fault"
    solve([plant], 1000, 60)
    assert plant.ac == plant.dc == plant.battery_power == 0
    assert plant.counters.rates[count.IMPORT] == 1000
