"""Who is connected, and how they leave."""

from __future__ import annotations

import asyncio
import time

from sungrow_emulator.servers.guests import Guests


class Visitor:
    """Leaves when asked to, or only when thrown out, or never."""

    def __init__(self, guests: Guests, leaves_on: str) -> None:
        self.guests = guests
        self.leaves_on = leaves_on
        self.told: list[str] = []
        self.fits = guests.enter(self)

    def close(self) -> None:
        self.hear("close")

    def abort(self) -> None:
        self.hear("abort")

    def hear(self, word: str) -> None:
        """Leave in the loop's next turn, as transports do, if this is the word."""
        self.told.append(word)
        if word == self.leaves_on:
            asyncio.get_running_loop().call_soon(self.guests.leave, self)


async def test_those_beyond_the_limit_are_told() -> None:
    """They count until they leave, and all are counted for ever."""
    guests = Guests(2)
    visitors = [Visitor(guests, "close") for _ in range(3)]
    assert [visitor.fits for visitor in visitors] == [True, True, False]
    assert (len(guests), guests.accepted) == (3, 3)
    guests.leave(visitors[2])
    guests.leave(visitors[0])
    assert Visitor(guests, "close").fits
    assert (len(guests), guests.accepted) == (2, 4)


async def test_a_session_is_taken_by_the_first_word() -> None:
    """The first to talk has it until it leaves; 0 means any number."""
    guests = Guests(10)
    first, second, third = (Visitor(guests, "close") for _ in range(3))
    assert guests.may_talk(second, 1)
    assert guests.may_talk(second, 1)
    assert not guests.may_talk(first, 1)
    assert guests.may_talk(third, 0)
    guests.leave(second)
    guests.leave(third)
    assert guests.may_talk(first, 1)


async def test_the_polite_are_closed() -> None:
    """Nobody is cut who goes at once, and nobody waits."""
    guests = Guests(10)
    visitors = [Visitor(guests, "close") for _ in range(3)]
    begun = time.monotonic()
    await guests.dismiss(5.0)
    assert time.monotonic() - begun < 1
    assert [visitor.told for visitor in visitors] == [["close"]] * 3
    assert len(guests) == 0


async def test_the_stubborn_are_cut() -> None:
    """After their grace, once the polite have left."""
    guests = Guests(10)
    polite, stubborn = Visitor(guests, "close"), Visitor(guests, "abort")
    await guests.dismiss(0.05)
    assert polite.told == ["close"]
    assert stubborn.told == ["close", "abort"]
    assert len(guests) == 0


async def test_dismissing_ends_even_if_somebody_never_leaves() -> None:
    """Twice the grace is all there is."""
    guests = Guests(10)
    Visitor(guests, "never")
    begun = time.monotonic()
    await guests.dismiss(0.05)
    assert 0.09 <= time.monotonic() - begun < 1
    assert len(guests) == 1
