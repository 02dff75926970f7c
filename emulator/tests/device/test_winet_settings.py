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


def test_energy_management_of_a_hybrid() -> None:
    """Mode, command and power stand at the addresses that web clients know."""
    settings = page(bench("SH10RT"), 9)
    mode, command, power = settings[33146], settings[33147], settings[33148]
    assert (mode.number, mode.kind, mode.value, mode.parent) == (1, CHOICE, "0", -1)
    assert ("I18N_COMMON_FORCED_MODE", "2") in mode.options
    assert (command.value, command.parent, command.relation) == ("204", 1, "[2]")
    assert (power.kind, power.accuracy, power.value, power.unit) == (NUMBER, 2, "0.00", "kW")
    assert (power.range, command.range) == ("[0.00~10.00]", "")


def test_values_follow_writes_from_anywhere() -> None:
    """What a Modbus client writes is what the page shows, in the page's own unit."""
    one = bench("SH10RT")
    assert one.write(13050, 2, 0xAA, 2500) == 0
    settings = page(one, 9)
    assert [settings[n].value for n in (33146, 33147, 33148)] == ["2", "170", "2.50"]


def test_families_use_their_own_registers() -> None:
    """Where a family has no such register at the usual address, its own one is listed."""
    assert {33146, 31221}.isdisjoint(page(bench("SH5K-20"), 9))
    assert 13050 in page(bench("SH5K-20"), 9)
    assert {31221, 31222} <= set(page(bench("SG5.0RS"), 7))
    assert {5010, 5011} <= set(page(bench("SG5.0RT"), 7))
    assert not page(bench("SG5.0RT"), 9)


def test_negative_values_and_ranges() -> None:
    """Signed registers show their sign, and each allowed range its bounds."""
    one = bench("SG5.0RT")
    one.write(5036, 0xA2)
    one.write(5037, -123 & 0xFFFF)
    settings = page(one, 7)
    assert settings[5037].value == "-12.3"
    assert settings[5019].range == "[-1.000~-0.800][0.800~1.000]"


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
