"""Clients that are not installed: their measured requests, sent as they send them."""

from __future__ import annotations

import pytest

from .bench import Bench
from .emulator import Emulator
from .matrix import Setup
from .replay import RawClient, RefusedError, Replayed, Request, load

CASES = [(client, model) for client in load() for model in client.models]


@pytest.mark.parametrize(("client", "model"), CASES, ids=[f"{c.name}-{m}" for c, m in CASES])
def test_requests_are_satisfied(bench: Bench, client: Replayed, model: str) -> None:
    """Every request is answered as the client insists, but for what its path refuses."""
    emulator = bench.emulator(Setup(model))
    problems: list[str] = []
    known = client.refused.get(model, frozenset())
    refused: set[Request] = set()
    with RawClient(emulator.host, emulator.port) as modbus:
        for request in client.requests:
            try:
                answer = modbus.read(request)
                if request in client.text and model in client.text_on:
                    answer.decode()
            except RefusedError as error:
                refused.add(request)
                if request not in client.together | known:
                    problems.append(f"{request}: {error}")
            except ValueError as error:
                problems.append(f"{request}: {error}")
    assert problems == []
    assert known <= refused
    assert refused - known in (set(), client.together)


@pytest.mark.parametrize(
    ("client", "model"),
    [case for case in CASES if case[0].writes],
    ids=[f"{c.name}-{m}" for c, m in CASES if c.writes],
)
def test_writes_are_echoed_and_kept(client: Replayed, model: str) -> None:
    """What the client writes is echoed, and the last value of each register stays."""
    emulator = Emulator(model)
    try:
        with RawClient(emulator.host, emulator.port) as modbus:
            for address, value in client.writes:
                modbus.write(address, value)
            for address, value in dict(client.writes).items():
                answer = modbus.read(Request("holding", address, 1))
                assert int.from_bytes(answer, "big") == value
    finally:
        emulator.stop()
