"""Tests of device/winet_settings.py."""

from __future__ import annotations

import pytest
from device.support import Bench, bench

from sungrow_emulator.catalog.models import load_models
from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.catalog.winet import PAGES
from sungrow_emulator.device.program import compile_program
from sungrow_emulator.device.view import View
from sungrow_emulator.device.winet_settings import CHOICE, NUMBER, Page, Setting


def web(one: Bench) -> View:
    """Return the device on the bench as a dongle's pages see it."""
    program = compile_program(one.device.model, "winet-s", "pre-2024-11", strict=True, web=True)
    return View(one.device, program, one.wall)


def page(one: Bench, number: int) -> dict[int, Setting]:
    """Return the settings of a page by address."""
    return {setting.address: setting for setting in Page(number, web(one)).settings()}


CAPTURED = {
    33146: 1,
    **dict(zip(range(33151, 33159), range(4, 12), strict=True)),
    33179: 12,
    **dict(zip(range(33180, 33188), range(13, 21), strict=True)),
    33208: 21,
    33275: 33,
}
"""Address and number of each setting on page 9 of an SH5.0RS (bjeanes/modbus-mqtt)."""


def test_the_page_of_an_sh5rs_is_the_captured_one() -> None:
    """Numbers, keys, ranges, units and choices are those that a dongle on P012 sent."""
    settings = page(bench("SH5.0RS"), 9)
    assert {address: setting.number for address, setting in settings.items()} == CAPTURED
    mode, minute, weekend = settings[33146], settings[33154], settings[33179]
    assert mode.options == (
        ("I18N_COMMON_SELF_CONSUMPTION_MODE", "0"),
        ("I18N_COMMON_FORCE_MODE_OPERATION", "2"),
        ("I18N_COMMON_EXTERNAL_ENERGY_SCH_MODE", "3"),
        ("I18N_COMMON_MEASURING_POIN_2", "4"),
        ("I18N_10RT_SEPT_1527758", "8"),
    )
    assert (minute.name, minute.range) == ("I18N_CONFIG_KEY_2615", "[0~59]")
    assert minute.unit == "min&I18N_COMMON_PARAMS_SETTING_TIP"
    assert (weekend.value, weekend.kind, weekend.parent) == ("170", CHOICE, -1)
    assert [settings[n].value for n in range(33180, 33188)] == [
        "0", "0", "24", "0", "0", "0", "24", "0"
    ]  # fmt: skip
    assert (settings[33182].parent, settings[33182].relation) == (12, "[170]")
    assert (settings[33182].range, settings[33180].range) == ("[0~24]", "[0~23]")


def test_protection_settings_of_an_sh5rs_are_the_captured_ones() -> None:
    """All 110 come first and in order, with words of one register or two and either sign."""
    one = bench("SH5.0RS")
    listed = Page(0, web(one)).settings()
    captured = listed[:110]
    assert [setting.address for setting in captured[:5]] == [31605, 31700, 31712, 32578, 30092]
    assert (captured[-1].address, captured[-1].value, captured[-1].unit) == (32552, "16", "%")
    values = {setting.address: setting.value for setting in captured}
    assert len(values) == 110
    shown = (31404, 31409, 31414, 31869, 30813, 32362, 32364, 33015, 31230)
    assert [values[address] for address in shown] == [
        "50.25", "200.0", "6000", "-44.0", "10000", "10.50", "1.50", "1.0", "170"
    ]  # fmt: skip
    assert ("Q(U)", "164") in captured[0].options
    assert captured[6].name == "F1"
    assert one.read(31231, table=Table.HOLDING) == (2530,)


def test_protection_settings_of_an_sh10rt_are_those_of_its_dumps() -> None:
    """What a dump has of them is listed as it reads: reduction by voltage, off."""
    settings = page(bench("SH10RT"), 0)
    assert [settings[n].value for n in (31201, 31230, 31231, 33006, 33014, 33015)] == [
        "39", "85", "207.0", "85", "100.0", "4.0"
    ]  # fmt: skip


