"""Tests of device/view.py: what paths beside the common ones show."""

from __future__ import annotations

import pytest
from device.support import bench

from sungrow_emulator.catalog.spec import Table
from sungrow_emulator.device.readback import ReadBack
from sungrow_emulator.device.view import View

BATTERY_FAULTS = range(13066, 13080)


def test_a_logger_passes_on_what_inverters_show() -> None:
    """Identity, powers and settings of a hybrid behind a Logger are those of its LAN port."""
    lan, logger = bench("SH10RT"), bench("SH10RT", path="logger")
    for name in ("device_type_code", "total_active_power", "export_power", "battery_soc"):
        assert lan.value(name) == logger.value(name), name
    assert logger.write(13058, 900) == 0
    assert logger.read(13058, 1, Table.HOLDING) == (900,)


def test_a_logger_does_not_pass_on_arrays() -> None:
    """Where the LAN port has 96 quarters of an hour, a Logger answers exception 2."""
    assert bench("SH10RT", strict=True).read(6100, 96) != 2
    assert bench("SH10RT", path="logger", strict=True).read(6100, 96) == 2


@pytest.mark.parametrize("path", ["lan", "logger"])
def test_a_logger_does_not_pass_on_fault_words_of_the_battery(path: str) -> None:
    """They are not available there, nor is the protocol version; the inverter's own words are."""
    one = bench("SH10RT", path=path)
    words = one.read(13050, 30)
    assert isinstance(words, tuple)
    assert words[:16] == (0,) * 16
    forwarded = path == "lan"
    assert words[16:] == ((0,) if forwarded else (0xFFFF,)) * 14
    version = one.read(4950, 4)
    assert isinstance(version, tuple)
    assert (version[2:] != (0xFFFF, 0xFFFF)) is forwarded


@pytest.mark.parametrize(
    ("model", "path", "code"),
    [("Logger1000", "logger", 0x0710), ("iHomeManager", "ihomemanager", 0x072A)],
)
def test_stations_show_their_own_map(model: str, path: str, code: int) -> None:
    """Type code at 8000; the inverter's at 5000 is not there."""
    one = bench(model, path=path)
    assert one.read(8000) == (code,)
    assert one.read(5000) == 2


def test_settings_may_be_stale_in_one_view_and_not_in_another() -> None:
    """Holding words lag behind, also after other things happened; input words do not."""
    one = bench("SH10RT", path="winet-s")
    late = View(one.device, one.view.program, one.wall, ReadBack(120.0, 120.0, seed=1))
    before = late.read(3, 13057, 1)
    assert one.write(13058, 900) == 0
    assert late.read(3, 13057, 1) == before
    one.device.changed(settings=True)
    assert late.read(3, 13057, 1) == before
    assert late.read(4, 4999, 1) == one.view.read(4, 4999, 1)
    one.clock.jump(one.clock.now() + 121)
    one.device.changed()
    assert late.read(3, 13057, 1) == one.view.read(3, 13057, 1) == (900).to_bytes(2, "big")
