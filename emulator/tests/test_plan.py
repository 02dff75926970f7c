"""Tests of plan.py."""

from __future__ import annotations

from typing import Any

import pytest

from sungrow_emulator.catalog.errors import ConflictError, EmulatorError, UnknownNameError
from sungrow_emulator.config import Config
from sungrow_emulator.plan import DevicePlan, added_plan, plan_of, plan_of_devices, told_at


def test_one_device_is_a_plan() -> None:
    """A configuration is the plan of one device that has the name of its kind."""
    config = Config(model="SG5.0RT")
    assert plan_of(config).devices == (DevicePlan(config=config),)
    assert plan_of(config).config is config


def test_devices_alike_stand_on_consecutive_ports() -> None:
    """Each has unit id 1, a port of its own and the number of an emulator of its own."""
    plan = plan_of(Config(count=3, modbus_port=5020, instance=2))
    configs = [device.config for device in plan.devices]
    assert [c.modbus_port for c in configs] == [5020, 5021, 5022]
    assert [c.instance for c in configs] == [2, 3, 4]
    assert {(c.inverter_unit, c.winet) for c in configs} == {(1, "none")}


def test_port_0_stays_port_0() -> None:
    """Where the system chooses it does so for each device."""
    assert {d.config.modbus_port for d in plan_of(Config(count=3, modbus_port=0)).devices} == {0}


def test_behind_a_logger_devices_share_a_port() -> None:
    """They are told apart by unit id."""
    configs = [d.config for d in plan_of(Config(count=3, path="logger", unit=5)).devices]
    assert [(c.modbus_port, c.unit) for c in configs] == [(5020, 5), (5020, 6), (5020, 7)]
    assert len(plan_of(Config(count=199, path="logger")).devices) == 199


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"count": 200, "path": "logger"}, "unit ids end at 199, and these begin at 1"),
        ({"count": 2, "modbus_port": 65535}, "and those of modbus-port begin at 65535"),
        ({"count": 0}, "count=0 must be between 1 and 10000"),
        ({"count": 2, "meter": "dongle"}, "count=2: several inverters alike have no dongle"),
        ({"count": 101, "serial_number": "99"}, "by 100 takes 3 or more digits at its end"),
        ({"count": 3, "serial_number": "ABC", "instance": 9}, r"by 11 takes 2 .* e.g. ABC00$"),
    ],
)
def test_so_many_do_not_fit(options: dict[str, Any], says: str) -> None:
    """What is too many is refused with what fits."""
    with pytest.raises(EmulatorError, match=says):
        plan_of(Config(**options))


def test_listed_devices_have_options_of_their_own() -> None:
    """A program lists devices as a site file does; names may have hyphens or underscores."""
    plan = plan_of_devices(
        {"modbus_port": 0, "instance": 10},
        [
            {"model": "SH10RT", "hold": {"pv-power": 1000, "soc": 50}, "faults": [514]},
            {"id": "b", "site": "s", "modbus-port": 5020, "instance": 3},
        ],
    )
    first, second = plan.devices
    assert (first.config.model, first.config.modbus_port, first.config.instance) == (
        "SH10RT",
        0,
        10,
    )
    assert (first.hold, first.faults) == ({"pv_power": 1000, "soc": 50}, (514,))
    assert (second.id, second.site) == ("b", "s")
    assert (second.config.modbus_port, second.config.instance) == (5020, 3)


@pytest.mark.parametrize(
    ("options", "devices", "says"),
    [
        ({}, [], "at least one device"),
        ({"count": 2}, [{}], "count and devices exclude each other"),
        ({}, [{"mdoel": "SH10RT"}], "unknown option 'mdoel'; did you mean model"),
        ({}, [{"seed": 2}], "unknown option 'seed'"),
        ({}, [{"id": "a/b"}], "id='a/b' must be 1 to 80 letters"),
        ({}, [{"id": ".."}], "begin with a letter or digit"),
        ({}, [{"id": "a\n"}], r"id='a\\n' must be"),
        ({}, [{"id": "x" * 5000}], r"id='x{79}… must be"),
        ({}, [{"hold": {"pv": 5}}], "'pv' cannot be held; allowed are pv-power, load-power"),
        ({}, [{"hold": {"soc": "5"}}], "hold: soc='5' must be a number"),
        ({}, [{"hold": {"soc": True}}], "hold: soc=True must be a number"),
        ({}, [{"faults": [2] * 101}], "faults: 101 are too many; allowed are 100"),
    ],
)
def test_listed_devices_are_checked(
    options: dict[str, Any], devices: list[dict[str, Any]], says: str
) -> None:
    """What is unknown or wrong is one sentence."""
    with pytest.raises(EmulatorError, match=says):
        plan_of_devices(options, devices)


