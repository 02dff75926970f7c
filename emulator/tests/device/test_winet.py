"""Tests of device/winet.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from device.support import Bench, bench

from sungrow_emulator.catalog.codes import find_fault
from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.device.program import compile_program
from sungrow_emulator.device.view import View
from sungrow_emulator.device.winet import NO_SUCH_DEVICE, DeviceStation
from sungrow_emulator.protocol.winet.station import Station


def station(
    one: Bench, *, strict: bool = False, dongle: str = "winet-s", **options: Any
) -> DeviceStation:
    """Put the devices of a bench behind a dongle."""
    return DeviceStation(
        one.devices,
        dongle=dongle,
        firmware="pre-2024-11",
        strict=strict,
        monotonic=one.wall,
        **options,
    )


def modbus(one: Bench, dev_id: int, path: str, *, strict: bool = False) -> View:
    """Return a device of a bench as the Modbus port of such a dongle shows it."""
    device = one.devices[dev_id - 1]
    return View(device, compile_program(device.model, path, "pre-2024-11", strict), one.wall)


def test_it_is_a_station() -> None:
    """It has the shape that the web protocol asks for."""
    one: Station = station(bench("SH10RT"))
    assert [listed.model for listed in one.devices()] == ["SH10RT", "SBR128"]
    rows = one.real(1)
    assert rows is not None
    assert all(isinstance(text, str) for row in rows for text in (row.name, row.value, row.unit))
    assert repr(one) == "<DeviceStation of SH10RT, SBR128>"


def test_devices_are_listed_as_captured() -> None:
    """An SH10RT is 3587 of type 35, its battery a device of its own under unit 200 and 2."""
    hybrid, battery = station(bench("SH10RT", unit=4), unit=4).devices()
    assert (hybrid.dev_id, hybrid.dev_code, hybrid.dev_type, hybrid.protocol) == (1, 3587, 35, 2)
    assert (hybrid.unit, hybrid.forwarding, hybrid.init_status) == (4, 4, 1)
    assert (battery.dev_id, battery.dev_code, battery.dev_type, battery.protocol) == (
        2, 8424, 44, 0
    )  # fmt: skip
    assert (battery.unit, battery.forwarding, battery.init_status) == (200, 2, 255)
    assert battery.serial_number.startswith("S")


@pytest.mark.parametrize(
    ("model", "dev_type"), [("SG5.0RS", 21), ("SG110CX", 1), ("AC22E-01", 46)]
)
def test_types_of_other_devices(model: str, dev_type: int) -> None:
    """Residential and commercial inverters and wallboxes are listed by their type, alone."""
    (listed,) = station(bench(model)).devices()
    assert (listed.dev_id, listed.dev_type) == (1, dev_type)


def test_a_wallbox_and_a_meter_are_listed_behind_battery_and_inverter() -> None:
    """What is fitted is listed, each with rows; a meter's registers are not known."""
    one = station(bench("SH10RT", wallbox="AC011E-01", meter="dongle"))
    assert [(d.model, d.dev_type, d.unit) for d in one.devices()] == [
        ("SH10RT", 35, 1),
        ("SBR128", 44, 200),
        ("AC011E-01", 46, 3),
        ("DTSU666-20", 18, 254),
    ]
    rows = {row.name: row.value for row in one.real(4) or ()}
    power = {row.name: row.value for row in one.real(1) or ()}["I18N_CONFIG_KEY_4060"]
    assert max(float(rows["I18N_COMMON_TOTAL_ACTIVE_POWER"]), 0) == pytest.approx(
        float(power), abs=0.005
    )
    limits = [row.value for row in one.real(3) or ()][:2]
    assert limits == ["1380", "11040"]
    assert all(one.answers(listed.dev_id) for listed in one.devices())
    assert one.read(4, 4, 0, 1) == 2


def test_zone_and_grid_of_the_site() -> None:
    """Berlin is in summer time and in Germany; a country without a name is shown without."""
    one = station(bench("SH10RT"))
    assert (one.utc_offset(), one.grid_code().country) == (7200, "I18N_COMMON_GERMANY")
    perth = station(bench("SG5.0RT", timezone="Australia/Perth"))
    assert (perth.utc_offset(), perth.grid_code().code) == (28800, 20)


def test_a_logger_is_not_behind_a_dongle() -> None:
    """What no dongle lists is refused with the families that it does list."""
    with pytest.raises(EmulatorError, match="Logger1000 is not read through a WiNet dongle"):
        station(bench("Logger1000"))


