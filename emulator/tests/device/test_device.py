"""Tests of device/device.py."""

from __future__ import annotations

import pytest
from device.support import bench

from sungrow_emulator.catalog.codes import find_fault, load_states
from sungrow_emulator.catalog.spec import Table


def test_load_is_output_minus_export_exactly() -> None:
    """Inside one block read the identities of the meter hold to the watt."""
    one = bench("SH10RT", freeze=False, speed=600)
    for _ in range(60):
        one.wall.seconds += 1.3
        load, export, output = (
            one.value(name) for name in ("load_power", "export_power", "total_active_power")
        )
        assert load == output - export
        assert one.value("meter_active_power") == -export


def test_clock_registers_run_in_local_time() -> None:
    """5000 to 5005 hold the inverter's own local clock."""
    assert bench("SG5.0RT").read(5000, 6, Table.HOLDING) == (2026, 6, 21, 13, 0, 0)


def test_clock_can_be_written_whole_and_in_part() -> None:
    """A written clock runs on from there; impossible dates are refused with exception 4."""
    one = bench("SG5.0RT")
    assert one.write(5000, 2027, 1, 31, 23, 59, 58) == 0
    assert one.read(5000, 6, Table.HOLDING) == (2027, 1, 31, 23, 59, 58)
    assert one.write(5001, 2) == 4
    assert one.write(5000, 1999) == 4
    assert one.write(5003, 5) == 0
    assert one.read(5003, 1, Table.HOLDING) == (5,)


def test_stop_and_start_commands() -> None:
    """0xCE stops feed-in at once, 0xCF starts again; the register reads back the command."""
    one = bench("SH10RT")
    assert one.value("total_active_power") > 0
    assert one.write(13000, 0xCE) == 0
    assert one.value("total_active_power") == 0
    assert one.value("running_state") == load_states()["key-stop"].hybrid_old_code
    assert one.read(13000, 1, Table.HOLDING) == (0xCE,)
    assert one.write(13000, 0xCF) == 0
    assert one.device.state().name in {"initial-standby", "starting"}


def test_power_limit_is_obeyed() -> None:
    """With 5008 = 20 % an SG5.0RT gives at most 1000 W and says that it is dispatched."""
    one = bench("SG5.0RT")
    assert one.write(5008, 200) == 0
    assert one.value("total_active_power") <= 1000
    assert one.value("work_state_1") == load_states()["dispatch"].string_code


def test_faults_show_in_code_record_and_words() -> None:
    """A string inverter keeps a record, a hybrid sets a bit in its fault words."""
    fault = find_fault("grid-lost")
    string, hybrid = bench("SG5.0RT"), bench("SH10RT")
    for one in (string, hybrid):
        one.device.set_faults((fault,))
        assert one.value("total_active_power") == 0
    assert string.value("work_state_1") == 0x5500
    assert string.read(5039, 7) == (2026, 6, 21, 13, 0, 0, 10)
    assert hybrid.value("running_state") == 0x0100
    assert hybrid.read(13052, 2) == (1 << fault.bit, 0)
    for one in (string, hybrid):
        one.device.set_faults(())
        assert one.device.faults == ()
    assert hybrid.read(13052, 2) == (0, 0)


def test_alarms_let_the_inverter_run() -> None:
    """An alarm shows and feed-in goes on."""
    one = bench("SG5.0RT")
    one.device.set_faults((find_fault(514),))
    assert one.value("work_state_1") == 0x9100
    assert one.value("total_active_power") > 0
    assert one.value("alarm_code_1") == 514


def test_power_flow_bits() -> None:
    """13001 tells what flows: PV and load, and import with no PV."""
    one = bench("SH10RT", battery="none")
    assert int(one.value("power_flow_status")) & 0b1001 == 0b1001
    one.device.site.set_pv_power(0, 0, one.clock.now())
    one.device.site.set_load(800, one.clock.now())
    one.device.changed()
    assert int(one.value("power_flow_status")) & 0b101001 == 0b101000


def test_reset_forgets_writes_faults_and_pins() -> None:
    """After a reset the device is as it was made."""
    one = bench("SG5.0RT")
    before = list(one.view.bank(Table.HOLDING).words)
    one.write(5008, 300)
    one.device.set_faults((find_fault(10),))
    one.device.pins[Table.INPUT][5019] = 1
    one.device.site.restart(one.clock.now())
    one.device.reset()
    assert list(one.view.bank(Table.HOLDING).words) == before
    assert one.device.faults == ()
    assert one.read(5019) != (1,)
    assert one.device.state().name == "run"


def test_values_and_settings_by_name() -> None:
    """Quantities come in their own unit, settings in the one asked for."""
    one = bench("SG5.0RT")
    assert one.device.value("battery.soc") is None
    assert one.device.value("ac.frequency") == pytest.approx(50, abs=0.1)
    assert one.device.setting_value("power_limitation_setting", "%") == 100
    assert one.device.setting_value("ems_mode", "") is None
    assert repr(one.device).startswith("<Device inverter: SG5.0RT A2")


def test_a_hybrid_without_meter_raises_the_meter_alarm() -> None:
    """Bit 30 of the inverter alarm is set where no meter is fitted (dump of a cluster slave)."""
    one = bench("SH10RT")
    assert one.read(13050, 2) == (0, 0)
    one.device._has_meter = False
    one.device.changed()
    assert one.read(13050, 2) == (0, 0x4000)


def test_watchers_can_leave() -> None:
    """A view that is gone is no longer told."""
    one, told = bench("SG5.0RT"), [0]

    def expire() -> None:
        told[0] += 1

    one.device.watch(expire)
    one.device.changed()
    one.device.unwatch(expire)
    one.device.changed()
    assert told == [1]


def test_battery_has_a_unit_of_its_own() -> None:
    """A hybrid's pack is a device with its own serial number and the same battery."""
    one = bench("SH10RT")
    pack = one.devices[1]
    assert (pack.kind, pack.model.name) == ("battery", "SBR128")
    assert pack.serial_number != one.device.serial_number
    assert pack.value("battery.soc") == one.device.value("battery.soc")
    view = one.views["battery"]
    assert view.read(4, 10743, 1) == one.view.read(4, 13022, 1)
