"""Tests of fleet.py: Loggers, iHomeManagers and dongles as they are configured."""

from __future__ import annotations

import pytest
from test_fleet import Member, fleet_of, plans_of

from sungrow_emulator.catalog.errors import ConflictError
from sungrow_emulator.fleet import Fleet, Installation

BEHIND: Member = {"model": "SG110CX", "path": "logger", "modbus_port": 15099}


def three() -> Fleet:
    """Return three inverters behind one Logger."""
    return fleet_of(*({**BEHIND, "unit": unit, "instance": unit} for unit in (1, 2, 3)))


def units(one: Installation) -> dict[str, str]:
    """Return who answers at the Modbus port of an installation."""
    return one.doors[0].describe()[0].units


def words(fleet: Fleet, device: str, number: int, count: int, function: int = 4) -> bytes | int:
    """Return words as a device shows them."""
    _, view = fleet.find(device)
    return view.read(function, number - 1, count)


def test_one_logger_stands_before_all() -> None:
    """At 247, once, however many inverters there are; it counts and adds them up."""
    fleet = three()
    assert units(fleet.first) == {
        "1": "inverter-1",
        "2": "inverter-2",
        "3": "inverter-3",
        "247": "inverter-1-logger",
    }
    assert fleet.device_ids().count("inverter-2-logger") == 0
    assert words(fleet, "inverter-1-logger", 8005, 1) == (3).to_bytes(2, "big")
    assert words(fleet, "inverter-1-logger", 8092, 1) == (3300).to_bytes(2, "big")


async def test_the_logger_follows_its_fleet() -> None:
    """An inverter that is added or taken away is counted or not."""
    fleet = three()
    await fleet.remove("inverter-3")
    assert words(fleet, "inverter-1-logger", 8005, 1) == (2).to_bytes(2, "big")
    (plan,) = plans_of({**BEHIND, "unit": 9, "instance": 9})
    await fleet.add(plan, 9, open_doors=False)
    assert words(fleet, "inverter-1-logger", 8005, 1) == (3).to_bytes(2, "big")


async def test_the_logger_stays_while_an_inverter_is_behind_it() -> None:
    """It belongs to the port: who came with it may go, and its serial number stays."""
    fleet = three()
    door = fleet.first.doors[0]
    serial = words(fleet, "inverter-1-logger", 8006, 10)
    fleet.first.overrides["inverter-1-logger"]["load_power"] = 5.0
    await fleet.remove("inverter-1")
    assert units(fleet.first) == {"2": "inverter-2", "3": "inverter-3", "247": "inverter-1-logger"}
    assert words(fleet, "inverter-1-logger", 8005, 1) == (2).to_bytes(2, "big")
    assert words(fleet, "inverter-1-logger", 8006, 10) == serial
    owner, view = fleet.find("inverter-1-logger")
    assert owner is fleet.first
    assert owner.overrides["inverter-1-logger"] == {"load_power": 5.0}
    assert view.device.site is owner.site
    with pytest.raises(ConflictError, match="stands before all at its port; it goes with the l"):
        await fleet.remove("inverter-1-logger")
    await fleet.remove("inverter-2")
    assert units(fleet.first) == {"3": "inverter-3", "247": "inverter-1-logger"}
    (plan,) = plans_of({**BEHIND, "unit": 9, "instance": 9})
    await fleet.add(plan, 9, open_doors=False)
    await fleet.remove("inverter-3")
    assert fleet.first.doors[0] is door
    assert units(fleet.first) == {"9": "inverter-10", "247": "inverter-1-logger"}


async def test_a_logger_goes_with_its_last_inverter() -> None:
    """Nobody stands behind it any more, and the port is closed."""
    fleet = fleet_of(BEHIND, {"model": "SG5.0RT"})
    door = fleet.first.doors[0]
    await fleet.remove("inverter-1")
    assert fleet.device_ids() == ("inverter-2",)
    assert door not in fleet.doors


def test_a_station_elsewhere_leaves_others_theirs() -> None:
    """Port 0 is another port for each path but that of a Logger."""
    fleet = fleet_of({**BEHIND, "modbus_port": 0}, {"model": "SH10RT", "path": "ihomemanager"})
    assert units(fleet.find("inverter-2")[0]) == {"247": "inverter-2-ihomemanager"}


def test_an_ihomemanager_hides_the_inverter() -> None:
    """Only 247 answers at its port."""
    fleet = fleet_of({"model": "SH10RT", "path": "ihomemanager"})
    assert units(fleet.first) == {"247": "ihomemanager"}
    assert words(fleet, "ihomemanager", 8000, 1) == (0x072A).to_bytes(2, "big")


def test_a_station_of_its_own_is_no_companion() -> None:
    """A Logger that was asked for by name stands alone, at its own unit id."""
    fleet = fleet_of({"model": "Logger3000"})
    assert units(fleet.first) == {"247": "logger"}
    assert words(fleet, "", 8000, 1) == (0x0705).to_bytes(2, "big")


def test_only_with_the_manners_of_the_path_settings_are_stale() -> None:
    """`--timing persona` behind a dongle; elsewhere, and by default, what is written shows."""
    shown: dict[tuple[str, str], bool] = {}
    for path in ("winet-s", "lan"):
        for timing in ("none", "persona"):
            fleet = fleet_of({"model": "SH10RT", "path": path, "timing": timing})
            assert fleet.first.view.write(6, 13057, (900).to_bytes(2, "big")) == 0
            read = words(fleet, "inverter", 13058, 1, 3)
            shown[path, timing] = read == (900).to_bytes(2, "big")
    assert [key for key, now in shown.items() if not now] == [("winet-s", "persona")]
