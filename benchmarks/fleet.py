"""A thousand devices in one process: room, start-up and reads across all; first answers."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace

from benchmarks import load
from benchmarks.contest import Contest, Entry, Row
from benchmarks.generator import BenchmarkError, Generator, Slice, Target
from benchmarks.servers import processes

DEVICES = 1000
POLL_READS = 10
"""Reads of up to 100 registers per look; integrations need 4 to 12 for an SH10RT."""
_STARTS = 7
_ROUNDS = 3
_EXPIRED = 1.2
_IDLE = 10.0


def devices(contest: Contest, core: int) -> tuple[list[Row], dict[str, float]]:
    """Measure reads across a thousand doors beside one door at as many connections.

    Returns:
        Rows, and what further devices cost: `startup` in ms of processor time, `memory` in KiB
        at start and `memory_read` once all were read, `first_look` in ms per device,
        `startup_wall` in s for all of them, `poll` in ms per look at one of them, and `idle` in
        percent of a core for all of them.
    """
    count = ("--count", str(DEVICES), "--modbus-port", str(processes.free_ports(DEVICES)))
    read = load.read().over(DEVICES)
    with (
        processes.started(processes.emulator(), core) as single,
        processes.started(processes.emulator(*count), core) as fleet,
    ):
        one, all_of_them = map(processes.emulator_target, (single, fleet))
        for server in (single, fleet):
            server.settle()
        further = DEVICES - 1
        figures = {
            "startup": (fleet.processor - single.processor) / further * 1e3,
            "startup_wall": fleet.seconds,
            "memory": (fleet.memory - single.memory) / further,
        }
        before = fleet.processor
        _once(contest.generator, all_of_them, read)
        figures["first_look"] = (fleet.processor - before) / DEVICES * 1e3
        _once(contest.generator, one, read)  # As many connections, so that they do not count.
        figures["memory_read"] = (fleet.memory - single.memory) / further
        entries = {"one device": Entry(one, read), "1000 devices": Entry(all_of_them, read)}
        # Values expire with each second, for all at once: shorter slices would see all or none.
        rows = replace(contest, seconds=1.0).hold("devices", entries)
        figures["poll"] = _poll(fleet, all_of_them) * 1e3
        figures["idle"] = _idle(fleet) * 100
    return rows, {name: round(figure, 3) for name, figure in figures.items()}


def _poll(server: processes.Started, target: Target) -> float:
    """Return the processor time of one look at one device, in seconds.

    Each look comes so late that the values have to be brought up to date for it.
    """
    request, spent = load.read().request, 0.0
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", target.port + number)))
            for number in range(target.ports)
        ]
        for _ in range(_ROUNDS):
            time.sleep(_EXPIRED)
            before = server.processor
            for client in clients:
                for _ in range(POLL_READS):
                    client.sendall(request)
                    client.recv(1024)
            spent += server.processor - before
    return spent / _ROUNDS / target.ports


def _idle(server: processes.Started) -> float:
    """Return the share of a core that a server needs while nobody asks."""
    server.settle()
    before = server.processor
    time.sleep(_IDLE)
    return (server.processor - before) / _IDLE


def first_answers(core: int) -> dict[str, float]:
    """Return, by server, the milliseconds from its start to its first answer, median of seven."""
    found: dict[str, float] = {}
    commands: Mapping[str, Callable[[], list[str]]] = {
        "emulator": processes.emulator,
        "minimal asyncio": processes.minimal,
        f"pymodbus {processes.PYMODBUS}": processes.pymodbus,
        "libmodbus": processes.libmodbus,
    }
    for name, command in commands.items():
        try:
            command()
        except BenchmarkError:
            continue
        times = [_first_answer(command(), core) for _ in range(_STARTS)]
        found[name] = round(statistics.median(times) * 1e3, 1)
    return found


def _first_answer(command: list[str], core: int) -> float:
    begun = time.perf_counter()
    with processes.started(command, core) as one:
        port = processes.emulator_target(one).port if one.line.startswith("{") else one.target.port
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            client.sendall(load.read().request)
            if not client.recv(1024):
                raise BenchmarkError(f"{command[-1]} closes instead of answering")
        return time.perf_counter() - begun


def _once(generator: Generator, target: Target, what: load.Load) -> Slice:
    found = generator.run(target, what, 0.05)
    if found.reason:
        raise BenchmarkError(f"reads across all devices fail: {found.reason}")
    return found


def burst(contest: Contest, core: int) -> Iterator[Row]:
    """Let a thousand clients connect and ask at once; `everybody` says when all had an answer."""
    read = load.read().over(1000)
    with processes.started(processes.emulator(), core) as one:
        entries = {"emulator": Entry(processes.emulator_target(one), read)}
        yield from contest.hold("burst", entries)
