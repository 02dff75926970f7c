"""A running emulator: `sungrow-emulator serve` in a process of its own, and its control API."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

COMMAND = str(Path(sys.executable).with_name("sungrow-emulator"))
START = "2026-06-21T10:00:00Z"
PATIENCE = 20.0
# Options that the caller's environment sets must not reach the emulator under test.
OPTIONS = "SUNGROW_EMULATOR_"


@dataclass(frozen=True, slots=True)
class Field:
    """One register as the control API shows it.

    Attributes:
        name: register name.
        table: `input` or `holding`.
        address: document number.
        words: raw words as a client reads them.
        value: the words decoded and scaled; None = not available.
        truth: the physical value before encoding; None for constants.
        writable: whether clients may write it.
    """

    name: str
    table: str
    address: int
    words: tuple[int, ...]
    value: Any
    truth: Any
    writable: bool

    @property
    def key(self) -> str:
        """Return table and document number, e.g. `input:5031`."""
        return f"{self.table}:{self.address}"


def web_options(firmware: str, number: int) -> list[str]:
    """Return the options of an emulator with a dongle on a loopback address of its own.

    Args:
        firmware: of the dongle.
        number: tells emulators of this process apart, 0 to 99.
    """
    process = os.getpid()
    host = f"127.{100 + number}.{process >> 8 & 255}.{process % 254 + 1}"
    return [
        "--winet", "winet-s", "--dongle-firmware", firmware, "--host", host,
        "--winet-http-port", "80", "--winet-ws-port", "8082", "--winet-tls-port", "443",
    ]  # fmt: skip


class Emulator:
    """One `sungrow-emulator serve` process with a frozen clock, on ports the system chose."""

    def __init__(self, model: str, *options: str) -> None:
        """Start it and wait until it is ready."""
        self.model = model
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        self._process = subprocess.Popen(
            [
                COMMAND, "serve", "--model", model, "--modbus-port", "0", "--control-port", "0",
                "--freeze", "--start", START, "--seed", "1", "--winet", "none", *options,
            ],
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env={key: text for key, text in os.environ.items() if not key.startswith(OPTIONS)},
        )  # fmt: skip
        try:
            self.control = self._announced()
            state = self._ready()
        except BaseException:
            self.stop()
            raise
        self.device: dict[str, Any] = state["devices"][0]
        door = next(door for door in state["doors"] if door["kind"] == "modbus")
        self.host: str = door["host"]
        self.port: int = door["port"]
        self.path: str = door["path"]

    def get(self, path: str) -> Any:
        """Return the JSON document at a path of the control API."""
        return self._request("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Post a JSON document to the control API."""
        return self._request("POST", path, body)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Put a JSON document to the control API."""
        return self._request("PUT", path, body)

    def fields(self, device: str = "inverter") -> list[Field]:
        """Return every register of a device as it shows it now, with the truth behind it."""
        return [
            Field(
                name=row["name"],
                table=row["table"],
                address=row["address"],
                words=tuple(row["words"]),
                value=row["value"],
                truth=row["truth"],
                writable=row["writable"],
            )
            for row in self.get(f"/api/v1/devices/{device}/fields")
        ]

    def stop(self) -> None:
        """Stop the process; it must go cleanly."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._output.close()

    def printed(self) -> str:
        """Return everything it has printed so far."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0).decode()

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = httpx.request(method, self.control + path, json=body, timeout=10)
        if answer.is_error:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def _announced(self) -> str:
        """Return the URL of the control API, which `serve` prints."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := re.search(r"control API +(http://[\d.]+:\d+)", self.printed()):
                return found[1]
            time.sleep(0.02)
        raise RuntimeError(f"serve --model {self.model} did not start: {self.printed()}")

    def _ready(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                state = self.get("/api/v1/state")
            except httpx.TransportError:
                state = {"ready": False}
            if state["ready"]:
                return state
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.model} never became ready: {json.dumps(state)}")
            time.sleep(0.05)
