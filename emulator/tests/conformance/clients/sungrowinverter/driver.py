"""SungrowInverter: one update; labels are turned back into the numbers they stand for."""

import asyncio
import importlib.metadata
import json
import sys

from sungrowinverter import SungrowInverter
from sungrowinverter.configs import hybrid, inverter, string


def readings_of(client):
    """Yield every value with its register."""
    own = hybrid if client.inverter_type == "hybrid" else string
    prefix = "HYBRID" if client.inverter_type == "hybrid" else "STRING"
    lists = (
        ("input", inverter.INVERTER_READ_REGISTERS),
        ("input", getattr(own, f"{prefix}_READ_REGISTERS")),
        ("holding", getattr(own, f"{prefix}_HOLDING_REGISTERS")),
    )
    lists += (("holding", inverter.INVERTER_HOLDING_REGISTERS),) if own is hybrid else ()
    for table, registers in lists:
        for register in registers:
            place = f"{table}:{register.address}"
            if register.transform == "BINARY":
                known = {bit: name for bit, name in register.table.items() if name in client.data}
                value = sum(bit for bit, name in known.items() if client.data[name])
                if known:
                    mask = sum(known)
                    yield {"name": register.key, "register": place, "value": value, "mask": mask}
                continue
            if register.key not in client.data:
                continue
            value = client.data[register.key]
            if register.table is not None:
                value = next(code for code, label in register.table.items() if label == value)
            reading = {"name": register.key, "register": place, "value": value}
            if register.unit_precision is not None:
                reading["decimals"] = 1
                reading["scale"] = register.unit_precision
            yield reading


job = json.loads(sys.argv[1])
client = SungrowInverter(job["host"], job["port"], slave=job["unit"], timeout=job["timeout"])
updated = asyncio.run(client.async_update())
print(
    json.dumps(
        {
            "client": "SungrowInverter",
            "version": importlib.metadata.version("SungrowInverter"),
            "library": "pymodbus " + importlib.metadata.version("pymodbus"),
            "readings": list(readings_of(client)) if updated else [],
            "model": client.model,
            "notes": [] if updated else ["update failed"],
        }
    )
)
