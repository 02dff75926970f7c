"""How a device behaves in time: latency, busy moments, how many clients it bears."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sungrow_emulator.catalog.errors import EmulatorError
from sungrow_emulator.protocol import pdu

_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Manners:
    """The behaviour in time of one access path; times in seconds of wall time.

    Attributes:
        input_latency: shortest and longest time to answer function 4.
        holding_latency: the same for all other functions.
        contention: probability, 0 to 1, that a holding read is answered with exception 4 when it
            comes while the device is at work for another client.
        minimum_gap: time after an answer before the next request is looked at.
        sessions: connections that are served at once; 0 = any number.
        idle_close: a connection that asks nothing for so long is closed; 0 = never.
    """

    input_latency: tuple[float, float] = (0.0, 0.0)
    holding_latency: tuple[float, float] = (0.0, 0.0)
    contention: float = 0.0
    minimum_gap: float = 0.0
    sessions: int = 0
    idle_close: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no device can do."""
        for shortest, longest in (self.input_latency, self.holding_latency):
            if not 0 <= shortest <= longest:
                raise EmulatorError(
                    f"a latency of {shortest} to {longest} s is not a range from 0 s on"
                )
        if not 0 <= self.contention <= 1:
            raise EmulatorError(f"contention {self.contention} is not a probability from 0 to 1")
        if min(self.minimum_gap, self.sessions, self.idle_close) < 0:
            raise EmulatorError("minimum gap, sessions and idle time cannot be negative")


def splitmix64(seed: int) -> Iterator[int]:
    """Yield the endless, evenly spread 64-bit numbers of a seed (Steele, Lea and Flood 2014)."""
    state = seed & _MASK
    while True:
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        yield mixed ^ (mixed >> 31)


class Pacer:
    """Paces the answers of one door: a device that does one thing after the other.

    Args:
        manners: the behaviour.
        stream: 64-bit numbers, e.g. `splitmix64(seed)`.
    """

    def __init__(self, manners: Manners, stream: Iterator[int]) -> None:
        self.manners = manners
        self._stream = stream
        self._due = -math.inf
        self._client: object = None

    def pace(self, function: int, now: float, client: object) -> tuple[float, int]:
        """Tell when a request is answered, and whether the device was too busy for it.

        Args:
            function: function code of the request.
            now: wall time in seconds on any steady clock.
            client: who asks: an object that each connection has to itself. A lone client never
                finds the device busy, however fast it asks (danbitzer/hass-sungrow-modbus
                PLAN.md: exception 4 while Home Assistant polled too, none when it was quiet).

        Returns:
            Delay of the answer in seconds, and exception code 4 or 0 for none. Due times never
            go backwards, so answers keep the order of their requests.
        """
        manners = self.manners
        is_input = function == pdu.READ_INPUT
        shortest, longest = manners.input_latency if is_input else manners.holding_latency
        crowded = now < self._due and client is not self._client
        begins = max(now, self._due + manners.minimum_gap)
        self._due = begins + shortest + (longest - shortest) * self._fraction()
        self._client = client
        exposed = crowded and function == pdu.READ_HOLDING
        busy = exposed and self._fraction() < manners.contention
        return self._due - now, pdu.ExceptionCode.DEVICE_FAILURE if busy else 0

    def _fraction(self) -> float:
        return (next(self._stream) >> 11) / (1 << 53)
