"""Several pairs of emulator and client at once do not get in each other's way."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from yardstick import slowness

from .bench import Pair, pairs

SERIAL, POWER = (4989, 10), (5030, 2)
MIN_SOC = 13058
ROUNDS = 20


@pytest.fixture(name="running", params=[2, 3, 4], ids="{} pairs".format)
def _running(
    request: pytest.FixtureRequest, line: bool, alone: bool, tmp_path: Path
) -> Iterator[list[Pair]]:
    """Run pairs."""
    with pairs(request.param, tmp_path, line=line, alone=alone) as running:
        assert len(running) == request.param
        yield running


@pytest.fixture(name="line", params=[False, True], ids=["tcp", "line"])
def _line(request: pytest.FixtureRequest) -> bool:
    """Tell how clients reach their emulators."""
    assert not request.param or shutil.which("socat"), "install socat"
    return request.param


@pytest.fixture(name="alone", params=[True, False], ids=["process each", "one process"])
def _alone(request: pytest.FixtureRequest) -> bool:
    """Tell whether each emulator has a process of its own."""
    return request.param


@pytest.mark.usefixtures("full_speed")
def test_setting_up_takes_well_under_a_second_each(
    line: bool, alone: bool, tmp_path: Path
) -> None:
    """A test suite can afford a pair of its own for each test."""
    begin = time.monotonic()
    with pairs(4, tmp_path, line=line, alone=alone) as running:
        took = time.monotonic() - begin
    assert took / len(running) < 0.8 * slowness()


def test_pairs_do_not_hear_each_other(running: list[Pair]) -> None:
    """Each client sees only its own serial number, power and writes, all of them at once."""
    powers = [1000 + 500 * number for number in range(len(running))]
    for pair, power in zip(running, powers, strict=True):
        pair.control.set_power(pair.device, power)
        pair.control.set_battery_power(pair.device, 0)
    assert len({pair.serial_number for pair in running}) == len(running)

    def use(number: int) -> None:
        pair = running[number]
        for turn in range(ROUNDS):
            assert text(pair.client.read(*SERIAL)) == pair.serial_number
            low, high = pair.client.read(*POWER)
            assert low + (high << 16) == pytest.approx(powers[number], abs=20)
            written = 50 + number * 50 + turn
            pair.client.write(MIN_SOC, written)
            assert pair.client.read(MIN_SOC, 1, function=3) == [written]

    at_once(use, len(running))


def test_the_others_go_on_when_one_fails(running: list[Pair]) -> None:
    """A fault and pinned words of one show at its own client alone."""
    broken, *others = running
    before = [pair.client.read(4999, 1) + pair.client.read(*SERIAL) for pair in others]
    broken.control.set_fault(broken.device, "grid-lost")
    broken.control.pin(broken.device, "input", 5000, [0xFFFF])
    assert broken.client.read(4999, 1) == [0xFFFF]
    assert broken.client.read(*POWER) == [0, 0]
    after = [pair.client.read(4999, 1) + pair.client.read(*SERIAL) for pair in others]
    assert after == before
    assert all(not pair.control.device(pair.device).faults for pair in others)


def at_once(task: Callable[[int], None], count: int) -> None:
    """Do a task for every number in a thread of its own; raise what any of them raised."""
    with ThreadPoolExecutor(count) as threads:
        for done in [threads.submit(task, number) for number in range(count)]:
            done.result(timeout=60)


def text(words: list[int]) -> str:
    """Return the text that registers hold."""
    return b"".join(word.to_bytes(2, "big") for word in words).rstrip(b"\0").decode()
