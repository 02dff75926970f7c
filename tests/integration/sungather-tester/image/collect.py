#!/usr/bin/python3
"""Collect once from an inverter and print what was read as one JSON object.

Runs SunGather where the image holds it, else SungrowClient, the library SunGather is made of.
Either way the export `report` prints. Exits with 1 and one line on the standard error output when
nothing could be read.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HOME = Path(os.environ.get("SUNGATHER_HOME", "/opt/sungather"))
LIBRARIES = HOME / "lib"
PROGRAM = HOME / "SunGather" / "sungather.py"
# It sleeps for three seconds after it connects and gives each answer ten.
TIMEOUT = 90
EXPORT = {"name": "report", "enabled": True, "program": "SunGather"}


class CollectError(Exception):
    """Nothing could be read; one sentence says why."""


def main() -> int:
    """Collect as the command line says."""
    options = _options()
    inverter = {
        "host": options.host,
        "port": options.port,
        "connection": options.connection_type,
        "level": options.level,
        "slave": options.unit_id,
        "timeout": 10,
        "retries": 3,
        "scan_interval": 30,
        "smart_meter": False,
        "use_local_time": False,
    }
    try:
        printed = _with_sungather(inverter) if PROGRAM.exists() else _with_client(inverter)
    except CollectError as error:
        print(error, file=sys.stderr)
        return 1
    print(printed)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("host", help="where the inverter answers")
    parser.add_argument("port", type=int, help="port of the connection type")
    parser.add_argument("connection_type", choices=("modbus", "sungrow", "http"))
    parser.add_argument("--level", type=int, choices=range(4), default=1, help="how much to read")
    parser.add_argument("--unit-id", type=int, default=1, help="Modbus unit of the inverter")
    return parser.parse_args()


def _with_sungather(inverter: dict[str, Any]) -> str:
    # JSON is YAML, so that its configuration needs no library here.
    config = {"inverter": inverter, "exports": [EXPORT]}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "config.yaml")
        file.write_text(json.dumps(config))
        command = [sys.executable, PROGRAM.name, "--runonce", "-v", "20", "-c", str(file)]
        try:
            run = subprocess.run(
                command,
                cwd=PROGRAM.parent,
                env={**os.environ, "PYTHONPATH": str(LIBRARIES)},
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired:
            raise CollectError(f"SunGather did not end within {TIMEOUT} s") from None
    # It exits with 0 whatever happened: what the export printed decides.
    for line in run.stdout.splitlines():
        with contextlib.suppress(ValueError):
            if isinstance(json.loads(line), dict):
                return line
    said = [line.strip() for line in run.stderr.splitlines() if line.strip()]
    raise CollectError(f"SunGather read nothing: {said[-1] if said else 'it gave no reason'}")


def _with_client(inverter: dict[str, Any]) -> str:
    sys.path[:0] = [str(LIBRARIES), str(PROGRAM.parent)]
    import yaml
    from exports.report import export_report
    from SungrowClient import SungrowClient

    registers = yaml.safe_load((HOME / "registers.yaml").read_text(encoding="utf-8"))
    where = f"{inverter['connection']} at {inverter['host']}:{inverter['port']}"
    client: Any = SungrowClient.SungrowClient(inverter)
    printed = io.StringIO()
    # Its parents print; the standard output belongs to the report.
    with contextlib.redirect_stdout(sys.stderr):
        if not client.checkConnection():
            raise CollectError(f"SungrowClient could not connect to {where}")
        client.configure_registers(registers)
        client.close()
        # Without the clock the client ends in a KeyError, as SunGather does.
        try:
            scraped = client.checkConnection() and client.scrape()
        except KeyError as error:
            raise CollectError(f"SungrowClient missed the register {error} of {where}") from None
        finally:
            client.close()
    if not scraped:
        raise CollectError(f"SungrowClient read nothing over {where}")
    with contextlib.redirect_stdout(printed):
        export_report().publish(client)
    return printed.getvalue().strip()


if __name__ == "__main__":
    sys.exit(main())