def test_lists_by_device() -> None:
    """Every device has live rows; battery rows and inputs belong to the inverter."""
    one = station(bench("SH10RT"))
    first, pack = one.real(1), one.real(2)
    assert first is not None
    assert pack is not None
    assert (len(first), len(pack), len(one.battery(1) or ())) == (47, 8, 15)
    assert [row.name for row in one.direct(1)] == ["MPPT1", "MPPT2"]
    assert one.battery(2) is None
    assert one.direct(2) == ()


def test_unknown_devices() -> None:
    """A device that is not there has no rows, no settings, and refuses with exception 11."""
    one = station(bench("SG5.0RT"))
    assert (one.real(2), one.battery(2), one.direct(2), one.parameters(2, 9)) == (
        None,
        None,
        (),
        (),
    )
    assert one.read(2, 4, 4999, 1) == NO_SUCH_DEVICE
    assert one.write(2, 12999, b"\x00\xcf") == NO_SUCH_DEVICE


def test_no_battery_no_rows() -> None:
    """Battery rows exist only where a battery is fitted, a third-party one included."""
    assert station(bench("SG5.0RT")).battery(1) is None
    assert station(bench("SH10RT", battery="none")).battery(1) is None
    third = station(bench("SH10RT", battery="third-party"))
    assert len(third.devices()) == 1
    assert len(third.battery(1) or ()) == 15


def test_one_instant_everywhere() -> None:
    """Rows, registers through the web and registers over Modbus agree at any time."""
    one = bench("SH10RT", freeze=False)
    web = station(one)
    for _ in range(5):
        one.wall.seconds += 7
        rows = {row.name: row.value for row in web.real(1) or ()}
        pack = {row.name: row.value for row in web.battery(1) or ()}
        own = {row.name: row.value for row in web.real(2) or ()}
        for name, text in (
            ("battery_voltage", pack["I18N_COMMON_BATTERY_VOLTAGE"]),
            ("daily_pv_generation", rows["I18N_COMMON_PV_DAYILY_ENERGY_GENERATION"]),
            ("battery_soc", pack["I18N_COMMON_BATTERY_SOC"]),
            ("battery_soc", own["I18N_COMMON_REMAIN_BATTERY_POWER"]),
        ):
            spec = one.register(name)
            words = web.read(1, 4, spec.address - 1, spec.count)
            assert words == one.view.read(4, spec.address - 1, spec.count)
            assert one.value(name) == float(text)


def test_registers_look_as_the_web_shows_them() -> None:
    """Frequency is in 0.1 Hz and states are alive, where the dongle's Modbus port differs."""
    one = bench("SH10RT", path="winet-s")
    web = station(one)
    frequency = web.read(1, 4, 5035, 1)
    assert isinstance(frequency, bytes)
    assert abs(int.from_bytes(frequency, "big") - 500) <= 2
    assert one.read(5036) == (5001,)
    assert (one.read(13000), web.read(1, 4, 12999, 1)) == ((0,), b"\x00\x40")


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("model", "dongle", "options"),
    [
        ("SH10RT", "winet-s", {"wallbox": "AC22E-01"}),
        ("SH5.0RS", "winet-s", {}),
        ("SG5.0RS", "eyem4", {}),
        ("SH10RT", "winet-s2", {}),
        ("SH15T", "winet-s2", {}),
    ],
)
def test_the_web_side_has_whatever_the_modbus_port_has(
    model: str, dongle: str, options: dict[str, Any], strict: bool
) -> None:
    """No word that Modbus serves is refused by getParam, on any device behind the dongle."""
    one = bench(model, **options)
    web = station(one, dongle=dongle, strict=strict)
    path = "winet-s" if dongle == "eyem4" else dongle
    for listed in web.devices():
        view = modbus(one, listed.dev_id, path, strict=strict)
        for table, function in ((Table.INPUT, 4), (Table.HOLDING, 3)):
            for first, last in view.program.tables[table].layout.blocks:
                for address in range(first - 1, last, 100):
                    count = min(100, last - address)
                    if isinstance(view.read(function, address, count), bytes):
                        assert isinstance(web.read(listed.dev_id, function, address, count), bytes)


def test_a_winet_s2_shows_one_number_at_both_doors() -> None:
    """The oddities of an SH15T's dongle, such as 5003, are those of its web side too."""
    one = bench("SH15T", path="winet-s2")
    web = station(one, dongle="winet-s2")
    view = modbus(one, 1, "winet-s2")
    for function, number, count in ((4, 5003, 3), (4, 13045, 1), (4, 13036, 1), (3, 5020, 20)):
        assert web.read(1, function, number - 1, count) == view.read(function, number - 1, count)


