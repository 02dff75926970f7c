"""The lists that a dongle sends: devices, rows, and numbers of the plant."""

from __future__ import annotations

from collections.abc import Sequence

from sungrow_emulator.protocol.winet.envelope import Json
from sungrow_emulator.protocol.winet.station import Direct, Listed, Parameter, Row

HYBRID = 35
METER = 18
INVERTERS = (1, 21, HYBRID)
"""Values of `dev_type` that are inverters."""

MISSING = "--"


def number(value: float | None, decimals: int, divisor: float = 1) -> str:
    """Return a number as text; `--` where it is not available."""
    return MISSING if value is None else f"{value / divisor:.{decimals}f}"


def device_name(device: Listed) -> str:
    """Return the name under which a device is listed, e.g. `SH10RT(COM1-001)`."""
    return f"{device.model}(COM1-{device.unit:03})"


def listed(device: Listed) -> dict[str, Json]:
    """Return a device as `/inverter/list` shows it."""
    return {
        "id": device.dev_id,
        "dev_id": device.dev_id,
        "dev_code": device.dev_code,
        "dev_type": device.dev_type,
        "dev_procotol": device.protocol,
        "inv_type": 0,
        "dev_sn": device.serial_number,
        "dev_name": device_name(device),
        "dev_model": device.model,
        "port_name": "COM1",
        "phys_addr": str(device.unit),
        "logc_addr": str(device.forwarding),
        "link_status": 1,
        "init_status": device.init_status,
        "dev_special": "0",
    }


def device_list(devices: Sequence[Listed]) -> dict[str, Json]:
    """Return the devices as `/inverter/list` shows them."""
    return counted([listed(device) for device in devices])


def device_list_with_lists(devices: Sequence[Listed], flags: bool) -> dict[str, Json]:
    """Return the devices as the WebSocket shows them: each with an empty list.

    Args:
        devices: what is listed.
        flags: whether the members of newer firmware are there; that they are 0 is a guess.
    """
    more: dict[str, Json] = {"list": []}
    if flags:
        names = ("optimizer_insert", "install_type", "dev_opt_total_fault", "dev_opt_total_alarm")
        more |= dict.fromkeys(names, 0)
    return counted([listed(device) | more for device in devices])


def row(name: str, value: str, unit: str = "") -> dict[str, Json]:
    """Return one row of a data list."""
    return {"data_name": name, "data_value": value, "data_unit": unit}


def row_list(rows: Sequence[Row]) -> dict[str, Json]:
    """Return a data list."""
    return counted([row(item.name, item.value, item.unit) for item in rows])


def direct_list(inputs: Sequence[Direct]) -> dict[str, Json]:
    """Return the PV inputs."""
    return counted(
        [
            {
                "name": item.name,
                "voltage": item.voltage,
                "voltage_unit": "V",
                "current": item.current,
                "current_unit": "A",
            }
            for item in inputs
        ]
    )


def statistics(figures: dict[str, float | None]) -> dict[str, Json]:
    """Return the numbers of the plant, of which the dongle shows power in kW with 2 decimals."""
    reactive = figures["rated_reactive"]
    rated_power = number(figures["rated_power"], 2, 1000)
    rated_reactive = number(reactive, 2, 1000)
    least = number(None if reactive is None else -reactive, 2, 1000)
    plant: dict[str, Json] = {
        **_with_unit("today_energy", number(figures["today"], 1), "kWh"),
        **_with_unit("total_energy", number(figures["total"], 1), "kWh"),
        **_with_unit("curr_power", number(figures["power"], 2, 1000), "kW"),
        **_with_unit("curr_reactive", number(figures["reactive"], 2, 1000), "kvar"),
        **_with_unit("rated_power", rated_power, "kW"),
        **_with_unit("rated_reactive", rated_reactive, "kvar"),
        **_with_unit("adjust_power_uplimit", rated_power, "kW"),
        **_with_unit("adjust_reactive_uplimit", rated_reactive, "kvar"),
        **_with_unit("adjust_reactive_lowlimit", least, "kvar"),
    }
    online: dict[str, Json] = {
        **_with_unit("online_num", number(figures["online"], 0), ""),
        **_with_unit("offline_num", number(figures["offline"], 0), ""),
    }
    return counted([plant, online])


def runtime(devices: Sequence[Listed], figures: dict[str, float | None]) -> dict[str, Json]:
    """Return the inverter at work; batteries and wallboxes are not shown here."""
    inverters = [device for device in devices if device.dev_type in INVERTERS][:1]
    rows: list[Json] = [
        {
            "dev_name": device_name(device),
            "dev_model": device.model,
            "dev_type": device.dev_type,
            "dev_procotol": device.protocol,
            **_with_unit("today_energy", number(figures["today"], 1), "kWh"),
            **_with_unit("total_energy", number(figures["total"], 1), "kWh"),
            **_with_unit("dev_state", number(figures["state"], 0), ""),
            **_with_unit("curr_power", number(figures["power"], 2, 1000), "kW"),
            **_with_unit("reactive_power", number(figures["reactive"], 2, 1000), "kvar"),
        }
        for device in inverters
    ]
    return {"count": len(rows), "list": rows, "connect_count": len(rows), "off_count": 0}


def parameter(item: Parameter) -> dict[str, Json]:
    """Return a setting as getParam types 7 and 9 show it."""
    options: Json = [{"name": name, "value": value} for name, value in item.options]
    return {
        "param_id": item.number,
        "param_addr": item.address,
        "param_pid": item.parent,
        "param_type": item.kind,
        "accuracy": item.accuracy,
        "param_name": item.name,
        "param_value": item.value,
        "unit": item.unit,
        "relation": item.relation,
        "regulation": "",
        "range": item.range,
        "options": options or "",
    }


def initial_parameter(item: Parameter) -> dict[str, Json]:
    """Return a setting as getInitParam shows it."""
    names = {value: name for name, value in item.options}
    return {
        "param_addr": item.address,
        "param_name": item.name,
        "param_value": item.value,
        "unit": item.unit,
        "value_name": names.get(item.value, ""),
    }


def counted(items: Sequence[Json]) -> dict[str, Json]:
    """Return a list with the number of its items."""
    return {"list": items, "count": len(items)}


def _with_unit(name: str, value: str, unit: str) -> dict[str, str]:
    return {name: value, f"{name}_unit": unit}
