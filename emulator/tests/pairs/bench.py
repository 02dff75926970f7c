"""Pairs of an emulated inverter and a client, over TCP or over two ends of a serial line."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pymodbus.client import ModbusTcpClient
from unmeasured import environment

from sungrow_emulator.client.control import ControlClient
from sungrow_emulator.protocol.rtu import seal

SECONDS = 10.0
"""How long anything here may take before it counts as hanging."""
_SERVE = (sys.executable, "-m", "sungrow_emulator", "serve", "--json")


class Client(Protocol):
    """What the tests do with a client, by wire addresses."""

    def read(self, address: int, count: int, *, function: int = 4) -> list[int]:
        """Return register words."""
        ...

    def write(self, address: int, word: int) -> None:
        """Write a holding register."""
        ...


class TcpClient:
    """A real client of Modbus TCP."""

    def __init__(self, port: int) -> None:
        self._client = ModbusTcpClient("127.0.0.1", port=port, timeout=SECONDS)
        assert self._client.connect()

    def read(self, address: int, count: int, *, function: int = 4) -> list[int]:
        """Return register words."""
        client = self._client
        ask = client.read_input_registers if function == 4 else client.read_holding_registers
        answer = ask(address, count=count, device_id=1)
        assert not answer.isError(), answer
        return answer.registers

    def write(self, address: int, word: int) -> None:
        """Write a holding register."""
        assert not self._client.write_register(address, word, device_id=1).isError()

    def close(self) -> None:
        """Hang up."""
        self._client.close()


class LineClient:
    """A client at one end of a serial line, frame by frame."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def read(self, address: int, count: int, *, function: int = 4) -> list[int]:
        """Return register words."""
        answer = self._ask(bytes([1, function, *_two(address), *_two(count)]), 5 + 2 * count)
        assert answer[1:3] == bytes([function, 2 * count]), answer.hex()
        return [int.from_bytes(answer[i : i + 2], "big") for i in range(3, len(answer) - 2, 2)]

    def write(self, address: int, word: int) -> None:
        """Write a holding register."""
        request = bytes([1, 6, *_two(address), *_two(word)])
        assert self._ask(request, 8)[:6] == request

    def close(self) -> None:
        """Close this end."""
        os.close(self._file)

    def _ask(self, request: bytes, length: int) -> bytes:
        os.write(self._file, seal(request))
        answer = b""
        deadline = time.monotonic() + SECONDS
        while len(answer) < length:
            ready, _, _ = select.select([self._file], [], [], deadline - time.monotonic())
            assert ready, f"{request.hex()} got {answer.hex()}"
            answer += os.read(self._file, length - len(answer))
        return answer


@dataclass(frozen=True, slots=True)
class Pair:
    """One emulated inverter and its client.

    Attributes:
        client: what reads and writes it.
        control: the control API of its process.
        device: its id there.
        serial_number: what the control API says it is.
    """

    client: Client
    control: ControlClient
    device: str
    serial_number: str


@contextmanager
def pairs(count: int, folder: Path, *, line: bool, alone: bool) -> Iterator[list[Pair]]:
    """Run pairs; `line` joins them by serial lines, `alone` gives each a process of its own."""
    with ExitStack() as stack:
        lines = [
            stack.enter_context(_serial_line(folder, n)) if line else None for n in range(count)
        ]
        if alone:
            commands = [
                ["--instance", str(n), *(["--rtu", str(ends[0])] if ends else [])]
                for n, ends in enumerate(lines)
            ]
        else:
            devices = [{"rtu": str(ends[0])} if ends else {} for ends in lines]
            file = folder / "site.yaml"
            file.write_text(json.dumps({"devices": devices}))
            commands = [[str(file)]]
        states = _serve(commands, stack)
        found: list[tuple[ControlClient, dict[str, Any], int]] = []
        for state in states:
            control = stack.enter_context(ControlClient(state["control"], timeout=SECONDS))
            inverters = [device for device in state["devices"] if device["kind"] == "inverter"]
            ports = [door["port"] for door in state["doors"] if door["kind"] == "modbus"]
            found += [(control, *one) for one in zip(inverters, ports, strict=True)]
        made: list[Pair] = []
        for (control, device, port), ends in zip(found, lines, strict=True):
            client = LineClient(ends[1]) if ends else TcpClient(port)
            stack.callback(client.close)
            made.append(Pair(client, control, device["id"], device["serial_number"]))
        yield made


def _serve(commands: Sequence[list[str]], stack: ExitStack) -> list[dict[str, Any]]:
    """Start emulators at once; return the state that each announces."""
    ports = ("--modbus-port", "0", "--control-port", "0", "--winet", "none")
    processes: list[subprocess.Popen[str]] = []
    for command in commands:
        process = subprocess.Popen(
            [*_SERVE, *ports, *command], stdout=subprocess.PIPE, text=True, env=environment()
        )
        stack.callback(_stop, process)
        processes.append(process)
    return [json.loads(_first_line(process)) for process in processes]


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], SECONDS)
    assert ready, "an emulator does not start"
    return process.stdout.readline()


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.communicate(timeout=SECONDS)


@contextmanager
def _serial_line(folder: Path, number: int) -> Iterator[tuple[Path, Path]]:
    """Join two terminals; yield the end of the emulator and that of the client."""
    ends = folder / f"emulator-{number}", folder / f"client-{number}"
    process = subprocess.Popen(
        ["socat", *(f"pty,raw,echo=0,link={end}" for end in ends)], text=True
    )
    try:
        deadline = time.monotonic() + SECONDS
        while not all(end.exists() for end in ends):
            assert time.monotonic() < deadline, "socat makes no terminals"
            time.sleep(0.002)
        yield ends
    finally:
        _stop(process)


def _two(number: int) -> bytes:
    return number.to_bytes(2, "big")
