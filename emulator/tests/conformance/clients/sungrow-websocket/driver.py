"""sungrow-websocket: one update through its library, or through its command line."""

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

from sungrow_websocket import SungrowWebsocket

LINE = re.compile(r"^\| (.*?) +\| (.*?) +\| (\S+) +\|$", re.MULTILINE)


def by_library(host):
    """Yield the rows that the library returns."""
    for name, item in SungrowWebsocket(host).get_data().items():
        yield {"id": name, "label": item.desc, "value": item.value, "unit": item.unit}


def by_command_line(host):
    """Yield the rows of the table that the command prints."""
    command = Path(sys.executable).with_name("sungrow-websocket")
    done = subprocess.run(
        [command, host, "--details"], capture_output=True, text=True, timeout=30, check=True
    )
    for label, text, name in LINE.findall(done.stdout):
        if name != "ID":
            yield {"id": name, "label": label, "text": text}


job = json.loads(sys.argv[1])
read = by_command_line if job["mode"] == "cli" else by_library
print(
    json.dumps(
        {
            "client": "sungrow-websocket",
            "version": importlib.metadata.version("sungrow-websocket"),
            "library": "websockets " + importlib.metadata.version("websockets"),
            "rows": list(read(job["host"])),
            "notes": [],
        }
    )
)
