"""Runs clients against emulators, each run once, and keeps what came out."""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Self

from sungrow_emulator.catalog.registers import load_registers

from . import environments, registers, rows
from .comparison import (
    Comparison,
    compare_readings,
    compare_words,
)
from .deviations import load_deviations
from .emulator import Emulator, Field, web_options
from .matrix import FAMILIES, Run, Setup

AT_ONCE = 3
PATIENCE = 90.0
LONGEST_READ = 125
LONGEST_ENCRYPTED_READ = 123
# What SunGather and SungrowClient report beside registers or take away from them.
PADDED = (2613, 2629)
CONSUMED = {f"holding:{address}" for address in range(5000, 5006)}
# Through getParam hybrids show these as on their own LAN port, where the Modbus port of the
# same dongle shows something of its own (AlexanderLanin/sungrowlib compare.md).
PLAIN = {"input:4950", "input:4952", "input:5036", "input:13000"}
# And SH-RT these, which that Modbus port hides (AlexanderLanin/homeassistant-sungrow compare.md).
HIDDEN = [
    f"input:{address}"
    for address in (5009, 5022, 5023, 5024, 5031, 5049, 5071, 5147, 5148, 13015)
]  # fmt: skip
# The arrays that lie here too, which that Modbus port refuses.
ARRAYS = range(6100, 6800)
# A load beyond what the sun gives, so that rows of the battery and of the grid are not zero.
BIG_LOAD = 14_000
QUARTER = 900


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run brought.

    Attributes:
        version: version of the client.
        library: the Modbus library it runs on, empty where it is its own.
        path: access path that it read through.
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
        self._emulators: dict[Setup, Emulator] = {}
        self._fields: dict[Setup, list[Field]] = {}
        self._numbers = itertools.count()
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

    def emulator(self, setup: Setup) -> Emulator:
        """Return a running emulator that nobody changes."""
        with self._lock_of(setup):
            if setup not in self._emulators:
                options = ["--encryption", setup.encryption, "--path", setup.path]
                if setup.dongle:
                    options += web_options(setup.dongle, next(self._numbers))
                emulator = Emulator(setup.model, *options)
                self._emulators[setup] = emulator
                if setup.alarm:
                    raise_alarm(emulator)
                if setup.dongle:
                    raise_load(emulator)
                self._fields[setup] = emulator.fields()
            return self._emulators[setup]

    def fields(self, setup: Setup) -> list[Field]:
        """Return what a client of the emulator must see."""
        self.emulator(setup)
        fields = self._fields[setup]
        if setup.dongle and setup.path != "auto":
            own = {seen.key: seen for seen in self.fields(replace(setup, path="auto"))}
            shown = [own[seen.key] if seen.key in PLAIN else seen for seen in fields]
            if FAMILIES[setup.model] != "hybrid-rt":
                return shown
            return shown + [
                seen
                for seen in own.values()
                if seen.key in HIDDEN
                or (seen.address in ARRAYS and seen.address + len(seen.words) - 1 in ARRAYS)
            ]
        return fields

    def printed(self) -> dict[str, str]:
        """Return what every emulator has printed, by model and options."""
        return {str(key): emulator.printed() for key, emulator in self._emulators.items()}

    def _lock_of(self, key: Any) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())

    def _perform(self, run: Run) -> Outcome:
        with self._lock_of(run.client):
            environments.prepare(run.client)
        emulator = self.emulator(run.setup)
        fields = self.fields(run.setup)
        job = job_for(run, emulator, fields)
        report = drive(run.client, job)
        comparison = self._judge(run, report, fields, job)
        path = "winet-s" if run.dongle else emulator.path
        return Outcome(report["version"], report["library"], path, report, comparison)

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
        if "rows" in report:
            shown = rows.compare_rows(report["rows"], run.family, fields)
            result.compared += shown.compared
            result.problems += shown.problems
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


def raise_load(emulator: Emulator) -> None:
    """Make the house take more than the sun gives, and wait until all that shows it has moved."""
    emulator.put(f"/api/v1/devices/{emulator.device['id']}/load", {"watts": BIG_LOAD})
    emulator.post("/api/v1/clock/advance", {"seconds": QUARTER})


def raise_alarm(emulator: Emulator) -> None:
    """Make a fault word non-zero without stopping the inverter."""
    emulator.put(
        f"/api/v1/devices/{emulator.device['id']}/registers/input/13050", {"words": [4, 1]}
    )
