"""SungrowModbusTcpClient, or its fork for pymodbus 3: the key request, then the reads."""

import importlib.metadata
import json
import sys

from SungrowModbusTcpClient import SungrowModbusTcpClient

FUNCTIONS = {"input": "read_input_registers", "holding": "read_holding_registers"}

FORK = "SungrowModbusTcpClient-jesseklm"

job = json.loads(sys.argv[1])
distribution = FORK if job["client"].endswith("jesseklm") else "SungrowModbusTcpClient"
unit = {"slave" if distribution == FORK else "unit": job["unit"]}
client = SungrowModbusTcpClient.SungrowModbusTcpClient(
    host=job["host"], port=job["port"], timeout=job["timeout"]
)
connected = client.connect()
notes = [] if connected else ["connect failed"]
blocks = []
for table, address, count in job["blocks"]:
    answer = getattr(client, FUNCTIONS[table])(address - 1, count, **unit)
    if answer.isError():
        notes.append(f"{table}:{address}+{count}: {answer}")
    else:
        blocks.append({"table": table, "address": address, "words": answer.registers})
for address, values in job.get("writes", ()):
    if len(values) == 1:
        answer = client.write_register(address - 1, values[0], **unit)
    else:
        answer = client.write_registers(address - 1, values, **unit)
    notes.extend([f"write {address}: {answer}"] if answer.isError() else [])
    answer = client.read_holding_registers(address - 1, len(values), **unit)
    blocks.append({"table": "holding", "address": address, "words": answer.registers})
encrypted = client._key not in (None, b"no encryption")
client.close()
print(
    json.dumps(
        {
            "client": distribution,
            "version": importlib.metadata.version(distribution),
            "library": "pymodbus " + importlib.metadata.version("pymodbus"),
            "blocks": blocks,
            "encrypted": encrypted,
            "notes": notes,
        }
    )
)