def test_an_added_device_stands_where_the_emulator_does() -> None:
    """It has the emulator's host, place and seed, a number of its own and no dongle."""
    config = Config(host="127.0.0.2", latitude=-33.9, seed=5, instance=4, model="SG5.0RT")
    plan = added_plan(config, {"modbus-port": 0}, 3)
    added = plan.config
    assert (added.host, added.latitude, added.seed) == ("127.0.0.2", -33.9, 5)
    assert (added.instance, added.winet, added.model) == (7, "none", "SH10RT")
    assert plan.id == ""


def test_an_added_device_has_a_site_of_its_own() -> None:
    """A site's physics is fixed once it began, so none can be named."""
    with pytest.raises(EmulatorError, match="has a site of its own; leave that out"):
        added_plan(Config(), {"site": "roof"}, 1)


def test_errors_begin_with_the_place() -> None:
    """The place is said once, and the kind of error stays."""
    plan = DevicePlan(config=Config(), place="site.yaml:3")
    with pytest.raises(ConflictError) as caught, told_at(plan), told_at(plan):
        raise ConflictError("unit=1: taken")
    assert str(caught.value) == "site.yaml:3: unit=1: taken"
    with pytest.raises(EmulatorError, match=r"^bad$"), told_at(DevicePlan(config=Config())):
        raise EmulatorError("bad")


@pytest.mark.parametrize(
    ("error", "option", "said"),
    [
        (EmulatorError("unit=1: taken"), "", "site.yaml:5: unit=1: taken"),
        (EmulatorError("modbus-port=1: taken"), "", "--modbus-port=1: taken"),
        (UnknownNameError("model", "x", []), "", "--model: unknown model 'x'; sungrow-emulator"),
        (UnknownNameError("type code", "7", []), "", "--model: unknown type code '7'"),
        (UnknownNameError("time zone", "x", []), "", "site.yaml:3: unknown time zone 'x'"),
        (UnknownNameError("fault", "x", []), "faults 1", "site.yaml:9: unknown fault 'x'"),
    ],
)
def test_errors_begin_with_the_place_of_their_option(
    error: EmulatorError, option: str, said: str
) -> None:
    """An option that was given beside a file is named once."""
    places = {"unit": "site.yaml:5", "faults 1": "site.yaml:9"}
    places |= {"model": "--model", "modbus_port": "--modbus-port"}
    plan = DevicePlan(config=Config(), place="site.yaml:3", places=places)
    with pytest.raises(EmulatorError) as caught, told_at(plan), told_at(plan, option):
        raise error
    assert str(caught.value).startswith(said)


def test_other_doors_of_several_alike() -> None:
    """Each has its own TLS port; behind a gateway only the first has one; a line leads to one."""
    options = {"count": 3, "modbus_tls_port": 5160, "rtu_tcp_port": 0, "modbus_second_port": 5050}
    alone = [plan.config.modbus_tls_port for plan in plan_of(Config(**options)).devices]
    assert alone == [5160, 5161, 5162]
    gateway = plan_of(Config(**options, path="logger", rtu="pty")).devices
    assert [plan.config.modbus_tls_port for plan in gateway] == [5160, None, None]
    assert [plan.config.modbus_second_port for plan in gateway] == [5050, None, None]
    assert [plan.config.rtu for plan in gateway] == ["pty", "", ""]
    with pytest.raises(EmulatorError, match="one line cannot lead to 3 inverters"):
        plan_of(Config(count=3, rtu="/dev/ttyUSB0"))
    with pytest.raises(EmulatorError, match="those of modbus-tls-port begin at 65534"):
        plan_of(Config(count=3, modbus_tls_port=65534))


def test_serial_numbers_count_up_with_their_emulators() -> None:
    """Of equals each has its own; of those that are listed or added it is as it is given."""
    given = Config(count=3, serial_number="A10", instance=2)
    assert [d.config.serial_number for d in plan_of(given).devices] == ["A12", "A13", "A14"]
    alone = plan_of(Config(serial_number="A10", instance=2)).devices[0].config
    assert alone.serial_number == "A12"
    listed = plan_of_devices({}, [{}, {"serial-number": "A10"}]).devices[1].config
    assert listed.serial_number == "A10"
    assert added_plan(Config(instance=5), {"serial-number": "A10"}, 3).config.serial_number == (
        "A10"
    )


def test_several_alike_have_no_dongle() -> None:
    """Who asks for one is told so."""
    asked = plan_of(Config(count=2, winet="winet-s")).devices
    assert {d.notes for d in asked} == {("winet winet-s: several inverters alike have no dongle",)}
    assert plan_of(Config(count=2)).devices[0].notes == ()


def test_units_of_a_large_fleet_have_numbers_of_their_own() -> None:
    """A hundred units of 199 inverters each, and far more."""
    assert plan_of(Config(count=199, instance=99 * 199)).devices[-1].config.instance == 19899
