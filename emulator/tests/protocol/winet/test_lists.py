"""Lists as captured."""

from __future__ import annotations

import pytest
from protocol.winet.stand import BATTERY, INVERTER, PAGES, Device, Input, Station

from sungrow_emulator.protocol.winet import lists


@pytest.mark.parametrize(
    ("value", "text"), [(670.0, "0.67"), (-4.0, "-0.00"), (0.0, "0.00"), (None, "--")]
)
def test_numbers(value: float | None, text: str) -> None:
    """Decimals are fixed, a negative zero stays one, nothing is two dashes."""
    assert lists.number(value, 2, 1000) == text


def test_devices() -> None:
    """Devices are listed as captured (bjeanes/modbus-mqtt)."""
    listing = lists.device_list((INVERTER, BATTERY))
    assert listing == {
        "list": [
            {
                "id": 1,
                "dev_id": 1,
                "dev_code": 3343,
                "dev_type": 35,
                "dev_procotol": 2,
                "inv_type": 0,
                "dev_sn": "A2281302388",
                "dev_name": "SH5.0RS(COM1-001)",
                "dev_model": "SH5.0RS",
                "port_name": "COM1",
                "phys_addr": "1",
                "logc_addr": "1",
                "link_status": 1,
                "init_status": 1,
                "dev_special": "0",
            },
            {
                "id": 2,
                "dev_id": 2,
                "dev_code": 8424,
                "dev_type": 44,
                "dev_procotol": 0,
                "inv_type": 0,
                "dev_sn": "S2281302388",
                "dev_name": "SBR128(COM1-200)",
                "dev_model": "SBR128",
                "port_name": "COM1",
                "phys_addr": "200",
                "logc_addr": "2",
                "link_status": 1,
                "init_status": 255,
                "dev_special": "0",
            },
        ],
        "count": 2,
    }


def test_devices_on_the_websocket() -> None:
    """The WebSocket adds an empty list, newer firmware four numbers."""
    base = lists.listed(INVERTER)
    older = lists.device_list_with_lists((INVERTER,), False)
    assert older == {"list": [{**base, "list": []}], "count": 1}
    newer = lists.device_list_with_lists((INVERTER,), True)
    more = dict.fromkeys(
        ("optimizer_insert", "install_type", "dev_opt_total_fault", "dev_opt_total_alarm"), 0
    )
    assert newer == {"list": [{**base, "list": [], **more}], "count": 1}


def test_rows_and_inputs() -> None:
    """Rows have name, value and unit; inputs a voltage and a current."""
    assert lists.row_list(Station().rows[1:]) == {
        "list": [
            {
                "data_name": "I18N_COMMON_AIR_TEM_INSIDE_MACHINE",
                "data_value": "25.8",
                "data_unit": "℃",
            }
        ],
        "count": 1,
    }
    assert lists.direct_list([Input("MPPT1", "580.0", "5.0")]) == {
        "list": [
            {
                "name": "MPPT1",
                "voltage": "580.0",
                "voltage_unit": "V",
                "current": "5.0",
                "current_unit": "A",
            }
        ],
        "count": 1,
    }


def test_statistics() -> None:
    """The plant is told as captured."""
    assert lists.statistics(Station().numbers) == {
        "list": [
            {
                "today_energy": "--",
                "today_energy_unit": "kWh",
                "total_energy": "--",
                "total_energy_unit": "kWh",
                "curr_power": "0.67",
                "curr_power_unit": "kW",
                "curr_reactive": "0.00",
                "curr_reactive_unit": "kvar",
                "rated_power": "5.00",
                "rated_power_unit": "kW",
                "rated_reactive": "3.00",
                "rated_reactive_unit": "kvar",
                "adjust_power_uplimit": "5.00",
                "adjust_power_uplimit_unit": "kW",
                "adjust_reactive_uplimit": "3.00",
                "adjust_reactive_uplimit_unit": "kvar",
                "adjust_reactive_lowlimit": "-3.00",
                "adjust_reactive_lowlimit_unit": "kvar",
            },
            {
                "online_num": "2",
                "online_num_unit": "",
                "offline_num": "0",
                "offline_num_unit": "",
            },
        ],
        "count": 2,
    }


def test_statistics_without_numbers() -> None:
    """What is not known is two dashes."""
    plant, online = lists.statistics(dict.fromkeys(Station().numbers))["list"]
    values = [value for name, value in plant.items() if not name.endswith("_unit")]
    assert set(values) == {"--"}
    assert online["online_num"] == "--"


def test_runtime() -> None:
    """The inverter is told as captured, the battery not at all."""
    assert lists.runtime((INVERTER, BATTERY), Station().numbers) == {
        "count": 1,
        "list": [
            {
                "dev_name": "SH5.0RS(COM1-001)",
                "dev_model": "SH5.0RS",
                "dev_type": 35,
                "dev_procotol": 2,
                "today_energy": "--",
                "today_energy_unit": "kWh",
                "total_energy": "--",
                "total_energy_unit": "kWh",
                "dev_state": "33280",
                "dev_state_unit": "",
                "curr_power": "0.67",
                "curr_power_unit": "kW",
                "reactive_power": "0.00",
                "reactive_power_unit": "kvar",
            }
        ],
        "connect_count": 1,
        "off_count": 0,
    }
    wallbox = Device(dev_type=46)
    assert lists.runtime((wallbox,), Station().numbers)["count"] == 0


def test_settings() -> None:
    """A choice shows its options, a number its range."""
    choice, number = (lists.parameter(item) for item in PAGES[9])
    assert choice == {
        "param_id": 12,
        "param_addr": 33179,
        "param_pid": -1,
        "param_type": 1,
        "accuracy": 0,
        "param_name": "I18N_COMMON_WEEKEND_ENABLE",
        "param_value": "170",
        "unit": "",
        "relation": "",
        "regulation": "",
        "range": "",
        "options": [
            {"name": "I18N_COMMON_ENABLE", "value": "170"},
            {"name": "I18N_COMMON_PARA_OFF", "value": "85"},
        ],
    }
    assert number == {
        "param_id": 13,
        "param_addr": 33180,
        "param_pid": 12,
        "param_type": 2,
        "accuracy": 0,
        "param_name": "I18N_CONFIG_KEY_6186",
        "param_value": "0",
        "unit": "h",
        "relation": "[170]",
        "regulation": "",
        "range": "[0~23]",
        "options": "",
    }


def test_initial_settings() -> None:
    """The name of a choice stands beside its value."""
    number, choice = (lists.initial_parameter(item) for item in PAGES[0])
    assert number == {
        "param_addr": 31404,
        "param_name": "F1",
        "param_value": "50.25",
        "unit": "Hz",
        "value_name": "",
    }
    assert (choice["param_value"], choice["value_name"]) == ("170", "I18N_COMMON_ENABLE")
