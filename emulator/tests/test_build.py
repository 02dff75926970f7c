"""Tests of build.py."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sungrow_emulator.build import Built, build, kind_of
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.models import load_models
from sungrow_emulator.config import Config
from sungrow_emulator.site.clock import SimClock


def built(**options: Any) -> Built:
    """Build a configuration that starts at a fixed summer noon."""
    config = Config.from_mapping({"start": "2026-06-21T11:00:00Z", "freeze": True, **options})
    return build(config, SimClock(1782039600.0, 1, True, time.monotonic), time.monotonic)


def test_every_model_is_built_with_its_identity() -> None:
    """Every model of the catalog becomes a device that tells its code and serial number."""
    for model in load_models().values():
        device = built(model=model.name).devices[0]
        assert device.figures["model.type_code"] == model.type_code, model.name
        assert len(device.serial_number) == 11


@pytest.mark.parametrize(
    ("model", "battery", "devices"),
    [
        ("SG5.0RT", "auto", ["inverter"]),
        ("SH10RT", "auto", ["inverter", "battery"]),
        ("SH10RT", "SBR256", ["inverter", "battery"]),
        ("SH10RT", "third-party", ["inverter"]),
        ("SH10RT", "none", ["inverter"]),
        ("SBR096", "auto", ["battery"]),
        ("AC22E-01", "auto", ["wallbox"]),
        ("Logger1000", "auto", ["logger"]),
        ("iHomeManager", "auto", ["ihomemanager"]),
    ],
)
def test_companions_follow_model_and_battery(model: str, battery: str, devices: list[str]) -> None:
    """A hybrid has a pack unless told otherwise; a third-party pack has no unit of its own."""
    result = built(model=model, battery=battery)
    assert [device.id for device in result.devices] == devices
    first = result.devices[0]
    has_battery = battery != "none" and model.startswith(("SH", "SBR"))
    assert (first.value("battery.soc") is not None) is has_battery


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "SG5.0RT", "battery": "SBR128"}, "SG5.0RT has no battery converter"),
        ({"model": "SH10RT", "battery": "SBR129"}, "did you mean SBR192 or SBR128"),
        ({"serial_number": "ü"}, "1 to 20 printable ASCII characters"),
        ({"timezone": "Europe/Berlim"}, "did you mean Europe/Berlin"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    """One sentence says what does not fit the model."""
    with pytest.raises(EmulatorError, match=message):
        built(**options)


def test_instances_differ_in_serial_and_key() -> None:
    """Emulators of one fleet have serial numbers and keys of their own."""
    one, two = built(instance=0), built(instance=1)
    assert one.devices[0].serial_number != two.devices[0].serial_number
    assert one.key != two.key
    given = built(serial_number="A2320857820", instance=2)
    assert given.devices[0].serial_number == "A2320857822"


def test_commercial_inverters_have_no_meter() -> None:
    """A string inverter for roofs of companies comes without one."""
    assert built(model="SG110CX").devices[0].value("meter.power") is None


def test_wallbox_and_meter_stand_beside_the_inverter() -> None:
    """They follow the battery, each with a serial number of its own."""
    devices = built(model="SH10RT", wallbox="ac22e-01", meter="dongle").devices
    assert [(d.id, d.model.name) for d in devices] == [
        ("inverter", "SH10RT"),
        ("battery", "SBR128"),
        ("wallbox", "AC22E-01"),
        ("meter", "DTSU666-20"),
    ]
    assert len({d.serial_number for d in devices}) == 4


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"wallbox": "SH10RT"}, "wallbox='SH10RT': SH10RT is no wallbox"),
        ({"wallbox": "AC22E"}, "did you mean AC22E-01"),
        ({"model": "SBR128", "wallbox": "AC22E-01"}, "SBR128 is no inverter"),
        ({"meter": "dongle", "winet": "none"}, "an inverter with a dongle"),
        ({"meter": "dongle", "path": "logger"}, "and no path logger or ihomemanager"),
        ({"model": "Logger1000", "meter": "dongle"}, "an inverter with a dongle"),
    ],
)
def test_companions_that_do_not_fit(options: dict[str, str], says: str) -> None:
    """A companion that is none, or has nothing to stand beside, is refused with a sentence."""
    with pytest.raises(EmulatorError, match=says):
        built(**options)


def test_without_a_meter_there_is_no_grid_power() -> None:
    """A site without a meter does not know what it exports (dump SH10RT-V112 slave)."""
    with_meter, without = (built(model="SH10RT", meter=m).devices[0] for m in ("auto", "none"))
    assert with_meter.value("export.power") is not None
    assert without.value("meter.power") is None


@pytest.mark.parametrize(
    ("options", "dongle"),
    [
        ({}, "winet-s"),
        ({"winet": "winet-s2"}, "winet-s2"),
        ({"winet": "none"}, "none"),
        ({"path": "logger"}, "none"),
        ({"path": "ihomemanager"}, "none"),
        ({"model": "Logger1000"}, "none"),
    ],
)
def test_a_dongle_stands_beside_a_device_unless_something_else_does(
    options: dict[str, str], dongle: str
) -> None:
    """A Logger and an iHomeManager leave no place for one; nobody asked for it, so none tells."""
    one = built(**options)
    assert one.dongle == dongle
    assert not [note for note in one.notes if note.startswith("winet")]


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ({"path": "logger"}, "winet winet-s: a dongle does not stand beside Logger1000"),
        ({"path": "ihomemanager"}, "winet winet-s: a dongle does not stand beside iHomeManager"),
        ({"model": "Logger3000"}, "winet winet-s: a dongle does not stand beside Logger1000"),
        (
            {"path": "lan", "wallbox": "AC22E-01"},
            "wallbox AC22E-01: on path lan it has no unit id; only the dongle lists it",
        ),
        (
            {"path": "logger", "wallbox": "AC22E-01"},
            "wallbox AC22E-01: on path logger it has no unit id; nothing shows it",
        ),
    ],
)
def test_what_is_left_out_is_told(options: dict[str, str], note: str) -> None:
    """What was asked for and cannot be seen is a note, not an error."""
    assert note in built(**{"winet": "winet-s", **options}).notes


def test_what_shows_is_no_note() -> None:
    """A wallbox behind a dongle has a unit id."""
    assert built(path="winet-s", wallbox="AC22E-01", winet="winet-s").notes == ()
    assert kind_of(Config(model="AC22E-01")) == "wallbox"
