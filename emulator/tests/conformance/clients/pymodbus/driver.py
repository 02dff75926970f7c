"""The clients of pymodbus 3: one blocking, one asynchronous with ten requests in flight."""

import asyncio
import importlib.metadata
import inspect
import json
import sys

from pymodbus.client import AsyncModbusTcpClient, ModbusTcpClient

FUNCTIONS = {"input": "read_input_registers", "holding": "read_holding_registers"}
TYPES = {"U16": "UINT16", "S16": "INT16", "U32": "UINT32", "S32": "INT32"}
# Renamed between releases: `slave` until 3.9, `device_id` since 3.10.
UNIT = (
    "device_id"
    if "device_id" in inspect.signature(ModbusTcpClient.read_input_registers).parameters
    else "slave"
)

job = json.loads(sys.argv[1])
unit = {UNIT: job["unit"]}
notes = []
blocks = []


def take(table, address, count, answer):
    """Keep an answer."""
    if answer.isError():
        notes.append(f"{table}:{address}+{count}: {answer}")
    else:
        blocks.append({"table": table, "address": address, "words": answer.registers})


def synchronous():
    """Read blocks and typed values one by one; write and read back."""
    readings = []
    with ModbusTcpClient(job["host"], port=job["port"], timeout=job["timeout"]) as client:
        for table, address, count in job["blocks"]:
            read = getattr(client, FUNCTIONS[table])
            take(table, address, count, read(address - 1, count=count, **unit))
        for register in job.get("registers", ()):
            kind = client.DATATYPE[TYPES[register["datatype"]]]
            read = getattr(client, FUNCTIONS[register["table"]])
            answer = read(register["address"] - 1, count=kind.value[1], **unit)
            place = f"{register['table']}:{register['address']}"
            if answer.isError():
                notes.append(f"{place}: {answer}")
                continue
            raw = client.convert_from_registers(answer.registers, kind, word_order="little")
            readings.append(
                {"name": register["name"], "register": place, "value": raw * register["accuracy"]}
            )
        for table, values in job.get("writes", ()):
            if len(values) == 1:
                answer = client.write_register(table - 1, values[0], **unit)
            else:
                answer = client.write_registers(table - 1, values, **unit)
            notes.extend([f"write {table}: {answer}"] if answer.isError() else [])
            answer = client.read_holding_registers(table - 1, count=len(values), **unit)
            take("holding", table, len(values), answer)
    return readings


async def asynchronous():
    """Read the blocks, ten requests in flight."""
    async with AsyncModbusTcpClient(job["host"], port=job["port"]) as client:

        async def read(table, address, count):
            answer = await getattr(client, FUNCTIONS[table])(address - 1, count=count, **unit)
            take(table, address, count, answer)

        for first in range(0, len(job["blocks"]), 10):
            await asyncio.gather(*(read(*block) for block in job["blocks"][first : first + 10]))
    return []


readings = asyncio.run(asynchronous()) if job["mode"] == "async" else synchronous()
print(
    json.dumps(
        {
            "client": "pymodbus",
            "version": importlib.metadata.version("pymodbus"),
            "library": "",
            "blocks": blocks,
            "readings": readings,
            "notes": notes,
        }
    )
)
