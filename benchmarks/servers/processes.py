"""Starts the servers, each as a process of its own on the core that is kept for them."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.generator import BUILD, BenchmarkError, Target, compiled

HERE = Path(__file__).parent
PYMODBUS = "3.16.1"
_FIRST_PORT = 20_000
_END_SECONDS = 20.0
_MOMENT = 0.05


@dataclass(frozen=True, slots=True)
class Started:
    """A server that serves.

    Attributes:
        process: the server; what it prints has been read up to `line`.
        line: the first line that it printed.
        seconds: time from its start until that line was there.
    """

    process: subprocess.Popen[str]
    line: str
    seconds: float

    @property
    def target(self) -> Target:
        """Its port, where it prints nothing else."""
        return Target(self.process.pid, int(self.line))

    @property
    def memory(self) -> float:
        """Resident memory in KiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return float(status.partition("VmRSS:")[2].split()[0])

    @property
    def processor(self) -> float:
        """Processor time so far in seconds, all threads together."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def settle(self) -> None:
        """Wait until it has not used the processor for a moment."""
        before = -1.0
        while (spent := self.processor) != before:
            before = spent
            time.sleep(_MOMENT)


@contextmanager
def started(command: Sequence[str], core: int) -> Generator[Started]:
    """Run a server, pinned to a core, from its first line until the end of the context.

    Raises:
        BenchmarkError: it ended before it had printed anything.
    """
    begun = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", str(core), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise BenchmarkError(f"{' '.join(command)} does not start; try it by hand")
        yield Started(process, line, time.perf_counter() - begun)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def minimal() -> list[str]:
    """Return the command of the minimal asyncio server."""
    return [sys.executable, str(HERE / "minimal.py")]


def pymodbus() -> list[str]:
    """Return the command of pymodbus's server, in an environment of its own.

    Raises:
        BenchmarkError: the environment cannot be made.
    """
    environment = BUILD / f"pymodbus-{PYMODBUS}"
    python = environment / "bin" / "python"
    uv = shutil.which("uv")
    if not python.exists():
        if uv is None:
            raise BenchmarkError("pymodbus's server needs uv for an environment of its own")
        for step in (
            ["venv", "--quiet", "--python", sys.executable, str(environment)],
            ["pip", "install", "--quiet", "--python", str(python), f"pymodbus=={PYMODBUS}"],
        ):
            if subprocess.run([uv, *step], check=False).returncode:
                raise BenchmarkError(f"uv cannot install pymodbus {PYMODBUS}; see above")
    return [str(python), str(HERE / "pymodbus_server.py")]


def libmodbus() -> list[str]:
    """Return the command of the C server on libmodbus.

    Raises:
        BenchmarkError: it cannot be compiled, mostly for want of libmodbus-dev.
    """
    source = "servers/libmodbus_server.c"
    return [str(compiled(source, "-I/usr/include/modbus", "-lmodbus"))]


def emulator(*options: str) -> list[str]:
    """Return the command of the emulator as users run it, without a dongle."""
    return [
        *(sys.executable, "-m", "sungrow_emulator", "serve", "--json"),
        *("--modbus-port", "0", "--control-port", "0", "--winet", "none", *options),
    ]


def emulator_target(one: Started, kind: str = "modbus") -> Target:
    """Return the port, or the consecutive ports, of an emulator's doors of one kind."""
    doors: list[dict[str, Any]] = json.loads(one.line)["doors"]
    ports = sorted(int(door["port"]) for door in doors if door["kind"] == kind)
    return Target(one.process.pid, ports[0], len(ports))


def dongles() -> list[str]:
    """Return the command of an emulated dongle beside one of constant answers, in one process."""
    return [sys.executable, str(HERE.parents[1] / "emulator" / "tests" / "constant_dongle.py")]


def free_ports(count: int) -> int:
    """Return the first of `count` consecutive ports that nothing listens at."""
    first = port = _FIRST_PORT
    while port < first + count:
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                first = port + 1
        port += 1
    return first
