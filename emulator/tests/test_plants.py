"""Tests of plants.py."""

from __future__ import annotations

from typing import Any

import pytest
from support import emulator, several

from sungrow_emulator.catalog.errors import EmulatorError, UnknownNameError
from sungrow_emulator.catalog.models import find_model
from sungrow_emulator.config import Config
from sungrow_emulator.emulator import Emulator
from sungrow_emulator.plants import has_meter, kind_of_model, model_of, place
from sungrow_emulator.site_file import parse_site

HOUSE = """
start: 2026-06-21T11:00:00Z
freeze: true
modbus-port: 0
devices:
- {id: inv, site: house, model: SH10RT, path: lan, battery: none, hold: {load-power: 800}}
"""


def house(*others: str) -> Emulator:
    """Return a hybrid without a battery, and others of its site."""
    lines = "".join(f"- {{site: house, {other}}}\n" for other in others)
    return Emulator(parse_site("site.yaml", HOUSE + lines, {}))


def value(one: Emulator, device: str, quantity: str) -> float | None:
    """Return what a device shows."""
    return one._fleet.find(device)[1].device.value(quantity)


@pytest.mark.parametrize(
    ("text", "name"),
    [("sg5.0rt", "SG5.0RT"), ("0x0E03", "SH10RT"), ("sbr128", "SBR128"), ("0x2430", "SG5.0RT")],
)
def test_models_come_by_name_code_or_pack(text: str, name: str) -> None:
    """Letter case does not matter, and a battery pack is a model too."""
    assert model_of(Config(model=text)).name == name


def test_unknown_models_name_the_nearest() -> None:
    """A model that does not exist is answered with those that look like it."""
    with pytest.raises(UnknownNameError, match="SH10RT"):
        model_of(Config(model="SH10TR"))
    with pytest.raises(
        EmulatorError, match="unknown model 'SBR129'; did you mean SBR192 or SBR128"
    ):
        model_of(Config(model="SBR129"))
    with pytest.raises(EmulatorError, match="unknown type code '0x0001'"):
        model_of(Config(model="1"))


def test_commercial_inverters_and_slaves_have_no_meter() -> None:
    """Unless one is asked for."""
    assert has_meter(find_model("SG5.0RT"))
    assert not has_meter(find_model("SG110CX"))
    assert not has_meter(find_model("SH10RT"), cluster="slave")
    assert has_meter(find_model("SG110CX"), "dongle", "slave")
    assert not has_meter(find_model("SG5.0RT"), "none")


@pytest.mark.parametrize("model", ["AC22E-01", "Logger1000", "iHomeManager"])
def test_only_inverters_feed_in(model: str) -> None:
    """What is listed beside an inverter shows its site and adds nothing to it."""
    alone = value(house(), "inv", "export.power")
    beside = house(f"id: box, model: {model}")
    assert value(beside, "inv", "export.power") == value(beside, "box", "export.power") == alone
    assert value(beside, "box", "ac.power") == value(beside, "inv", "ac.power")


def test_what_is_listed_first_shows_the_inverter_too() -> None:
    """The order of the list does not matter."""
    plans = several(
        {"model": "Logger1000", "site": "a"},
        {"model": "SG5.0RT", "site": "a"},
        {"model": "SG10RT", "site": "a"},
    )
    found = [one.plan for one in plans._fleet]
    stands, plants = place(found)
    assert [stand.plant for stand in stands] == [0, 0, 1]
    assert [plant.nominal_power for plant in plants] == [5000, 10000]
    assert [kind_of_model(stand.model) for stand in stands] == ["logger", *["inverter"] * 2]


def test_a_listed_pack_is_that_of_the_hybrid_without_one() -> None:
    """Both show one state of charge and one power; it charges from the hybrid's array."""
    one = house("id: pack, model: SBR128, unit: 201, hold: {soc: 40}")
    for quantity in ("battery.soc", "battery.power"):
        assert value(one, "pack", quantity) == value(one, "inv", quantity) is not None
    assert value(one, "pack", "battery.soc") == pytest.approx(40, abs=0.1)
    assert (value(one, "inv", "battery.power") or 0) < -2000
    assert one._fleet.device_ids() == ("inv", "pack")
    assert one._fleet.find("inv")[1].device.figures["battery.capacity"] == pytest.approx(12.8)


def test_packs_go_to_hybrids_in_order() -> None:
    """The second pack is the second hybrid's; one with a battery of its own keeps that."""
    one = house(
        "id: full, model: SH10RT",
        "id: two, model: SH10RT, battery: none",
        "id: a, model: SBR128, hold: {soc: 30}",
        "id: b, model: SBR096, hold: {soc: 70}",
    )
    charge = {name: value(one, name, "battery.soc") for name in ("inv", "two", "a", "b")}
    assert charge["inv"] == charge["a"] == pytest.approx(30, abs=0.1)
    assert charge["two"] == charge["b"] == pytest.approx(70, abs=0.1)


@pytest.mark.parametrize(
    "others",
    [
        ["model: SBR128", "id: much, model: SBR096"],
        ["model: SG5.0RT", "model: SBR128", "id: much, model: SBR096"],
    ],
)
def test_a_pack_without_a_hybrid_is_refused(others: list[str]) -> None:
    """The sentence says what to do."""
    with pytest.raises(EmulatorError, match="no hybrid of site='house' is without a battery; gi"):
        house(*others)


@pytest.mark.parametrize("model", ["AC22E-01", "Logger1000", "iHomeManager"])
def test_what_stands_alone_feeds_nothing_in(model: str) -> None:
    """Unless it is given an array."""
    for options, power in (({}, 0.0), ({"pv": 5000.0}, 2000.0)):
        alone = emulator(model=model, **options)._fleet.first.devices[0]
        assert (alone.value("ac.power") or 0) >= power
        assert bool(alone.value("ac.power")) is bool(power)


def test_a_pack_alone_is_charged() -> None:
    """It stands at a hybrid that nobody can ask, with an array."""
    charge: list[Any] = []
    for hour in (3, 12):
        pack = emulator(model="SBR128", start=f"2026-06-21T{hour:02}:00:00Z")._fleet.first
        charge.append(pack.devices[0].value("battery.soc"))
    assert charge[0] < charge[1]
