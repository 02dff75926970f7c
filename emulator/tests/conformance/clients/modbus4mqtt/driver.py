"""modbus4mqtt against a broker of its own: collect what it publishes, then stop it."""

import importlib.metadata
import json
import math
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

import paho.mqtt.client as mqtt
from ruamel.yaml import YAML

QUIET = 4.0
BRIDGE = [sys.executable, "-m", "modbus4mqtt.modbus4mqtt", "--hostname", "127.0.0.1"]


def free_port():
    """Return a TCP port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(client, port, deadline):
    """Connect to the broker as soon as it is up."""
    while time.monotonic() < deadline:
        try:
            client.connect("127.0.0.1", port)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the broker did not come up")


def wait_for(complete, received, timeout):
    """Wait until everything was published, or nothing new for two polls after the first."""
    deadline = time.monotonic() + timeout
    count = 0
    quiet_since = math.inf
    while time.monotonic() < min(deadline, quiet_since + QUIET) and not complete.wait(0.2):
        if len(received) > count:
            count = len(received)
            quiet_since = time.monotonic()


def main(job, folder):
    """Run broker and bridge until every topic was published, and print what came."""
    port = free_port()
    broker_file = folder / "broker.conf"
    broker_file.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    config_file = folder / "modbus4mqtt.yaml"
    with config_file.open("w") as stream:
        YAML().dump(job["config"], stream)
    expected = {register["pub_topic"] for register in job["config"]["registers"]}
    received = {}
    complete = threading.Event()

    def on_message(_client, _userdata, message):
        topic = message.topic.partition("/")[2]
        if topic in expected:
            received[topic] = float(message.payload)
            if len(received) == len(expected):
                complete.set()

    broker = subprocess.Popen(
        [job["mosquitto"], "-c", str(broker_file)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    listener = mqtt.Client()
    listener.on_message = on_message
    log = (folder / "log").open("w")
    bridge = None
    try:
        connect(listener, port, time.monotonic() + 10)
        listener.subscribe("modbus4mqtt/#")
        listener.loop_start()
        bridge = subprocess.Popen(
            [*BRIDGE, "--port", str(port), "--config", str(config_file)],
            stdout=log,
            stderr=log,
        )
        wait_for(complete, received, job["timeout"])
    finally:
        for process in (bridge, broker):
            if process is not None:
                process.terminate()
                process.wait(5)
        listener.loop_stop()
        log.close()
    logged = (folder / "log").read_text().splitlines()
    readings = [
        {"name": topic, "register": topic.replace("/", ":"), "value": value, "decimals": 8}
        for topic, value in sorted(received.items())
    ]
    print(
        json.dumps(
            {
                "client": "modbus4mqtt",
                "version": importlib.metadata.version("modbus4mqtt"),
                "library": "pymodbus " + importlib.metadata.version("pymodbus"),
                "readings": readings,
                "notes": [line for line in logged if "Failed to read" in line][:3],
            }
        )
    )


with tempfile.TemporaryDirectory() as name:
    main(json.loads(sys.argv[1]), pathlib.Path(name))
