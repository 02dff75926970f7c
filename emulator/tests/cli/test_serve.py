"""Tests of `serve`: the whole program in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from yardstick import slowness

from sungrow_emulator.cli.serve import serve_command
from sungrow_emulator.client.control import ControlClient

Call = Callable[..., tuple[int, str, str]]
FREE = (
    "--modbus-port", "0", "--control-port", "0",
    "--winet-http-port", "0", "--winet-ws-port", "0", "--winet-tls-port", "0",
)  # fmt: skip
READ_TYPE_CODE = bytes.fromhex("0001 0000 0006 01 04 1387 0001")


class Served:
    """A running `serve` and what it printed until it was ready."""

    def __init__(self, process: subprocess.Popen[str], lines: list[str]) -> None:
        self.process = process
        self.lines = lines

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float, str]:
        """Stop it; return its exit code, the seconds it took and its errors."""
        began = time.monotonic()
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=10)
        return self.process.returncode, time.monotonic() - began, errors


@contextmanager
def served(*arguments: str, lines: int = 1, **environment: str) -> Iterator[Served]:
    """Run `serve` and wait until it has printed some lines."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sungrow_emulator", "serve", *FREE, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**_environment(), **environment},
    )
    try:
        assert process.stdout is not None
        yield Served(process, [process.stdout.readline() for _ in range(lines)])
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _environment() -> dict[str, str]:
    import os

    return {k: v for k, v in os.environ.items() if not k.startswith("SUNGROW_EMULATOR_")}


