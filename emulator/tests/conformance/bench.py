"""Runs clients against emulators, each run once, and keeps what came out."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

from sungrow_emulator.catalog.registers import load_registers

from . import environments, registers
from .comparison import (
    Comparison,
    compare_readings,
    compare_words,
)
from .deviations import load_deviations
from .emulator import Emulator, Field
from .matrix import Run

AT_ONCE = 3
PATIENCE = 90.0
LONGEST_READ = 125
LONGEST_ENCRYPTED_READ = 123
# What SunGather and SungrowClient report beside registers or take away from them.
PADDED = (2613, 2629)
CONSUMED = {f"holding:{address}" for address in range(5000, 5006)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run brought.

    Attributes:
        version: version of the client.
        library: the Modbus library it runs on, empty where it is its own.
        path: access path of the emulated device.
        report: everything the driver printed.
        comparison: the verdict.
    """

    version: str
    library: str
    path: str
    report: dict[str, Any]
    comparison: Comparison


class Bench:
    """Emulators and runs of one test session; emulators are shared, runs happen once."""

    def __init__(self) -> None:
        """Start with nothing running."""
        self._emulators: dict[tuple[str, str, bool], Emulator] = {}
        self._fields: dict[tuple[str, str, bool], list[Field]] = {}
        self._locks: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()
        self._runs: dict[Run, Future[Outcome]] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._deviations = load_deviations()

    def __enter__(self) -> Self:
        """Return the bench itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop every emulator."""
        self._pool.shutdown(cancel_futures=True)
        for emulator in self._emulators.values():
            emulator.stop()

    def prepare(self, runs: Iterable[Run]) -> None:
        """Start runs that somebody will ask for."""
        with self._lock:
            for run in runs:
                if run not in self._runs:
                    self._runs[run] = self._pool.submit(self._perform, run)

    def outcome(self, run: Run) -> Outcome:
        """Return what a run brought, performing it if it has not been."""
        self.prepare([run])
        return self._runs[run].result()

    def emulator(self, model: str, encryption: str = "auto", alarm: bool = False) -> Emulator:
        """Return a running emulator that nobody changes."""
        key = (model, encryption, alarm)
        with self._lock_of(key):
            if key not in self._emulators:
                emulator = Emulator(model, "--encryption", encryption)
                self._emulators[key] = emulator
                if alarm:
                    raise_alarm(emulator)
                self._fields[key] = emulator.fields()
            return self._emulators[key]

    def fields(self, model: str, encryption: str = "auto", alarm: bool = False) -> list[Field]:
        """Return what the emulator of that name shows."""
        self.emulator(model, encryption, alarm)
        return self._fields[model, encryption, alarm]

    def printed(self) -> dict[str, str]:
        """Return what every emulator has printed, by model and options."""
        return {str(key): emulator.printed() for key, emulator in self._emulators.items()}

    def _lock_of(self, key: Any) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())

    def _perform(self, run: Run) -> Outcome:
        with self._lock_of(run.client):
            environments.prepare(run.client)
        emulator = self.emulator(run.model, run.encryption, run.alarm)
        fields = self.fields(run.model, run.encryption, run.alarm)
        job = job_for(run, emulator, fields)
        report = drive(run.client, job)
        comparison = self._judge(run, report, fields, job)
        return Outcome(report["version"], report["library"], emulator.path, report, comparison)

    def _judge(
        self, run: Run, report: dict[str, Any], fields: Sequence[Field], job: dict[str, Any]
    ) -> Comparison:
        result = Comparison()
        deviations = [
            deviation
            for deviation in self._deviations
            if deviation.concerns(run.client, run.variant, run.family)
        ]
        if "blocks" in report:
            chosen = readable(fields, job["blocks"])
            words = compare_words(
                report["blocks"], chosen, registers.for_family(run.family), deviations
            )
            result.compared += words.compared
            result.problems += words.problems
            result.deviations |= words.deviations
        if "readings" in report:
            values = compare_readings(
                report["readings"], fields, scales(run.family), deviations, expected(run, fields)
            )
            result.compared += values.compared
            result.problems += values.problems
            result.deviations |= values.deviations
        if not result.deviations and not result.problems:
            result.problems += report["notes"]
        return result


