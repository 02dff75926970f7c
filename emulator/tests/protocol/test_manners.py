"""Behaviour in time."""

from __future__ import annotations

from itertools import islice, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.protocol.manners import Manners, Pacer, splitmix64

ME, OTHER = object(), object()
WINET = Manners(
    input_latency=(0.010, 0.040), holding_latency=(0.100, 0.500), contention=0.05, minimum_gap=0.02
)


def test_splitmix64_gives_the_published_numbers() -> None:
    """The first numbers of seed 1234567 as in the reference implementation."""
    assert list(islice(splitmix64(1234567), 3)) == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_latency_depends_on_the_table() -> None:
    """Input reads answer in one range, everything else in the other."""
    pacer = Pacer(WINET, splitmix64(1))
    for n in range(100):
        assert 0.010 <= pacer.pace(4, n * 10.0, ME)[0] <= 0.040
        assert 0.100 <= pacer.pace(3, n * 10.0 + 5, ME)[0] <= 0.500
        assert 0.100 <= pacer.pace(6, n * 10.0 + 8, ME)[0] <= 0.500


def test_a_lone_client_never_meets_a_busy_device() -> None:
    """Neither with one read after another nor with many at once."""
    pacer = Pacer(WINET, splitmix64(1))
    assert not any(pacer.pace(3, n, ME)[1] for n in range(500))
    assert not any(pacer.pace(3, 1000.0, ME)[1] for _ in range(500))


def test_clients_that_take_turns_never_meet_a_busy_device() -> None:
    """Who comes when the other one has its answer is not in its way."""
    pacer = Pacer(WINET, splitmix64(1))
    assert not any(pacer.pace(3, n, (ME, OTHER)[n % 2])[1] for n in range(500))


def test_only_holding_reads_meet_a_busy_device() -> None:
    """Contention strikes about as often as it should, and function 3 only."""
    pacer = Pacer(WINET, splitmix64(1))
    busy = 0
    for n in range(2000):
        assert pacer.pace(4, n, OTHER)[1] == 0
        busy += pacer.pace(3, n, ME)[1] == 4
    assert 60 <= busy <= 140
    for n in range(2000, 2500):
        assert not any(pacer.pace(function, n, ME)[1] for function in (4, 6, 16))
        assert pacer.pace(4, n, OTHER)[1] == 0


def test_the_device_does_one_thing_after_the_other() -> None:
    """Requests at one moment are answered latency and gap apart."""
    pacer = Pacer(Manners(input_latency=(1.0, 1.0), minimum_gap=0.5), repeat(0))
    assert [pacer.pace(4, 10.0, ME)[0] for _ in range(3)] == [1.0, 2.5, 4.0]
    assert pacer.pace(4, 20.0, ME) == (1.0, 0)


def test_the_same_stream_gives_the_same_behaviour() -> None:
    """Nothing but seed and requests decides."""
    runs = []
    for _ in range(2):
        pacer = Pacer(WINET, splitmix64(7))
        runs.append([pacer.pace(3, n / 10, ME) for n in range(50)])
    assert runs[0] == runs[1]


@given(st.lists(st.tuples(st.sampled_from([3, 4, 6, 16]), st.floats(0, 2)), max_size=40))
def test_due_times_never_go_backwards(requests: list[tuple[int, float]]) -> None:
    """Answers keep the order of requests, whatever the functions."""
    pacer, now, last = Pacer(WINET, splitmix64(3)), 0.0, 0.0
    for function, later in requests:
        now += later
        due = now + pacer.pace(function, now, ME)[0]
        assert due >= last
        last = due


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"input_latency": (0.2, 0.1)}, "latency of 0.2 to 0.1 s"),
        ({"holding_latency": (-1.0, 0.1)}, "latency of -1.0"),
        ({"contention": 1.5}, "contention 1.5"),
        ({"minimum_gap": -0.1}, "cannot be negative"),
        ({"sessions": -1}, "cannot be negative"),
        ({"idle_close": -1.0}, "cannot be negative"),
    ],
)
def test_impossible_manners_are_refused(wrong: dict[str, float], says: str) -> None:
    """The message names the figure."""
    with pytest.raises(EmulatorError, match=says):
        Manners(**wrong)
