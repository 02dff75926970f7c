"""Tests of device/station_commands.py."""

from __future__ import annotations

import pytest
from device.support import bench
from device.test_station import stations

from sungrow_emulator.device.station_commands import commands_for

LOGGER = {
    "logger_start_stop_all": 1,
    "logger_set_active_power": 0,
    "logger_set_active_power_ratio": 1000,
}
HOME = {
    "ihm_start_stop": 0xCF,
    "ihm_ems_mode": 1,
    "ihm_charge_discharge_command": 0xCC,
    "ihm_charge_discharge_power": 0,
    "ihm_feed_in_limitation": 0,
    "ihm_feed_in_limit_ratio": 1000,
    "ihm_active_power_limitation": 0x55,
    "ihm_active_power_limit_ratio": 1000,
}


@pytest.mark.parametrize(
    ("power", "ratio", "switch", "limit"),
    [
        (0, 1000, 0x55, 1000),
        (0, 400, 0xAA, 400),
        (500, 1000, 0xAA, 250),
        (500, 100, 0xAA, 100),
        (9999, 2000, 0x55, 1000),
    ],
)
def test_a_logger_limits_by_power_or_ratio(
    power: int, ratio: int, switch: int, limit: int
) -> None:
    """The stricter one counts; a power is a part of what all inverters can do."""
    settings = {
        **LOGGER,
        "logger_set_active_power": power,
        "logger_set_active_power_ratio": ratio,
    }
    told = commands_for(settings, 2, 200_000.0, 0.0)
    assert told["power_limitation_switch"] == told["active_power_limitation"] == switch
    assert told["power_limitation_setting"] == told["active_power_limit_ratio"] == limit


def test_a_power_of_nothing_known_limits_nothing() -> None:
    """Without inverters there is nothing to take a part of."""
    told = commands_for({**LOGGER, "logger_set_active_power": 500}, 0, 0.0, 0.0)
    assert told["power_limitation_switch"] == 0x55


@pytest.mark.parametrize(("mode", "ems"), [(0, 0), (1, 0), (2, 0), (4, 4), (5, 2)])
def test_modes_of_an_ihomemanager(mode: int, ems: int) -> None:
    """VPP and compulsory are passed on; in all others the inverter sees to itself."""
    assert commands_for({**HOME, "ihm_ems_mode": mode}, 1, 10_000.0, 5000.0)["ems_mode"] == ems


def test_battery_power_is_shared_out() -> None:
    """Evenly, and no more than a converter can do."""
    settings = {**HOME, "ihm_charge_discharge_power": 80}
    assert commands_for(settings, 2, 20_000.0, 5000.0)["charge_discharge_power"] == 4000
    assert commands_for(settings, 1, 10_000.0, 5000.0)["charge_discharge_power"] == 5000


def test_other_devices_command_nothing() -> None:
    """Settings of an inverter are no commands to others."""
    assert commands_for({"start_stop": 0xCE}, 1, 10_000.0, 0.0) == {}


def test_a_home_obeys_its_ihomemanager() -> None:
    """Compulsory discharge with 4 kW is shared by two hybrids, and ends when the mode does."""
    one, other = bench("SH10RT", seed=1), bench("SH10RT", seed=2)
    home = stations(one, other, model="iHomeManager", path="ihomemanager")
    assert home.write(8024, 5, 0xBB, 40, 0) == 0
    for inverter in (one, other):
        assert inverter.device.value("battery.power") == pytest.approx(2000, abs=150)
    assert home.write(8024, 1) == 0
    assert [i.device.settings["ems_mode"] for i in (one, other)] == [0, 0]


def test_a_home_feeds_in_no_more_than_its_ihomemanager_allows() -> None:
    """A ratio of 0 % leaves nothing for the grid, and a ceiling holds the inverter down."""
    one = bench("SH10RT", battery="none")
    home = stations(one, model="iHomeManager", path="ihomemanager")
    before = one.device.value("export.power")
    assert before is not None
    assert before > 1000
    assert home.write(8031, 0) == 0
    assert home.write(8028, 1) == 0
    assert one.device.value("export.power") == pytest.approx(0, abs=60)
    assert home.write(8028, 0) == 0
    assert home.write(8051, 0xAA, 300) == 0
    assert one.device.value("ac.power") == pytest.approx(3000, abs=60)


def test_inverters_obey_their_logger() -> None:
    """Half of what they can do, then everything again; what a client wrote directly stays."""
    one, other = bench("SG110CX", seed=1), bench("SG50CX", seed=2)
    logger = stations(one, other)
    assert logger.write(8005, 200, 0) == 0
    assert one.device.value("ac.power") == pytest.approx(22_000, abs=300)
    assert other.device.value("ac.power") == pytest.approx(10_000, abs=300)
    assert logger.write(8005, 1000, 0) == 0
    assert one.device.settings["power_limitation_setting"] == 1000
    assert other.write(5008, 700) == 0
    assert logger.write(8009, 10, 0) == 0
    assert other.device.settings["power_limitation_setting"] == 700
