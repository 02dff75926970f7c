"""What the emulator may cost, measured as users run it, on a machine of usual speed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import emulator
from unmeasured import environment
from yardstick import slowness

pytestmark = pytest.mark.usefixtures("full_speed")

SCRIPT = Path(sys.executable).with_name("sungrow-emulator")
_FREE = ("--control-port", "0", "--winet-http-port", "0", "--winet-ws-port", "0")
READ_TYPE_CODE = bytes.fromhex("000100000006010413870001")


@pytest.fixture(scope="module")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder with the bytecode of everything: users pay for compiling just once."""
    folder = str(tmp_path_factory.mktemp("bytecode"))
    for _ in range(2):
        with served(folder) as (_, state, _):
            get(f"{state['control']}/api/v1/state")
    return folder


@contextmanager
def served(bytecode: str, modbus_port: int = 0) -> Iterator[tuple[int, dict[str, str], float]]:
    """Run the console script; yield its pid, its first answer and when it was started."""
    variables = environment("SUNGROW_EMULATOR_", "PYTHONDONTWRITEBYTECODE")
    variables["PYTHONPYCACHEPREFIX"] = bytecode
    began = time.perf_counter()
    process = subprocess.Popen(
        [SCRIPT, "serve", "--json", "--modbus-port", str(modbus_port), *_FREE],
        stdout=subprocess.PIPE,
        text=True,
        env=variables,
    )
    try:
        if modbus_port:
            wait_for_answer(modbus_port)
            answered = time.perf_counter() - began
            assert process.stdout is not None
            yield process.pid, json.loads(process.stdout.readline()), answered
        else:
            assert process.stdout is not None
            yield process.pid, json.loads(process.stdout.readline()), began
    finally:
        process.terminate()
        process.communicate(timeout=10)


def wait_for_answer(port: int) -> None:
    """Ask for register 5000 until it is answered."""
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as client:
                client.sendall(READ_TYPE_CODE)
                if client.recv(64):
                    return
        except OSError:
            time.sleep(0.001)


def get(url: str) -> int:
    """Return the status of a page."""
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_first_answer_within_250_ms(
    bytecode: str, unused_tcp_port_factory: Callable[[], int]
) -> None:
    """From the console script to the first register: of seven starts the middle one."""
    spans: list[float] = []
    for _ in range(7):
        port = unused_tcp_port_factory()
        with served(bytecode, port) as (_, _, answered):
            spans.append(answered)
    assert sorted(spans)[3] <= 0.250 * slowness()


def test_ready_within_800_ms(bytecode: str) -> None:
    """From the console script to `/readyz`: of five starts the middle one."""
    spans: list[float] = []
    for _ in range(5):
        with served(bytecode) as (_, state, began):
            assert get(f"{state['control']}/readyz") == 200
            spans.append(time.perf_counter() - began)
    assert sorted(spans)[2] <= 0.800 * slowness()


def test_idle_takes_less_than_1_percent(bytecode: str) -> None:
    """Left alone, an emulator uses less than 1 % of a processor."""
    with served(bytecode) as (pid, state, _):
        get(f"{state['control']}/api/v1/state")
        time.sleep(1)
        before = cpu_seconds(pid)
        time.sleep(4)
        assert cpu_seconds(pid) - before < 0.04 * slowness()


@pytest.mark.parametrize("model", ["SG5.0RT", "SH10RT", "SH100CX"])
def test_a_day_settles_within_100_ms(model: str) -> None:
    """24 simulated hours of one device: of five days the middle one."""
    one = emulator(model=model)
    spans: list[float] = []
    for day in range(1, 6):
        began = time.perf_counter()
        one._fleet.first.site.settle(one._clock.now() + day * 86400)
        spans.append(time.perf_counter() - began)
    assert sorted(spans)[2] <= 0.100 * slowness()
