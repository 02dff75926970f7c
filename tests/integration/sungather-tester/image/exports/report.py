"""An export of SunGather: prints what one collection read as one line of JSON."""

from __future__ import annotations

import importlib.metadata
import json
from typing import Any

TABLES = {"read": "input", "hold": "holding"}
KEPT = ("address", "datatype", "accuracy", "unit", "mask")


class export_report:  # noqa: N801 - SunGather derives the name of the class from the module's
    """Prints client, model, serial number, values and the registers they came from."""

    def __init__(self) -> None:
        self.client = f"SungrowClient {importlib.metadata.version('SungrowClient')}"

    def configure(self, config: dict[str, Any], _inverter: Any) -> bool:
        """Take the name of the program that runs the export from its configuration."""
        self.client = f"{config['program']} with {self.client}"
        return True

    def publish(self, inverter: Any) -> None:
        """Print the latest values of a SungrowClient."""
        registers = {
            entry["name"]: {
                "table": TABLES[entry["type"]],
                **{key: entry[key] for key in KEPT if key in entry},
            }
            for entry in inverter.registers
            if entry["name"] in inverter.latest_scrape
        }
        report = {
            "client": self.client,
            "model": inverter.inverter_config["model"] or "unknown",
            "serial_number": (inverter.inverter_config["serial_number"] or "").strip("\0"),
            "values": inverter.latest_scrape,
            "registers": registers,
        }
        print(json.dumps(report, default=str))