def test_an_sh_rt_passes_its_lan_registers_on_to_the_web() -> None:
    """What the Modbus port of a WiNet-S hides or refuses is had by getParam, as measured."""
    one = bench("SH10RT", path="winet-s")
    web = station(one, strict=True)
    bus, lan = web.read(1, 4, 5146, 1), bench("SH10RT").read(5147)
    assert isinstance(bus, bytes)
    assert (int.from_bytes(bus, "big"),) == lan
    assert modbus(one, 1, "winet-s", strict=True).read(4, 5146, 1) == 2
    assert isinstance(web.read(1, 4, 6099, 100), bytes)
    assert isinstance(web.read(1, 4, 5740, 6), bytes)


def test_undefined_words_and_strict() -> None:
    """Undefined input reads 0 and holding 0xFFFF; blocks that only clients scan can be refused."""
    one = bench("SH10RT")
    assert station(one).read(1, 4, 5189, 2) == bytes(4)
    assert station(one, strict=True).read(1, 4, 6899, 2) == 2
    assert station(one).read(1, 3, 33100, 1) == b"\xff\xff"


def test_the_export_limit_of_sungrow_http_config() -> None:
    """An SG5.0RS answers the eight words from 31221; switching them is feed-in limitation."""
    one = bench("SG5.0RS")
    web = station(one, strict=True)
    assert web.read(1, 3, 31220, 8) == b"\x00\x55\x01\xf4" + b"\xff" * 12
    assert web.write(1, 31220, b"\x00\xaa") == 0
    assert web.read(1, 3, 5009, 1) == b"\x00\xaa"


def test_writes_act_like_modbus_writes() -> None:
    """A write is checked and takes effect as over Modbus, one word or more."""
    one = bench("SH10RT")
    web = station(one)
    assert web.write(1, 33145, b"\x00\x02\x00\xbb\x00\x64") == 0
    assert one.device.settings["ems_mode"] == 2
    assert one.device.settings["charge_discharge_power"] == 1000
    assert web.write(1, 33145, b"\x00\x63") == 4
    assert web.write(1, 40000, b"\x00\x63") == 2
    assert [s.value for s in web.parameters(1, 9)[:3]] == ["2", "187", "1.00"]
    assert web.write(1, 13051, b"\x01\xf4") == 0
    assert one.device.settings["charge_discharge_power"] == 500
    assert web.write(1, 33146, b"\x00\xaa") == 0
    assert web.parameters(1, 9)[1].value == "170"
    assert web.parameters(2, 9) == ()


def test_figures_of_the_plant() -> None:
    """Numbers come unrounded; a hybrid's yields are not available."""
    one = bench("SG5.0RT")
    figures = station(one).figures()
    assert figures["power"] == one.device.value("ac.power")
    assert figures["today"] == one.device.value("energy.output.daily")
    assert (figures["rated_power"], figures["state"], figures["online"]) == (5000.0, 0.0, 1.0)
    hybrid = station(bench("SH5.0RS")).figures()
    assert (hybrid["today"], hybrid["total"], hybrid["rated_reactive"]) == (None, None, 3000.0)


def test_figures_count_faults_and_alarms() -> None:
    """What stops the feed-in counts as fault, the rest as alarm."""
    one = bench("SG5.0RT")
    web = station(one)
    one.device.set_faults((find_fault(2), find_fault(514)))
    assert web.faults() == (1, 1)
    one.device.figures = {"identity.serial": one.device.serial_number}
    assert web.figures()["rated_power"] is None


def test_the_clock_is_the_inverters() -> None:
    """Time is what the inverter's own clock says, also after a client set it."""
    one = bench("SH10RT", timezone="Europe/Berlin")
    web = station(one)
    assert web.clock().isoformat() == "2026-06-21T13:00:00"
    one.write(5003, 7, 8, 9)
    assert web.clock().isoformat() == "2026-06-21T07:08:09"


def test_newer_dongles_name_the_state_anew() -> None:
    """The newer key of the running status is an option of the dongle."""
    rows = station(bench("SH10RT"), new_names=True).real(1) or ()
    names = {row.name for row in rows}
    assert "I18N_COMMON_DEVICE_STATUS" in names
    assert "I18N_COMMON_RUNNING_STATE" not in names


def test_modbus_clients_are_asked_for() -> None:
    """Who is connected over Modbus is known elsewhere; without that nobody is."""
    connected: Sequence[str] = ["192.0.2.7"]
    assert (
        station(bench("SG5.0RT"), modbus_clients=lambda: connected).modbus_clients() == connected
    )
    assert list(station(bench("SG5.0RT")).modbus_clients()) == []
