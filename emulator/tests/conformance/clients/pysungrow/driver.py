"""pysungrow: identify the inverter, refresh everything, report raw numbers by register."""

import asyncio
import datetime
import enum
import importlib.metadata
import json
import sys

from pysungrow import SungrowClient, identify
from pysungrow.compat import AsyncModbusTcpClient
from pysungrow.definitions.device import SungrowDevice
from pysungrow.definitions.variable import VariableType
from pysungrow.lib.flag import Flag


def raw(value):
    """Return a number, text or list of words for a value of pysungrow's own types."""
    if isinstance(value, SungrowDevice):
        return value.code
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Flag):
        return {name: getattr(value, name) for name in value.keys()}  # noqa: SIM118 - not a dict
    if isinstance(value, datetime.datetime):
        return [value.year, value.month, value.day, value.hour, value.minute, value.second]
    if isinstance(value, datetime.time):
        return [value.hour, value.minute]
    return value


async def read(job):
    """Identify, refresh, set what is asked, and return everything pysungrow knows."""
    client = AsyncModbusTcpClient(job["host"], job["port"])
    identity = await identify(client, job["unit"])
    inverter = SungrowClient(client, identity, job["unit"])
    await inverter.refresh()
    for key, value in job.get("settings", ()):
        await inverter.set(key, inverter.variable(key).type(value))
    readings = [{"name": "identified", "register": "input:4990", "value": identity.serial_number}]
    for key in inverter.keys:
        variable = inverter.variable(key)
        table = "holding" if variable.variable_type is VariableType.READWRITE else "input"
        value = inverter.data[key]
        if value is None and key == "load_adjustment_mode":
            value = variable.transform[1](value)  # None is how pysungrow reads and writes 3.
        value = raw(value)
        if isinstance(value, dict):
            bits = {
                name: 1 << i for i, name in enumerate(type(inverter.data[key]).__annotations__)
            }
            readings.append(
                {
                    "name": key,
                    "register": f"{table}:{variable.address}",
                    "value": sum(bits[name] for name, is_set in value.items() if is_set),
                    "mask": sum(bits[name] for name in value),
                }
            )
            continue
        if isinstance(value, list):
            for offset, word in enumerate(value):
                place = f"{table}:{variable.address + offset}"
                readings.append({"name": key, "register": place, "value": word})
            continue
        reading = {"name": key, "register": f"{table}:{variable.address}", "value": value}
        if isinstance(value, bool):
            reading["on"] = variable.transform[1](True)
        readings.append(reading)
    return readings


result = asyncio.run(read(json.loads(sys.argv[1])))
print(
    json.dumps(
        {
            "client": "pysungrow",
            "version": importlib.metadata.version("pysungrow"),
            "library": "pymodbus " + importlib.metadata.version("pymodbus"),
            "readings": result,
            "notes": [],
        }
    )
)
