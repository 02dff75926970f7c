"""The command `collect` of the tester's image where the image holds SunGather itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[1] / "integration" / "sungather-tester" / "image"

# Takes SunGather's place: the same command line, and exports called as SunGather calls them.
PROGRAM = """\
import getopt, importlib, json, sys

options = dict(getopt.getopt(sys.argv[1:], "hc:r:l:v:", "runonce")[0])
config = json.load(open(options["-c"], encoding="utf-8"))
print("a banner")
if config["inverter"]["port"] == 1:
    sys.exit("Error: Connection to inverter failed")
if config["inverter"]["port"] == 2:
    print("Data collection failed, skipped exporting data", file=sys.stderr)
    sys.exit(0)

class Client:
    inverter_config = {"model": None, "serial_number": "A1\\0"}
    latest_scrape = {"daily_power_yields": 1.5, "run_state": "ON"}
    registers = [
        {"name": "daily_power_yields", "type": "read", "address": 5003, "datatype": "U16"},
        {"name": "year", "type": "hold", "address": 5000},
    ]
    config_inverter = config["inverter"]

for export in config["exports"]:
    exporter = getattr(
        importlib.import_module("exports." + export["name"]), "export_" + export["name"]
    )()
    exporter.configure(export, Client)
    exporter.publish(Client)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a folder laid out as in the image, with a stand-in for SunGather."""
    shutil.copytree(IMAGE / "exports", tmp_path / "SunGather" / "exports")
    (tmp_path / "SunGather" / "sungather.py").write_text(PROGRAM, encoding="utf-8")
    # The export names the version of the library.
    library = tmp_path / "lib" / "sungrowclient-0.1.0.dist-info"
    library.mkdir(parents=True)
    (library / "METADATA").write_text("Name: sungrowclient\nVersion: 0.1.0\n", encoding="utf-8")
    return tmp_path


def _collect(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(IMAGE / "collect.py"), *arguments],
        env={**os.environ, "SUNGATHER_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_report(home: Path) -> None:
    """What the export printed is the result, whatever else the program printed."""
    run = _collect(home, "localhost", "502", "modbus")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "client": "SunGather with SungrowClient 0.1.0",
        "model": "unknown",
        "serial_number": "A1",
        "values": {"daily_power_yields": 1.5, "run_state": "ON"},
        "registers": {
            "daily_power_yields": {"table": "input", "address": 5003, "datatype": "U16"}
        },
    }


@pytest.mark.parametrize(
    ("port", "reason"),
    [
        ("1", "SunGather read nothing: Error: Connection to inverter failed"),
        ("2", "SunGather read nothing: Data collection failed, skipped exporting data"),
    ],
)
def test_nothing_read(home: Path, port: str, reason: str) -> None:
    """A program that reports nothing has failed, even with exit code 0."""
    run = _collect(home, "localhost", port, "http", "--level", "3")
    assert (run.returncode, run.stdout, run.stderr.strip()) == (1, "", reason)


def test_unknown_connection_type(home: Path) -> None:
    """A connection type that nobody knows is a usage error."""
    run = _collect(home, "localhost", "502", "pigeon")
    assert run.returncode == 2
    assert "modbus" in run.stderr