def test_children_are_sent_with_their_parents_value_only() -> None:
    """Each switch brings its settings, and takes them away again."""
    one = bench("SH10RT")
    assert set(page(one, 9)) == set(CAPTURED)
    assert one.write(33146, 2) == one.write(33208, 0xAA) == one.write(33275, 1) == 0
    assert one.write(33179, 0x55) == 0
    settings = page(one, 9)
    assert {33147, 33148, 33274, *range(33209, 33220)} <= set(settings)
    assert not set(range(33180, 33188)) & set(settings)
    numbers = [setting.number for setting in settings.values()]
    parents = {setting.parent for setting in settings.values()} - {-1}
    assert parents == {1, 21, 33}
    assert parents <= set(numbers)
    assert [settings[n].number for n in range(33209, 33220)] == list(range(22, 33))


def test_forced_charging_and_discharging() -> None:
    """Command and power stand at the addresses that web clients know."""
    one = bench("SH10RT")
    one.write(33146, 2)
    settings = page(one, 9)
    command, power = settings[33147], settings[33148]
    assert (command.value, command.parent, command.relation) == ("204", 1, "[2]")
    assert (power.kind, power.accuracy, power.value, power.unit) == (NUMBER, 2, "0.00", "kW")
    assert (power.range, command.range) == ("[0.00~10.00]", "")


def test_values_follow_writes_from_anywhere() -> None:
    """What a Modbus client writes is what the page shows, in the page's own unit."""
    one = bench("SH10RT")
    assert one.write(13050, 2, 0xAA, 2500) == 0
    settings = page(one, 9)
    assert [settings[n].value for n in (33146, 33147, 33148)] == ["2", "170", "2.50"]


@pytest.mark.parametrize(
    ("address", "value"),
    [(33146, 8), (33151, 5), (33158, 59), (33179, 85), (33180, 7), (33275, 2)],
)
def test_what_web_clients_write_is_taken(address: int, value: int) -> None:
    """The addresses that anicoll and optmybat know can be written, and read back."""
    one = bench("SH10RT")
    assert one.write(address, value) == 0
    assert one.read(address, table=Table.HOLDING) == (value,)


def test_families_use_their_own_registers() -> None:
    """Where a family has no such register at the usual address, its own one is listed."""
    assert {33146, 31221}.isdisjoint(page(bench("SH5K-20"), 9))
    assert "8" not in dict(page(bench("SH5K-20"), 9)[13050].options).values()
    one, other = bench("SG5.0RS"), bench("SG5.0RT")
    assert 31222 not in page(one, 7)
    one.write(31221, 0xAA)
    other.write(5010, 0xAA)
    assert {31221, 31222} <= set(page(one, 7))
    assert {5010, 5011} <= set(page(other, 7))
    assert not page(other, 9)


def test_negative_values_and_ranges() -> None:
    """Signed registers show their sign, and each allowed range its bounds."""
    one = bench("SG5.0RT")
    one.write(5036, 0xA2)
    one.write(5037, -123 & 0xFFFF)
    assert page(one, 7)[5037].value == "-12.3"
    one.write(5036, 0xA1)
    assert page(one, 7)[5019].range == "[-1.000~-0.800][0.800~1.000]"


def test_what_the_device_does_not_have_shows_dashes() -> None:
    """A register that reads its sentinel has no value."""
    one = bench("SH10RT")
    one.device.pins[Table.HOLDING][33146] = 0xFFFF
    assert page(one, 9)[33146].value == "--"


@pytest.mark.parametrize("number", PAGES)
def test_every_page_of_every_family(number: int) -> None:
    """Each setting of each family has a value inside the decimals it announces."""
    firsts = {model.family: model.name for model in load_models().values()}
    for name in firsts.values():
        for setting in page(bench(name), number).values():
            assert (
                setting.value == "--" or len(setting.value.partition(".")[2]) == setting.accuracy
            )
