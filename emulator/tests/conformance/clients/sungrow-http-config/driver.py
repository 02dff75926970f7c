"""sungrow_http_config: connect, serial number and export limit; on demand, changes of it."""

import importlib.metadata
import json
import sys

from sungrow_http_config import SungrowHttpConfig

ON = 0xAA

job = json.loads(sys.argv[1])
client = SungrowHttpConfig(host=job["host"], timeout=job["timeout"])
client.connect()
changed = []
for limit in job.get("limits", ()):
    try:
        changed.append(client.setExportLimit(limit) if limit else client.unsetExportLimit())
    except Exception as error:
        changed.append(str(error))
limit = client.getCurrentExportLimit()
readings = [
    {"name": "serial", "register": "input:4990", "value": client.getDeviceSerialNumber()},
    {"name": "type code", "register": "input:5000", "value": client.productVersion["dev_code"]},
    {"name": "limited", "register": "holding:31221", "value": limit > 0, "on": ON},
]
if limit:
    # In units of 10 W.
    readings.append({"name": "limit", "register": "holding:31222", "value": limit / 100})
print(
    json.dumps(
        {
            "client": "sungrow_http_config",
            "version": importlib.metadata.version("sungrow_http_config"),
            "library": "requests " + importlib.metadata.version("requests"),
            "readings": readings,
            "changed": changed,
            "notes": [],
        }
    )
)
