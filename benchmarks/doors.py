"""The doors of one emulator: plain beside other servers, encrypted and TLS beside plain."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks import load
from benchmarks.contest import Contest, Entry, Row
from benchmarks.generator import BenchmarkError, Target
from benchmarks.servers import processes
from sungrow_emulator.protocol.cipher import FrameCipher
from sungrow_emulator.protocol.door import KEY_REQUEST

CONNECTIONS = (1, 10, 100, 1000)
DEPTHS = (1, 4)
_HEADER = bytes.fromhex("000000000006")
_KEY_AT = 9


def plain(contest: Contest, core: int) -> Iterator[Row]:
    """Measure reads of 100 registers, and the same of every other server there is."""
    with ExitStack() as stack:
        emulator = stack.enter_context(processes.started(processes.emulator(), core))
        targets = {"emulator": processes.emulator_target(emulator)}
        for name, command in (
            ("minimal asyncio", processes.minimal),
            (f"pymodbus {processes.PYMODBUS}", processes.pymodbus),
            ("libmodbus", processes.libmodbus),
        ):
            try:
                server = stack.enter_context(processes.started(command(), core))
            except BenchmarkError as error:
                print(f"left out: {name}: {error}", flush=True)
            else:
                targets[name] = server.target
        for connections in CONNECTIONS:
            for depth in DEPTHS:
                what = load.read().over(connections, depth)
                entries = {name: Entry(target, what) for name, target in targets.items()}
                yield from contest.hold("plain", entries)


def encrypted(contest: Contest, core: int) -> Iterator[Row]:
    """Measure encrypted reads beside plain ones of the same port."""
    options = ("--encryption", "key")
    with processes.started(processes.emulator(*options), core) as emulator:
        target = processes.emulator_target(emulator)
        read = load.read()
        seal = FrameCipher(_public_key(target)).seal(read.request)
        sealed = load.sealed_read(seal, read.answer_size)
        for depth in DEPTHS:
            yield from contest.hold(
                "encrypted",
                {
                    "plain": Entry(target, read.over(100, depth)),
                    "encrypted": Entry(target, sealed.over(100, depth)),
                },
            )


def tls(contest: Contest, core: int) -> Iterator[Row]:
    """Measure reads over TLS beside plain ones of the same process."""
    if not contest.generator.tls:
        print("left out: tls: the generator needs OpenSSL's headers (libssl-dev)", flush=True)
        return
    options = ("--modbus-tls-port", "0", "--path", "winet-s")
    with processes.started(processes.emulator(*options), core) as emulator:
        read = load.read()
        secured = load.Load(read.request, read.answer_size, read.expected, ids=True, tls=True)
        for depth in DEPTHS:
            yield from contest.hold(
                "tls",
                {
                    "plain": Entry(processes.emulator_target(emulator), read.over(100, depth)),
                    "tls": Entry(
                        processes.emulator_target(emulator, "modbus-tls"),
                        secured.over(100, depth),
                    ),
                },
            )


def _public_key(target: Target) -> bytes:
    with socket.create_connection(("127.0.0.1", target.port), 10) as one:
        one.sendall(_HEADER + KEY_REQUEST)
        return one.recv(1024)[_KEY_AT:]
