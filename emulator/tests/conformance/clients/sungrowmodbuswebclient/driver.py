"""SungrowModbusWebClient: connect and device list over WebSocket, then one GET per read."""

import importlib.metadata
import json
import sys

from pymodbus.exceptions import ConnectionException
from SungrowModbusWebClient import SungrowModbusWebClient

FUNCTIONS = {"input": "read_input_registers", "holding": "read_holding_registers"}

job = json.loads(sys.argv[1])
client = SungrowModbusWebClient.SungrowModbusWebClient(host=job["host"], timeout=job["timeout"])
notes = [] if client.connect() else ["connect failed"]
blocks = []
for table, address, count in job["blocks"]:
    try:
        answer = getattr(client, FUNCTIONS[table])(address - 1, count, unit=job["unit"])
    except ConnectionException as error:
        notes.append(f"{table}:{address}+{count}: {error}")
        continue
    if answer.isError():
        notes.append(f"{table}:{address}+{count}: {answer}")
    else:
        blocks.append({"table": table, "address": address, "words": answer.registers})
# close() of this client closes nothing.
client.ws_socket.close()
print(
    json.dumps(
        {
            "client": "SungrowModbusWebClient",
            "version": importlib.metadata.version("SungrowModbusWebClient"),
            "library": "pymodbus " + importlib.metadata.version("pymodbus"),
            "blocks": blocks,
            "listed": [client.dev_type, client.dev_code],
            "notes": notes,
        }
    )
)