def type_code(port: int) -> int:
    """Read register 5000 with bare bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(READ_TYPE_CODE)
        return int.from_bytes(connection.recv(64)[-2:], "big")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_json_line_and_clean_stop(number: signal.Signals) -> None:
    """One line of JSON has the ports; a signal ends it within a second with exit code 0."""
    with served("--json") as running:
        state = json.loads(running.lines[0])
        assert (state["ready"], state["api"]) == (True, 1)
        assert type_code(state["doors"][0]["port"]) == 0x0E03
        with ControlClient(state["control"]) as client:
            assert client.state().control == state["control"]
        code, took, errors = running.stop(number)
    assert (code, errors) == (0, "")
    assert took < slowness()


def test_stop_with_open_connections() -> None:
    """Open connections on both ports do not hold the stop up."""
    with served("--json") as running:
        state = json.loads(running.lines[0])
        ports = [state["doors"][0]["port"], int(state["control"].rpartition(":")[2])]
        connections = [socket.create_connection(("127.0.0.1", port)) for port in ports * 3]
        with ControlClient(state["control"]) as client:
            assert client.state().ready
        connections[0].sendall(READ_TYPE_CODE[:5])
        connections[1].sendall(b"GET /livez HTTP/1.1\r\nHo")
        code, took, errors = running.stop()
        for connection in connections:
            connection.close()
    assert (code, errors) == (0, "")
    assert took < slowness()


def test_lines_for_people() -> None:
    """A few lines name the inverter, its doors, the API and something to try."""
    with served("--start", "2026-06-21T11:00:00Z", "--freeze", lines=7) as running:
        text = "".join(running.lines)
        assert running.stop()[0] == 0
    assert re.match(r"SH10RT, type code 0x0E03, serial A\w+, hybrid-rt/lan/pre-2024-11\n", text)
    assert "note: path auto" in text
    port = re.search(r"Modbus TCP   127\.0\.0\.1:(\d+), units 1 inverter, 200 battery", text)
    assert port
    assert re.search(r"winet-s      127\.0\.0\.1:\d+, HTTP\n", text)
    assert re.search(r"winet-s      127\.0\.0\.1:\d+, WebSocket\n", text)
    assert re.search(r"control API  http://127\.0\.0\.1:\d+, documented at .*/docs", text)
    assert f"mbpoll -m tcp -p {port[1]} -a 1 -t 3 -r 5000 -c 1 -1 127.0.0.1" in text


def test_something_to_try_where_no_inverter_answers() -> None:
    """Behind an iHomeManager the line asks the manager, by its own unit id and register."""
    with served("--path", "ihomemanager", "--winet", "none", lines=4) as running:
        assert running.stop()[0] == 0
    assert re.match(
        r"try          mbpoll -m tcp -p \d+ -a 247 -t 3 -r 8000 -c 1 -1 127\.0\.0\.1\n",
        running.lines[3],
    )


def test_environment_and_steering(call: Call) -> None:
    """Settings come from the environment; the other commands steer what runs."""
    settings = {"SUNGROW_EMULATOR_MODEL": "SG5.0RT", "SUNGROW_EMULATOR_FREEZE": "1"}
    with served("--json", **settings) as running:
        url = json.loads(running.lines[0])["control"]
        assert "type code 0x2430" in call("wait", "--probe", "--url", url)[1]
        assert call("status", "--url", url)[1].startswith("inverter: SG5.0RT")
        assert call("set-power", "2500", "--url", url)[0] == 0
        rows = call("read", "total_active_power", "--url", url)[1]
        assert re.search(r"total_active_power\s+2\d{3} W", rows)
        assert call("set-power", "9999", "--url", url)[0] == 2
        assert call("clock", "advance", "1h", "--url", url)[0] == 0
        assert call("set-fault", "grid-lost", "--url", url)[0] == 0
        assert "fault 10 grid-lost" in call("status", "--url", url)[1]
        assert call("reset", "--url", url)[0] == 0
        assert "grid-lost" not in call("status", "--url", url)[1]
        assert running.stop()[0] == 0


def test_token(tmp_path: Path) -> None:
    """On all addresses the API asks for the token of the file."""
    file = tmp_path / "token"
    file.write_text("s3cret\n")
    with served(
        "--json", "--control-host", "0.0.0.0", "--control-token-file", str(file)
    ) as running:
        url = json.loads(running.lines[0])["control"]
        with ControlClient(url, "s3cret") as client:
            assert client.state().api == 1
        with ControlClient(url) as client:
            assert client.ready()
            with pytest.raises(ValueError, match="a token is needed"):
                client.state()
        assert running.stop()[0] == 0


def test_modbus_goes_on_while_the_api_loads() -> None:
    """From its first line on the inverter answers, whatever else is being loaded."""
    with served("--json") as running:
        port = json.loads(running.lines[0])["doors"][0]["port"]
        assert [type_code(port) for _ in range(20)] == [0x0E03] * 20
        assert running.stop()[0] == 0


def test_log_goes_to_stderr() -> None:
    """The log is on stderr, in lines."""
    with served("--json", "--log-level", "debug") as running:
        json.loads(running.lines[0])
        _, _, errors = running.stop()
    assert "DEBUG sungrow_emulator.cli.serve: control API at http://" in errors
    assert "Traceback" not in errors


def failed(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run a `serve` that is to end by itself."""
    done = subprocess.run(
        [sys.executable, "-m", "sungrow_emulator", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        env={**_environment(), **environment},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("option", ["--modbus-port", "--control-port"])
def test_port_in_use(option: str) -> None:
    """A port that is taken is one line and exit code 2, and nothing was announced."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = failed(*FREE, option, port)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{option[2:]}={port} is already in use on 127.0.0.1" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "SH10TR"], "unknown model 'SH10TR'; did you mean"),
        (["--modbus-port", "70000"], "modbus-port=70000 must be between 0 and 65535"),
        (["--path", "lam"], "did you mean lan?"),
        (["--control-host", "0.0.0.0"], "needs a token: set SUNGROW_EMULATOR_CONTROL_TOKEN"),
        (["--control-token", "x"], "set SUNGROW_EMULATOR_CONTROL_TOKEN or use"),
        (["--control-token-file", "/nonexistent"], "cannot be read: No such file"),
        (["--modle", "x"], "Did you mean '--model'?"),
        (["--winet-http-port", "8111", "--winet-ws-port", "8111", "--winet", "winet-s"], "8111:"),
        (["--modbus-port", "8099"], "modbus-port=8099: that is the control-port on 127.0.0.1"),
        (["--rtu", "/dev/tty-none", *FREE], "rtu='/dev/tty-none' is no serial line to be had"),
        (["--host", "no.such.host.invalid", *FREE], "host='no.such.host.invalid' has no address"),
        (["site.yaml"], "site.yaml: No such file or directory"),
        (["site.yaml", "more.yaml"], "unexpected extra argument"),
        (["site.yaml", "--count", "2"], "--count and a site file exclude each other"),
        (["--count", "200", "--path", "logger"], "behind one logger unit ids end at 199"),
    ],
)
@pytest.mark.parametrize("check", [[], ["--check"]])
def test_wrong_settings(call: Call, arguments: list[str], said: str, check: list[str]) -> None:
    """A wrong setting is one line and exit code 2, checked or served."""
    code, out, err = call("serve", *arguments, *check)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_impossible_host() -> None:
    """A host that is not this machine is one line and exit code 2."""
    code, out, err = failed(*FREE, "--host", "no.such.host.invalid")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "use 127.0.0.1" in err


def test_check(call: Call) -> None:
    """A check prints one line and starts nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = call("serve", "--check", "--model", "SG5.0RT", "--modbus-port", port)
    assert (code, err, out.count("\n")) == (0, "", 1)
    assert out.startswith("ok: SG5.0RT as string-rt/")


def test_check_as_json(call: Call) -> None:
    """A check is JSON on request."""
    data: dict[str, Any] = json.loads(call("serve", "--check", "--json")[1])
    assert data["ok"] is True
    assert data["model"] == "SH10RT"


SITE = """modbus-port: 0
start: 2026-06-21T11:00:00Z
freeze: true
devices:
- model: SH10RT
- {id: garage, model: SG5.0RT, hold: {pv-power: 2500}}
"""


@pytest.fixture(name="site")
def _site(tmp_path: Path) -> str:
    """Write a site file of two inverters; return its path."""
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    return str(file)


def test_a_site_file_is_served(site: str, call: Call) -> None:
    """Each device has its door, and other commands name the device."""
    with served(site, "--json") as running:
        state = json.loads(running.lines[0])
        assert [device["id"] for device in state["devices"]] == [
            "inverter-1",
            "inverter-1-battery",
            "garage",
        ]
        assert [type_code(door["port"]) for door in state["doors"]] == [0x0E03, 0x2430]
        assert "garage: SG5.0RT" in call("status", "--url", state["control"])[1]
        assert call("set-power", "900", "--device", "garage", "--url", state["control"])[0] == 0
        with ControlClient(state["control"]) as client:
            assert client.device("garage").power == 900
            (added,) = client.add_device(model="SG5.0RT", modbus_port=0)
            port = client.state().doors[-1].port
            assert type_code(port) == 0x2430
            client.remove_device(added.id)
            with pytest.raises(ConnectionRefusedError):
                type_code(port)
            with pytest.raises(ValueError, match="unit=1: that is garage at"):
                client.add_device(modbus_port=state["doors"][1]["port"])
        assert running.stop()[0] == 0


def test_lines_for_several_devices(site: str) -> None:
    """Devices, notes, doors and something to try are listed, each on a line."""
    with served(site, lines=9) as running:
        assert running.stop()[0] == 0
    assert re.match(r"inverter-1          SH10RT, serial A\d+\n", running.lines[0])
    assert re.match(r"garage              SG5\.0RT, serial A\d+\n", running.lines[2])
    assert re.match(r"Modbus TCP   127\.0\.0\.1:\d+, units 1 garage\n", running.lines[6])
    assert running.lines[8].startswith("try          mbpoll -m tcp -p ")


def test_many_devices_are_counted() -> None:
    """A dozen are shown of devices and of ports; what each is doing takes a look at it."""
    with served("--count", "15", "--model", "SG5.0RT", lines=29) as running:
        assert running.stop()[0] == 0
    text = "".join(running.lines)
    assert "… and 3 more devices\n" in text
    assert "… and 3 more ports; status lists all\n" in text
    with served("--count", "15", "--model", "SG5.0RT", "--json") as running:
        state = json.loads(running.lines[0])
        assert {device["power"] for device in state["devices"]} == {None}
        assert len({door["port"] for door in state["doors"]}) == 15
        assert running.stop()[0] == 0


def test_several_are_checked(call: Call, site: str) -> None:
    """A check counts devices and ports."""
    assert call("serve", site, "--check")[1].startswith("ok: 3 devices, ")
    logger = call("serve", "--check", "--count", "199", "--path", "logger", "--model", "SG5.0RT")
    assert logger[1].startswith("ok: 200 devices, 1 Modbus ports"), "with the logger"


def test_mistakes_in_a_site_file(call: Call, site: str) -> None:
    """One line has file, line and what is allowed; a mistake beside it does not blame it."""
    Path(site).write_text(SITE.replace("2500", "25000"))
    code, out, err = call("serve", site, "--modbus-port", "0")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{site}:6: garage: hold pv-power: watts=25000 must be between 0 and 5500" in err
    assert "sungrow-emulator: unit=0 must be between" in call("serve", site, "--unit", "0")[2]


def test_name() -> None:
    """The command has the name of the contract."""
    assert serve_command.name == "serve"