def drive(client: str, job: Mapping[str, Any]) -> dict[str, Any]:
    """Run a client's driver and return what it printed.

    Raises:
        RuntimeError: the client died; the message ends with its last words.
    """
    done = subprocess.run(
        [*environments.command(client), json.dumps(job)],
        env=environments.variables(client),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode or not done.stdout.strip():
        raise RuntimeError(f"{client} died: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def job_for(run: Run, emulator: Emulator, fields: Sequence[Field]) -> dict[str, Any]:
    """Return what a driver is told for a run."""
    longest = LONGEST_ENCRYPTED_READ if run.mode == "sungrow" else LONGEST_READ
    job: dict[str, Any] = {
        "client": run.client,
        "host": emulator.host,
        "port": emulator.port,
        "unit": 1,
        "mode": run.mode,
        "level": run.level,
        "timeout": run.timeout,
        "blocks": blocks(fields, longest),
    }
    if run.client == "sungrowclient":
        code = emulator.device["type_code"]
        job["register_file"] = registers.sungather_file(run.model, code, run.family)
    elif run.client == "modbus4mqtt":
        variant = "sungrow" if run.mode == "sungrow" else None
        job["config"] = registers.modbus4mqtt_file(
            run.family, emulator.host, emulator.port, variant
        )
        if variant:
            job["config"]["scan_batching"] = 1
        job["mosquitto"] = environments.tool("mosquitto")
    elif run.client == "mbpoll":
        job["mbpoll"] = environments.tool("mbpoll")
    if run.client in ("mbpoll", "pymodbus", "pymodbus-3.11"):
        shown = {seen.key for seen in fields if seen.value is not None}
        job["registers"] = [
            {
                "name": register.name,
                "table": register.table,
                "address": register.address,
                "datatype": register.datatype,
                "accuracy": register.accuracy,
            }
            for register in registers.for_family(run.family)
            if register.key in shown and (run.client != "mbpoll" or register.words == 2)
        ]
    return job


def expected(run: Run, fields: Sequence[Field]) -> set[str]:
    """Return the registers that a client configured by us must report."""
    if run.client == "modbus4mqtt":
        return {register.key for register in registers.for_family(run.family)}
    if run.client != "sungrowclient":
        return set()
    shown = {seen.key for seen in fields}
    return CONSUMED | {
        register.key
        for register in registers.for_family(run.family)
        if register.key in shown and (run.level == 3 or register.level <= run.level)
    }


def blocks(fields: Sequence[Field], longest: int) -> list[tuple[str, int, int]]:
    """Return reads (table, document number, count) that cover all fields and nothing else."""
    result: list[tuple[str, int, int]] = []
    # Padded reads come last: some clients are lost after them.
    for seen in sorted(
        fields, key=lambda seen: (seen.address in PADDED, seen.table, seen.address)
    ):
        if result:
            table, first, count = result[-1]
            end = seen.address + len(seen.words)
            if table == seen.table and seen.address == first + count and end - first <= longest:
                result[-1] = (table, first, end - first)
                continue
        result.append((seen.table, seen.address, len(seen.words)))
    return result


def readable(fields: Sequence[Field], chosen: Sequence[Sequence[Any]]) -> list[Field]:
    """Return the fields that lie inside reads."""
    return [
        seen
        for seen in fields
        if any(
            seen.table == table
            and first <= seen.address
            and seen.address + len(seen.words) <= first + count
            for table, first, count in chosen
        )
    ]


def scales(family: str) -> dict[str, float]:
    """Return the scale of every register of a family by its key."""
    return {f"{spec.table}:{spec.address}": spec.scale for spec in load_registers(family)}


def raise_alarm(emulator: Emulator) -> None:
    """Make a fault word non-zero without stopping the inverter."""
    emulator.put(
        f"/api/v1/devices/{emulator.device['id']}/registers/input/13050", {"words": [4, 1]}
    )
