"""The serial client of pymodbus 3: blocks, writes and refusals, the port opened anew for each."""

import importlib.metadata
import json
import sys

from pymodbus.client import ModbusSerialClient

FUNCTIONS = {"input": "read_input_registers", "holding": "read_holding_registers"}

job = json.loads(sys.argv[1])
unit = {"device_id": job["unit"]}
notes = []
blocks = []


def connected():
    """Open the terminal; the caller closes it."""
    client = ModbusSerialClient(job["terminal"], baudrate=9600, timeout=5, retries=0)
    if not client.connect():
        notes.append("cannot connect")
    return client


def take(client, table, address, count):
    """Read a block and keep it."""
    answer = getattr(client, FUNCTIONS[table])(address - 1, count=count, **unit)
    if answer.isError():
        notes.append(f"{table}:{address}+{count}: {answer}")
    else:
        blocks.append({"table": table, "address": address, "words": answer.registers})


for table, address, count in job["blocks"]:
    with connected() as client:
        take(client, table, address, count)
for address, values in job.get("writes", ()):
    with connected() as client:
        client.write_register(address - 1, values[0], device_id=0, no_response_expected=True)
        take(client, "holding", address, 1)
        client.write_registers(address - 1, values, **unit)
        take(client, "holding", address, len(values))
with connected() as client:
    coils = client.read_coils(0, count=8, **unit)
    refused = client.read_input_registers(job["refused"] - 1, count=1, **unit)
print(
    json.dumps(
        {
            "client": "pymodbus-serial",
            "version": importlib.metadata.version("pymodbus"),
            "library": "pyserial",
            "blocks": blocks,
            "readings": [],
            "codes": [coils.exception_code, refused.exception_code],
            "notes": notes,
        }
    )
)
