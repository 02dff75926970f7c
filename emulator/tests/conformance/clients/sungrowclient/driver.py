"""SungrowClient, as SunGather uses it: detection, then one scrape."""

import contextlib
import importlib.metadata
import json
import sys

from SungrowClient import SungrowClient

job = json.loads(sys.argv[1])
register_file = job["register_file"]
places = {
    entry["name"]: f"{table}:{entry['address']}"
    for table, entries in (
        ("input", register_file["registers"][0]["read"]),
        ("holding", register_file["registers"][1]["hold"]),
    )
    for entry in entries
}
labels = {
    entry["name"]: {choice["value"]: choice["response"] for choice in entry["datarange"]}
    for entry in register_file["registers"][0]["read"]
    if "datarange" in entry
}
client = SungrowClient.SungrowClient(
    {
        "host": job["host"],
        "port": job["port"],
        "timeout": job.get("timeout", 3),
        "retries": 3,
        "level": job["level"],
        "scan_interval": 30,
        "use_local_time": False,
        "smart_meter": False,
        "connection": job["mode"],
        "slave": job["unit"],
    }
)
notes = []
readings = []
# SungrowClient logs through `logging` only, but its parents print.
with contextlib.redirect_stdout(sys.stderr):
    connected = client.checkConnection() and client.configure_registers(register_file)
    client.close()
    scraped = connected and client.checkConnection() and client.scrape()
    client.close()
if not scraped:
    notes.append("scrape failed")
values = dict(client.latest_scrape)
values["device_type_code"] = client.inverter_config.get("model")
values["serial_number"] = client.inverter_config.get("serial_number")
if isinstance(values.get("timestamp"), str):
    day, _, time = values["timestamp"].partition(" ")
    clock = [int(part) for part in (*day.split("-"), *time.split(":"))]
    for offset, value in enumerate(clock):
        place = f"holding:{5000 + offset}"
        readings.append({"name": "timestamp", "register": place, "value": value})
for name, place in places.items():
    if name in values:
        values[name] = labels.get(name, {}).get(values[name], values[name])
        readings.append({"name": name, "register": place, "value": values[name], "decimals": 2})
scans = [[scan["type"], scan["start"], scan["range"]] for scan in client.register_ranges]
print(
    json.dumps(
        {
            "client": "SungrowClient",
            "version": importlib.metadata.version("SungrowClient"),
            "library": "pymodbus " + importlib.metadata.version("pymodbus"),
            "readings": readings,
            "scans": scans,
            "notes": notes,
        }
    )
)
