"""Tests of device/station.py."""

from __future__ import annotations

import pytest
from device.support import Bench, Wall, bench

from sungrow_emulator.build import build_site
from sungrow_emulator.catalog.codes import find_fault
from sungrow_emulator.catalog.figures import figures as model_figures
from sungrow_emulator.catalog.models import find_model
from sungrow_emulator.catalog.registers import load_registers
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.config import Config
from sungrow_emulator.device.device import Device
from sungrow_emulator.device.program import compile_program
from sungrow_emulator.device.settings import Settings
from sungrow_emulator.device.station import STATION_KINDS, Station
from sungrow_emulator.device.view import View
from sungrow_emulator.plan import DevicePlan


def station(one: Bench, model: str, path: str) -> Bench:
    """Put a station beside the first device of a bench; it shows that device's plant."""
    row = find_model(model)
    figures = {"model.nominal_power": 0, "model.nominal_reactive": 0, "limits.bdc_rated": 0}
    beside = Station(
        "station",
        row.family,
        row,
        {**figures, "identity.serial": "B1", "model.type_code": row.type_code},
        Settings(load_registers(row.family), model_figures(row)),
        site=one.device.site,
        plant=one.device.plant,
        clock=one.clock,
        monotonic=one.wall,
        has_meter=True,
    )
    view = View(beside, compile_program(row, path, "pre-2024-11", False), one.wall)
    return Bench(one.wall, one.clock, (beside,), {"station": view})


def stations(*inverters: Bench, model: str = "Logger1000", path: str = "logger") -> Bench:
    """Return a station that speaks for inverters, each with a site and a clock of its own."""
    made = station(inverters[0], model, path)
    of(made).join(device for one in inverters for device in one.devices)
    return made


def of(bench_of_station: Bench) -> Station:
    """Return the station of a bench."""
    assert isinstance(bench_of_station.device, Station)
    return bench_of_station.device


def test_powers_and_energies_are_added_up() -> None:
    """A Logger shows the totals of what is behind it, whoever else shows the parts."""
    parts = [bench("SG110CX", seed=seed) for seed in (1, 2, 3)]
    logger = stations(*parts)
    power = sum(one.value("total_active_power") for one in parts)
    assert logger.value("logger_total_active_power") == pytest.approx(power, abs=3)
    daily = sum(one.device.value("energy.output.daily") or 0 for one in parts)
    assert logger.value("logger_daily_yield") == pytest.approx(daily, abs=0.3)
    assert logger.value("logger_nominal_active_power") == 330
    assert logger.value("logger_total_devices") == 3
    assert logger.value("logger_grid_connected_devices") == 3
    assert logger.value("logger_device_type_code") == 0x0710


def test_what_cannot_be_added_is_that_of_the_first() -> None:
    """Frequency and voltages are not the sum of anything; charge is a mean by capacity."""
    large, small = bench("SH10RT", battery="SBR256"), bench("SH10RT", battery="SBR064")
    for one, soc in ((large, 80.0), (small, 30.0)):
        one.device.site.set_soc(0, soc, one.clock.now())
        one.device.changed()
    home = stations(large, small, model="iHomeManager", path="ihomemanager")
    assert home.value("ihm_grid_frequency") == pytest.approx(50, abs=0.2)
    assert home.value("ihm_phase_a_voltage") == pytest.approx(230, abs=15)
    assert home.value("ihm_battery_soc") == pytest.approx(70, abs=0.2)
    assert home.value("ihm_total_battery_capacity") == pytest.approx(32, abs=0.2)
    assert home.value("ihm_total_rated_active_power") == 20


def test_a_shared_grid_connection_counts_once() -> None:
    """Two inverters of one site see the same export, and so does the station."""
    wall, first = Wall(), bench("SH10RT")
    plans = [DevicePlan(config=Config(model="SH10RT"), id=name, site="home") for name in "ab"]
    built = build_site(plans, first.clock, wall)
    devices = [one.devices[0] for one in built]
    home = station(Bench(wall, first.clock, (devices[0],)), "iHomeManager", "ihomemanager")
    of(home).join(devices)
    export = devices[0].value("export.power")
    assert export is not None
    assert of(home).value("export.power") == export == devices[1].value("export.power")
    assert of(home).value("ac.power") == sum(one.value("ac.power") or 0 for one in devices)
    load, output = of(home).value("load.power"), of(home).value("ac.power")
    assert load is not None
    assert output is not None
    assert load == output - export


def test_what_happens_to_an_inverter_shows_at_once() -> None:
    """A fault is counted while the clock stands still, and a stop takes its power away."""
    one, other = bench("SG110CX", seed=1), bench("SG110CX", seed=2)
    logger = stations(one, other)
    assert logger.value("logger_faulty_devices") == 0
    one.device.set_faults((find_fault("grid-overvoltage"),))
    assert logger.value("logger_faulty_devices") == 1
    assert logger.value("logger_grid_connected_devices") == 1
    one.device.set_faults(())
    assert logger.value("logger_faulty_devices") == 0


def test_stopping_the_station_stops_its_inverters() -> None:
    """One write to the Logger, or to the iHomeManager, is obeyed by all."""
    for model, path, address, stop, start in (
        ("Logger1000", "logger", 8002, 0, 1),
        ("iHomeManager", "ihomemanager", 8047, 0xCE, 0xCF),
    ):
        string, hybrid = bench("SG110CX"), bench("SH10RT")
        made = stations(string, hybrid, model=model, path=path)
        assert made.write(address, stop) == 0
        assert string.device.settings["start_stop"] == 0xCE
        assert hybrid.device.settings["start_stop"] == 0xCE
        assert string.device.value("ac.power") == 0
        assert made.write(address, start) == 0
        assert string.device.settings["start_stop"] == 0xCF
        assert hybrid.write(13000, 0xCE) == 0
        assert made.write(address, start) == 0
        assert hybrid.device.settings["start_stop"] == 0xCE, "nothing new was asked for"


def test_inverters_leave() -> None:
    """The sum is of those that are still there; the last one leaves the station its own plant."""
    one, other = bench("SG110CX", seed=1), bench("SG50CX", seed=2)
    logger = stations(one, other)
    of(logger).leave(one.devices)
    of(logger).leave(one.devices)
    assert of(logger).members == other.devices
    assert logger.value("logger_nominal_active_power") == 50
    assert logger.value("logger_total_active_power") == other.device.value("ac.power")
    of(logger).leave(other.devices)
    assert logger.value("logger_total_devices") == 0
    assert logger.value("logger_total_active_power") == one.device.value("ac.power")


def test_only_inverters_join_and_only_once() -> None:
    """A battery behind an inverter is no device of its own to a station."""
    one = bench("SH10RT")
    assert [device.kind for device in one.devices] == ["inverter", "battery"]
    logger = stations(one, one)
    assert of(logger).members == (one.device,)
    assert {"logger", "ihomemanager"} == STATION_KINDS


def test_without_a_battery_there_is_no_charge() -> None:
    """String inverters have none to show the mean of."""
    one = bench("SG110CX")
    home = stations(one, model="iHomeManager", path="ihomemanager")
    assert of(home).value("battery.soc") is None
    spec = home.register("ihm_battery_soc")
    assert home.read(spec.address, 1) == (0xFFFF,)
    assert home.read(8024, 1, Table.HOLDING) == (1,)


def test_a_station_is_a_device() -> None:
    """Whoever handles devices need not know."""
    assert issubclass(Station, Device)
