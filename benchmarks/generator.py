"""Runs the load generator: one slice of time against one server."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Load

HERE = Path(__file__).parent
BUILD = HERE / "build"
_PATIENCE = 200.0


class BenchmarkError(Exception):
    """The benchmark cannot go on; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server's port, and the process behind it.

    Attributes:
        pid: its processor time counts, that of the main thread.
        port: the first of `ports` consecutive TCP ports.
        ports: how many there are; connections are spread over them.
    """

    pid: int
    port: int
    ports: int = 1


@dataclass(frozen=True, slots=True)
class Slice:
    """What came of one slice.

    Attributes:
        answers: answers that were right, within the measurement.
        seconds: how long that took.
        processor: processor time of the server in that time, in seconds.
        connected: seconds until all connections were there.
        everybody: seconds until each of them had its first answer.
        reason: why it failed; empty where every answer was right.
    """

    answers: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    connected: float = 0.0
    everybody: float = 0.0
    reason: str = ""

    @property
    def rate(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of the server's processor time per answer."""
        return self.processor / self.answers * 1e6


def compiled(source: str, *flags: str) -> Path:
    """Compile a C program beside this module, and return where it is.

    Raises:
        BenchmarkError: there is no compiler, or it does not accept the program.
    """
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise BenchmarkError("there is no C compiler; install gcc")
    BUILD.mkdir(exist_ok=True)
    program = BUILD / Path(source).stem
    command = [compiler, "-O2", "-o", str(program), str(HERE / source), *flags]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise BenchmarkError(f"{source} cannot be compiled: {made.stderr.splitlines()[0]}")
    return program


class Generator:
    """The load generator on a processor core of its own.

    Args:
        core: number of that core.
    """

    def __init__(self, core: int) -> None:
        self._core = core
        self.tls = True
        try:
            self._program = compiled("generator.c", "-DWITH_TLS", "-lssl", "-lcrypto")
        except BenchmarkError:  # Without OpenSSL's headers everything else can be measured.
            self._program = compiled("generator.c")
            self.tls = False

    def run(self, target: Target, load: Load, seconds: float) -> Slice:
        """Put a load on a server for so many seconds, once everybody had a first answer."""
        options = {
            "-S": target.pid,
            "-p": target.port,
            "-k": target.ports,
            "-c": load.connections,
            "-d": load.depth,
            "-t": seconds,
            "-r": load.request.hex(),
            "-s": load.answer_size,
            "-e": load.expected.hex(),
            "-h": load.hello.hex(),
        }
        command = ["taskset", "-c", str(self._core), str(self._program)]
        command += [str(part) for pair in options.items() for part in pair]
        command += ["-i"] * load.ids + ["-T"] * load.tls
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
        found = json.loads(done.stdout)
        if "error" in found:
            return Slice(reason=found["error"])
        del found["errors"]
        return Slice(**found)
